// Addresses above 2 GiB, which JavaScript sees as negative numbers, and the last ones below 4 GiB.
//
// Most of the memory is never written to, so the operating system does not lend it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Core, NumericCore } from "../src/core/index.js";
import { Opcode } from "../src/shared/opcodes.js";

const GIB = 2 ** 30;
const HIGH = 2.25 * GIB;

let core: NumericCore;
/** Why the engine cannot hold so much, if so. */
let refusal: string | undefined;
beforeAll(async () => {
  core = new NumericCore(await Core.start());
  try {
    core.core.memory.alloc(HIGH);
  } catch (error) {
    refusal = String(error);
  }
});
afterAll(() => {
  core = undefined!; // lets the memory go
});

test("dot, matmul, softmax, updates and views are right above 2 GiB", ({ skip }) => {
  if (refusal) skip(`this engine cannot hold more than 2 GiB: ${refusal}`);
  core.scope(() => {
    const x = core.vector([1, 2, 3, 4, 5]);
    expect(x.address).toBeGreaterThan(HIGH);
    expect(core.dot(x, x)).toBe(55);
    expect(core.sum(core.axpy(2, x, core.vector(5, 1)))).toBe(35);

    // Large enough to pack, so that the scratch lies above 2 GiB as well.
    const n = 40;
    const a = core.matrix(n, n, 0.5);
    const identity = core.matrix(n, n);
    for (let i = 0; i < n; i++) identity.row(i)[i] = 2;
    const bias = core.vector(n, 1);
    const c = core.matmul(core.matrix(n, n), a, identity, { transB: true, bias, activation: "gelu" });
    const expected = core.gelu(core.vector([2])).values[0]!;
    expect(new Set(c.values)).toEqual(new Set([expected]));
    expect(core.core.memory.used).toBeGreaterThan(HIGH);

    expect([...core.softmax(core.matrix(2, 2)).values]).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect([...core.transpose(core.matrix(2, 1), core.matrix(1, 2, [3, 4])).values]).toEqual([3, 4]);
    expect([...core.add(core.matrix(2, 2), core.matrix(2, 2, [1, 2, 3, 4]), core.vector([10, 20])).values]).toEqual([
      11, 22, 13, 24,
    ]);
    expect([...core.takeRows(core.matrix(1, 2), core.matrix(2, 2, [1, 2, 3, 4]), [1]).values]).toEqual([3, 4]);
    const p = core.vector([1]);
    core.adamStep(p, core.vector([1]), core.adamState(p), { lr: 0.5 });
    expect(p.values[0]).toBeCloseTo(0.5, 6);
  });
});

test("memory, views and instructions may lie above 2 GiB, also by their signed addresses", ({ skip }) => {
  if (refusal) skip(`this engine cannot hold more than 2 GiB: ${refusal}`);
  const { core: raw } = core;
  const [a, y, instruction] = [64, 64, 128].map((bytes) => raw.memory.alloc(bytes)) as [number, number, number];
  expect(instruction | 0).toBeLessThan(0);
  raw.floats(a, 3).set([1, 2, 3]);
  expect([...raw.floats(a | 0, 3)]).toEqual([1, 2, 3]);
  expect(raw.f32[a >>> 2]).toBe(1);
  raw.i32.set([Opcode.Dot, y, a, a, 3], instruction >>> 2);
  raw.executeAt(instruction, 0);
  expect(raw.f32[y >>> 2]).toBe(14);
  for (const at of [instruction, y, a]) raw.memory.free(at);
});

test("sums at the very end of the memory do not run past it", async ({ skip }) => {
  const own = new NumericCore(await Core.start());
  const { memory } = own.core;
  const end = 4 * GIB - 65_536 - 64; // without the last page, and the line in reserve
  const start = memory.alloc(64);
  memory.free(start);
  try {
    memory.alloc(end - 1024 - start);
  } catch (error) {
    skip(`this engine cannot hold 4 GiB: ${String(error)}`);
  }
  const x = own.vector(256, 1);
  expect(x.address + x.length * 4).toBe(end);
  expect(own.sum(x)).toBe(256);
  expect(own.dot(x, x)).toBe(256);
  expect(own.norm(own.exp(x))).toBeCloseTo(16 * Math.E, 4);
  expect(own.sum(own.softmax(x))).toBeCloseTo(1, 6);
  expect(() => own.vector(1)).toThrow("memory: no room for 64 more bytes");
});
