// `npm start`: trains a network that reads handwritten digits, tests it, and writes the model and a report.
//
//   arguments -> images -> network -> training -> test -> files -> summary
//
// Ctrl-C during the training ends it in an orderly way: what was learned so far is tested and saved. A second one ends
// the process at once.

import { confusionMatrix } from "wasmgrad";
import { duration, integer, percent, plural } from "../support/html.js";
import { prepare, write } from "../support/results.js";
import { fail } from "../support/user-error.js";
import { parseArguments, type Settings } from "./arguments.js";
import { drawn, drawnCounts, fromFolder, type DataSet } from "./dataset.js";
import { CLASSES, layerSizes, parameterCount } from "./architecture.js";
import { mistakes, readings } from "./reading.js";
import { asJson, page, type Run } from "./results.js";
import { summary } from "./summary.js";
import { asciiGallery, confusionTable } from "./terminal.js";
import { build, OPTIMIZER, train } from "./training.js";

const GALLERY_ROWS = 2;
const NARROW = 88; // columns where the terminal does not tell: three images beside each other

const say = (line = "") => console.log(line);

async function main(words: readonly string[]): Promise<void> {
  const settings = parseArguments(words);
  const files = await prepare(settings);

  const data = await images(settings);
  const size = parameterCount(settings.hidden);
  say(
    `Network ${layerSizes(settings.hidden)}: ${integer(size)} parameters, relu${settings.dropout > 0 ? `, dropout ${settings.dropout}` : ""}.`,
  );
  const trainer = await build(settings, data.training.y.length);

  say(
    `Training on ${integer(data.training.y.length)} images (${integer(data.validation.y.length)} more to watch it by): ` +
      `${plural(settings.epochs, "epoch")}, batches of ${settings.batch}, rate ${settings.rate} (${OPTIMIZER}), seed ${settings.seed}.`,
  );
  const trained = await train(trainer, data, settings);

  say(`\nTesting on ${integer(data.test.y.length)} images that it has never seen.\n`);
  const logits = await trainer.predict(data.test.x);
  const confusion = confusionMatrix(logits, data.test.y, CLASSES);
  const wrong = mistakes(data.test, readings(logits));
  const testAccuracy = 1 - wrong.length / data.test.y.length;
  const run: Run = { settings, data, ...trained, testAccuracy, confusion, wrong };
  say(`${confusionTable(confusion)}\n`);
  say(misread(run));

  await write(files, trainer, () => page(trainer, run), asJson(files, run));
  trainer.dispose();
  say(summary(run, files));
}

/** Draws the images, or reads them, and says so. */
async function images({ data, images, seed }: Settings): Promise<DataSet> {
  const began = performance.now();
  const [training, test] = drawnCounts(images);
  const doing =
    data === undefined
      ? `Drawing ${integer(training)} digits to learn from and ${integer(test)} to be tested on`
      : `Reading the images in ${data}`;
  process.stdout.write(`${doing} … `);
  try {
    const set = data === undefined ? drawn(images, seed) : await fromFolder(data, images, seed);
    say(duration((performance.now() - began) / 1000));
    return set;
  } catch (error) {
    say();
    throw error;
  }
}

/** The surest mistakes as pictures of characters. */
function misread({ wrong }: Run): string {
  if (wrong.length === 0) return "Nothing was misread.\n";
  const columns = process.stdout.columns ?? NARROW;
  const shown = wrong.slice(0, GALLERY_ROWS * Math.max(1, Math.floor((columns + 2) / 30)));
  const pictures = shown.map(({ image, truth, predicted, confidence }) => ({
    image,
    caption: `${truth} read as ${predicted}, ${percent(confidence, 0)} sure`,
  }));
  const rest = shown.length < wrong.length ? ` The ${shown.length} surest mistakes; the report shows more.` : "";
  return `Misread: ${integer(wrong.length)}.${rest}\n\n${asciiGallery(pictures, columns)}\n`;
}

await main(process.argv.slice(2)).catch(fail);
