// Prediction, later and in another process than the training: loads the model that `npm start` has saved, and reads
// images it has never seen: newly drawn ones, or those of an IDX file.
//
//   npx tsx examples/digits/predict.ts [t10k-images-idx3-ubyte.gz] [--labels t10k-labels-idx1-ubyte.gz]

import { Command } from "commander";
import { adamW, loadCheckpoint, type Trainer } from "wasmgrad";
import { loadFile } from "wasmgrad/io";
import { integer, percent } from "../support/html.js";
import { path, whole } from "../support/option-values.js";
import { fail, UserError } from "../support/user-error.js";
import { pairOf, readIdx, type DigitSet } from "./dataset.js";
import { drawDigits } from "./draw.js";
import { CLASSES, PIXELS } from "./architecture.js";
import { readings, type Reading } from "./reading.js";
import { asciiGallery } from "./terminal.js";

interface Options {
  readonly model: string;
  readonly labels?: string;
  readonly count: number;
  readonly seed: number;
}

const WIDTH = 88;
const DRAWN_HERE = 2 ** 32; // added to the seed of drawn images, so that none was learned from

async function main(words: readonly string[]): Promise<void> {
  const command = new Command("npx tsx examples/digits/predict.ts")
    .description("Reads images with the model that `npm start` has saved: those of an IDX file, or newly drawn ones.")
    .argument("[images]", "an IDX file of 28 x 28 images, plain or .gz (default: draws some)")
    .option("--model <file>", "the saved model", path("a file"), "out/digits/model.safetensors")
    .option(
      "--labels <file>",
      "an IDX file with the digits of the images, to count how many are read correctly",
      path("a file"),
    )
    .option("--count <count>", "images to show", whole("the number of images to show", 1, 1000, "--count 6"), 6)
    .option(
      "--seed <number>",
      "which digits are drawn",
      whole("the seed of the drawn digits", 0, 2 ** 31 - 1, "--seed 1"),
      1,
    )
    .parse(words, { from: "user" });
  const { model, labels, count, seed } = command.opts<Options>();
  const [file] = command.args;
  if (labels !== undefined && file === undefined) {
    throw new UserError(`--labels ${labels} needs the images that it belongs to: predict.ts IMAGES --labels ${labels}`);
  }

  using trainer = await load(model);
  const set = file === undefined ? draw(count, seed) : await readSet(file, labels);
  const logits = await trainer.predict(set.x);
  if (logits.length !== (set.x.length / PIXELS) * CLASSES) {
    throw new UserError(
      `${model} gives ${(logits.length * PIXELS) / set.x.length} numbers an image, expected ${CLASSES}`,
    );
  }
  console.log(describe(set, readings(logits), count));
}

/** The network with its parameters. The optimizer is never used here; its rate, a schedule, is not in the file. */
async function load(file: string): Promise<Trainer> {
  try {
    return await loadCheckpoint(await loadFile(file), { optimizer: adamW() });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    if (cause?.code === "ENOENT") {
      throw new UserError(`there is no model at ${file}; \`npm start\` trains one and saves it there`);
    }
    throw new UserError(`${file} is no model that \`npm start\` has saved: ${message}`);
  }
}

/** Images, and what they are where that is known. */
type Images = Pick<DigitSet, "x"> & Partial<DigitSet>;

function draw(count: number, seed: number): Images {
  const { images, labels } = drawDigits({ count, seed: DRAWN_HERE + seed });
  return { x: images, y: labels };
}

async function readSet(file: string, labels: string | undefined): Promise<Images> {
  if (labels !== undefined) return pairOf(file, labels);
  const { type, shape, data } = await readIdx(file);
  if (type === "u8" && shape.slice(1).join() === "28,28") return { x: data };
  throw new UserError(`${file} holds [${shape.join(", ")}] of ${type}; expected [images, 28, 28] of u8`);
}

/** The first images as pictures of characters, with what they were read as; then how many were right. */
function describe({ x, y }: Images, read: readonly Reading[], count: number): string {
  const pictures = read.slice(0, count).map(({ digit, confidence, next, nextConfidence }, at) => {
    const truth = y === undefined || y[at] === digit ? "" : ` (is ${y[at]})`;
    const second = confidence < 0.9 ? `, or ${next}: ${percent(nextConfidence, 0)}` : "";
    return {
      image: x.subarray(at * PIXELS, (at + 1) * PIXELS),
      caption: `${digit}${truth}: ${percent(confidence, 0)} sure${second}`,
    };
  });
  const gallery = asciiGallery(pictures, process.stdout.columns ?? WIDTH);
  if (y === undefined) return `${gallery}\n\n${integer(read.length)} images read.`;
  const right = read.filter(({ digit }, at) => digit === y[at]).length;
  return `${gallery}\n\n${integer(right)} of ${integer(read.length)} images read correctly (${percent(right / read.length, 2)}).`;
}

await main(process.argv.slice(2)).catch(fail);
