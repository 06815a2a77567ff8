// Recurrent layers: rnn, lstm and gru, of several layers and one or two directions.

import { initialisers } from "../../graph/initialiser.js";
import { parameter, type Parameter } from "../../graph/ops/leaf.js";
import * as functions from "../../graph/ops/recurrent-layers.js";
import type { LstmResult, RecurrentResult, RecurrentWeights } from "../../graph/ops/recurrent-layers.js";
import { permute, reshape } from "../../graph/ops/shape.js";
import { slice } from "../../graph/ops/slice.js";
import { showShape, type Tensor } from "../../graph/tensor.js";
import { ShapeError } from "../../graph/op.js";
import { check, fraction, resolve, steps } from "../check-options.js";
import { defineModule, type Context, type Json, type Module } from "../module.js";
import type { ShapeFunction, Sizes } from "../shape-types.js";

export interface RecurrentLayerOptions {
  /** Layers, each on the states of the one before. Default 1. */
  layers?: number;
  /** False for no bias. Default true. */
  bias?: boolean;
  /** Dropout between layers, in training. Default 0. */
  dropout?: number;
  /** A second network from the last step to the first; both outputs side by side. Default false. */
  bidirectional?: boolean;
  /** False to give the last states only, [batch, directions · hidden], instead of every step's. Default true. */
  returnSequences?: boolean;
}

export interface RnnOptions extends RecurrentLayerOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/** States before the first step, each [layers · directions, batch, hidden]; what is missing is zero. */
export interface RecurrentState {
  readonly h?: Tensor | undefined;
  readonly c?: Tensor | undefined;
}

/** A recurrent layer, with a way to hand states in and get them out. */
export interface RecurrentModule<R extends RecurrentResult, F extends ShapeFunction = ShapeFunction> extends Module<F> {
  /**
   * @param x [batch, steps, input]
   * @param state as a former run's result gave it
   */
  run(x: Tensor, state: RecurrentState, context: Context): R;
}

/** [steps, input] to [steps, outputs]. */
export interface OverTime<In extends number> extends ShapeFunction {
  readonly output: this["input"] extends readonly [infer Steps extends number, infer Got extends number]
    ? number extends Got
      ? readonly [Steps, number]
      : Got extends In
        ? readonly [Steps, number]
        : number extends In
          ? readonly [Steps, number]
          : { readonly mismatch: `this layer expects ${In} features a step but the layer before it gives ${Got}` }
    : Sizes;
}

/**
 * Long short-term memory: [batch, steps, input] → [batch, steps, directions · hidden]. Parameters of layer k:
 * weight_ih_lk [4 hidden, input], weight_hh_lk [4 hidden, hidden], bias_ih_lk, bias_hh_lk [4 hidden], the gates in the
 * order i f g o; with _reverse behind them in the second direction. All start uniform in ±1/√hidden.
 *
 * As torch.nn.LSTM with batch_first (https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html); no proj_size.
 *
 * @throws RangeError or TypeError for sizes that are no whole numbers, or options out of range
 */
export function lstm<const In extends number>(
  inputSize: In,
  hiddenSize: number,
  options: RecurrentLayerOptions = {},
): RecurrentModule<LstmResult, OverTime<In>> {
  return recurrent("lstm", 4, inputSize, hiddenSize, options, {}, (x, weights, settings) =>
    functions.lstm(x, weights, settings),
  );
}

/**
 * Gated recurrent unit: [batch, steps, input] → [batch, steps, directions · hidden]. Parameters as lstm's, with three
 * gates in the order r z n.
 *
 * As torch.nn.GRU with batch_first (https://pytorch.org/docs/stable/generated/torch.nn.GRU.html).
 *
 * @throws as lstm
 */
export function gru<const In extends number>(
  inputSize: In,
  hiddenSize: number,
  options: RecurrentLayerOptions = {},
): RecurrentModule<RecurrentResult, OverTime<In>> {
  return recurrent("gru", 3, inputSize, hiddenSize, options, {}, (x, weights, settings) =>
    functions.gru(x, weights, settings),
  );
}

/**
 * Elman's network: [batch, steps, input] → [batch, steps, directions · hidden]. Parameters as lstm's, without gates.
 *
 * As torch.nn.RNN with batch_first (https://pytorch.org/docs/stable/generated/torch.nn.RNN.html).
 *
 * @throws as lstm
 */
export function rnn<const In extends number>(
  inputSize: In,
  hiddenSize: number,
  options: RnnOptions = {},
): RecurrentModule<RecurrentResult, OverTime<In>> {
  const { nonlinearity = "tanh", ...rest } = options;
  if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
    throw new RangeError(`rnn: nonlinearity must be "tanh" or "relu", got ${JSON.stringify(nonlinearity)}`);
  }
  const own: Record<string, Json> = nonlinearity === "tanh" ? {} : { nonlinearity };
  return recurrent("rnn", 1, inputSize, hiddenSize, rest, own, (x, weights, settings) =>
    functions.rnn(x, weights, { ...settings, nonlinearity }),
  );
}

type Run<R> = (x: Tensor, weights: RecurrentWeights[], options: functions.RecurrentOptions) => R;

function recurrent<R extends RecurrentResult, In extends number>(
  type: string,
  gates: number,
  inputSize: In,
  hiddenSize: number,
  given: RecurrentLayerOptions,
  own: Record<string, Json>,
  apply: Run<R>,
): RecurrentModule<R, OverTime<In>> {
  check(type, "inputSize", inputSize, steps);
  check(type, "hiddenSize", hiddenSize, steps);
  const defaults: Required<RecurrentLayerOptions> = {
    layers: 1,
    bias: true,
    dropout: 0,
    bidirectional: false,
    returnSequences: true,
  };
  const options = resolve(type, defaults, given);
  check(type, "layers", options.layers, steps);
  check(type, "dropout", options.dropout, fraction);
  const directions = options.bidirectional ? 2 : 1;

  const bound = 1 / Math.sqrt(hiddenSize);
  const init = initialisers.uniform(-bound, bound);
  const parameters: Record<string, Parameter> = {};
  const weights: RecurrentWeights[] = [];
  for (let layer = 0; layer < options.layers; layer++) {
    for (let direction = 0; direction < directions; direction++) {
      const suffix = `_l${layer}${direction === 1 ? "_reverse" : ""}`;
      const make = (name: string, ...shape: number[]) => (parameters[name + suffix] = parameter(shape, { init }));
      const features = layer === 0 ? inputSize : hiddenSize * directions;
      weights.push({
        weightIh: make("weight_ih", gates * hiddenSize, features),
        weightHh: make("weight_hh", gates * hiddenSize, hiddenSize),
        biasIh: options.bias ? make("bias_ih", gates * hiddenSize) : undefined,
        biasHh: options.bias ? make("bias_hh", gates * hiddenSize) : undefined,
      });
    }
  }

  const run = (x: Tensor, { h, c }: RecurrentState, context: Context): R => {
    if (x.shape.length !== 3 || x.shape[2] !== inputSize) {
      throw new ShapeError(
        `${type}: the input is ${showShape(x.shape)}, but the layer expects [batch, steps, ${inputSize}]; check the layer before it`,
      );
    }
    const dropout =
      context.training && options.dropout > 0 ? { p: options.dropout, stream: () => context.stream() } : undefined;
    return apply(x, weights, { bidirectional: options.bidirectional, h0: h, c0: c, dropout });
  };
  const last = ({ h }: RecurrentResult) => {
    // Of the last layer: [directions, batch, hidden] → [batch, directions · hidden]
    const [all, batch] = h.shape as [number, number, number];
    const end = slice(h, { start: all - directions, end: all });
    return reshape(permute(end, [1, 0, 2]), [batch, directions * hiddenSize]);
  };
  const changed = Object.entries(options).filter(([name, value]) => value !== defaults[name as keyof typeof defaults]);
  const module = defineModule<OverTime<In>>({
    type,
    parameters,
    options: { inputSize, hiddenSize, ...Object.fromEntries(changed), ...own },
    forward: (x, context) => {
      const result = run(x, {}, context);
      return options.returnSequences ? result.output : last(result);
    },
  });
  return { ...module, run };
}
