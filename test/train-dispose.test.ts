// Use of a trainer after dispose(), and in the middle of what it does.
import { describe, expect, test } from "vitest";
import { compile, linear, meanSquaredError, relu, saveCheckpoint, sequential, type Trainer } from "wasmgrad";
import { Core } from "../src/core/core.js";

const loss = meanSquaredError();
const data = { x: [1, 2], y: [1] };

describe("after dispose()", () => {
  const gone = "this trainer has been disposed of; compile the model again to use it";

  test("everything that needs its memory says so", async () => {
    const trainer = await compile(linear(2, 1), { loss });
    trainer.dispose();
    trainer.dispose(); // is no error
    expect(() => trainer.fit(data)).toThrow(gone);
    await expect(trainer.step([1, 2], [1])).rejects.toThrow(gone);
    await expect(trainer.gradients([1, 2], [1])).rejects.toThrow(gone);
    await expect(trainer.inspect([1, 2], [1])).rejects.toThrow(gone);
    await expect(trainer.evaluate(data)).rejects.toThrow(gone);
    await expect(trainer.predict([1, 2])).rejects.toThrow(gone);
    expect(() => trainer.parameters).toThrow(gone);
    expect(() => trainer.load({})).toThrow(gone);
    expect(() => saveCheckpoint(trainer)).toThrow(gone);
    expect(() => trainer.steps).toThrow(gone);
    expect(() => trainer.epochs).toThrow(gone);
    await expect(trainer.explain()).rejects.toThrow(gone);
    expect(trainer.summary()).toContain("linear");
  });

  const many = { x: Array.from({ length: 200 }, (_, i) => i / 100), y: Array.from({ length: 100 }, (_, i) => i / 100) };
  const bitsOf = (trainer: Trainer) => saveCheckpoint(trainer).join();

  /**
   * Lets `run` dispose of its trainer in the middle of a fit, upon which other trainers move into its memory: theirs must
   * stay as it is.
   */
  async function disposedWhile(run: (trainer: Trainer, dispose: () => Promise<void>) => PromiseLike<unknown>) {
    const core = await Core.start();
    const make = (seed: number) => compile(sequential(linear(2, 8), relu(), linear(8, 1)), { loss, core, seed });
    const trainer = await make(0);
    const others: Trainer[] = [];
    let bits: string[] = [];
    const dispose = async () => {
      trainer.dispose();
      while (others.length < 8) others.push(await make(others.length));
      bits = others.map(bitsOf);
    };
    await expect(run(trainer, dispose)).rejects.toThrow(gone);
    expect(bits.length).toBe(8);
    expect(others.map(bitsOf)).toEqual(bits);
  }

  test("in the middle of a fit it ends, and touches nothing of whoever has its memory now", async () => {
    await disposedWhile(async (trainer, dispose) => {
      for await (const _ of trainer.fit(many, { epochs: 5 })) await dispose();
    });
  });

  test("the same with validation and early stopping", async () => {
    await disposedWhile(async (trainer, dispose) =>
      trainer.fit(many, { epochs: 5, validation: 0.2, earlyStopping: {}, onEpoch: dispose }),
    );
  });

  test("the same with batches", async () => {
    await disposedWhile(async (trainer, dispose) => {
      async function* batches() {
        yield many;
        await dispose();
        yield many;
      }
      await trainer.fit(batches);
    });
  });
});

test("`using` disposes", async () => {
  const core = await Core.start();
  const before = core.memory.used;
  const trainer = await compile(linear(2, 1), { loss, core });
  trainer[Symbol.dispose]();
  expect(core.memory.used).toBe(before);
});
