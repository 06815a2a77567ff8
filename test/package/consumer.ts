// What a user's TypeScript sees of the package. Compiled only, against the packed declarations, with the strictest
// settings and several kinds of module resolution.

import {
  compile,
  crossEntropy,
  linear,
  relu,
  saveCheckpoint,
  adam,
  ops,
  sequential,
  func,
  grad,
  type Epoch,
  type Trainer,
} from "wasmgrad";
import * as core from "wasmgrad/core";
import { trainTestSplit } from "wasmgrad/data";
import { readSafetensors } from "wasmgrad/io";

const model = sequential(linear(784, 128), relu(), linear(128, 10));
export const trainer: Trainer = await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 1e-3 }), seed: 1 });

const x = new Float32Array(784);
const y = [3];
for await (const { epoch, loss, accuracy } of trainer.fit({ x, y }, { epochs: 5, batchSize: 64 })) {
  const line: [number, number, number | undefined] = [epoch, loss, accuracy];
  console.log(...line);
}
export const history: Epoch[] = await trainer.fit({ x, y });
export const logits: Float32Array = await trainer.predict(x);

// @ts-expect-error 128 features do not fit a layer that takes 64
sequential(linear(784, 128), relu(), linear(64, 10));

const gradient = await func({ w: [3] }, ({ w }) => ({ dw: grad(ops.sum(ops.square(w)), [w])[0]! }));
export const dw: Float32Array = gradient({ w: [1, 2, 3] }).dw;

export const saved: Uint8Array = await saveCheckpoint(trainer);
export const tensors: number = readSafetensors(saved).tensors.size;
export { core, trainTestSplit };
