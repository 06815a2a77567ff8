// Layers one after another.

import type { DType, Shape } from "../../graph/tensor.js";
import { defineModule, type Module } from "../module.js";
import { show } from "../words.js";
import type { Chain, Checked } from "../shape-types.js";

/** Layers that give a sample the shape that they got. */
const transparent = new Set(["rescale", "dropout"]);

/**
 * Each layer's output is the next one's input. Parameters are named by the layer's place: "0.weight".
 *
 * Sizes that are literals are checked by the compiler: `sequential(linear(784, 128), relu(), linear(64, 10))` is an
 * error at its third layer. https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 *
 * @throws RangeError without a layer
 */
export function sequential<const Layers extends readonly Module[]>(
  ...layers: Layers & Checked<Layers>
): Module<Chain<Layers>> {
  const parts = layers as readonly Module[];
  checkLayers("sequential", parts);
  const first = firstThatTells(parts);
  return defineModule<Chain<Layers>>({
    type: "sequential",
    children: Object.fromEntries(parts.map((part, i) => [String(i), part])),
    inputShape: first?.shape,
    inputType: first?.type,
    forward: (x, context) => parts.reduce((y, part, i) => context.run(String(i), part, y), x),
  });
}

/** @throws RangeError if there is none; TypeError for what is no layer */
export function checkLayers(owner: string, parts: readonly Module[]): void {
  if (!Array.isArray(parts)) throw new TypeError(`${owner}: expected an array of layers, got ${describe(parts)}`);
  if (parts.length === 0) throw new RangeError(`${owner}: needs at least one layer, e.g. linear(2, 1)`);
  (parts as readonly Module[]).forEach((part, i) => {
    if (typeof part?.forward !== "function") {
      const hint = Array.isArray(part) ? "give the layers one by one" : "call the function that makes it, e.g. relu()";
      throw new TypeError(`${owner}: layer ${i} is no layer but ${describe(part)}; ${hint}`);
    }
  });
}

function firstThatTells(parts: readonly Module[]): { shape: Shape | undefined; type: DType | undefined } | undefined {
  for (const { type, inputShape, inputType } of parts) {
    if (inputShape || inputType) return { shape: inputShape, type: inputType };
    if (!transparent.has(type)) return undefined;
  }
  return undefined;
}

/** A bundler may have put a number behind a function's name. */
const describe = (value: unknown) =>
  typeof value === "function" ? `the function ${value.name.replace(/\d+$/, "") || "itself"}` : show(value);
