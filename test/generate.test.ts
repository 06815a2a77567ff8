// generate(): the same tokens as recomputing everything, streamed, seeded, stopped, and with its memory given back.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adamW, compile, crossEntropy, linear, type Trainer } from "../src/index.js";
import { generate, gpt, type GenerateOptions, type GptOptions } from "../src/models/index.js";
import { gptLogits } from "./support/reference-gpt.js";

const VOCAB = 13;
const CONTEXT = 8;
const small: GptOptions = { vocabSize: VOCAB, contextLength: CONTEXT, layers: 2, heads: 2, dim: 8 };

/** A model whose next token depends on all before it: weights at random, large. */
async function trainerOf(options: Partial<GptOptions> = {}, compiling = {}): Promise<Trainer> {
  const trainer = await compile(gpt({ ...small, ...options }), { loss: crossEntropy(), seed: 5, ...compiling });
  const spread = Object.entries(trainer.parameters).map(
    ([name, { values }]) => [name, values.map((value) => (name.includes("ln_") ? value : 2.5 * value))] as const,
  );
  trainer.load(Object.fromEntries(spread));
  return trainer;
}

async function collect(trainer: Trainer, prompt: ArrayLike<number>, options: GenerateOptions): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of generate(trainer, prompt, options)) ids.push(id);
  return ids;
}

let trainer: Trainer;
beforeAll(async () => void (trainer = await trainerOf()));
afterAll(() => trainer.dispose());

const forms = fc.record({
  activation: fc.constantFrom("gelu", "geluTanh", "swiglu"),
  norm: fc.constantFrom("layerNorm", "rmsNorm"),
  positions: fc.constantFrom("learned", "rotary"),
  tied: fc.boolean(),
  heads: fc.constantFrom(1, 2, 4),
});

test("gives the tokens of a model that reads everything again for each, also when the text outgrows the context", async () => {
  const prompts = fc.array(fc.integer({ min: 0, max: VOCAB - 1 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(forms, prompts, fc.integer({ min: 1, max: CONTEXT - 1 }), async (form, prompt, keep) => {
      const own = await trainerOf(form as Partial<GptOptions>);
      const { config } = own.state.model.module as ReturnType<typeof gpt>;
      const parameters = own.parameters;
      const text = [...prompt];
      let begin = Math.max(0, text.length - CONTEXT);
      for (let i = 0; i < 20; i++) {
        if (text.length - begin > CONTEXT) begin = text.length - keep;
        const last = gptLogits(config, parameters, text.slice(begin)).at(-1)!;
        text.push(last.indexOf(Math.max(...last)));
      }
      const ids = await collect(own, prompt, { maxTokens: 20, temperature: 0, keep });
      own.dispose();
      expect(ids).toEqual(text.slice(prompt.length));
    }),
    { numRuns: 20 },
  );
});

test("a prompt longer than a piece is read in pieces", async () => {
  const long = await compile(gpt({ vocabSize: 5, contextLength: 600, layers: 1, heads: 1, dim: 4 }), { seed: 2 });
  const prompt = Array.from({ length: 599 }, (_, i) => (i * 3) % 5);
  const logits = gptLogits((long.state.model.module as ReturnType<typeof gpt>).config, long.parameters, prompt).at(-1)!;
  expect(await collect(long, prompt, { maxTokens: 1, temperature: 0 })).toEqual([logits.indexOf(Math.max(...logits))]);
  long.dispose();
});

describe("drawn at random", () => {
  test("by the seed: the same again, and another text by another seed", async () => {
    const [a, again, b] = [
      await collect(trainer, [1, 2], { maxTokens: 30, seed: 7 }),
      await collect(trainer, Int32Array.of(1, 2), { maxTokens: 30, seed: 7 }),
      await collect(trainer, [1, 2], { maxTokens: 30, seed: 8 }),
    ];
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
    expect(await collect(trainer, [1, 2], { maxTokens: 10, seed: 7 })).toEqual(a.slice(0, 10));
  });

  test("options that are unknown are refused with all that there are", () => {
    expect(() => generate(trainer, [1], { maxToken: 3 } as never)).toThrow(
      /^generate: unknown option "maxToken"; the options are maxTokens, seed, .*, repetitionPenalty$/,
    );
  });

  test("topK 1 is the likeliest, as temperature 0 and a tiny topP are", async () => {
    const greedy = await collect(trainer, [4], { maxTokens: 12, temperature: 0 });
    expect(await collect(trainer, [4], { maxTokens: 12, topK: 1 })).toEqual(greedy);
    expect(await collect(trainer, [4], { maxTokens: 12, topP: 1e-9 })).toEqual(greedy);
  });

  test("a strong penalty for what is there already gives every token once", async () => {
    const ids = await collect(trainer, [0], { maxTokens: 6, temperature: 0, repetitionPenalty: 1e6, keep: 7 });
    expect(new Set([0, ...ids]).size).toBe(7);
  });
});

describe("streamed", () => {
  test("a token is given out before the next is computed, and training may go on in between", async () => {
    const own = await trainerOf();
    const ids = generate(own, [1], { maxTokens: 5, temperature: 0 });
    const { calls } = own.core;
    const first = await ids.next();
    expect(first).toMatchObject({ done: false });
    expect(own.core.calls - calls).toBe(1);
    await own.step([1, 2, 3, 4, 5, 6, 7, 8], Int32Array.from([2, 3, 4, 5, 6, 7, 8, 9]));
    expect(await ids.next()).toMatchObject({ done: false });
    await ids.return();
    own.dispose();
  });

  test.each([
    ["at the end", async (ids: AsyncGenerator<number>) => {
        for await (const id of ids) expect(id).toBeLessThan(VOCAB);
      }],
    ["when the loop is left", async (ids: AsyncGenerator<number>) => {
      for await (const _ of ids) break;
    }],
    ["when it was never begun", async () => {}],
  ])("its memory is given back %s", async (_, use) => {
    const { used } = trainer.core.memory;
    await use(generate(trainer, [1, 2, 3], { maxTokens: 20 }));
    expect(trainer.core.memory.used).toBe(used);
  }); // prettier-ignore

  test("a signal ends it between two tokens, with its reason", async () => {
    const { used } = trainer.core.memory;
    const controller = new AbortController();
    const ids: number[] = [];
    const run = (async () => {
      for await (const id of generate(trainer, [1], { maxTokens: 50, signal: controller.signal })) {
        if (ids.push(id) === 3) controller.abort(new Error("enough"));
      }
    })();
    await expect(run).rejects.toThrow("enough");
    expect(ids).toHaveLength(3);
    expect(trainer.core.memory.used).toBe(used);
  });

  test("ids to stop at end it, and are not given out", async () => {
    const ids = await collect(trainer, [1], { maxTokens: 30, temperature: 0 });
    const stop = ids[4]!;
    const before = ids.slice(0, ids.indexOf(stop));
    expect(await collect(trainer, [1], { maxTokens: 30, temperature: 0, stop })).toEqual(before);
    expect(await collect(trainer, [1], { maxTokens: 30, temperature: 0, stop: [stop, 12] })).toEqual(
      ids.slice(
        0,
        ids.findIndex((id) => id === stop || id === 12),
      ),
    );
    expect(await collect(trainer, [1], { maxTokens: 0 })).toEqual([]);
  });
});

test("two texts at once do not disturb each other", async () => {
  const options = [
    { maxTokens: 15, seed: 1 },
    { maxTokens: 15, seed: 2 },
  ];
  const alone = [await collect(trainer, [3], options[0]!), await collect(trainer, [3], options[1]!)];
  expect(await Promise.all(options.map((given) => collect(trainer, [3], given)))).toEqual(alone);
});

test("averaged: with the moving average of the parameters", async () => {
  const own = await trainerOf({}, { ema: 0.999, optimizer: adamW({ lr: 0.3 }) });
  const before = await collect(own, [1], { maxTokens: 10, temperature: 0 });
  await own.step([1, 2, 3, 4, 5, 6, 7, 8], Int32Array.from([2, 2, 2, 2, 2, 2, 2, 2]));
  expect(await collect(own, [1], { maxTokens: 10, temperature: 0 })).not.toEqual(before);
  expect(await collect(own, [1], { maxTokens: 10, temperature: 0, averaged: true })).toEqual(before);
  own.dispose();
});

test("several threads give the same tokens", async () => {
  const own = await trainerOf({}, { threads: 2 });
  expect(await collect(own, [1, 2, 3], { maxTokens: 20, seed: 3 })).toEqual(
    await collect(trainer, [1, 2, 3], { maxTokens: 20, seed: 3 }),
  );
  own.dispose();
});

describe("refused", () => {
  test.each<[ArrayLike<number>, GenerateOptions, string]>([
    [[], {}, "generate: the prompt must have at least one id"],
    ["To be" as never, {}, 'generate: the prompt must be ids, got the text "To be"; tokenizer.encode(text) gives them'],
    [[13], {}, "generate: prompt[0] is 13, but a vocabulary of 13 takes whole numbers from 0 to 12"],
    [[1, 2.5], {}, "generate: prompt[1] is 2.5"],
    [[1], { maxTokens: -1 }, "generate: maxTokens must be a whole number of at least 0, got -1"],
    [[1], { temperature: -1 }, "generate: temperature must be a number of at least 0, got -1"],
    [[1], { topK: 0 }, "generate: topK must be a whole number of at least 1, got 0"],
    [[1], { topP: 0 }, "generate: topP must be a number above 0, at most 1, got 0"],
    [[1], { repetitionPenalty: 0 }, "generate: repetitionPenalty must be a positive number, got 0"],
    [[1], { keep: 8 }, "generate: keep must be less than the model's context of 8 tokens, got 8"],
    [[1], { seed: 0.5 }, "the seed must be a whole number"],
    [[1], { topk: 3 } as never, 'generate: unknown option "topk"'],
  ])("%j %j", (prompt, options, message) => {
    expect(() => generate(trainer, prompt, options)).toThrow(message);
  });

  test("another model, or none", async () => {
    const other = await compile(linear(2, 1));
    expect(() => generate(other, [1])).toThrow('generate: needs a trainer of a gpt(), got one of a model "linear"');
    expect(() => generate({} as Trainer, [1])).toThrow("generate: needs a trainer of a gpt(), got an empty object");
    other.dispose();
  });

  test("a model whose parameters are no numbers", async () => {
    const own = await trainerOf();
    own.load({ "ln_f.bias": new Float32Array(8).fill(NaN) });
    await expect(collect(own, [1], {})).rejects.toThrow("the model gives no number for any token");
    own.dispose();
  });

  test("a trainer that is gone", async () => {
    const own = await trainerOf();
    const ids = generate(own, [1], {});
    await ids.next();
    own.dispose();
    await expect(ids.next()).rejects.toThrow("disposed of");
  });
});
