// The digits that a run learns from: drawn or from IDX files, in three sets; and what is said about folders that do not fit.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { drawn, fromFolder } from "../examples/digits/dataset.js";
import { encodeIdx } from "../src/data/index.js";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const images = (count: number) =>
  encodeIdx({
    shape: [count, 28, 28],
    data: Uint8Array.from({ length: count * 784 }, (_, at) => Math.floor(at / 784)),
  });
const labels = (count: number, first = 0) =>
  encodeIdx({ shape: [count], data: Uint8Array.from({ length: count }, (_, at) => (first + at) % 10) });

const whole = {
  "train-images-idx3-ubyte": images(40),
  "train-labels-idx1-ubyte": labels(40),
  "t10k-images-idx3-ubyte": images(10),
  "t10k-labels-idx1-ubyte": labels(10),
};

async function folderOf(files: Record<string, Uint8Array | string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "digits-"));
  folders.push(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

const refused = async (files: Record<string, Uint8Array | string>) =>
  fromFolder(await folderOf(files), undefined, 1).then(
    () => "nothing was refused",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("drawn digits: 95 and 5 percent of the images to learn from and to watch by, a sixth as many to be tested on", () => {
  const { training, validation, test } = drawn(600, 1);
  expect([training, validation, test].map(({ y }) => y.length)).toEqual([570, 30, 100]);
  for (const { x, y } of [training, validation, test]) expect(x.length).toBe(784 * y.length);
  expect(drawn(600, 1).validation).toEqual(validation);
  expect(drawn(600, 2).test.x).not.toEqual(test.x);
});

test("a folder of IDX files, plain, packed, or spelled with a dot", async () => {
  const { "train-images-idx3-ubyte": first, "t10k-labels-idx1-ubyte": last, ...rest } = whole;
  const folder = await folderOf({
    ...rest,
    "train-images-idx3-ubyte.gz": gzipSync(first),
    "t10k-labels.idx1-ubyte": last,
  });
  const { training, validation, test } = await fromFolder(folder, undefined, 1);
  expect([training, validation, test].map(({ y }) => y.length)).toEqual([38, 2, 10]);
  // Image i is full of i, and its label is i modulo 10: rows stay together.
  for (const { x, y } of [training, validation, test]) y.forEach((label, i) => expect(x[i * 784]! % 10).toBe(label));
});

test("at most as many training images as asked for", async () => {
  const { training, validation, test } = await fromFolder(await folderOf(whole), 20, 1);
  expect([training, validation, test].map(({ y }) => y.length)).toEqual([19, 1, 10]);
  expect(Math.max(...training.x, ...validation.x)).toBe(19);
});

test("a folder that is not there: the file names that were expected", async () => {
  const error = await fromFolder("/nowhere/mnist", undefined, 1).catch((error: Error) => error);
  expect(error).toMatchObject({ name: "UserError" });
  expect((error as Error).message).toMatch(/^--data \/nowhere\/mnist: there is no such folder/);
  for (const name of Object.keys(whole)) expect((error as Error).message).toContain(name);
});

test("a file in place of a folder", async () => {
  const folder = await folderOf({ file: "" });
  await expect(fromFolder(join(folder, "file"), undefined, 1)).rejects.toThrow("this is a file, not a folder");
});

test("a folder without some of the files: which, and what it holds instead", async () => {
  const { "t10k-images-idx3-ubyte": _, ...rest } = whole;
  const text = await refused({ ...rest, "readme.txt": "" });
  expect(text).toContain("t10k-images-idx3-ubyte missing. The folder holds readme.txt, t10k-labels-idx1-ubyte, train-");
  expect(await refused({})).toContain("The folder is empty.");
});

test("images and labels that do not belong together: both files are named", async () => {
  const text = await refused({ ...whole, "train-labels-idx1-ubyte": labels(39) });
  expect(text).toMatch(
    /^UserError: .*train-images-idx3-ubyte and .*train-labels-idx1-ubyte: 40 images came with 39 labels/,
  );
});

test.each([
  ["train-images-idx3-ubyte", "no IDX", /train-images-idx3-ubyte has 6 bytes/],
  ["train-images-idx3-ubyte", images(40).subarray(0, 1000), /train-images-idx3-ubyte is cut short/],
  [
    "t10k-images-idx3-ubyte",
    encodeIdx({ shape: [10, 2, 2], data: new Uint8Array(40) }),
    /\[10, 2, 2\] of u8; expected \[images, 28, 28\]/,
  ],
  ["t10k-labels-idx1-ubyte", encodeIdx({ shape: [10], data: new Float32Array(10) }), /holds f32; expected u8/],
  [
    "t10k-labels-idx1-ubyte",
    encodeIdx({ shape: [10], data: new Uint8Array(10).fill(26) }),
    /holds the label 26; expected digits 0 to 9/,
  ],
])("%s that is something else is refused", async (name, bytes, message) => {
  expect(await refused({ ...whole, [name]: bytes })).toMatch(message);
});
