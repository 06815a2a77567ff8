// What a step costs outside of WebAssembly: calls into it, and garbage of JavaScript.
import { expect, test } from "vitest";
import { compile, crossEntropy, linear, meanSquaredError, sequential, tanh } from "wasmgrad";
import { inProcess } from "./support/process.js";
import { thirds, xor } from "./support/train-data.js";

// How many there are in a second is bench/calls.ts's to measure: here they are counted against the steps, with room for
// machines a hundred times slower than the one that this was written on.

test("a long fit calls into WebAssembly at most once for a hundred steps", async () => {
  const trainer = await compile(sequential(linear(2, 8), tanh(), linear(8, 1)), { loss: meanSquaredError() });
  const before = trainer.core.calls;
  await trainer.fit(xor, { epochs: 500_000 });
  expect(trainer.core.calls - before).toBeLessThan(5000);
  trainer.dispose();
});

test("a loop over epochs calls into it a few times for each", async () => {
  const trainer = await compile(sequential(linear(2, 8), tanh(), linear(8, 3)), { loss: crossEntropy() });
  const before = trainer.core.calls;
  const epochs = 10;
  for await (const _ of trainer.fit(thirds(20_000), { epochs, batchSize: 4 }));
  expect(trainer.core.calls - before).toBeLessThan(100 * epochs);
  trainer.dispose();
});

test("a step of a fit leaves no garbage: millions of them grow the heap by less than a number for each", async () => {
  const bytesPerStep = await inProcess<number>(
    `
    import { compile, crossEntropy, linear, sequential, tanh } from "wasmgrad";
    import { thirds } from "./test/support/train-data.ts";
    const trainer = await compile(sequential(linear(2, 8), tanh(), linear(8, 3)), { loss: crossEntropy() });
    const data = thirds(8000);
    const grown = [];
    for (let i = 0; i < 3; i++) {
      gc();
      const before = process.memoryUsage().heapUsed;
      await trainer.fit(data, { epochs: 400, batchSize: 1 });
      grown.push((process.memoryUsage().heapUsed - before) / 3_200_000);
    }
    tell(Math.min(...grown));
  `,
    // One large nursery, so that nothing is collected on the way.
    ["--expose-gc", "--max-semi-space-size=256", "--min-semi-space-size=256"],
  );
  // The engine's own, what it compiles above all, is 4 to 13 MB for a fit of any length; the smallest object is 12 bytes.
  expect(bytesPerStep).toBeLessThan(10);
});

test("an epoch leaves its Epoch, and not much else", async () => {
  const bytesPerEpoch = await inProcess<number>(
    `
    import { compile, crossEntropy, linear } from "wasmgrad";
    import { thirds } from "./test/support/train-data.ts";
    const trainer = await compile(linear(2, 3), { loss: crossEntropy() });
    const data = thirds(4);
    await trainer.fit(data, { epochs: 30_000 });
    gc();
    const before = process.memoryUsage().heapUsed;
    const epochs = await trainer.fit(data, { epochs: 50_000 });
    gc();
    tell((process.memoryUsage().heapUsed - before) / epochs.length);
  `,
    ["--expose-gc", "--max-semi-space-size=256", "--min-semi-space-size=256"],
  );
  // Seven fields of 8 bytes and a header; numbers with fractions are objects of 12 to 16 bytes each.
  expect(bytesPerEpoch).toBeLessThan(250);
});

test("single steps settle: the heap after many of them is as after few", async () => {
  const bytesPerStep = await inProcess<number>(
    `
    import { compile, crossEntropy, linear } from "wasmgrad";
    import { thirds } from "./test/support/train-data.ts";
    const trainer = await compile(linear(2, 3), { loss: crossEntropy() });
    const { x, y } = thirds(8);
    for (let i = 0; i < 10_000; i++) await trainer.step(x, y);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 50_000; i++) await trainer.step(x, y);
    gc();
    tell((process.memoryUsage().heapUsed - before) / 50_000);
  `,
    ["--expose-gc"],
  );
  // What the engine compiles on the way is some tens of kilobytes; one object kept of each step would be 12 bytes or more.
  expect(bytesPerStep).toBeLessThan(8);
});
