// Cases of kind "loss": its value and the gradient of the prediction.

import * as wasmgrad from "../../src/index.js";
import { func, grad, type Loss } from "../../src/index.js";
import { Inexpressible, need, type Case, type Results } from "./cases.js";

const makers: Readonly<Record<string, (attrs: Case["attrs"]) => Loss>> = {
  meanSquaredError: () => wasmgrad.meanSquaredError(),
  meanAbsoluteError: () => wasmgrad.meanAbsoluteError(),
  huber: ({ delta }) => wasmgrad.huber({ delta: delta as number }),
  binaryCrossEntropy: ({ fromLogits }) => wasmgrad.binaryCrossEntropy({ fromLogits: fromLogits as boolean }),
  crossEntropy: ({ labelSmoothing, ignoreIndex }) =>
    wasmgrad.crossEntropy({ labelSmoothing: labelSmoothing as number, ignoreIndex: ignoreIndex as number }),
  negativeLogLikelihood: ({ ignoreIndex }) => wasmgrad.negativeLogLikelihood({ ignoreIndex: ignoreIndex as number }),
  klDivergence: () => wasmgrad.klDivergence(),
};

/** The loss that a case names. @throws Inexpressible for one that is not there */
export function lossOf(op: string, attrs: Case["attrs"]): Loss {
  const maker = Object.hasOwn(makers, op) ? makers[op]! : undefined;
  if (!maker) throw new Inexpressible(`there is no loss "${op}"`);
  return maker(attrs);
}

export async function runLoss(golden: Case): Promise<Results> {
  const loss = lossOf(golden.op, golden.attrs);
  const x = need(golden, "in.x");
  const target = need(golden, "target");
  const run = await func({ x, target }, (tensors) => {
    const value = loss.compute(tensors.x, tensors.target);
    return { value, dx: grad(value, [tensors.x])[0]! };
  });
  const { value, dx } = run({ x: x.data, target: target.data });
  run.dispose();
  return { "out.loss": value, "grad.in.x": dx };
}
