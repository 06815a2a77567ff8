// The allocator's promises, checked without knowing how it keeps them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Memory, padded } from "../src/core/memory.js";

const PAGE = 65_536;

/** A step of a program: allocate so many bytes, or free the n-th of what lives. */
type Step = { alloc: number } | { free: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ alloc: fc.oneof(fc.nat(300), fc.nat(20_000)) }),
    fc.record({ free: fc.nat(1000) }), //
  ),
  { maxLength: 120 },
);

interface Block {
  at: number;
  bytes: number;
  mark: number;
}

/** Runs a program on a new memory, every block filled with a mark of its own; `check` after each step. */
function run(program: Step[], check: (memory: Memory, live: Block[]) => void) {
  const memory = new Memory();
  memory.startAt(1000);
  const live: Block[] = [];
  program.forEach((step, i) => {
    if ("alloc" in step) {
      const at = memory.alloc(step.alloc);
      const bytes = new Uint8Array(memory.wasm.buffer, at, step.alloc);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      bytes.fill((i % 255) + 1);
      live.push({ at, bytes: step.alloc, mark: (i % 255) + 1 });
    } else if (live.length > 0) {
      memory.free(live.splice(step.free % live.length, 1)[0]!.at);
    }
    check(memory, live);
  });
  return { memory, live };
}

describe("for any sequence of allocations and frees", () => {
  test("blocks start on lines of their own, behind the start, within the memory", () => {
    fc.assert(
      fc.property(steps, (program) => {
        run(program, (memory, live) => {
          const lines = live.map(({ at, bytes }) => ({ at, end: at + Math.max(padded(bytes), 64) }));
          lines.sort((a, b) => a.at - b.at);
          lines.forEach(({ at, end }, i) => {
            expect(at % 64).toBe(0);
            expect(at).toBeGreaterThanOrEqual(1024);
            expect(end + 64).toBeLessThanOrEqual(memory.size);
            if (i > 0) expect(at).toBeGreaterThanOrEqual(lines[i - 1]!.end);
          });
          expect(memory.used).toBe(lines.reduce((sum, { at, end }) => sum + end - at, 0));
        });
      }),
    );
  });

  test("new bytes are zero, and nobody else writes to what lives", () => {
    fc.assert(
      fc.property(steps, (program) => {
        const { memory, live } = run(program, () => {});
        for (const { at, bytes, mark } of live) {
          expect(new Uint8Array(memory.wasm.buffer, at, bytes).every((byte) => byte === mark)).toBe(true);
        }
      }),
    );
  });

  test("when all is freed, in any order, the memory is one piece again", () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (program, picks) => {
        const { memory, live } = run(program, () => {});
        while (live.length > 0) memory.free(live.splice(picks.next().value! % live.length, 1)[0]!.at);
        expect(memory.used).toBe(0);
        expect(memory.alloc(memory.size - 1024 - 64)).toBe(1024);
      }),
    );
  });

  test("the same program again finds room in what it left", () => {
    fc.assert(
      fc.property(steps, (program) => {
        const { memory, live } = run(program, () => {});
        for (const { at } of live) memory.free(at);
        const { size } = memory;
        const again: number[] = [];
        for (const step of program) {
          if ("alloc" in step) again.push(memory.alloc(step.alloc));
          else if (again.length > 0) memory.free(again.splice(step.free % again.length, 1)[0]!);
        }
        expect(memory.size).toBe(size);
      }),
    );
  });
});

test("the best fit is taken, and what remains of it stays free", () => {
  const memory = new Memory();
  memory.startAt(0);
  const [large, , small] = [640, 64, 128, 64].map((bytes) => memory.alloc(bytes));
  memory.free(large!);
  memory.free(small!);
  expect(memory.alloc(100)).toBe(small);
  expect(memory.alloc(600)).toBe(large);
  memory.free(large!);
  expect(memory.alloc(64)).toBe(large);
  expect(memory.alloc(576)).toBe(large! + 64);
});

test("freed neighbours join, whichever goes first", () => {
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const memory = new Memory();
    memory.startAt(0);
    const blocks = [64, 64, 64].map((bytes) => memory.alloc(bytes));
    memory.alloc(64); // keeps them away from the end
    for (const i of order) memory.free(blocks[i]!);
    expect(memory.alloc(192)).toBe(blocks[0]);
  }
});

test("the memory grows by whole pages, and by an eighth at least once it is large", () => {
  const memory = new Memory();
  memory.startAt(0);
  expect(memory.size).toBe(PAGE);
  memory.alloc(PAGE - 64);
  expect(memory.size).toBe(PAGE); // one line is in reserve
  memory.alloc(1);
  expect(memory.size).toBe(2 * PAGE);
  memory.alloc(62 * PAGE);
  const { size } = memory;
  memory.alloc(2 * PAGE);
  expect(memory.size).toBe(size + Math.floor(size / PAGE / 8) * PAGE);
});

test("a thousand rounds leave used and size where they were", () => {
  const memory = new Memory();
  memory.startAt(0);
  const round = () => [100, 70_000, 3, 5000].map((bytes) => memory.alloc(bytes)).forEach((at) => memory.free(at));
  round();
  const { used, size } = memory;
  for (let i = 0; i < 1000; i++) round();
  expect([memory.used, memory.size]).toEqual([used, size]);
});

describe("refusals", () => {
  test("of addresses that are not live", () => {
    const memory = new Memory();
    memory.startAt(0);
    const at = memory.alloc(64);
    expect(() => memory.free(at + 64)).toThrow(`memory: ${at + 64} is not the address of a live allocation`);
    memory.free(at);
    expect(() => memory.free(at)).toThrow("was it freed before?");
  });

  test.each([-1, 1.5, NaN, Infinity])("of %d bytes", (bytes) => {
    const memory = new Memory();
    expect(() => memory.alloc(bytes)).toThrow(
      `memory: the number of bytes must be a whole number of at least 0, got ${bytes}`,
    );
    expect(memory.used).toBe(0);
  });

  test("of more than 4 GiB, with what is in use; the memory goes on", () => {
    const memory = new Memory();
    memory.startAt(0);
    memory.alloc(1000);
    expect(() => memory.alloc(2 ** 32)).toThrow(
      "memory: no room for 4294967296 more bytes; 1024 are in use and WebAssembly addresses end at 4 GiB",
    );
    expect(memory.alloc(64)).toBe(1024);
  });
});
