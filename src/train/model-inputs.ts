// The inputs of a model: shapes and types of one sample, told by the model itself or by compile's option `input`.

import type { DType, Shape } from "../graph/tensor.js";
import type { Module } from "../nn/module.js";
import { show } from "../nn/words.js";

/** Shape of one sample, and its type if it is not f32. */
export type InputOption = Shape | { readonly shape: Shape; readonly dtype?: DType };

/** The inputs of a model that has several. */
export type InputOptions = Readonly<Record<string, InputOption>>;

/** One input of a model; the only one is called "". */
export interface ModelInput {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** @throws TypeError where neither tells, or the option is none */
export function inputsOf(module: Module | undefined, option: InputOption | InputOptions | undefined): ModelInput[] {
  if (option === undefined && module?.inputShape) {
    return [{ name: "", shape: module.inputShape, dtype: module.inputType ?? "f32" }];
  }
  if (option === undefined) {
    throw new TypeError(
      "compile: the shape of one sample is not known from the model; give it, e.g. compile(model, { input: [784], … }), or { input: [1, 28, 28], … } for pictures, [channels, height, width]",
    );
  }
  const one = asInput("x", option);
  if (one) return [{ name: "", shape: one.shape, dtype: one.dtype ?? module?.inputType ?? "f32" }];
  if (typeof option !== "object" || option === null || Object.keys(option).length === 0) {
    throw new TypeError(
      `compile: input must be a shape such as [28, 28], { shape, dtype }, or one of these for each input by name, got ${show(option)}`,
    );
  }
  return Object.entries(option as InputOptions).map(([name, given]) => {
    const found = asInput(name, given);
    if (!found) {
      throw new TypeError(
        `compile: input "${name}" must be a shape such as [28, 28], or { shape, dtype }, got ${show(given)}`,
      );
    }
    return { name, shape: found.shape, dtype: found.dtype ?? "f32" };
  });
}

function asInput(name: string, option: unknown): { shape: Shape; dtype?: DType } | undefined {
  if (Array.isArray(option)) return { shape: option as Shape };
  if (typeof option !== "object" || option === null) return undefined;
  const { shape, dtype } = option as { shape?: unknown; dtype?: unknown };
  // The only input of a model may be called by these names, too: { shape: [3], dtype: [2] } are two inputs.
  if (!Array.isArray(shape) || Array.isArray(dtype)) return undefined;
  if (dtype === undefined || dtype === "f32" || dtype === "i32") return option as { shape: Shape; dtype?: DType };
  throw new TypeError(`compile: input "${name}": dtype must be "f32" or "i32", got ${show(dtype)}`);
}
