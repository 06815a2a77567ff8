// A model as a trainer sees it: what goes in and out, how to trace it for a batch, and its parameters with their names
// and their places in one contiguous block: trainable ones first, by group, so that an optimizer is one instruction a
// group.

import { padded } from "../core/memory.js";
import { idLimits, type IdLimit } from "../graph/limits.js";
import { ShapeError } from "../graph/op.js";
import { attrsOfParameter, input, parameterOp, type Parameter } from "../graph/ops/leaf.js";
import type { Place } from "../graph/program.js";
import type { EightBitWeight } from "../graph/int8.js";
import { bytesOf, reachable, showShape, Tensor } from "../graph/tensor.js";
import { Context, namedParameters, type Module } from "../nn/module.js";
import type { EightBits, PlacedEightBits } from "./eight-bit.js";
import { checkSelections, groupOf, isFrozen, type Grouping } from "./groups.js";
import { show } from "../nn/words.js";
import { inputsOf, type InputOption, type InputOptions, type ModelInput } from "./model-inputs.js";

/** What a model gives: one tensor, or several by name. */
export type Output = Tensor | Readonly<Record<string, Tensor>>;

/** A model written as a function of a tensor. Its parameters are made outside of it, by parameter(). */
export type ModelFunction = (x: Tensor, context: Context) => Output;

export interface NamedParameter {
  readonly name: string;
  readonly tensor: Parameter;
  readonly trainable: boolean;
  /** Index of its group; 0 is that of all parameters that no group claims. */
  readonly group: number;
  /** Byte offset in the block of parameters, and in those of gradients and optimizer state. */
  readonly offset: number;
  /** What stands for it in the programs, if it is kept in 8 bits. */
  readonly eight: PlacedEightBits | undefined;
}

/** The outputs of a trace by name; the only one is called "". */
export type Outputs = ReadonlyMap<string, Tensor>;

type Run = (x: never, context: Context) => Output;

export class Model {
  readonly inputs: readonly ModelInput[];
  /** The outputs for a batch of one sample: their shapes are what counts. */
  readonly outputs: Outputs;
  readonly parameters: readonly NamedParameter[];
  /** Limits of the ids that inputs hold, by the names of the programs' inputs. */
  readonly idLimits: ReadonlyMap<string, IdLimit>;
  /** Bytes of all parameters, and of the trainable ones, which come first. */
  readonly bytes: number;
  readonly trainableBytes: number;
  readonly module: Module | undefined;
  /** What it was made of, to make it again. */
  readonly source: Module | Run;
  readonly inputOption: InputOption | InputOptions | undefined;
  private readonly run: Run;
  private readonly single: boolean;

  /**
   * @param eightBits to keep large weights in 8 bits
   * @throws TypeError if `model` is neither a module nor a function, or the shape of its input is not known
   * @throws ShapeError where its layers do not fit
   */
  constructor(
    model: Module | Run,
    input: InputOption | InputOptions | undefined,
    grouping: Grouping,
    eightBits?: EightBits,
  ) {
    this.source = model;
    this.inputOption = input;
    this.module = typeof model === "function" ? undefined : model;
    if (typeof model === "function") this.run = model;
    else if (typeof model?.forward === "function") this.run = (x: Tensor, context) => model.forward(x, context);
    else {
      const hint = Array.isArray(model) ? "; put the layers into sequential(...)" : "";
      throw new TypeError(
        `compile: the model must be a layer, a sequential(...) or a function of tensors, got ${show(model)}${hint}`,
      );
    }
    this.inputs = inputsOf(this.module, input);
    this.single = this.inputs.length === 1 && this.inputs[0]!.name === "";

    const context = new Context(true);
    this.outputs = this.trace(this.inputTensors(1), context);
    const roots = [...this.outputs.values(), ...context.updates.values()];
    this.parameters = placeParameters(this.module, roots, grouping, eightBits);
    this.idLimits = idLimits(roots);
    this.trainableBytes = end(this.trainable);
    this.bytes = end(this.parameters);
    this.checkSecondCall();
  }

  /** What a model may not do shows when it is called again, with two samples: batches of any size must be possible. */
  private checkSecondCall(): void {
    const outputs = this.trace(this.inputTensors(2), new Context(true));
    for (const [name, { shape }] of outputs) {
      const one = this.outputs.get(name)?.shape[0];
      if (one !== undefined && shape[0] === 2 * one) continue;
      throw new ShapeError(
        `compile: the first axis of what the model gives must be the batch; of 2 samples it makes ${showShape(shape)}`,
      );
    }
    this.checkParameters([...outputs.values()]);
  }

  /** @throws TypeError if `roots` depend on a parameter that the model does not have */
  checkParameters(roots: readonly Tensor[]): void {
    const known = new Set(this.parameters.map(({ tensor }) => tensor));
    for (const { op, outputs } of reachable(roots)) {
      const [tensor] = outputs;
      if (op !== parameterOp || known.has(tensor!)) continue;
      throw new TypeError(
        `compile: the parameter ${tensor} was not there when the model was called first; ` +
          `make parameters outside of functions, which are called again and again, and use them in the model`,
      );
    }
  }

  /** Tensors for a batch of `batch` samples, by the inputs' names. */
  inputTensors(batch: number): Map<string, Tensor> {
    return new Map(
      this.inputs.map(({ name, shape, dtype }) => [name, input(fieldName("x", name), [batch, ...shape], dtype)]),
    );
  }

  /** The graph of a forward pass. */
  trace(inputs: ReadonlyMap<string, Tensor>, context: Context): Outputs {
    const x = this.single ? inputs.get("")! : Object.fromEntries(inputs);
    const output = this.run(x as never, context);
    if (output instanceof Tensor) return new Map([["", output]]);
    const named = typeof output === "object" && output !== null ? Object.entries(output) : [];
    if (named.length === 0 || !named.every(([, tensor]) => tensor instanceof Tensor)) {
      throw new TypeError(
        "compile: the model must return a tensor, or an object of them; is there a return in the function?",
      );
    }
    return new Map(named);
  }

  /** Where the compiled programs find the parameters. */
  pins(): Map<Tensor, Place> {
    const segment = "parameters";
    return new Map(
      this.parameters.flatMap(({ tensor, offset, eight }): [Tensor, Place][] =>
        eight
          ? [
              [eight.codes, { segment, offset }],
              [eight.scales, { segment, offset: eight.scalesOffset }],
            ]
          : [[tensor, { segment, offset }]],
      ),
    );
  }

  get trainable(): readonly NamedParameter[] {
    return this.parameters.filter(({ trainable }) => trainable);
  }
}

/** What a program's input is called: "x", or "x.user" for one of several. */
export const fieldName = (side: "x" | "y", name: string): string => (name === "" ? side : `${side}.${name}`);

/** Names the parameters that the tensors depend on, and lays them out. */
function placeParameters(
  module: Module | undefined,
  roots: readonly Tensor[],
  grouping: Grouping,
  eightBits: EightBits | undefined,
): NamedParameter[] {
  const names = new Map<Parameter, string>();
  for (const [name, tensor] of module ? namedParameters(module) : []) if (!names.has(tensor)) names.set(tensor, name);
  for (const {
    op,
    outputs: [tensor],
  } of reachable(roots)) {
    if (op !== parameterOp || names.has(tensor!)) continue;
    names.set(tensor!, attrsOfParameter(tensor!).name ?? `parameter${names.size}`);
  }
  checkNames(names);
  checkSelections(grouping, names);

  const rows = [...names].map(([tensor, name]) => {
    const trainable = attrsOfParameter(tensor).trainable && !isFrozen(grouping, name, tensor.shape);
    return { tensor, name, trainable, group: trainable ? groupOf(grouping, name, tensor.shape) : -1 };
  });
  const small = eightBits?.choose(roots);
  const places = new Map<Tensor, { offset: number; eight: PlacedEightBits | undefined }>();
  let end = 0;
  const place = ({ tensor }: { tensor: Tensor }) => {
    const own = small?.get(tensor);
    const eight = own && { ...own, scalesOffset: end + padded(bytesOf(own.codes)) };
    places.set(tensor, { offset: end, eight });
    end += bytesOfParameter(tensor, eight);
  };
  for (let group = 0; group <= grouping.groups.length; group++)
    rows.filter((row) => row.group === group).forEach(place);
  rows.filter(({ trainable }) => !trainable).forEach(place);
  return rows.map((row) => ({ ...row, ...places.get(row.tensor)! }));
}

/** Names that a checkpoint (checkpoint.ts), its format or JavaScript gives a meaning of its own. */
const RESERVED = /^(optimizer\/.*|average\/.*|training\/.*|__metadata__|__proto__)$/s;

function checkNames(names: ReadonlyMap<Parameter, string>): void {
  const taken = new Map<string, Tensor>();
  for (const [tensor, name] of names) {
    if (RESERVED.test(name)) {
      throw new TypeError(`compile: a parameter cannot be called "${name}", as files have their own use for the name`);
    }
    const other = taken.get(name);
    if (other) {
      throw new TypeError(
        `compile: two parameters are called "${name}", of shapes ${showShape(other.shape)} and ${showShape(tensor.shape)}; ` +
          `give one of them another name`,
      );
    }
    taken.set(name, tensor);
    tensor.label ??= name;
  }
}

/** Bytes that a parameter takes, in whole lines. */
export const bytesOfParameter = (tensor: Tensor, eight: EightBitWeight | undefined): number =>
  eight ? padded(bytesOf(eight.codes)) + padded(bytesOf(eight.scales)) : padded(bytesOf(tensor));

/** Bytes up to the end of the last of the parameters. */
export const end = (parameters: readonly NamedParameter[]): number =>
  parameters.reduce((bytes, { tensor, offset, eight }) => Math.max(bytes, offset + bytesOfParameter(tensor, eight)), 0);
