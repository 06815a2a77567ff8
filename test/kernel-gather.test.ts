// From the data set to the batch and from the predictions to a count: shuffle, gather and the metrics.
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Control, Opcode, Source, SourceType } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels } from "./support/kernel.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

/** The order that the core makes for an epoch, by running a step of an empty program. */
function orderOf(n: number, seed: number, epoch: number, buffer = k.i32(n)): Int32Array {
  const words: [Control, number][] = [
    [Control.SeedLow, seed],
    [Control.Epoch, epoch],
    [Control.Position, 0],
    [Control.StepsPerEpoch, 10],
    [Control.Samples, n],
    [Control.Order, buffer.address],
    [Control.Shuffle, 1],
    [Control.MainCount, 0],
    [Control.TailCount, 0],
  ];
  for (const [word, value] of words) k.control(word, value);
  k.core.run(k.controlBlock, 1);
  const values = buffer.values();
  k.free(buffer);
  return values;
}

test("shuffle gives a permutation of every length", () => {
  for (const n of [1, 2, 3, 4, 15, 16, 17, 100, 1000, 4099]) {
    expect([...orderOf(n, 1, 0)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  }
});

test("shuffle depends on the seed and the epoch, and on nothing that lay in the buffer", () => {
  const order = orderOf(50, 1, 0);
  const dirty = k.i32(50);
  dirty.view().fill(-1);
  expect(orderOf(50, 1, 0, dirty)).toEqual(order);
  expect(orderOf(50, 1, 1)).not.toEqual(order);
  expect(orderOf(50, 2, 0)).not.toEqual(order);
});

test("shuffle sends every index to every place about equally often", () => {
  const n = 5;
  const epochs = 5000;
  const counts = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let epoch = 0; epoch < epochs; epoch++) orderOf(n, 3, epoch).forEach((index, place) => counts[place]![index]!++);
  for (const count of counts.flat()) expect(Math.abs(count - epochs / n)).toBeLessThan(150);
});

const types = [
  ["u8", SourceType.U8, (i: number) => (i * 37) % 256],
  ["i32", SourceType.I32, (i: number) => i * 1001 - 5000],
  ["f32", SourceType.F32, (i: number) => Math.fround(i * 0.37 - 9)],
] as const;

function source(name: "u8" | "i32" | "f32", type: SourceType, values: number[], ordered: number) {
  const data = k[name](values);
  const block = k.i32(Source.Words);
  block.view()[Source.Address] = data.address;
  block.view()[Source.Type] = type;
  block.view()[Source.Ordered] = ordered;
  return { data, block };
}

for (const [name, type, value] of types) {
  for (const cols of [1, 3, 4, 7, 16, 17, 40, 784]) {
    test(`gather takes rows of ${cols} ${name} by the epoch's order`, () => {
      const samples = 12;
      const order = k.i32([3, 11, 0, 7, 5, 1, 2, 10, 9, 4, 6, 8]);
      const { data, block } = source(
        name,
        type,
        Array.from({ length: samples * cols }, (_, i) => value(i)),
        1,
      );
      k.control(Control.Order, order.address);
      k.control(Control.Position, 1);
      k.control(Control.Batch, 4);
      const y = k.f32(3 * cols);
      const ids = k.i32(3 * cols);
      k.run(Opcode.Gather, y, block, 3, cols, real(0.5), real(-1));
      k.run(Opcode.GatherIds, ids, block, 3, cols);
      const rows = [5, 1, 2].flatMap((row) => Array.from({ length: cols }, (_, c) => value(row * cols + c)));
      expect(y.values()).toEqual(Float32Array.from(rows, (x) => Math.fround(x * 0.5) - 1));
      expect(ids.values()).toEqual(Int32Array.from(rows, Math.trunc));
      k.free(order, data, block, y, ids);
    });
  }

  test(`gather takes ${name} rows as they lie from a source without order`, () => {
    const { data, block } = source(
      name,
      type,
      Array.from({ length: 21 }, (_, i) => value(i)),
      0,
    );
    k.control(Control.Position, 5);
    const y = k.f32(32);
    const ids = k.i32(32);
    k.run(Opcode.Gather, y, block, 3, 7, real(1), real(0));
    k.run(Opcode.GatherIds, ids, block, 3, 7);
    const expected = Array.from({ length: 21 }, (_, i) => value(i));
    expect(y.values().slice(0, 21)).toEqual(new Float32Array(expected));
    expect(y.values().slice(21)).toEqual(new Float32Array(11));
    expect(ids.values().slice(0, 21)).toEqual(Int32Array.from(expected, Math.trunc));
    expect(ids.values().slice(21)).toEqual(new Int32Array(11));
    k.free(data, block, y, ids);
  });
}

const argmax = (row: number[]) => row.indexOf(Math.max(...row));

test("countCorrect counts the rows whose first largest element is the class", () => {
  const element = fc.integer({ min: -3, max: 3 });
  const table = fc.integer({ min: 1, max: 11 }).chain((cols) =>
    fc.array(fc.tuple(fc.array(element, { minLength: cols, maxLength: cols }), fc.nat(cols - 1)), {
      minLength: 1,
      maxLength: 20,
    }),
  );
  fc.assert(
    fc.property(table, (rows) => {
      const y = k.f32(1);
      const x = k.f32(rows.flatMap(([row]) => row));
      const t = k.i32(rows.map(([, index]) => index));
      k.run(Opcode.CountCorrect, y, x, t, rows.length, rows[0]![0].length, -100);
      expect(y.values()[0]).toBe(rows.filter(([row, index]) => argmax(row) === index).length);
      k.free(y, x, t);
    }),
  );
});

test("countCorrectProbs compares the largest elements of both sides", () => {
  const row = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(row, row), { minLength: 1, maxLength: 12 }), (rows) => {
      const y = k.f32(1);
      const x = k.f32(rows.flatMap(([a]) => a));
      const t = k.f32(rows.flatMap(([, b]) => b));
      k.run(Opcode.CountCorrectProbs, y, x, t, rows.length, 6);
      expect(y.values()[0]).toBe(rows.filter(([a, b]) => argmax(a) === argmax(b)).length);
      k.free(y, x, t);
    }),
  );
});

test("countCorrectBinary puts a threshold to the predictions and one half to the targets", () => {
  const x = k.f32([-1, 0, 0.1, 5, -3, 0]);
  const t = k.f32([0, 1, 1, 0.4, 1, 0.5]);
  const y = k.f32(1);
  k.run(Opcode.CountCorrectBinary, y, x, t, 6, real(0));
  expect(y.values()[0]).toBe(4);
  k.run(Opcode.CountCorrectBinary, y, x, t, 6, real(0.5));
  expect(y.values()[0]).toBe(1);
  k.free(x, t, y);
});

test("a row without any number is never right", () => {
  const x = k.f32([NaN, NaN, NaN, 0, 1, 0]);
  const t = k.i32([0, 1]);
  const y = k.f32(1);
  k.run(Opcode.CountCorrect, y, x, t, 2, 3, -100);
  expect(y.values()[0]).toBe(1);
  k.free(x, t, y);
});
