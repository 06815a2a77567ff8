// The memory of trainers: what they take is given back, however they end, and nothing grows with use.
import { beforeEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  linear,
  loadCheckpoint,
  meanSquaredError,
  ops,
  parameter,
  saveCheckpoint,
  sequential,
  tanh,
  type CompileOptions,
  type Trainer,
} from "wasmgrad";
import { Core } from "../src/core/core.js";
import { inProcess } from "./support/process.js";
import { thirds } from "./support/train-data.js";

let core: Core;
beforeEach(async () => void (core = await Core.start()));

const data = thirds(64);
const make = (options: Partial<CompileOptions> = {}) =>
  compile(sequential(linear(2, 8), tanh(), linear(8, 3)), { loss: crossEntropy(), core, ...options });

/** Everything that a trainer can be asked. */
async function use(trainer: Trainer): Promise<void> {
  const { x, y } = data;
  await trainer.fit(data, { epochs: 2, batchSize: 10, validation: 0.2, earlyStopping: {} });
  await trainer.fit([{ x, y }], { validation: data });
  for await (const _ of trainer.fit(data, { epochs: 3 })) break;
  await trainer.step(x, y);
  await trainer.gradients(x, y);
  await trainer.inspect(x, y);
  await trainer.evaluate(data, { batchSize: 7 });
  await trainer.predict(x, { batchSize: 9 });
  trainer.load(trainer.parameters);
  await trainer.explain();
  trainer.summary();
  saveCheckpoint(trainer);
}

describe("use takes no more memory the second time", () => {
  test("of any kind", async () => {
    const trainer = await make({ ema: 0.9, clipNorm: 1 });
    await use(trainer);
    const { used, size } = core.memory;
    for (let i = 0; i < 20; i++) await use(trainer);
    expect([core.memory.used, core.memory.size]).toEqual([used, size]);
  });

  test("not even of thousands of steps, alone or in a fit", async () => {
    const trainer = await make();
    await trainer.step(data.x, data.y);
    const { used, size } = core.memory;
    for (let i = 0; i < 3000; i++) await trainer.step(data.x, data.y);
    expect([core.memory.used, core.memory.size]).toEqual([used, size]);
    await trainer.fit(data, { epochs: 2, batchSize: 1 });
    const after = core.memory.used;
    await trainer.fit(data, { epochs: 100, batchSize: 1 });
    expect(core.memory.used).toBe(after);
  });

  test("while data are trained on, their copy is all that is taken", async () => {
    const trainer = await make();
    const many = thirds(10_000);
    await trainer.fit(many, { batchSize: 1000 });
    const idle = core.memory.used;
    let busy = 0;
    await trainer.fit(many, { batchSize: 1000, onEpoch: () => void (busy = core.memory.used - idle) });
    // x as floats, y as bytes, and the order; the history and the rates of 10 steps.
    expect(busy).toBeGreaterThanOrEqual(10_000 * (8 + 1 + 4));
    expect(busy).toBeLessThan(10_000 * (8 + 1 + 4) + 2000);
    expect(core.memory.used).toBe(idle);
  });

  test("batches of many sizes share their buffers", async () => {
    const trainer = await make();
    const sizes = Array.from({ length: 40 }, (_, i) => i + 1);
    const wide = await compile(linear(5000, 1), { loss: meanSquaredError(), core });
    await wide.predict(new Float32Array(5000 * 40));
    const before = core.memory.used;
    for (const size of sizes) await wide.predict(new Float32Array(5000 * size));
    expect((core.memory.used - before) / sizes.length).toBeLessThan(2000); // instructions, not data
    trainer.dispose();
  });
});

describe("dispose() gives everything back", () => {
  test("a thousand times, and the memory does not grow", async () => {
    const before = core.memory.used;
    const first = await make();
    first.dispose();
    const { size } = core.memory;
    for (let i = 0; i < 1000; i++) (await make({ optimizer: adam({ amsgrad: true }), ema: 0.5 })).dispose();
    expect(core.memory.used).toBe(before);
    expect(core.memory.size).toBeLessThanOrEqual(size + 65_536);
  });

  test("after all kinds of use, and in the middle of an epoch", async () => {
    const before = core.memory.used;
    for (let i = 0; i < 5; i++) {
      const trainer = await make();
      await use(trainer);
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      await trainer.fit(data, { batchSize: 1, onProgress, signal: controller.signal }).catch(() => {});
      trainer.dispose();
      expect(core.memory.used).toBe(before);
    }
  });

  test("after errors of all kinds", async () => {
    const before = core.memory.used;
    const trainer = await make();
    const errors = [
      () => trainer.fit({ x: [NaN, 1], y: [0] }),
      () => trainer.fit({ x: [1], y: [0] }),
      () => trainer.fit(data, { epochs: 0 }),
      () => trainer.fit(data, { onEpoch: () => Promise.reject(new Error("mine")) }),
      () => trainer.fit([{ x: [1, 2], y: [7] }]),
      () => trainer.evaluate({ x: [1, 2], y: [7] }),
      () => trainer.step([1], [0]),
    ];
    for (const error of errors)
      await Promise.resolve(error()).then(
        () => expect.fail(),
        () => {},
      );
    await use(trainer);
    const used = core.memory.used;
    for (const error of errors) await Promise.resolve(error()).catch(() => {});
    expect(core.memory.used).toBe(used);
    trainer.dispose();
    expect(core.memory.used).toBe(before);
  });
});

describe("what fails leaves nothing behind", () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      "layers that do not fit",
      () => compile(sequential(linear(2, 3), linear(4 as number, 1)), { loss: meanSquaredError(), core }),
    ],
    ["an option out of range", () => make({ clipNorm: -1 })],
    [
      "an initialiser that throws",
      () =>
        compile(
          (x) =>
            ops.mul(
              x,
              parameter([2], {
                init: () => {
                  throw new Error("mine");
                },
              }),
            ),
          { input: [2], core },
        ),
    ],
    [
      "an initialiser of too few values",
      () => {
        const w = parameter([2, 500], { init: () => ({ kind: "values", values: [1] }) });
        return compile((x) => ops.matmul(x, w), { input: [2], loss: meanSquaredError(), core });
      },
    ],
    [
      "a model too large for the memory",
      () => compile(linear(30_000, 30_000), { loss: meanSquaredError(), optimizer: adam(), core }),
    ],
    [
      "a checkpoint that is cut short",
      async () => loadCheckpoint(saveCheckpoint(await compile(linear(2, 2))).slice(0, -9), { core }),
    ],
  ])("%s", async (_, attempt) => {
    const before = core.memory.used;
    for (let i = 0; i < (_.includes("large") ? 2 : 100); i++)
      await attempt().then(
        () => expect.fail(),
        () => {},
      );
    expect(core.memory.used).toBe(before);
  });

  test("data too large for the memory: the trainer goes on without them", async () => {
    const trainer = await make();
    await trainer.step(data.x, data.y);
    const huge = new Float32Array(2 ** 20);
    const alloc = core.memory.alloc.bind(core.memory);
    let allowed = 2;
    core.memory.alloc = (bytes: number) => {
      if (bytes >= 2 ** 19 && allowed-- === 0) throw new RangeError("memory: no room");
      return alloc(bytes);
    };
    const y = new Uint8Array(2 ** 19);
    const used: number[] = [];
    // The first attempt compiles a program, which stays.
    for (const attempt of [0, 0, 1, 2]) {
      allowed = attempt;
      await expect(trainer.fit({ x: huge, y })).rejects.toThrow("memory: no room");
      used.push(core.memory.used);
    }
    expect(new Set(used).size).toBe(1);
    core.memory.alloc = alloc;
    await trainer.step(data.x, data.y);
    trainer.dispose();
  });
});

test("trainers and functions that are forgotten give their memory back once they are collected", async () => {
  const [before, forgotten, after] = await inProcess<number[]>(
    `
    import { compile, crossEntropy, func, linear, ops, sequential, tanh } from "wasmgrad";
    import { thirds } from "./test/support/train-data.ts";
    const model = () => sequential(linear(2, 64), tanh(), linear(64, 3));
    const data = thirds(100);
    const keep = await compile(model(), { loss: crossEntropy() });
    const { memory } = keep.core;
    const before = memory.used;
    async function forget() {
      const trainer = await compile(model(), { loss: crossEntropy() });
      await trainer.fit(data, { epochs: 2 });
      await trainer.evaluate(data);
      const f = await func({ x: [1000] }, ({ x }) => ({ y: ops.exp(x) }));
      f({ x: new Float32Array(1000) });
    }
    for (let i = 0; i < 30; i++) await forget();
    const forgotten = memory.used;
    for (let i = 0; i < 50 && memory.used > before; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const after = memory.used;
    await keep.fit(data);
    tell([before, forgotten, after]);
  `,
    ["--expose-gc"],
  );
  expect(forgotten).toBeGreaterThan(before);
  expect(after).toBe(before);
});

test("a trainer is not collected while a fit or a question of it is under way", async () => {
  const epochs = await inProcess<number>(
    `
    import { compile, crossEntropy, linear } from "wasmgrad";
    import { thirds } from "./test/support/train-data.ts";
    const start = async () => (await compile(linear(2, 3), { loss: crossEntropy() })).fit(thirds(200), { epochs: 2000, batchSize: 4, onProgress: () => gc() });
    tell((await start()).length);
  `,
    ["--expose-gc"],
  );
  expect(epochs).toBe(2000);
});
