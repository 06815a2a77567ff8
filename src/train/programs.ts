// The programs of a trainer: one for each purpose, batch size and kind of target, compiled when first asked for and
// kept. They share the parameters; those that train end in the optimizer's instructions.

import { fuse, type Fused } from "../graph/fuse.js";
import { compileProgram, copyStep, type Bases, type Place, type Step } from "../graph/program.js";
import type { Node, Tensor } from "../graph/tensor.js";
import type { CutForThreads } from "../graph/threads.js";
import { Context } from "../nn/module.js";
import { Block } from "../shared/blocking.js";
import type { BatchType } from "./batch.js";
import type { EightBits } from "./eight-bit.js";
import type { Model, Outputs } from "./model.js";
import { keyOf, type Objective } from "./objective.js";
import type { PackedWeights, packedWeights } from "./packed-weights.js";
import { PlacedProgram } from "./placed.js";
import type { Space } from "./space.js";
import { traceLearning, traceLoss, traceInspection, type Inspected } from "./trace.js";

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

/** A program with the tensors that can be looked at after it has run. */
export interface Compiled {
  readonly placed: PlacedProgram;
  readonly loss: Tensor | undefined;
  /** Of "predict". */
  readonly outputs: Outputs;
  /** Predictions in the batch that right ones are counted among; 0 where they are not counted. */
  readonly predictions: number;
  /** Of "predict": to be refreshed before it runs. */
  readonly packed?: PackedWeights | undefined;
  /** Of "inspect". */
  readonly inspected: readonly Inspected[];
}

export interface ProgramOptions {
  /** Samples that go through the model together in training; a larger batch is cut into such parts. */
  readonly microBatch: number | undefined;
  /** Whether to compute activations again instead of keeping them. */
  readonly checkpointing: boolean;
  /** What keeps large weights in 8 bits, if it is to. */
  readonly eightBits: EightBits | undefined;
  /** The instructions that change the parameters. */
  readonly update: readonly Step[];
  /** Threads that train and evaluate together. */
  readonly threads: number;
  /** Cuts their programs, if there are several. */
  readonly cut: CutForThreads | undefined;
}

export class Programs {
  private readonly kept = new Map<string, Compiled>();
  /** Those that need nothing more to be loaded before they run: waiting for nothing takes time, too. */
  private readonly prepared = new Map<string, Compiled>();
  /** Packed weights among the parameters, or among their averages; loaded with the first prediction that needs them. */
  private packed: ReturnType<typeof packedWeights> | undefined;

  constructor(
    private readonly space: Space,
    private readonly model: Model,
    private readonly objective: Objective,
    private readonly bases: Bases,
    private readonly options: ProgramOptions,
  ) {}

  /**
   * The program for batches of this type.
   * @param averaged read the averaged parameters, for "evaluate" and "predict"
   * @throws ShapeError if the target does not fit the loss
   */
  get(purpose: Purpose, type: BatchType, averaged = false): Compiled {
    const key = this.keyFor(purpose, type, averaged);
    let found = this.kept.get(key);
    if (!found) this.kept.set(key, (found = this.compile(purpose, type, averaged)));
    return found;
  }

  /** The same, once the core has the instructions that it needs, and what packs the weights is loaded. */
  ready(purpose: Purpose, type: BatchType, averaged = false): Compiled | Promise<Compiled> {
    return this.prepared.get(this.keyFor(purpose, type, averaged)) ?? this.prepare(purpose, type, averaged);
  }

  private async prepare(purpose: Purpose, type: BatchType, averaged: boolean): Promise<Compiled> {
    const { core } = this.space;
    // Packing is done by the calling thread, at once, which a page must not be kept waiting for.
    if (purpose === "predict" && type.batch >= Block.PackRowsFar && !this.packed && !core.away) {
      const { packedWeights } = await import("./packed-weights.js");
      this.packed ??= packedWeights(this.space, this.bases);
    }
    const compiled = this.get(purpose, type, averaged);
    if (compiled.placed.families) await core.provideFamilies();
    this.prepared.set(this.keyFor(purpose, type, averaged), compiled);
    return compiled;
  }

  private keyFor(purpose: Purpose, type: BatchType, averaged: boolean): string {
    return `${purpose} ${averaged} ${type.batch} ${keyOf(type.targets)}`;
  }

  /** A graph as programs run it: fused, and with 8-bit weights where the model has them. */
  rewrite(roots: readonly (Tensor | Node)[]): Fused {
    const fused = fuse(roots);
    const weights = new Map(this.model.parameters.flatMap(({ tensor, eight }) => (eight ? [[tensor, eight]] : [])));
    if (!this.options.eightBits || weights.size === 0) return fused;
    const rewritten = this.options.eightBits.rewrite(this.space.core, fused.roots, weights);
    return {
      roots: rewritten.roots,
      at: (old) => {
        const tensor = fused.at(old);
        return tensor && rewritten.at(tensor);
      },
    };
  }

  private compile(purpose: Purpose, type: BatchType, averaged: boolean): Compiled {
    if (this.options.eightBits && purpose !== "predict" && purpose !== "evaluate") {
      throw new TypeError(
        `this model's weights have 8 bits: it predicts and evaluates, but has no ${purpose === "inspect" ? "gradients" : "training"}; ` +
          `use the one that is compiled without { weights: "int8" }`,
      );
    }
    const { model, objective } = this;
    const nothing = { loss: undefined, outputs: new Map(), predictions: 0, inspected: [] };
    if (purpose === "predict") {
      const outputs = model.trace(model.inputTensors(type.batch), new Context(false));
      const fused = this.rewrite([...outputs.values()]);
      const kept = new Map([...outputs].map(([name, tensor]) => [name, fused.at(tensor)!]));
      const packed = this.packed?.(averaged);
      return { ...nothing, ...this.place([...fused.roots], { averaged, packed }), outputs: kept };
    }
    if (purpose === "inspect") {
      // Unfused: the reader looks for each tensor of the model as it was written.
      const { roots, loss, inspected } = traceInspection(model, objective, type);
      return { ...nothing, ...this.place(roots), loss, inspected };
    }
    if (purpose === "evaluate") {
      const { record, predictions } = traceLoss(model, objective, type);
      return {
        ...nothing,
        ...this.place([...this.rewrite([record]).roots], { averaged, threads: this.options.threads }),
        predictions,
      };
    }

    const { record, gradients, updates, predictions } = traceLearning(model, objective, type, this.options);
    const observed = purpose === "train" ? [...updates.values()] : [];
    const fused = fuse([record, ...gradients, ...observed]);
    const pins = new Map<Tensor, Place>();
    model.trainable.forEach(({ offset }, i) => pins.set(fused.at(gradients[i]!)!, { segment: "gradients", offset }));
    const observations = new Map(
      [...updates].map(([parameter, value]) => [this.offsetOf(parameter), fused.at(value)!]),
    );
    const placed = this.place([...fused.roots], {
      pins,
      ...(purpose === "train" && { observations, update: this.options.update, threads: this.options.threads }),
    });
    return { ...nothing, ...placed, predictions };
  }

  private place(
    roots: (Tensor | Node)[],
    options: {
      pins?: ReadonlyMap<Tensor, Place>;
      /** Values that parameters get at the end, by the parameters' offsets. */
      observations?: ReadonlyMap<number, Tensor>;
      update?: readonly Step[];
      averaged?: boolean;
      packed?: PackedWeights | undefined;
      threads?: number;
    } = {},
  ): Pick<Compiled, "placed" | "packed"> {
    const { pins = [], observations = [], update = [], averaged = false, packed, threads = 1 } = options;
    const program = compileProgram(roots, new Map([...this.model.pins(), ...pins]), threads);
    const copies = [...observations].map(([offset, tensor]) =>
      copyStep({ segment: "parameters", offset }, program.placeOf(tensor), tensor.size),
    );
    const bases = averaged ? { ...this.bases, parameters: this.bases["average"]! } : this.bases;
    const steps = packed?.readIn(program.steps);
    const {
      space,
      options: { cut },
    } = this;
    const placed = new PlacedProgram(
      space,
      steps ? { ...program, steps } : program,
      bases,
      [...copies, ...update],
      cut,
    );
    return { placed, packed: steps && packed };
  }

  private offsetOf(parameter: Tensor): number {
    const found = this.model.parameters.find(({ tensor }) => tensor === parameter);
    if (!found) throw new TypeError(`compile: ${parameter} is updated, but no parameter of the model`);
    return found.offset;
  }
}
