// A model as a trainer sees it: what goes in, how to trace it for a batch, and its parameters with their names and
// their places in one contiguous block, the trainable ones first, so that an optimizer is a single instruction.

import { padded } from "../core/memory.js";
import { attrsOfParameter, input, parameterOp, type Parameter } from "../graph/ops/leaf.js";
import type { Place } from "../graph/program.js";
import { reachable, showShape, sizeOf, Tensor, type DType, type Shape } from "../graph/tensor.js";
import { Context, namedParameters, type Module } from "../nn/module.js";

/** A model written as a function of tensors. Its parameters are made outside of it, by parameter(). */
export type ModelFunction = (x: Tensor, context: Context) => Tensor;

/** Shape of one sample, and its type if it is not f32. */
export type InputOption = Shape | { readonly shape: Shape; readonly dtype?: DType };

export interface NamedParameter {
  readonly name: string;
  readonly tensor: Parameter;
  readonly trainable: boolean;
  /** Byte offset in the block of parameters, and in those of gradients and optimizer state. */
  readonly offset: number;
}

export interface Trace {
  readonly x: Tensor;
  readonly output: Tensor;
}

export class Model {
  readonly parameters: readonly NamedParameter[];
  /** Bytes of all parameters, and of the trainable ones, which come first. */
  readonly bytes: number;
  readonly trainableBytes: number;
  readonly module: Module | undefined;
  readonly sample: { readonly shape: Shape; readonly dtype: DType };
  private readonly run: (x: Tensor, context: Context) => Tensor;

  /**
   * @throws TypeError if `model` is neither a module nor a function, or the shape of its input is not known
   * @throws ShapeError where its layers do not fit
   */
  constructor(model: Module | ModelFunction, input: InputOption | undefined) {
    this.module = typeof model === "function" ? undefined : model;
    if (typeof model === "function") this.run = model;
    else if (typeof model?.forward === "function") this.run = (x, context) => model.forward(x, context);
    else throw new TypeError("compile: the model must be a layer, a sequential(...) or a function of a tensor");
    this.sample = sampleOf(this.module, input);

    const { output } = this.trace(1, true);
    this.parameters = placeParameters(this.module, output);
    this.trainableBytes = end(this.parameters.filter(({ trainable }) => trainable));
    this.bytes = end(this.parameters);
  }

  /** The graph for a batch of `batch` samples. */
  trace(batch: number, training: boolean): Trace {
    return this.forward(batch, new Context(training));
  }

  /** `trace` in a context of the caller's. */
  forward(batch: number, context: Context): Trace {
    const x = input("x", [batch, ...this.sample.shape], this.sample.dtype);
    const output = this.run(x, context);
    if (!(output instanceof Tensor)) {
      throw new TypeError("compile: the model must return a tensor; is there a return in the function?");
    }
    return { x, output };
  }

  /** Where the compiled programs find the parameters. */
  pins(): Map<Tensor, Place> {
    return new Map(this.parameters.map(({ tensor, offset }) => [tensor, { segment: "parameters", offset }]));
  }

  get trainable(): readonly NamedParameter[] {
    return this.parameters.filter(({ trainable }) => trainable);
  }
}

function sampleOf(module: Module | undefined, option: InputOption | undefined): { shape: Shape; dtype: DType } {
  const given = Array.isArray(option)
    ? { shape: option as Shape }
    : (option as { shape: Shape; dtype?: DType } | undefined);
  const shape = given?.shape ?? module?.inputShape;
  if (!shape) {
    throw new TypeError(
      "compile: the shape of one sample is not known from the model; give it, e.g. compile(model, { input: [28, 28], … })",
    );
  }
  return { shape, dtype: given?.dtype ?? module?.inputType ?? "f32" };
}

/** Names the parameters that the output depends on, and lays them out. */
function placeParameters(module: Module | undefined, output: Tensor): NamedParameter[] {
  const used = reachable([output])
    .filter(({ op }) => op === parameterOp)
    .map(({ outputs }) => outputs[0]!);
  const names = new Map<Parameter, string>();
  for (const [name, tensor] of module ? namedParameters(module) : []) if (!names.has(tensor)) names.set(tensor, name);
  for (const tensor of used)
    if (!names.has(tensor)) names.set(tensor, attrsOfParameter(tensor).name ?? `parameter${names.size}`);

  const taken = new Map<string, Tensor>();
  for (const [tensor, name] of names) {
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

  let offset = 0;
  const rows = [...names].map(([tensor, name]) => ({ tensor, name, trainable: attrsOfParameter(tensor).trainable }));
  const ordered = [...rows.filter(({ trainable }) => trainable), ...rows.filter(({ trainable }) => !trainable)];
  const offsets = new Map<Tensor, number>();
  for (const { tensor } of ordered) {
    offsets.set(tensor, offset);
    offset += padded(sizeOf(tensor.shape) * 4);
  }
  return rows.map((row) => ({ ...row, offset: offsets.get(row.tensor)! }));
}

const end = (parameters: readonly NamedParameter[]) =>
  parameters.reduce((bytes, { tensor, offset }) => Math.max(bytes, offset + padded(tensor.size * 4)), 0);
