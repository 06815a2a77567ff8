// The README's first program, on drawn digits.

import { compile, sequential, linear, relu, crossEntropy, adam, classMetrics } from "wasmgrad";
import { drawDigits } from "./digits/draw.js";
import { percent } from "./support/format.js";

// x: [samples, 784] grey levels from 0 to 1; y: [samples] digits from 0 to 9.
const { images, labels: y } = drawDigits({ count: 3000, seed: 1 });
const x = new Float32Array(images).map((grey) => grey / 255);
const test = drawDigits({ count: 500, seed: 2 });
const xTest = new Float32Array(test.images).map((grey) => grey / 255);

const model = sequential(linear(784, 128), relu(), linear(128, 10));
const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 1e-3 }), seed: 1 });
for await (const { epoch, loss, accuracy } of trainer.fit({ x, y }, { epochs: 5, batchSize: 64 }))
  console.log(epoch, loss, accuracy);
const logits = await trainer.predict(xTest); // Float32Array, [samples, 10]

// A logit is a score: the digit with the highest one is the answer.
const unseen = classMetrics(logits, test.labels);
console.log(`Of ${test.labels.length} unseen digits, ${percent(unseen.accuracy)} are read correctly.`);
