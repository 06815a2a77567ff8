// What a trainer refuses, and what it puts off, while several threads are at work for it.
import { afterEach, describe, expect, test } from "vitest";
import { compile, crossEntropy, linear, relu, saveCheckpoint, sequential, type Trainer } from "wasmgrad";
import { noise } from "./support/train-data.js";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

async function busy(): Promise<{ trainer: Trainer; run: Promise<unknown> }> {
  const trainer = await compile(sequential(linear(64, 128), relu(), linear(128, 3)), {
    loss: crossEntropy(),
    threads: 2,
  });
  open.push(trainer);
  const data = { x: noise(64 * 500, 1), y: Uint8Array.from({ length: 500 }, (_, i) => i % 3) };
  await trainer.fit(data, { batchSize: 10 });
  const run = trainer.fit(data, { epochs: 50, batchSize: 10 }).then(
    () => "done",
    (error: unknown) => String(error),
  );
  await new Promise((resolve) => setTimeout(resolve, 10));
  return { trainer, run };
}

describe("while threads are at work", () => {
  test("what has to read or write all of the memory at once says so", async () => {
    const { trainer, run } = await busy();
    const message = "the trainer is at work at this moment; await what was asked of it before";
    expect(() => saveCheckpoint(trainer)).toThrow(`saveCheckpoint: ${message}`);
    expect(() => trainer.load({})).toThrow(`load: ${message}`);
    expect(await run).toBe("done");
    saveCheckpoint(trainer);
  });

  test("questions wait for their turn", async () => {
    const { trainer, run } = await busy();
    const x = noise(64, 2);
    const [first] = await Promise.all([trainer.predict(x), trainer.evaluate({ x, y: [1] })]);
    expect(first.length).toBe(3);
    expect(await run).toBe("done");
  });

  test("dispose() gives the memory back when they have finished", async () => {
    const { trainer, run } = await busy();
    const { core } = trainer;
    const before = core.memory.used;
    trainer.dispose();
    expect(core.memory.used).toBe(before);
    expect(await run).toMatch("has been disposed of");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(core.memory.used).toBeLessThan(before);
  });
});
