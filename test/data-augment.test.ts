// Pictures changed at random: what each change does, and that nothing but seed, epoch and row decides.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, crossEntropy, flatten, linear, loadCheckpoint, saveCheckpoint, sequential } from "wasmgrad";
import { augmented, augmentPlanes, Random, type AugmentOptions, type Planes } from "../src/data/index.js";
import { normalQuantile } from "../src/data/normal.js";

const picture = (channels: number, height: number, width: number): Planes => ({
  data: Float32Array.from({ length: channels * height * width }, (_, i) => 1 + i),
  shape: [channels, height, width],
});

/** What `options` make of a picture, for some seeds. */
const seeds = Array.from({ length: 40 }, (_, seed) => seed);
const each = <T extends Float32Array | Uint8Array>(planes: Planes<T>, options: AugmentOptions) =>
  seeds.map((seed) => augmentPlanes(planes, options, new Random(seed)).data);
const distinct = (all: readonly ArrayLike<number>[]) => [...new Set(all.map((data) => Array.from(data).join()))].sort();

describe("augmentPlanes", () => {
  const small = picture(2, 2, 3);

  test("without options copies", () => {
    const copy = augmentPlanes(small, {}, new Random(1));
    expect(copy).toEqual(small);
    expect(copy.data).not.toBe(small.data);
  });

  test("flips half of the time", () => {
    expect(distinct(each(small, { flip: "horizontal" }))).toEqual([
      "1,2,3,4,5,6,7,8,9,10,11,12",
      "3,2,1,6,5,4,9,8,7,12,11,10",
    ]);
    expect(distinct(each(small, { flip: "vertical" }))).toEqual([
      "1,2,3,4,5,6,7,8,9,10,11,12",
      "4,5,6,1,2,3,10,11,12,7,8,9",
    ]);
    expect(distinct(each(small, { flip: "both" }))).toHaveLength(4);
  });

  test("shifts by whole pixels, and fills up", () => {
    const one = picture(1, 1, 3);
    expect(distinct(each(one, { shift: 1, fill: 9 }))).toEqual(
      ["1,2,3", "2,3,9", "9,1,2", "9,9,9"].sort(), // up and down there is nothing
    );
    expect(distinct(each(one, { shift: 1, border: "edge" }))).toEqual(["1,1,2", "1,2,3", "2,3,3"]);
  });

  test("turns counter-clockwise and clockwise by up to the angle", () => {
    const spot = { data: new Float32Array(81), shape: [1, 9, 9] as const };
    spot.data[4 * 9 + 7] = 1; // three to the right of the middle
    const angles = each(spot, { rotation: 60 }).map((data) => {
      const at = data.indexOf(Math.max(...data));
      return Math.atan2(4 - Math.floor(at / 9), (at % 9) - 4) * (180 / Math.PI);
    });
    expect(Math.max(...angles)).toBeGreaterThan(40);
    expect(Math.min(...angles)).toBeLessThan(-40);
    for (const angle of angles) expect(Math.abs(angle)).toBeLessThan(72); // the nearest pixel to 60 degrees
    const quarters = distinct(each(spot, { rotation: 0 }));
    expect(quarters).toHaveLength(1);
  });

  test("zooms in and out around the middle", () => {
    const disc = { data: new Float32Array(41 * 41), shape: [1, 41, 41] as const };
    disc.data.forEach((_, i) => (disc.data[i] = Number(Math.hypot((i % 41) - 20, Math.floor(i / 41) - 20) <= 10)));
    const area = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0);
    const factors = each(disc, { zoom: 0.5 }).map((data) => Math.sqrt(area(data) / area(disc.data)));
    expect(Math.max(...factors)).toBeGreaterThan(1.35);
    expect(Math.min(...factors)).toBeLessThan(0.65);
    for (const factor of factors) {
      expect(factor).toBeGreaterThan(0.48);
      expect(factor).toBeLessThan(1.52);
    }
  });

  test("adds brightness to a whole picture", () => {
    const added = each(small, { brightness: 5 }).map((data) => data.map((value, i) => value - small.data[i]!));
    for (const differences of added) {
      for (const difference of differences) expect(difference).toBeCloseTo(differences[0]!, 4);
      expect(Math.abs(differences[0]!)).toBeLessThanOrEqual(5);
    }
    expect(distinct(added).length).toBeGreaterThan(30);
  });

  test("adds noise of the given deviation", () => {
    const flat = { data: new Float32Array(20_000).fill(3), shape: [1, 100, 200] as const };
    const { data } = augmentPlanes(flat, { noise: 0.5 }, new Random(3));
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    expect(mean).toBeCloseTo(3, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  });

  test("cuts out a square, anywhere, parts of it outside", () => {
    const ones = { data: new Float32Array(50).fill(1), shape: [2, 5, 5] as const };
    const holes = each(ones, { cutout: 3, fill: -1 }).map((data) => {
      expect(data.subarray(25)).toEqual(data.subarray(0, 25));
      return data.subarray(0, 25).filter((value) => value === -1).length;
    });
    expect([...new Set(holes)].sort((a, b) => a - b)).toEqual([4, 6, 9]);
  });

  test("rounds and clamps bytes", () => {
    const bytes = { data: Uint8Array.of(0, 100, 255), shape: [1, 1, 3] as const };
    const all = each(bytes, { brightness: 200 });
    for (const data of all) expect(data).toBeInstanceOf(Uint8Array);
    expect(all.some(([first]) => first! > 100)).toBe(true);
    expect(all.filter(([first]) => first === 0).length).toBeGreaterThan(10);
    expect(all.filter((data) => data[2] === 255).length).toBeGreaterThan(10);
  });

  test("an option added changes no other", () => {
    const turned = each(picture(1, 6, 6), { rotation: 30, zoom: 0.2 });
    const lighter = each(picture(1, 6, 6), { rotation: 30, zoom: 0.2, cutout: 1, fill: 0 });
    lighter.forEach((data, i) => expect(data.filter((v, at) => v !== turned[i]![at]).length).toBeLessThanOrEqual(1));
  });

  test("is bilinear: a plane of a linear function stays one, inside", () => {
    const linear = { data: new Float32Array(441), shape: [1, 21, 21] as const };
    linear.data.forEach((_, i) => (linear.data[i] = 2 * (i % 21) - 3 * Math.floor(i / 21)));
    for (const data of each(linear, { rotation: 45, zoom: 0.3 })) {
      const at = (row: number, column: number) => data[row * 21 + column]!;
      for (let row = 8; row < 13; row++) {
        for (let column = 8; column < 13; column++) {
          expect(at(row, column - 1) + at(row, column + 1) - 2 * at(row, column)).toBeCloseTo(0, 4);
          expect(at(row - 1, column) + at(row + 1, column) - 2 * at(row, column)).toBeCloseTo(0, 4);
        }
      }
      expect(at(10, 10)).toBeCloseTo(linear.data[220]!, 5);
    }
  });

  test("refusals", () => {
    const refuse = (options: unknown, message: string | Error) =>
      expect(() => augmentPlanes(small, options as AugmentOptions, new Random(0))).toThrow(message);
    refuse({ shift: 1.5 }, "augmentPlanes: shift must be a whole number from 0 to 2147483647, got 1.5");
    refuse({ cutout: -1 }, "augmentPlanes: cutout must be a whole number from 0");
    refuse(
      { flip: "left" },
      new TypeError('augmentPlanes: flip must be "horizontal" or "vertical" or "both", got "left"'),
    );
    refuse({ border: "wrap" }, 'augmentPlanes: border must be "fill" or "edge", got "wrap"');
    refuse({ rotation: 361 }, new RangeError("augmentPlanes: rotation must be from 0 to 360, got 361"));
    refuse({ zoom: 1 }, "augmentPlanes: zoom must be from 0 to less than 1, got 1");
    refuse({ noise: -1 }, "augmentPlanes: noise must be 0 or more, got -1");
    refuse({ brightness: NaN }, "augmentPlanes: brightness must be 0 or more, got NaN");
    refuse({ fill: Infinity }, "augmentPlanes: fill must be finite, got Infinity");
    refuse(null, new TypeError("augmentPlanes: options must be an object, got null"));
    const planes = { data: new Float32Array(6), shape: [1, 2, 3] as const };
    expect(() => augmentPlanes({} as never, {}, new Random(0))).toThrow("{ data, shape: [channels, height, width] }");
    expect(() => augmentPlanes(planes, {}, 5 as never)).toThrow(
      "random must be a stream, such as new Random(1), got 5",
    );
    expect(() => augmented({} as never, undefined as never)).toThrow("augmented: expected samples and options");
    expect(() => augmentPlanes({ data: new Float32Array(5), shape: [1, 2, 3] }, {}, new Random(0))).toThrow(
      new RangeError("augmentPlanes: shape is [1, 2, 3], but data has 5 values"),
    );
  });
});

test("the normal distribution's quantile", () => {
  // Values of SciPy's norm.ppf.
  const known = [
    [0.5, 0],
    [0.6, 0.2533471031357997],
    [0.925, 1.4395314709384563],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
    [1e-5, -4.264890793922825],
    [2 ** -33, -6.3379577545537895],
    [1e-14, -7.6506280929352695],
  ] as const;
  for (const [p, z] of known) expect(normalQuantile(p)).toBeCloseTo(z, 5);
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 0.5, noNaN: true }), (p) => {
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 5);
    }),
  );
});

describe("augmented", () => {
  const n = 11;
  const x = Float32Array.from({ length: n * 12 }, (_, i) => i);
  const y = Int32Array.from({ length: n }, (_, row) => row);
  const options = { shape: [2, 2, 3], batchSize: 4, flip: "both", shift: 1, rotation: 20, noise: 1 } as const;

  /** The changed picture of each row. */
  const byRow = (batches: Iterable<{ x: Float32Array; y: Int32Array }>) => {
    const pictures = new Map<number, number[]>();
    for (const batch of batches) {
      batch.y.forEach((row, i) => pictures.set(row, [...batch.x.subarray(i * 12, (i + 1) * 12)]));
    }
    return new Map([...pictures].sort(([a], [b]) => a - b));
  };

  test("gives every picture once an epoch, with its target", () => {
    const batches = augmented({ x, y }, { shape: [2, 2, 3], batchSize: 4 }, 5);
    const sizes = [...batches()].map((batch) => batch.y.length);
    expect(sizes).toEqual([4, 4, 3]);
    const rows = byRow(batches());
    expect([...rows.keys()]).toEqual([...y]);
    rows.forEach((data, row) => expect(data).toEqual([...x.subarray(row * 12, (row + 1) * 12)]));
  });

  test("changes a picture by seed, epoch and row alone", () => {
    const once = byRow(augmented({ x, y }, options, 5)(2));
    expect(byRow(augmented({ x, y }, { ...options, batchSize: 3, shuffle: false }, 5)(2))).toEqual(once);
    expect(byRow(augmented({ x, y }, options, 5)(3))).not.toEqual(once);
    expect(byRow(augmented({ x, y }, options, 6)(2))).not.toEqual(once);
    const first = { x: x.subarray(0, 24), y: y.subarray(0, 2) };
    const [zero, one] = [...byRow(augmented(first, options, 5)(2)).values()];
    expect([zero, one]).toEqual([once.get(0), once.get(1)]);
  });

  test("counts epochs from 1 by itself, and goes on from one that is given", () => {
    const all = (batches: Iterable<{ x: Float32Array }>) => [...batches].map((batch) => [...batch.x]);
    const [own, asked] = [augmented({ x, y }, options, 5), augmented({ x, y }, options, 5)];
    const epochs = [own(), own()].map(all);
    expect(epochs).toEqual([all(asked(1)), all(asked(2))]);
    own(7);
    expect(all(own())).toEqual(all(asked(8)));
  });

  test("orders are another in each epoch, or the rows' own", () => {
    const order = (epoch: number, shuffle: boolean) =>
      [...augmented({ x, y }, { ...options, shuffle })(epoch)].flatMap((batch) => [...batch.y]);
    expect(order(1, false)).toEqual([...y]);
    expect(order(1, true)).not.toEqual([...y]);
    expect(order(1, true)).not.toEqual(order(2, true));
    expect(order(1, true).sort((a, b) => a - b)).toEqual([...y]);
  });

  test("goes into fit, and a run taken up from a checkpoint gives the same bits", async () => {
    const model = () => sequential(flatten(), linear(12, n));
    const compiled = () => compile(model(), { input: [2, 2, 3], loss: crossEntropy(), seed: 1 });
    const [whole, first] = [await compiled(), await compiled()];
    await whole.fit(augmented({ x, y }, options, 5), { epochs: 3 });
    await first.fit(augmented({ x, y }, options, 5), { epochs: 1 });
    const loaded = await loadCheckpoint(await saveCheckpoint(first));
    const batches = augmented({ x, y }, options, 5);
    const history = await loaded.fit(() => batches(loaded.epochs + 1), { epochs: 2 });
    expect(history.map(({ epoch, samples }) => [epoch, samples])).toEqual([[2, n], [3, n]]); // prettier-ignore
    expect(loaded.parameters).toEqual(whole.parameters);
  });

  test("keeps the kinds of array, and takes several targets and grey pictures", () => {
    const bytes = new Uint8Array(24).fill(9);
    const targets = Float32Array.from({ length: 12 }, (_, i) => i);
    const [batch] = [...augmented({ x: bytes, y: targets }, { shape: [2, 3], targets: 3, shuffle: false })()];
    expect(batch).toEqual({ x: bytes, y: targets });
  });

  test("refusals", () => {
    const refuse = (change: object, message: string) =>
      expect(() => augmented({ x, y }, { shape: [2, 2, 3], ...change })).toThrow(message);
    refuse({ shape: 784 }, "augmented: shape must be [channels, height, width] or [height, width], got 784");
    refuse({ shape: [12] }, "augmented: shape must be [channels, height, width] or [height, width]");
    refuse({ shape: [2, 0, 3] }, "augmented: shape[1] must be a whole number from 1");
    refuse({ shape: [5, 5] }, "augmented: x and y must have equally many samples");
    refuse({ batchSize: 0 }, "augmented: batchSize must be a whole number from 1");
    refuse({ zoom: 2 }, "augmented: zoom must be from 0 to less than 1, got 2");
    expect(() => augmented({ x: new Float64Array(12) as never, y: [0] as never }, { shape: [3, 4] })).toThrow(
      "augmented: y must be a typed array",
    );
    expect(() => augmented({ x: new Float64Array(12) as never, y: y.subarray(0, 1) }, { shape: [3, 4] })).toThrow(
      new TypeError("augmented: x must be a Float32Array or a Uint8Array, got Float64Array(96 bytes)"),
    );
    expect(() => augmented({ x, y }, options, -1)).toThrow("Random: the seed must be a whole number from 0");
    expect(() => augmented({ x, y }, options)(0.5)).toThrow("augmented: epoch must be a whole number from 0");
  });
});
