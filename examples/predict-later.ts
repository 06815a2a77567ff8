// Part 9: Trained now, saved, and asked later by another process.
// Arguments: "later", to load what an earlier run saved
//
// Parameters are fitted on known data. Afterwards a file holds all there is to know about the model, and whoever loads
// it can predict, or train on as if nothing had happened: to the same bits.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  adam,
  classMetrics,
  compile,
  crossEntropy,
  dropout,
  linear,
  loadCheckpoint,
  relu,
  rescale,
  saveCheckpoint,
  sequential,
} from "wasmgrad";
import { loadFile, saveFile } from "wasmgrad/io";
import { drawDigits } from "./digits/draw.js";
import { asciiDigit } from "./digits/terminal.js";
import { percent } from "./support/format.js";

const SAVED = "out/digits.safetensors";
const TRAINED_ON = "out/digits-later.safetensors";
const EPOCHS = 3;

const { images: x, labels: y } = drawDigits({ count: 2000, seed: 1 });

/** The first process: trains, saves, starts the second, and compares. */
async function now(): Promise<void> {
  const model = sequential(rescale(1 / 255), linear(784, 64), relu(), dropout(0.2), linear(64, 10));
  const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam({ lr: 3e-3 }), seed: 1 });
  const history = await trainer.fit({ x, y }, { epochs: EPOCHS });
  const { loss } = history.at(-1)!;
  console.log(`Process ${process.pid} has trained ${EPOCHS} epochs on ${y.length} digits: loss ${loss.toFixed(4)}`);
  mkdirSync("out", { recursive: true });
  await saveFile(SAVED, saveCheckpoint(trainer));
  console.log(`and saved all there is to know to ${SAVED}\n`);

  const [code] = await once(fork(fileURLToPath(import.meta.url), ["later"]), "exit");
  if (code !== 0) throw new Error(`the second process ended with ${code}`);

  // This process has never stopped: the same three epochs more, from memory.
  await trainer.fit({ x, y }, { epochs: EPOCHS });
  const other = await loadCheckpoint(await loadFile(TRAINED_ON));
  const names = Object.keys(trainer.parameters);
  const same = names.every((name) => {
    const [a, b] = [trainer, other].map(({ parameters }) => new Uint32Array(parameters[name].values.buffer));
    return a.length === b.length && a.every((bits, i) => bits === b[i]);
  });
  const verdict = same ? "the same bits" : "other numbers";
  console.log(`\nProcess ${process.pid} has trained on too, from its memory: ${verdict} in ${names.join(", ")}`);
}

/** The second process: has the file, and neither the model nor its training in its own memory. */
async function later(): Promise<void> {
  const trainer = await loadCheckpoint(await loadFile(SAVED));
  console.log(`Process ${process.pid} has loaded ${SAVED}, ${trainer.epochs} epochs old.`);

  const { images, labels } = drawDigits({ count: 500, seed: 2 });
  const logits = await trainer.predict(images);
  const { accuracy } = classMetrics(logits, labels);
  const scores = logits.subarray(0, 10);
  console.log(`Of ${labels.length} digits that nobody has shown it, it reads ${percent(accuracy)} correctly.`);
  console.log(`The first of them is a ${scores.indexOf(Math.max(...scores))}, it says:`);
  console.log(asciiDigit(images.subarray(0, 784)));

  const history = await trainer.fit({ x, y }, { epochs: EPOCHS });
  console.log(`It has trained on, to epoch ${trainer.epochs}: loss ${history.at(-1)!.loss.toFixed(4)}`);
  await saveFile(TRAINED_ON, saveCheckpoint(trainer));
}

await (process.argv[2] === "later" ? later() : now());
