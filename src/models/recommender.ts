// Recommenders: how much a user will like an item, or how likely he is to take it. Models of two inputs, the numbers of
// a user and of an item, for compile(model, { input: model.input, … }).

import { initialisers } from "../graph/initialiser.js";
import { relu } from "../graph/ops/activation.js";
import { concat } from "../graph/ops/concat.js";
import { add, mul } from "../graph/ops/elementwise.js";
import { embedding } from "../graph/ops/embedding.js";
import { parameter, type Parameter } from "../graph/ops/leaf.js";
import { linear } from "../graph/ops/matmul.js";
import { sum } from "../graph/ops/reduce.js";
import { reshape } from "../graph/ops/shape.js";
import { dropout as drop } from "../graph/ops/step.js";
import type { Tensor } from "../graph/tensor.js";
import { check, checkAll, fraction, required, resolve, steps } from "../nn/check-options.js";
import type { Context } from "../nn/module.js";

/** The inputs of a recommender: for each sample the number of a user, and that of an item. */
const input = {
  user: { shape: [1], dtype: "i32" },
  item: { shape: [1], dtype: "i32" },
} as const;

/** A model of users and items. Data: { x: { user: [...], item: [...] }, y: [...] }. */
export interface Recommender {
  (inputs: { readonly user: Tensor; readonly item: Tensor }, context: Context): Tensor;
  /** For compile's option of that name. */
  readonly input: typeof input;
}

export interface MatrixFactorisationOptions {
  /** How many there are; their numbers go from 0 to one less. */
  users: number;
  items: number;
  /** Size of the vectors. */
  dim: number;
}

/**
 * score = user · item + user's bias + item's bias + mean: [batch, 1]. Each user and each item is a vector of `dim` tastes.
 * Parameters: user.weight [users, dim], item.weight [items, dim], user.bias, item.bias, mean.
 *
 * Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", 2009.
 *
 * With meanSquaredError() scores are ratings, with binaryCrossEntropy({ fromLogits: true }) logits of being taken.
 * @throws RangeError or TypeError unless all sizes are whole numbers of at least 1
 */
export function matrixFactorisation(options: MatrixFactorisationOptions): Recommender {
  const name = "matrixFactorisation";
  const defaults = { users: required, items: required, dim: required };
  const given = resolve<MatrixFactorisationOptions>(name, defaults, options);
  checkAll(name, given, ["users", "items", "dim"], steps);
  const { users, items, dim } = given;

  const small = initialisers.normal(0, 0.1);
  const userVectors = parameter([users, dim], { name: "user.weight", init: small });
  const itemVectors = parameter([items, dim], { name: "item.weight", init: small });
  const userBias = parameter([users, 1], { name: "user.bias" });
  const itemBias = parameter([items, 1], { name: "item.bias" });
  const mean = parameter([1], { name: "mean" });

  return recommender(({ user, item }) => {
    const [tastes, qualities] = [rows(user, userVectors), rows(item, itemVectors)];
    const match = sum(mul(tastes, qualities), { axes: 1, keepDims: true });
    return add(add(match, add(rows(user, userBias), rows(item, itemBias))), mean);
  });
}

export interface MlpRecommenderOptions extends MatrixFactorisationOptions {
  /** Sizes of the hidden layers. Default [64, 32]. */
  hidden?: readonly number[];
  /** Dropout after each hidden layer. Default 0. */
  dropout?: number;
}

/**
 * The vectors of a user and an item side by side through a multilayer perceptron: [batch, 1]. Parameters: user.weight
 * [users, dim], item.weight [items, dim], and those of the linear layers, 0.weight, 0.bias, …
 *
 * He et al., "Neural collaborative filtering", 2017, https://arxiv.org/abs/1708.05031
 *
 * @throws RangeError or TypeError for sizes that are no whole numbers of at least 1
 */
export function mlpRecommender(options: MlpRecommenderOptions): Recommender {
  const name = "mlpRecommender";
  const defaults = {
    users: required,
    items: required,
    dim: required,
    hidden: [64, 32] as readonly number[],
    dropout: 0,
  };
  const { hidden, dropout, ...given } = resolve<Required<MlpRecommenderOptions>>(name, defaults, options);
  checkAll(name, given, ["users", "items", "dim"], steps);
  check(name, "dropout", dropout, fraction);
  if (!Array.isArray(hidden)) throw new TypeError(`${name}: hidden must be an array of sizes, e.g. [64, 32]`);
  hidden.forEach((size: unknown, i) => check(name, `hidden[${i}]`, size, steps));
  const { users, items, dim } = given;

  const small = initialisers.normal(0, 0.1);
  const userVectors = parameter([users, dim], { name: "user.weight", init: small });
  const itemVectors = parameter([items, dim], { name: "item.weight", init: small });
  const sizes = [2 * dim, ...(hidden as readonly number[]), 1];
  const layers = sizes.slice(1).map((out, i) => {
    const features = sizes[i]!;
    const bound = 1 / Math.sqrt(features); // as torch.nn.Linear's
    const init = initialisers.uniform(-bound, bound);
    return {
      weight: parameter([out, features], { name: `${i}.weight`, init }),
      bias: parameter([out], { name: `${i}.bias`, init }),
    };
  });

  return recommender(({ user, item }, context) => {
    const vectors = concat([rows(user, userVectors), rows(item, itemVectors)], 1);
    return layers.reduce((x, { weight, bias }, i) => {
      const y = linear(x, weight, bias);
      if (i === layers.length - 1) return y;
      return dropout > 0 && context.training ? drop(relu(y), dropout, context.stream()) : relu(y);
    }, vectors);
  });
}

/** [batch, cols]: the row of `table` for each sample's number. */
const rows = (numbers: Tensor, table: Parameter): Tensor => embedding(reshape(numbers, [numbers.shape[0]!]), table);

const recommender = (run: (...args: Parameters<Recommender>) => Tensor): Recommender => Object.assign(run, { input });
