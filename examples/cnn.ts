// Part 10: A convolutional network reads digits; --data FOLDER for MNIST.
//
//   arguments → images → network → training → test → model, page of what it learned → summary
//
// Ctrl-C during the training ends it in an orderly way: what was learned so far is tested and saved. A second one ends
// the process at once.

import { confusionMatrix, type Trainer } from "wasmgrad";
import { parseArguments, type Settings } from "./cnn/arguments.js";
import { build, train } from "./cnn/network.js";
import { asJson, page } from "./cnn/results.js";
import { drawn, fromFolder, type DataSet } from "./digits/dataset.js";
import { mistakes, readings } from "./digits/reading.js";
import { confusionTable } from "./digits/terminal.js";
import { duration, integer, percent, plural } from "./support/html.js";
import { prepare, write } from "./support/results.js";
import { fail } from "./support/user-error.js";

const DRAWN = 12_000;

const say = (line = "") => console.log(line);

async function main(words: readonly string[]): Promise<void> {
  const settings = parseArguments(words);
  const files = await prepare(settings);
  const data = await images(settings);
  const { training, validation, test } = data;
  using trainer = await build(settings, training.y.length);
  say(`\n${trainer.summary()}\n`);

  say(
    `Training on ${integer(training.y.length)} images (${integer(validation.y.length)} more to watch it by): ` +
      `${plural(settings.epochs, "epoch")}, batches of ${settings.batch}, seed ${settings.seed}.`,
  );
  const trained = await train(trainer, data, settings);
  const run = { settings, data, ...trained, ...(await tested(trainer, data)) };
  say(`\n${confusionTable(run.confusion)}\n`);
  const { testAccuracy, wrong } = run;
  await write(files, trainer, () => page(trainer, run), asJson(files, run));
  say(
    `Of ${integer(test.y.length)} digits that it never saw it reads ${percent(testAccuracy, 2)} correctly ` +
      `(${integer(wrong.length)} misread), after ${duration(trained.seconds)} of training.`,
  );
  say(`Its filters, and what they make of a digit: ${files.report}   (open it in a browser)`);
  say(`The model: ${files.model}`);
}

/** Draws the images, or reads them, and says so. */
async function images({ data, images, seed }: Settings): Promise<DataSet> {
  const began = performance.now();
  process.stdout.write(
    data === undefined ? `Drawing ${integer(images ?? DRAWN)} digits … ` : `Reading the images in ${data} … `,
  );
  try {
    const set = data === undefined ? drawn(images ?? DRAWN, seed) : await fromFolder(data, images, seed);
    say(duration((performance.now() - began) / 1000));
    return set;
  } catch (error) {
    say();
    throw error;
  }
}

/** How the network reads the images that it has never seen, and the first one that it reads correctly. */
async function tested(trainer: Trainer, { test }: DataSet) {
  const logits = await trainer.predict(test.x);
  const read = readings(logits);
  const wrong = mistakes(test, read);
  const example = Math.max(
    0,
    read.findIndex(({ digit }, at) => digit === test.y[at]),
  );
  return {
    testAccuracy: 1 - wrong.length / test.y.length,
    confusion: confusionMatrix(logits, test.y, 10),
    wrong,
    example,
  };
}

await main(process.argv.slice(2)).catch(fail);
