// Recurrent networks of several layers and directions, as PyTorch has them, on batches of sequences: the tensor API's
// rnn, lstm and gru. Between the ends, time comes first.

import { ShapeError } from "../op.js";
import { apply, createNode, showShape, type Tensor } from "../tensor.js";
import { concat } from "./concat.js";
import { dropout } from "./step.js";
import { add } from "./elementwise.js";
import { linear } from "./matmul.js";
import { gruOp, lstmOp, rnnOp } from "./recurrent.js";
import { permute, reshape } from "./shape.js";
import { slice } from "./slice.js";

/** The parameters of one layer in one direction, by PyTorch's names: [gates · hidden, …] with the gates i f g o, or r z n. */
export interface RecurrentWeights {
  /** [gates · hidden, input] */
  readonly weightIh: Tensor;
  /** [gates · hidden, hidden] */
  readonly weightHh: Tensor;
  /** [gates · hidden] */
  readonly biasIh?: Tensor | undefined;
  readonly biasHh?: Tensor | undefined;
}

export interface RecurrentOptions {
  /** Two directions; the weights are then those of layer 0 forward, layer 0 backward, layer 1 forward, … Default false. */
  bidirectional?: boolean;
  /** States before the first step, each [layers · directions, batch, hidden]. Default zeros. */
  h0?: Tensor | undefined;
  c0?: Tensor | undefined;
  /** Dropout between layers: its probability and a function that gives a stream of random numbers. */
  dropout?: { readonly p: number; stream(): number } | undefined;
  /** Of rnn: the activation. Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/** What a recurrent network gives. */
export interface RecurrentResult {
  /** Every step's state of the last layer, [batch, steps, directions · hidden]. */
  readonly output: Tensor;
  /** The last state of each layer and direction, [layers · directions, batch, hidden]. */
  readonly h: Tensor;
}

export interface LstmResult extends RecurrentResult {
  readonly c: Tensor;
}

/** One layer in one direction on x [steps, batch, input]; states [steps + 1, batch, hidden]. */
type Cell = (
  x: Tensor,
  weights: RecurrentWeights,
  state: { h0: Tensor | undefined; c0: Tensor | undefined },
  backward: boolean,
) => { h: Tensor; c?: Tensor };

const present = (...tensors: (Tensor | undefined)[]) =>
  tensors.filter((tensor): tensor is Tensor => tensor !== undefined);
const both = (a: Tensor | undefined, b: Tensor | undefined) => (a && b ? add(a, b) : (a ?? b));

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997), https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 *
 * @param x [batch, steps, input]
 * @param weights of each layer, or of each layer and direction
 * @throws ShapeError where sizes do not fit
 */
export function lstm(x: Tensor, weights: readonly RecurrentWeights[], options: RecurrentOptions = {}): LstmResult {
  const cell: Cell = (x, { weightIh, weightHh, biasIh, biasHh }, { h0, c0 }, backward) => {
    const gates = linear(x, weightIh, both(biasIh, biasHh));
    const node = createNode(lstmOp, [gates, weightHh, ...present(h0, c0)], {
      backward,
      h0: h0 !== undefined,
      c0: c0 !== undefined,
    });
    return { h: node.outputs[1]!, c: node.outputs[2]! };
  };
  const { output, h, c } = run("lstm", x, weights, options, cell);
  return { output, h, c: c! };
}

/**
 * Gated recurrent unit (Cho et al., 2014), https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 *
 * @param x [batch, steps, input]
 * @throws ShapeError where sizes do not fit
 */
export function gru(x: Tensor, weights: readonly RecurrentWeights[], options: RecurrentOptions = {}): RecurrentResult {
  return run("gru", x, weights, options, (x, { weightIh, weightHh, biasIh, biasHh }, { h0 }, backward) => {
    const inputs = [linear(x, weightIh, biasIh), weightHh, ...present(biasHh, h0)];
    const node = createNode(gruOp, inputs, { backward, bias: biasHh !== undefined, h0: h0 !== undefined });
    return { h: node.outputs[1]! };
  });
}

/**
 * Elman's recurrent network, https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 *
 * @param x [batch, steps, input]
 * @throws ShapeError where sizes do not fit
 */
export function rnn(x: Tensor, weights: readonly RecurrentWeights[], options: RecurrentOptions = {}): RecurrentResult {
  const relu = options.nonlinearity === "relu";
  return run("rnn", x, weights, options, (x, { weightIh, weightHh, biasIh, biasHh }, { h0 }, backward) => ({
    h: apply(rnnOp, [linear(x, weightIh, both(biasIh, biasHh)), weightHh, ...present(h0)], { backward, relu }),
  }));
}

function run(
  name: string,
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions,
  cell: Cell,
): RecurrentResult & { readonly c: Tensor | undefined } {
  const directions = options.bidirectional ? 2 : 1;
  if (x.shape.length !== 3)
    throw new ShapeError(`${name}: the input is ${showShape(x.shape)}, expected [batch, steps, features]`);
  if (weights.length === 0 || weights.length % directions !== 0) {
    throw new ShapeError(
      `${name}: ${weights.length} sets of weights for ${directions} directions; give one for each layer and direction`,
    );
  }
  const stateOf = (all: Tensor | undefined, at: number) => {
    if (!all) return undefined;
    const hidden = weights[0]!.weightHh.shape[1]!;
    if (all.shape.length !== 3 || all.shape[0] !== weights.length) {
      throw new ShapeError(
        `${name}: initial states are ${showShape(all.shape)}, expected [${weights.length}, ${x.shape[0]}, ${hidden}]`,
      );
    }
    return reshape(slice(all, { start: at, end: at + 1 }), all.shape.slice(1));
  };

  const steps = x.shape[1]!;
  const last: { h: Tensor[]; c: Tensor[] } = { h: [], c: [] };
  let y = permute(x, [1, 0, 2]);
  for (let layer = 0; layer < weights.length; layer += directions) {
    if (layer > 0 && options.dropout && options.dropout.p > 0)
      y = dropout(y, options.dropout.p, options.dropout.stream());
    const outputs: Tensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const at = layer + direction;
      const backward = direction === 1;
      const { h, c } = cell(y, weights[at]!, { h0: stateOf(options.h0, at), c0: stateOf(options.c0, at) }, backward);
      const [after, end] = backward ? [0, 0] : [1, steps];
      outputs.push(slice(h, { start: after, end: after + steps }));
      last.h.push(slice(h, { start: end, end: end + 1 }));
      if (c) last.c.push(slice(c, { start: end, end: end + 1 }));
    }
    y = concat(outputs, 2);
  }
  return { output: permute(y, [1, 0, 2]), h: concat(last.h), c: last.c.length > 0 ? concat(last.c) : undefined };
}
