// What a layer or a model is: named parameters, named parts, and a function from tensor to tensor. It holds no numbers:
// whoever compiles it (src/train) decides where the values live, so one model can be compiled many times.

import type { Parameter } from "../graph/ops/leaf.js";
import { ShapeError } from "../graph/op.js";
import type { DType, Shape, Tensor } from "../graph/tensor.js";
import type { AnyShape, ShapeFunction } from "./shape-types.js";

/** What can stand in a checkpoint's description of a model. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a layer is written down, and built again. */
export interface ModuleJson {
  readonly type: string;
  readonly options?: { readonly [key: string]: Json };
  readonly children?: { readonly [name: string]: ModuleJson };
}

/** A layer, or a model made of layers. */
export interface Module<F extends ShapeFunction = ShapeFunction> {
  /** The name of the function that makes it: "linear". */
  readonly type: string;
  /** Its own parameters by PyTorch's names: weight, bias. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Its parts by name; their parameters are called "name.weight". */
  readonly children: Readonly<Record<string, Module>>;
  /** The options that make the same module again. */
  readonly options: { readonly [key: string]: Json };
  /** True if type and options make its parts too: a description of it leaves them out. Default false. */
  readonly composite?: boolean | undefined;
  /** Shape of one sample, where the module tells: [784] for linear(784, 128). */
  readonly inputShape?: Shape | undefined;
  /** Type of the input; default f32. */
  readonly inputType?: DType | undefined;
  /** @param x [batch, ...sample] */
  forward(x: Tensor, context: Context): Tensor;
  /** Only for the compiler's checks of literal sizes. */
  readonly shapes?: F;
}

/** Declares a module without parts, unless they are given. */
export function defineModule<F extends ShapeFunction = AnyShape>(
  module: Pick<Module, "type" | "forward"> & Partial<Omit<Module, "shapes">>,
): Module<F> {
  return { parameters: {}, children: {}, options: {}, ...module };
}

/** What a part of a model gave in a trace. */
export interface TracedPart {
  readonly output: Tensor;
  readonly depth: number;
  readonly composite: boolean;
}

/** What a forward pass needs besides its input. One is made for each trace of the model. */
export class Context {
  private streams = 0;
  private path: string[] = [];

  /** @param training false where the model predicts: dropout lets everything through. */
  constructor(readonly training: boolean) {}

  /** What each part gave, in their order: how deep in the model it lies, and whether it has parts in turn. */
  readonly parts: TracedPart[] = [];

  /** New values for parameters that are not learnt but observed, such as running statistics. */
  readonly updates = new Map<Parameter, Tensor>();

  /** Gives a parameter a new value at the end of a training step. */
  update(parameter: Parameter, value: Tensor): void {
    if (this.training) this.updates.set(parameter, value);
  }

  /** A stream of random numbers that nothing else in the model draws from. */
  stream(): number {
    return this.streams++;
  }

  /** Runs a part of the model; errors and listings call it by its path. */
  run(name: string, part: Module, x: Tensor): Tensor {
    this.path.push(name);
    const path = this.path.join(".");
    try {
      const y = part.forward(x, this);
      if (y !== x) y.label ??= `${path}.${part.type}`;
      this.parts.push({ output: y, depth: this.path.length, composite: Object.keys(part.children).length > 0 });
      return y;
    } catch (error) {
      if (!(error instanceof ShapeError) || named.has(error)) throw error;
      const told = new ShapeError(`layer "${path}" (${part.type}): ${error.message}`, { cause: error });
      named.add(told);
      throw told;
    } finally {
      this.path.pop();
    }
  }
}

/** Errors that already name their layer. */
const named = new WeakSet<Error>();

/** All parameters of a module with their full names, in PyTorch's order: its own first, then its parts'. */
export function namedParameters(module: Module, prefix = ""): [string, Parameter][] {
  return [
    ...Object.entries(module.parameters).map(([name, parameter]): [string, Parameter] => [prefix + name, parameter]),
    ...Object.entries(module.children).flatMap(([name, child]) => namedParameters(child, `${prefix}${name}.`)),
  ];
}

/** The type of a module in JSON that stands in several places: the others say where the first is, by its path. */
export const SHARED = "shared";

/** The path of a part of the module at `path`, "" being the whole. */
export const pathOf = (path: string, part: string): string => (path === "" ? part : `${path}.${part}`);

/**
 * The module as JSON: types, options and parts, without the values of parameters. A module that stands in several places
 * is written in the first, since its parameters are shared.
 */
export function moduleToJson(module: Module, path = "", known = new Map<Module, string>()): ModuleJson {
  const first = known.get(module);
  if (first !== undefined) return { type: SHARED, options: { path: first } };
  known.set(module, path);
  const { type, options, children, composite } = module;
  const parts = Object.entries(composite ? {} : children).map(
    ([name, child]) => [name, moduleToJson(child, pathOf(path, name), known)] as const,
  );
  return {
    type,
    ...(Object.keys(options).length > 0 && { options }),
    ...(parts.length > 0 && { children: Object.fromEntries(parts) }),
  };
}
