// Attention with caches: one compiled program, called with position after position, gives what causal attention of the
// whole sequence gives; so do prompts in pieces, samples at different positions, and a second sequence in the same caches.
import { beforeAll, describe, expect, test } from "vitest";
import { func, ops, parameter, ShapeError } from "wasmgrad";
import { Core } from "../src/core/core.js";
import { Random } from "../src/data/random.js";
import { fillConstant, input } from "../src/graph/ops/leaf.js";
import { compileProgram, link } from "../src/graph/program.js";
import { Control, Layout, Source, SourceType } from "../src/shared/opcodes.js";
import { expectClose } from "./support/close.js";

const random = new Random(31);
const floats = (size: number) => Float32Array.from({ length: size }, () => random.normal());

const LONGEST = 13;
const HEADS = 4;
const DIM = 6;

let core: Core;
beforeAll(async () => {
  core = await Core.start();
});

/** A program that reads `length` rows at a time, and caches that stay where they are from call to call. */
function decoder(length: number, kvHeads: number, rotary: boolean) {
  const names = ["keys", "values"] as const;
  const [keys, values] = names.map((name) => parameter([1, kvHeads, LONGEST, DIM], { trainable: false, name }));
  const qkv = input("qkv", [1, length, (HEADS + 2 * kvHeads) * DIM]);
  const position = input("position", [1], "i32");
  const caches = { keys: keys!, values: values! };
  const y = ops.packedCachedAttention(qkv, {
    ...{ heads: HEADS, kvHeads, position, ...caches },
    ...(rotary && { rotary: {} }),
  });
  const pins = new Map(names.map((name) => [caches[name], { segment: name, offset: 0 }]));
  const program = compileProgram([y], pins);
  const alloc = (bytes: number) => core.memory.alloc(bytes + 64);
  const bases: Record<string, number> = {
    ...{ arena: alloc(program.arenaBytes), sources: alloc(program.inputs.length * 64) },
    ...{ constants: alloc(program.constantBytes), keys: alloc(keys!.size * 4), values: alloc(values!.size * 4) },
  };
  for (const { place, size, value } of program.constants) {
    fillConstant(core.floats(bases["constants"]! + place.offset, size), value);
  }
  const slots = { qkv: alloc(qkv.size * 4), position: alloc(4) };
  for (const { name, source, dtype } of program.inputs) {
    const at = (bases["sources"]! + source.offset) >>> 2;
    core.i32[at + Source.Address] = slots[name as keyof typeof slots];
    core.i32[at + Source.Type] = dtype === "i32" ? SourceType.I32 : SourceType.F32;
  }
  const control = alloc(Control.Words * 4);
  const words = link(program.steps, bases);
  return (rows: Float32Array, at: number): Float32Array => {
    core.f32.set(rows, slots.qkv >>> 2);
    core.i32[slots.position >>> 2] = at;
    for (let i = 0; i < words.length; i += Layout.Words) core.execute(words.subarray(i, i + Layout.Words), control);
    return core.floats(bases["arena"]! + program.placeOf(y).offset, y.size).slice();
  };
}

/** Causal attention of a whole sequence. */
async function whole(qkv: Float32Array, kvHeads: number, rotary: boolean): Promise<Float32Array> {
  const width = (HEADS + 2 * kvHeads) * DIM;
  const f = await func({ qkv: [1, qkv.length / width, width] }, ({ qkv }) => ({
    y: ops.packedAttention(qkv, { heads: HEADS, kvHeads, causal: true, ...(rotary && { rotary: {} }) }),
  }));
  const { y } = f({ qkv });
  f.dispose();
  return y;
}

describe.each([
  { kvHeads: 4, rotary: false },
  { kvHeads: 2, rotary: true },
  { kvHeads: 1, rotary: false },
])("with $kvHeads heads of keys, rotary $rotary", ({ kvHeads, rotary }) => {
  const width = (HEADS + 2 * kvHeads) * DIM;
  const out = HEADS * DIM;

  test("token by token, twice in the same caches", async () => {
    const next = decoder(1, kvHeads, rotary);
    for (let sequence = 0; sequence < 2; sequence++) {
      const qkv = floats(LONGEST * width);
      const expected = await whole(qkv, kvHeads, rotary);
      for (let t = 0; t < LONGEST; t++) {
        const y = next(qkv.subarray(t * width, (t + 1) * width), t);
        expectClose(y, expected.subarray(t * out, (t + 1) * out), 2e-6);
      }
    }
  });

  test.each([2, 3, 4, 5, 6])("in pieces of %i", async (piece) => {
    const next = decoder(piece, kvHeads, rotary);
    const count = Math.floor(LONGEST / piece) * piece;
    const qkv = floats(count * width);
    const expected = await whole(qkv, kvHeads, rotary);
    for (let t = 0; t < count; t += piece) {
      const y = next(qkv.subarray(t * width, (t + piece) * width), t);
      expectClose(y, expected.subarray(t * out, (t + piece) * out), 2e-6);
    }
  });
});

test("samples at positions of their own", async () => {
  const heads = { kvHeads: 2, d: 3, longest: 7 };
  const shape = [2, heads.kvHeads, 1, heads.d];
  const cache = [2, heads.kvHeads, heads.longest, heads.d];
  const f = await func(
    { q: shape, k: shape, v: shape, keys: cache, values: cache, position: { shape: [2], dtype: "i32" } },
    ({ q, k, v, keys, values, position }) => ({ y: ops.cachedAttention(q, k, v, { keys, values, position }) }),
  );
  const alone = await func(
    { q: shape, k: shape, v: shape, keys: cache, values: cache, position: { shape: [1], dtype: "i32" } },
    ({ q, k, v, keys, values, position }) => ({ y: ops.cachedAttention(q, k, v, { keys, values, position }) }),
  );
  const given = { q: floats(12), k: floats(12), v: floats(12), keys: floats(84), values: floats(84) };
  const { y } = f({ ...given, position: [5, 2] });
  expect([...y.subarray(0, 6)]).toEqual([...alone({ ...given, position: [5] }).y.subarray(0, 6)]);
  expect([...y.subarray(6)]).toEqual([...alone({ ...given, position: [2] }).y.subarray(6)]);
  f.dispose();
  alone.dispose();
});

describe("refuses", () => {
  test("positions beyond the caches, where they come in; those that an op computes are held within", async () => {
    const [shape, cache] = [[1, 2, 3, 4], [1, 2, 8, 4]]; // prettier-ignore
    const f = await func(
      { q: shape!, keys: cache!, values: cache!, position: { shape: [1], dtype: "i32" } },
      ({ q, keys, values, position }) => ({ y: ops.cachedAttention(q, q, q, { keys, values, position }) }),
    );
    const given = { q: floats(24), keys: floats(64), values: floats(64) };
    expect(() => f({ ...given, position: [6] })).toThrow(
      "func: position[0] is 6, but cachedAttention for 3 rows in a cache of 8 takes whole numbers from 0 to 5",
    );
    expect(() => f({ ...given, position: [-1] })).toThrow(RangeError);
    const computed = await func(
      { q: shape!, keys: cache!, values: cache!, scores: [1, 20] },
      ({ q, keys, values, scores }) => ({
        y: ops.cachedAttention(q, q, q, { keys, values, position: ops.argmax(scores) }),
      }),
    );
    const scores = Float32Array.from({ length: 20 }, (_, i) => (i === 17 ? 1 : 0));
    expect(computed({ ...given, scores }).y).toEqual(f({ ...given, position: [5] }).y);
    f.dispose();
    computed.dispose();
  });

  test("caches of another shape, and positions that are no whole numbers", async () => {
    const cache = parameter([1, 2, 5, 4], { trainable: false });
    const call = (q: number[], dtype: "i32" | "f32", positions: number[]) =>
      func({ q, position: { shape: positions, dtype } }, ({ q, position }) => ({
        y: ops.cachedAttention(q, q, q, { keys: cache, values: cache, position }),
      }));
    await expect(call([1, 2, 6, 4], "i32", [1])).rejects.toThrow(ShapeError);
    await expect(call([1, 3, 1, 4], "i32", [1])).rejects.toThrow(
      "cachedAttention: for 1 samples, 3 heads of keys and 1 new positions the caches must be [1, 3, at least 1, 4]",
    );
    await expect(call([1, 2, 1, 4], "f32", [1])).rejects.toThrow("the position must be a whole number (i32)");
    await expect(call([1, 2, 1, 4], "i32", [3])).rejects.toThrow("one for each of 1 samples, got [3]");
  });
});
