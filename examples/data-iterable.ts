// Batches from a generator: data that come in while it trains.
//
// `fit` takes any iterable of { x, y }, asynchronous ones too, or a function that returns one for each epoch. Here every
// batch is drawn when it is asked for, so no picture is ever seen twice, and none is kept.

import { adam, compile, crossEntropy, linear, relu, rescale, sequential } from "wasmgrad";
import { drawDigits } from "./digits/draw.js";
import { percent } from "./support/format.js";

const BATCH = 50;

/** Batches of digits that nobody has drawn before: `seed` is where the pen goes on. */
function* freshDigits(batches: number, seed: number) {
  for (let batch = 0; batch < batches; batch++) {
    const { images, labels } = drawDigits({ count: BATCH, seed: seed + batch });
    yield { x: images, y: labels };
  }
}

// Pictures stay bytes; rescale makes them 0 to 1 on their way into a batch.
const model = sequential(rescale(1 / 255), linear(784, 64), relu(), linear(64, 10));
const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 3e-3 }), seed: 1 });

const drawn = drawDigits({ count: 500, seed: 1 });
const validation = { x: drawn.images, y: drawn.labels };

let seed = 1000;
const epoch = () => freshDigits(20, (seed += 20)); // called once an epoch
for await (const { epoch: number, samples, loss, valAccuracy } of trainer.fit(epoch, { epochs: 5, validation })) {
  const right = `${percent(valAccuracy!)} of ${drawn.labels.length} others right`;
  console.log(`epoch ${number}   ${samples} new digits   loss ${loss.toFixed(3)}   ${right}`);
}
trainer.dispose();
