// Part 10: Is it a cat? Learned from drawings of cats and of other animals.
//
//   arguments → drawings → network → training → test on drawings from another seed → model, page → summary
//
// Ctrl-C during the training ends it in an orderly way: what was learned so far is tested and saved. A second one ends
// the process at once.

import { ask } from "./cat/answers.js";
import { parseArguments, type Settings } from "./cat/arguments.js";
import { linearAccuracy, neighbourAccuracy } from "./cat/baselines.js";
import { drawPictures, type Pictures } from "./cat/draw.js";
import { build, train } from "./cat/network.js";
import { asJson, page, writeSheet } from "./cat/results.js";
import { duration, integer, percent, plural } from "./support/html.js";
import { prepare, write } from "./support/results.js";
import { fail } from "./support/user-error.js";

const PER_TEST_PICTURE = 6; // pictures to learn from for each one of the test

const say = (line = "") => console.log(line);

async function main(words: readonly string[]): Promise<void> {
  const settings = parseArguments(words);
  const { pictures, epochs, batch, seed } = settings;
  const files = await prepare(settings);
  const [training, test] = draw(settings);
  const drawings = await writeSheet(settings, training);
  say(`The first of them: ${drawings}`);

  using trainer = await build(settings);
  say(`\n${trainer.summary()}\n`);
  say(`Training on ${integer(pictures)} pictures: ${plural(epochs, "epoch")}, batches of ${batch}, seed ${seed}.`);
  const trained = await train(trainer, training, test, settings);
  const answers = await ask(trainer, test);
  const others = settings.compare && !trained.stopped ? await compared(training, test, seed) : [];

  const run = { settings, test, ...trained, answers, others };
  await write(files, trainer, () => page(run), asJson(files, drawings, run));
  say(
    `\nOf ${integer(test.labels.length)} pictures drawn from another seed it tells ${percent(answers.accuracy, 2)} ` +
      `correctly, after ${duration(trained.seconds)} of training.`,
  );
  for (const [name, accuracy] of others) say(`${name} tells ${percent(accuracy, 2)} of them correctly.`);
  say(`What it is surest of, and where it is wrong: ${files.report}   (open it in a browser)`);
  say(`The model: ${files.model}`);
}

/** Draws the pictures to learn from and those of the test, each from a seed of its own. */
function draw({ pictures, seed }: Settings): [training: Pictures, test: Pictures] {
  const tested = Math.ceil(pictures / PER_TEST_PICTURE);
  process.stdout.write(`Drawing ${integer(pictures)} pictures to learn from and ${integer(tested)} for the test … `);
  const began = performance.now();
  const sets: [Pictures, Pictures] = [
    drawPictures({ count: pictures, seed: 2 * seed }),
    drawPictures({ count: tested, seed: 2 * seed + 1 }),
  ];
  say(duration((performance.now() - began) / 1000));
  return sets;
}

/** What methods reach that know nothing of shapes. */
async function compared(training: Pictures, test: Pictures, seed: number): Promise<[name: string, accuracy: number][]> {
  say("Two simpler methods on the same pictures …");
  return [
    ["A weight for each pixel", await linearAccuracy(training, test, seed)],
    ["A vote of the five most similar pictures", await neighbourAccuracy(training, test)],
  ];
}

await main(process.argv.slice(2)).catch(fail);
