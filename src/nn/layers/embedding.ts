// Layers that turn ids into vectors, and that tell a vector where it stands in its sequence.

import { initialisers, type Initialiser } from "../../graph/initialiser.js";
import { add } from "../../graph/ops/elementwise.js";
import { checkPadding, embedding as lookUp } from "../../graph/ops/embedding.js";
import { parameter } from "../../graph/ops/leaf.js";
import { sinusoidal } from "../../graph/ops/rotary.js";
import { slice } from "../../graph/ops/slice.js";
import { ShapeError } from "../../graph/op.js";
import { showShape, type Tensor } from "../../graph/tensor.js";
import { check, positive, resolve, steps } from "../check-options.js";
import { defineModule, type Module } from "../module.js";
import type { LastAxis, SameShape, ShapeFunction, Sizes } from "../shape-types.js";

/** Each element becomes a vector. */
export interface Embedded<Dim extends number> extends ShapeFunction {
  readonly output: this["input"] extends readonly [...infer Axes extends Sizes]
    ? readonly [...Axes, Dim]
    : readonly number[];
}

export interface EmbeddingLayerOptions {
  /** An id that stands for no word: its vector starts as zeros and is not learnt. Default: none. */
  paddingIndex?: number;
  /** How the weight starts. Default: normal with mean 0 and std 1, as PyTorch's. */
  weightInit?: Initialiser;
}

/**
 * A vector of `dim` numbers for each id: [..] → [.., dim]. The input holds whole numbers from 0 to vocab - 1; others are
 * refused before anything is computed. Parameter: weight [vocab, dim].
 *
 * As torch.nn.Embedding (https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html).
 *
 * @param vocab how many ids there are
 * @throws RangeError or TypeError unless both sizes are whole numbers of at least 1, or for a padding index that is no id
 */
export function embedding<const Dim extends number>(
  vocab: number,
  dim: Dim,
  options: EmbeddingLayerOptions = {},
): Module<Embedded<Dim>> {
  check("embedding", "vocab", vocab, steps);
  check("embedding", "dim", dim, steps);
  const defaults = { paddingIndex: undefined as number | undefined, weightInit: initialisers.normal() };
  const { paddingIndex, weightInit } = resolve("embedding", defaults, options);
  const padding = checkPadding("embedding", paddingIndex, vocab);
  const init: Initialiser =
    padding < 0 ? weightInit : (shape) => ({ ...weightInit(shape), zeros: { first: padding * dim, count: dim } });
  const weight = parameter([vocab, dim], { init });
  return defineModule<Embedded<Dim>>({
    type: "embedding",
    parameters: { weight },
    options: { vocab, dim, ...(paddingIndex !== undefined && { paddingIndex }) },
    inputType: "i32",
    forward: (ids) => lookUp(ids, weight, paddingIndex === undefined ? {} : { paddingIndex }),
  });
}

/** @throws ShapeError unless x is [.., length, dim] with a length of at most `longest` */
function checkSequence(name: string, x: Tensor, dim: number | undefined, longest = Infinity): [number, number] {
  const [length, last] = x.shape.slice(-2) as [number, number];
  if (x.shape.length < 3 || (dim !== undefined && last !== dim) || length > longest) {
    const most = longest === Infinity ? "length" : `length up to ${longest}`;
    throw new ShapeError(
      `${name}: needs [samples, ${most}, ${dim ?? "dim"}], got ${showShape(x.shape)}; check the layer before it`,
    );
  }
  return [length, last];
}

export interface PositionalEmbeddingOptions {
  /** How the weight starts. Default: normal with mean 0 and std 0.02, as GPT-2's. */
  weightInit?: Initialiser;
}

/**
 * Adds a learnt vector for each place in the sequence: [samples, length, dim], the length being at most `maxLength`.
 * Parameter: weight [maxLength, dim].
 *
 * @throws RangeError or TypeError unless both sizes are whole numbers of at least 1
 */
export function positionalEmbedding<const Dim extends number>(
  maxLength: number,
  dim: Dim,
  options: PositionalEmbeddingOptions = {},
): Module<LastAxis<Dim, Dim>> {
  check("positionalEmbedding", "maxLength", maxLength, steps);
  check("positionalEmbedding", "dim", dim, steps);
  const defaults = { weightInit: initialisers.normal(0, 0.02) };
  const { weightInit } = resolve("positionalEmbedding", defaults, options);
  const weight = parameter([maxLength, dim], { init: weightInit });
  return defineModule<LastAxis<Dim, Dim>>({
    type: "positionalEmbedding",
    parameters: { weight },
    options: { maxLength, dim },
    forward: (x) => {
      const [length] = checkSequence("positionalEmbedding", x, dim, maxLength);
      return add(x, slice(weight, { end: length }));
    },
  });
}

/**
 * Adds a fixed vector of sines and cosines for each place in the sequence: [samples, length, dim] of any length.
 * Vaswani et al. 2017, section 3.5.
 *
 * @param options.base the longest wave is 2π times this. Default 10000.
 * @throws RangeError or TypeError for a base that is not positive
 */
export function sinusoidalEmbedding(options: { base?: number } = {}): Module<SameShape> {
  const { base } = resolve("sinusoidalEmbedding", { base: 10000 }, options);
  check("sinusoidalEmbedding", "base", base, positive);
  return defineModule<SameShape>({
    type: "sinusoidalEmbedding",
    options: base === 10000 ? {} : { base },
    forward: (x) => {
      const [length, dim] = checkSequence("sinusoidalEmbedding", x, undefined);
      return add(x, sinusoidal(length, dim, { base }));
    },
  });
}
