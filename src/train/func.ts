// Functions of tensors, compiled by themselves: to look at what an op computes, or at the gradients of anything.

import { init, type Core } from "../core/core.js";
import { showGraph, showPlan, showProgram } from "../graph/explain.js";
import { checkIds, idLimits } from "../graph/limits.js";
import { input, parameterOp } from "../graph/ops/leaf.js";
import { fuse } from "../graph/fuse.js";
import { compileProgram } from "../graph/program.js";
import { reachable, showShape, sizeOf, Tensor, type DType, type Shape } from "../graph/tensor.js";
import { check, resolve, stepsOrNone } from "../nn/check-options.js";
import { show } from "../nn/words.js";
import { ControlBlock, seedOf } from "./control.js";
import { PlacedProgram } from "./placed.js";
import { Space } from "./space.js";
import { valuesOf, type NumberData } from "./values.js";

/** An input's shape, and its type if it is not f32. */
export type InputType = Shape | { readonly shape: Shape; readonly dtype?: DType };

type Results = Readonly<Record<string, Tensor>>;

/** A compiled function: takes numbers for its inputs, gives those of its results. */
export interface Func<I extends string, O extends string> {
  /** @throws TypeError or RangeError for an input that is missing, or not as many numbers as its shape has */
  (values: Readonly<Record<I, NumberData>>): Record<O, Float32Array>;
  /** Shape of each result. */
  readonly shapes: Readonly<Record<O, Shape>>;
  /** Graph, memory plan and program, as text. */
  explain(): string;
  /** Gives its memory back. */
  dispose(): void;
}

/**
 * Compiles a function of tensors.
 *
 *   const f = await func({ x: [3], w: [3] }, ({ x, w }) => {
 *     const y = ops.sum(ops.mul(x, w));
 *     return { y, dw: grad(y, [w])[0] };
 *   });
 *   f({ x: [1, 2, 3], w: [1, 1, 1] }).dw; // Float32Array [1, 2, 3]
 *
 * @param inputs shape of each input
 * @param build called once, with symbolic tensors; returns the tensors to be computed
 * @param options.core the core to run on; default: the one that all models share
 * @param options.seed of the random numbers; default 0
 * @throws TypeError or ShapeError for inputs or results that are none
 */
export async function func<const I extends string, const R extends Results>(
  inputs: Readonly<Record<I, InputType>>,
  build: (inputs: Record<I, Tensor>) => R,
  options: { core?: Core; seed?: number } = {},
): Promise<Func<I, Extract<keyof R, string>>> {
  type O = Extract<keyof R, string>;
  const { core: given, seed } = resolve("func", { core: undefined as Core | undefined, seed: 0 }, options);
  check("func", "seed", seed, stepsOrNone);
  if (typeof inputs !== "object" || inputs === null) {
    throw new TypeError(`func: the inputs must be shapes by name, e.g. { x: [2, 3] }, got ${show(inputs)}`);
  }
  const core = given ?? (await init());
  const types = Object.entries(inputs) as [I, InputType][];
  const tensors = Object.fromEntries(types.map(([name, type]) => [name, inputOf(name, type)])) as Record<I, Tensor>;
  const built: unknown = build(tensors);
  const named = typeof built === "object" && built !== null && !(built instanceof Tensor);
  const results = named ? (Object.entries(built) as [O, Tensor][]) : [];
  const bad = results.find(([, tensor]) => !(tensor instanceof Tensor));
  if (results.length === 0 || bad) {
    const got = bad ? `"${bad[0]}" that is ${show(bad[1])}` : show(built);
    throw new TypeError(`func: the function must return an object of tensors, e.g. { y }, got ${got}`);
  }

  const own = reachable(results.map(([, tensor]) => tensor)).find(({ op }) => op === parameterOp);
  if (own)
    throw new TypeError(
      `func: ${own.outputs[0]} is a parameter, which only a compiled model has values for; make it an input`,
    );
  const fused = fuse(results.map(([, tensor]) => tensor));
  const program = compileProgram(fused.roots);
  const limits = idLimits(results.map(([, tensor]) => tensor));
  const call = (values: Readonly<Record<I, NumberData>>): Record<O, Float32Array> => {
    space.check();
    checkNames(types, values);
    for (const [name] of types) {
      const given = valuesOf(`func: ${name}`, values[name]);
      const { shape } = tensors[name];
      if (given.length !== sizeOf(shape)) {
        throw new RangeError(`func: ${name} is ${showShape(shape)}, ${sizeOf(shape)} numbers, got ${given.length}`);
      }
      const limit = limits.get(name);
      if (limit) checkIds(`func: ${name}`, given, limit);
      placed.put(name, given);
    }
    control.program(placed);
    core.run(control.address, 1); // here and now, on whatever thread this is: the result is wanted at once
    return Object.fromEntries(results.map(([name, tensor]) => [name, valuesAt(fused.at(tensor)!)])) as Record<
      O,
      Float32Array
    >;
  };
  const valuesAt = (tensor: Tensor): Float32Array => {
    if (tensor.dtype === "f32") return placed.view(tensor).slice();
    const first = placed.addressOf(tensor) >>> 2;
    return Float32Array.from(core.i32.subarray(first, first + tensor.size));
  };
  const space = new Space(core, call, "this function");
  const control = new ControlBlock(space, seedOf(seed));
  const placed = new PlacedProgram(space, program, {});
  if (placed.families) await core.provideFamilies();
  return Object.assign(call, {
    shapes: Object.fromEntries(results.map(([name, { shape }]) => [name, shape])) as Record<O, Shape>,
    explain: () => [showGraph(program), showPlan(program), showProgram(program)].join("\n\n"),
    dispose: () => space.dispose(),
  });
}

function inputOf(name: string, type: InputType): Tensor {
  const { shape, dtype = "f32" } = Array.isArray(type)
    ? { shape: type as Shape }
    : ((type ?? {}) as { shape?: Shape; dtype?: DType });
  if (!Array.isArray(shape) || (dtype !== "f32" && dtype !== "i32")) {
    throw new TypeError(
      `func: input "${name}" must be a shape such as [2, 3], or { shape, dtype: "f32" or "i32" }, got ${show(type)}`,
    );
  }
  return input(name, shape as Shape, dtype);
}

/** @throws TypeError unless `values` are numbers for each input, and for nothing else */
function checkNames(types: readonly [string, InputType][], values: unknown): void {
  const given = typeof values === "object" && values !== null ? Object.keys(values) : [];
  if (given.length === types.length && types.every(([name]) => given.includes(name))) return;
  const names = types.map(([name]) => name).join(", ");
  throw new TypeError(`func: expected numbers for ${names || "nothing"}, got ${show(values)}`);
}
