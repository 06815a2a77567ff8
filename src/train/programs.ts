// The programs of a trainer: one for each purpose, batch size and kind of target, compiled when first asked for and
// kept. They share the parameters; those that train end in the optimizer's instructions.

import { fuse } from "../graph/fuse.js";
import { grad } from "../graph/grad.js";
import { real } from "../graph/op.js";
import { input } from "../graph/ops/leaf.js";
import { affine } from "../graph/ops/elementwise.js";
import { recordNode } from "../graph/ops/step.js";
import { compileProgram, type Bases, type Place, type Step } from "../graph/program.js";
import { reachable, type Node, type Tensor } from "../graph/tensor.js";
import type { Loss } from "../nn/losses.js";
import type { Optimizer } from "../nn/optimizers/index.js";
import { Opcode } from "../shared/opcodes.js";
import type { Model } from "./model.js";
import { PlacedProgram } from "./placed.js";
import type { Space } from "./space.js";

/** What a program does with a batch. */
export type Purpose =
  /** forward, backward, update */
  | "train"
  /** forward, backward */
  | "gradients"
  /** forward and backward, keeping every tensor */
  | "inspect"
  /** forward with the loss */
  | "evaluate"
  /** forward */
  | "predict";

/** How a batch comes: its size, and for each sample how many target numbers, whole ones or not. */
export interface BatchType {
  readonly batch: number;
  readonly perSample: number;
  readonly whole: boolean;
}

/** A program with the tensors that can be looked at after it has run. */
export interface Compiled {
  readonly placed: PlacedProgram;
  readonly loss: Tensor | undefined;
  readonly output: Tensor | undefined;
  /** Predictions in the batch, and whether right ones are counted. */
  readonly predictions: number;
  readonly counts: boolean;
  /** Every tensor of the forward pass with its gradient, for "inspect". */
  readonly inspected: readonly {
    readonly tensor: Tensor;
    readonly name: string;
    readonly gradient: Tensor | undefined;
  }[];
}

export interface ClipOptions {
  readonly clipNorm: number | undefined;
  readonly clipValue: number | undefined;
}

export class Programs {
  private readonly kept = new Map<string, Compiled>();

  constructor(
    private readonly space: Space,
    private readonly model: Model,
    private readonly loss: Loss,
    private readonly optimizer: Optimizer,
    readonly clip: ClipOptions,
    private readonly bases: Bases,
  ) {}

  /** The program for batches of this type. @throws ShapeError if the target does not fit the loss */
  get(purpose: Purpose, type: BatchType): Compiled {
    const key = [purpose, type.batch, ...(purpose === "predict" ? [] : [type.perSample, type.whole])].join();
    let found = this.kept.get(key);
    if (!found)
      this.kept.set(key, (found = purpose === "predict" ? this.forward(type.batch) : this.full(purpose, type)));
    return found;
  }

  private forward(batch: number): Compiled {
    const { output } = this.model.trace(batch, false);
    const fused = fuse([output]);
    const placed = this.place([...fused.roots], new Map());
    return { placed, loss: undefined, output: fused.at(output)!, predictions: 0, counts: false, inspected: [] };
  }

  private full(purpose: Exclude<Purpose, "predict">, { batch, perSample, whole }: BatchType): Compiled {
    const learns = purpose !== "evaluate";
    const { output } = this.model.trace(batch, learns);
    const { shape, dtype } = this.loss.target(output, perSample, whole);
    const target = input("y", shape, dtype);
    const loss = this.loss.compute(output, target);
    loss.label ??= "loss";
    const correct = this.loss.correct?.(output, target);
    const record = recordNode(loss, correct);

    const { trainable } = this.model;
    const looked = purpose === "inspect" ? lookedAt(loss) : [];
    const wanted = [...trainable.map(({ tensor }) => tensor), ...looked];
    const gradients = learns ? distinct(grad(loss, wanted)) : [];
    gradients.forEach((gradient, i) => (gradient.label ??= wanted[i]!.label && `d ${wanted[i]!.label}`));

    const pins = new Map<Tensor, Place>();
    if (purpose === "inspect") {
      // Unfused: the reader looks for each tensor of the model as it was written.
      const placed = this.place([record, loss, ...looked, ...gradients], pins);
      const gradientOf = new Map(wanted.map((tensor, i) => [tensor, gradients[i]]));
      const called = new Map(this.model.parameters.map(({ tensor, name }) => [tensor, name]));
      const inspected = [...this.model.parameters.map(({ tensor }) => tensor), ...looked].map((tensor) => ({
        tensor,
        name: called.get(tensor) ?? tensor.label ?? `${tensor.node.op.name}`,
        gradient: gradientOf.get(tensor),
      }));
      return { placed, loss, output, predictions: 0, counts: false, inspected };
    }

    const fused = fuse([record, ...gradients]);
    trainable.forEach(({ offset }, i) => pins.set(fused.at(gradients[i]!)!, { segment: "gradients", offset }));
    const placed = this.place([...fused.roots], pins, purpose === "train" ? this.update() : []);
    return {
      placed,
      loss: fused.at(loss),
      output: undefined,
      predictions: this.loss.predictions(output),
      counts: correct !== undefined,
      inspected: [],
    };
  }

  private place(roots: (Tensor | Node)[], pins: Map<Tensor, Place>, extra: readonly Step[] = []): PlacedProgram {
    const program = compileProgram(roots, new Map([...this.model.pins(), ...pins]));
    return new PlacedProgram(this.space, program, this.bases, extra);
  }

  /** Clipping, then one pass of the optimizer over the block of trainable parameters. */
  private update(): Step[] {
    const n = this.model.trainableBytes / 4;
    if (n === 0) return [];
    const at = (segment: string, offset = 0): Place => ({ segment, offset });
    const step = (...words: Step["words"]): Step => ({ node: undefined, words });
    const { clipNorm, clipValue } = this.clip;
    const steps: Step[] = [];
    if (clipValue !== undefined) steps.push(step(Opcode.ClipValue, at("gradients"), n, real(clipValue)));
    if (clipNorm !== undefined) {
      // Each gradient by itself: what lies between them in the block is padding, and may be anything.
      const { trainable } = this.model;
      for (const [i, { tensor, offset }] of trainable.entries()) {
        steps.push(step(Opcode.SumSquares, at("clip", 8 + 4 * i), at("gradients", offset), tensor.size));
      }
      steps.push(step(Opcode.ClipNorm, at("clip"), at("clip", 8), trainable.length, real(clipNorm)));
    }
    const states = [0, 1, 2].map((i) => (i < this.optimizer.states.length ? at(`state${i}`) : 0));
    const scale = clipNorm === undefined ? 0 : at("clip");
    // prettier-ignore
    steps.push(step(
      this.optimizer.opcode, at("parameters"), at("kept"), at("gradients"), ...states, n, at("hyper"), scale,
    ));
    return steps;
  }
}

/** Every tensor of floats on the way from the input and the parameters to the loss, in the order of execution. */
function lookedAt(loss: Tensor): Tensor[] {
  return reachable([loss])
    .filter(({ op }) => op.name !== "parameter" && op.name !== "constant")
    .flatMap(({ outputs, op }) =>
      outputs.filter(({ dtype, label }) => dtype === "f32" && !(op.name === "input" && label === "y")),
    );
}

/** Parameters may share a gradient tensor, but each needs a place of its own. */
function distinct(gradients: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  return gradients.map((gradient) => {
    const own = seen.has(gradient) ? affine(gradient, 1, 0) : gradient;
    seen.add(own);
    return own;
  });
}
