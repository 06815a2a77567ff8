// Part 10: A convolutional network reads digits; --data FOLDER for MNIST.

import { mkdirSync } from "node:fs";
import { Command } from "commander";
import {
  adamW,
  batchNorm,
  compile,
  conv2d,
  crossEntropy,
  dropout,
  flatten,
  linear,
  maxPool2d,
  relu,
  rescale,
  schedules,
  sequential,
} from "wasmgrad";
import { encodePng } from "wasmgrad/images";
import { saveFile } from "wasmgrad/io";
import { drawn, fromFolder } from "./digits/dataset.js";
import { percent } from "./support/format.js";

const { data, epochs, images, seed, json } = new Command("cnn")
  .description("Trains a convolutional network on 28 x 28 digits, and shows what its first filters look for.")
  .option("--data <folder>", "the four IDX files of MNIST; without it, digits are drawn")
  .option("--images <n>", "images to learn from", Number)
  .option("--epochs <n>", "passes over the images", Number, 4)
  .option("--seed <n>", "decides the drawing, the first weights and the order", Number, 1)
  .option("--json <file>", "writes settings, losses and accuracy as JSON")
  .parse()
  .opts<{ data?: string; epochs: number; images?: number; seed: number; json?: string }>();

const { training, validation, test } = data ? await fromFolder(data, images, seed) : drawn(images ?? 12_000, seed);
console.log(`${training.y.length} digits to learn from, ${test.y.length} to be tested on.`);

const BATCH = 64;
const FILTERS = 16;
const model = sequential(
  rescale(1 / 255),
  conv2d(1, FILTERS, 5),
  batchNorm(FILTERS),
  relu(),
  maxPool2d(2),
  conv2d(FILTERS, 32, 5),
  batchNorm(32),
  relu(),
  maxPool2d(2),
  flatten(),
  dropout(0.3),
  linear(512, 10),
);
const steps = epochs * Math.ceil(training.y.length / BATCH);
const trainer = await compile(model, {
  loss: crossEntropy(),
  optimizer: adamW({
    lr: schedules.oneCycleLR({ maxLr: 4e-3, totalSteps: steps }),
    weightDecay: 0.01,
  }),
  input: [1, 28, 28],
  seed,
});
console.log(trainer.summary());

const history = [];
let seconds = 0;
for await (const epoch of trainer.fit(training, { epochs, batchSize: BATCH, validation })) {
  history.push(epoch);
  seconds += epoch.seconds;
  const held = `${percent(epoch.valAccuracy!)} of the digits held back`;
  console.log(`epoch ${epoch.epoch}: loss ${epoch.loss.toFixed(4)}, ${held}, ${epoch.seconds.toFixed(1)} s`);
}
const { accuracy } = await trainer.evaluate(test);
console.log(`\nOf ${test.y.length} digits that it never saw it reads ${(100 * accuracy!).toFixed(2)} % correctly.`);

// The filters of the first layer side by side: light where they want ink, dark where they want none.
const SCALE = 12;
const CELL = 5 * SCALE + 6;
const { values } = trainer.parameters["1.weight"]!;
const picture = { width: 8 * CELL, height: 2 * CELL, data: new Uint8ClampedArray(4 * 8 * CELL * 2 * CELL).fill(255) };
for (let filter = 0; filter < FILTERS; filter++) {
  const weights = values.subarray(filter * 25, (filter + 1) * 25);
  const most = Math.max(...weights.map(Math.abs));
  for (let at = 0; at < (5 * SCALE) ** 2; at++) {
    const [row, column] = [Math.floor(at / (5 * SCALE)), at % (5 * SCALE)];
    const weight = weights[5 * Math.floor(row / SCALE) + Math.floor(column / SCALE)]!;
    const x = (filter % 8) * CELL + 3 + column;
    const y = Math.floor(filter / 8) * CELL + 3 + row;
    picture.data.fill(128 + (127 * weight) / most, 4 * (y * picture.width + x), 4 * (y * picture.width + x) + 3);
  }
}
mkdirSync("out", { recursive: true });
await saveFile("out/cnn-filters.png", await encodePng(picture));
console.log("What the first layer's filters look for: out/cnn-filters.png");

if (json) {
  const report = {
    settings: { data: data ?? "drawn", epochs, batchSize: BATCH, seed },
    epochs: history,
    accuracy,
    seconds,
  };
  await saveFile(json, new TextEncoder().encode(JSON.stringify(report, null, 2)));
}
