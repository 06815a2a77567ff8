// The images: drawn here, or read from a folder of IDX files. Either way they end as bytes of 28 x 28 and labels 0 to 9,
// in three sets: one to learn from, one to watch the learning by, one to be tested on at the end.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { IdxError, loadIdx, pairIdx, trainTestSplit, type IdxFile } from "wasmgrad/data";
import { UserError } from "../support/user-error.js";
import { drawDigits } from "./draw.js";
import { CLASSES, PIXELS } from "./architecture.js";

export interface DigitSet {
  /** Grey levels, 0 black to 255 white: [samples, 784]. */
  readonly x: Uint8Array;
  /** Digits 0 to 9: [samples]. */
  readonly y: Uint8Array;
}

export interface DataSet {
  readonly training: DigitSet;
  /** One in twenty of the images that came for training; never learned from. */
  readonly validation: DigitSet;
  readonly test: DigitSet;
}

const VALIDATION = 0.05;
const DRAWN = 30_000;
const PER_TEST_IMAGE = 6; // drawn training images for each drawn test image, as in MNIST

/** How many images are drawn: [for training and validation, for the test]. */
export function drawnCounts(images = DRAWN): [number, number] {
  return [images, Math.ceil(images / PER_TEST_IMAGE)];
}

/** Draws `images` digits to learn from and others to be tested on. The two come from seeds of their own. */
export function drawn(images: number | undefined, seed: number): DataSet {
  const [training, test] = drawnCounts(images);
  return split(draw(training, 2 * seed), draw(test, 2 * seed + 1), seed);
}

function draw(count: number, seed: number): DigitSet {
  const { images, labels } = drawDigits({ count, seed });
  return { x: images, y: labels };
}

/**
 * Reads the four files of MNIST's names from a folder; of the training images only the first `images`, if that is given.
 *
 * @throws UserError if a file is missing or damaged, or holds something other than images of 28 x 28 bytes and digits
 */
export async function fromFolder(folder: string, images: number | undefined, seed: number): Promise<DataSet> {
  const names = await namesIn(folder);
  const missing = FILES.filter((file) => find(names, file) === undefined);
  if (missing.length > 0) throw new UserError(describeMissing(folder, names, missing));
  const [trainingImages, trainingLabels, testImages, testLabels] = FILES.map((file) =>
    join(folder, find(names, file)!),
  );
  const training = await pairOf(trainingImages!, trainingLabels!);
  const test = await pairOf(testImages!, testLabels!);
  const count = Math.min(images ?? Infinity, training.y.length);
  return split({ x: training.x.subarray(0, count * PIXELS), y: training.y.subarray(0, count) }, test, seed);
}

function split(all: DigitSet, test: DigitSet, seed: number): DataSet {
  if (all.y.length < 2) throw new UserError(`at least 2 training images are needed, got ${all.y.length}`);
  const parts = trainTestSplit(all, { testFraction: VALIDATION, features: PIXELS, seed });
  return { training: parts.train, validation: parts.test, test };
}

const FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

const HOLDS = ["images to learn from", "their digits", "images to be tested on", "their digits"];

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const fault =
      code === "ENOENT"
        ? "there is no such folder"
        : code === "ENOTDIR"
          ? "this is a file, not a folder"
          : String(cause);
    throw new UserError(`--data ${folder}: ${fault}. ${expected}`);
  }
}

/** The name under which a folder has one of the files: some archives write train-images.idx3-ubyte. */
function find(names: readonly string[], file: string): string | undefined {
  const spellings = [file, file.replace("-idx", ".idx")].flatMap((name) => [name, `${name}.gz`]);
  return spellings.find((name) => names.includes(name));
}

const expected =
  `It should hold these four files, as they are or packed (.gz):\n` +
  FILES.map((file, at) => `  ${file}   ${HOLDS[at]}`).join("\n");

function describeMissing(folder: string, names: readonly string[], missing: readonly string[]): string {
  const some = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  const there = names.length === 0 ? "The folder is empty." : `The folder holds ${some}.`;
  return `--data ${folder}: ${missing.join(", ")} missing. ${there} ${expected}`;
}

/**
 * Images and their labels from two IDX files.
 *
 * @throws UserError if one is damaged, they do not belong together, or they hold something else
 */
export async function pairOf(imagesPath: string, labelsPath: string): Promise<DigitSet> {
  const images = await readIdx(imagesPath);
  const labels = await readIdx(labelsPath);
  try {
    const { x, y, sampleShape } = pairIdx(images, labels);
    if (!(x instanceof Uint8Array) || sampleShape.join() !== "28,28") {
      const came = `[${images.shape.join(", ")}] of ${images.type}`;
      throw new UserError(`${imagesPath} holds ${came}; expected [images, 28, 28] of u8`);
    }
    if (!(y instanceof Uint8Array)) {
      throw new UserError(`${labelsPath} holds ${labels.type}; expected u8, a digit for each image`);
    }
    const strange = y.find((label) => label >= CLASSES);
    if (strange !== undefined) throw new UserError(`${labelsPath} holds the label ${strange}; expected digits 0 to 9`);
    return { x, y };
  } catch (error) {
    if (error instanceof IdxError) throw new UserError(`${imagesPath} and ${labelsPath}: ${error.message}`);
    throw error;
  }
}

/** Reads an IDX file, and says in one sentence why it cannot. */
export async function readIdx(path: string): Promise<IdxFile> {
  try {
    return await loadIdx(await readFile(path), { name: path });
  } catch (error) {
    if (error instanceof IdxError) throw new UserError(error.message);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(`${path}: ${code === "ENOENT" ? "there is no such file" : (error as Error).message}`);
  }
}
