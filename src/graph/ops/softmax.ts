// Softmax and log-softmax. The kernels work along the last axis; other axes are moved there and back.

import { Opcode } from "../../shared/opcodes.js";
import { op, type Op } from "../op.js";
import { normalAxes } from "../shapes.js";
import { apply, type Tensor } from "../tensor.js";
import { permute } from "./shape.js";

/* @__NO_SIDE_EFFECTS__ */
function alongRows(name: string, code: Opcode, gradCode: Opcode): { forward: Op; backward: Op } {
  const rowsOf = (x: Tensor): [number, number] => [x.size / x.shape.at(-1)!, x.shape.at(-1)!];
  const backward = op({
    name: `${name}Grad`,
    shape: ([dy]) => [{ shape: dy!.shape }],
    inPlace: () => [0],
    emit: ({ outputs }, { inputs: [dy, y], outputs: [dx] }) => [[gradCode, dx!, dy!, y!, ...rowsOf(outputs[0]!)]],
  });
  const forward = op({
    name,
    shape: ([x]) => [{ shape: x!.shape }],
    grad: ([dy], { outputs: [y] }) => [apply(backward, [dy!, y!])],
    inPlace: () => [0],
    emit: ({ outputs }, { inputs: [x], outputs: [y] }) => [[code, y!, x!, ...rowsOf(outputs[0]!)]],
  });
  return { forward, backward };
}

export const softmaxRows = alongRows("softmax", Opcode.Softmax, Opcode.SoftmaxGrad);
export const logSoftmaxRows = alongRows("logSoftmax", Opcode.LogSoftmax, Opcode.LogSoftmaxGrad);

export interface SoftmaxOptions {
  /** Axis whose elements become probabilities that sum to 1; negative ones count from the end; default -1. */
  axis?: number;
}

/** e^x / sum(e^x) along an axis. @throws ShapeError if the axis does not exist. */
export const softmax = (x: Tensor, options: SoftmaxOptions = {}): Tensor =>
  alongAxis("softmax", softmaxRows.forward, x, options);

/** log(softmax(x)) along an axis, accurate for small probabilities. @throws ShapeError if the axis does not exist. */
export const logSoftmax = (x: Tensor, options: SoftmaxOptions = {}): Tensor =>
  alongAxis("logSoftmax", logSoftmaxRows.forward, x, options);

function alongAxis(name: string, row: Op, x: Tensor, { axis = -1 }: SoftmaxOptions): Tensor {
  const [at] = normalAxes(name, x.shape.length, axis);
  const last = x.shape.length - 1;
  if (at === last) return apply(row, [x]);
  const order = x.shape.map((_, i) => i);
  [order[at!], order[last]] = [last, at!];
  return permute(apply(row, [permute(x, order)]), order);
}
