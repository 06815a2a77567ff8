// GPT-2 at its smallest published size, 124 million parameters (random ones: what is computed is the same): loaded from
// safetensors, and writing text, in f32 and in 8 bits.
//
// To write a token each weight is read once, and little is computed with it; so beside the time of a token stands the
// time that this machine takes to read the weights' bytes and do nothing with them, measured in turn with it. A token also
// reads the keys and values of all before it: those timed follow a prompt of 128, and, in a column of their own, one that
// fills nearly all of the context.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, type Trainer } from "wasmgrad";
import { generate, gpt, loadGpt2Folder, saveGpt2Folder } from "wasmgrad/models";
import { readCeiling } from "./ceilings.js";
import { rate, share, summarise, time, type Task } from "./harness.js";
import { digits } from "./report.js";
import { wanted, type Result, type Row, type Section } from "./section.js";

const SIZES = { vocabSize: 50_257, contextLength: 1024, layers: 12, heads: 12, dim: 768 } as const;
/** Tokens before those that are timed. */
const SHORT = 128;
const LONG = 896;
const promptOf = (length: number) => Array.from({ length }, (_, i) => (i * 7919) % SIZES.vocabSize);
const FORMS = { f32: "weights in f32", int8: "weights in 8 bits" } as const;
type Form = keyof typeof FORMS;

/** Writes a model with random parameters into a folder. */
async function writeModel(folder: string): Promise<void> {
  // Frozen: without the memory that training takes.
  const trainer = await compile(gpt({ ...SIZES, activation: "geluTanh" }), { freeze: () => true, threads: 1 });
  await saveGpt2Folder(trainer, folder);
  trainer.dispose();
}

interface Loaded {
  readonly form: Form;
  readonly trainer: Trainer;
  readonly seconds: number;
  /** Of the parameters; and of the caches and programs of a text under way. */
  readonly bytes: number;
  readonly textBytes: number;
  /** Milliseconds to the first token after a short prompt. */
  readonly prompt: number;
  /** Writes a token for each time, after a short prompt and after a long one. */
  readonly short: Task;
  readonly long: Task;
}

async function load(folder: string, form: Form): Promise<Loaded> {
  const begin = performance.now();
  const trainer = await loadGpt2Folder(folder, { weights: form, threads: 1 });
  const seconds = (performance.now() - begin) / 1000;
  const { bytes } = trainer.state.model;
  const before = trainer.core.memory.used;
  /** A text whose prompt is read, and whose second token has compiled the program of all others. */
  const textAfter = async (tokens: number) => {
    const text = generate(trainer, promptOf(tokens), { maxTokens: SIZES.contextLength, topK: 40, seed: 1 });
    const asked = performance.now();
    await text.next();
    const prompt = performance.now() - asked;
    await text.next();
    return { text, prompt };
  };
  const { text: first } = await textAfter(SHORT); // warms up
  const textBytes = trainer.core.memory.used - before;
  await first.return();

  /** Writes tokens after a prompt; begins anew before a measurement once it has written so many. */
  const writer = async (name: string, tokens: number, most: number) => {
    let { text, prompt } = await textAfter(tokens);
    let written = 0;
    const task: Task = {
      name,
      prepare: async () => {
        if (written < most) return;
        await text.return();
        ({ text } = await textAfter(tokens));
        written = 0;
      },
      run: async (times) => {
        written += times;
        for (; times > 0; times--) await text.next();
      },
    };
    return { task, prompt };
  };
  const { task: short, prompt } = await writer(FORMS[form], SHORT, 1);
  // There is room for 126 tokens: enough for those and one more measurement.
  const { task: long } = await writer(`${FORMS[form]} after ${LONG} tokens`, LONG, 64);
  return { form, trainer, seconds, bytes, textBytes, prompt, short, long };
}

async function measure(loaded: readonly Loaded[], rounds: number): Promise<Row[]> {
  const readings = await Promise.all(
    loaded.map(async ({ form, trainer: { core, state }, bytes }) => ({
      ...(await readCeiling(core.memory.wasm, state.bases["parameters"]!, bytes)),
      name: `reading ${FORMS[form]}`,
    })),
  );
  const tasks = [...loaded.flatMap(({ short, long }) => [short, long]), ...readings];
  const times = await time(tasks, { rounds, milliseconds: 100 });
  return loaded.map(({ form, seconds, bytes, textBytes, prompt }, i): Row => {
    const [token, late, reading] = [times[2 * i]!, times[2 * i + 1]!, times[2 * loaded.length + i]!];
    return {
      name: FORMS[form],
      values: {
        load: { value: seconds, unit: "s" },
        weights: { value: bytes / 1e6, unit: "MB" },
        "cache and scratch": { value: textBytes / 1e6, unit: "MB" },
        [`prompt of ${SHORT}`]: { value: prompt, unit: "ms" },
        token: summarise(token, "ms"),
        speed: rate(1, token, "tokens/s"),
        "read at": rate(bytes / 1e9, token, "GB/s"),
        "reading alone": rate(bytes / 1e9, reading, "GB/s"),
        share: share(bytes, token, bytes, reading),
        [`token after ${LONG}`]: summarise(late, "ms"),
      },
    };
  });
}

export const gpt2Section: Section = {
  name: "gpt2",
  about: "GPT-2 of 124 million (random) parameters, loaded from safetensors, writing text on one thread.",
  async measure(options): Promise<Result> {
    const forms = (Object.keys(FORMS) as Form[]).filter((form) => wanted(options, "gpt2", FORMS[form]));
    if (forms.length === 0) return { rows: [] };
    const folder = await mkdtemp(join(tmpdir(), "wasmgrad-gpt2-"));
    const loaded: Loaded[] = [];
    try {
      await writeModel(folder);
      for (const form of forms) loaded.push(await load(folder, form));
      const rows = await measure(loaded, options.rounds);
      const words = rows.map(({ name, values: { speed, weights } }) => {
        return `${digits(speed!.value)} tokens/s with ${digits(weights!.value)} MB of ${name}`;
      });
      return { rows, headline: `GPT-2 124M: ${words.join(", ")}` };
    } finally {
      for (const { trainer } of loaded) trainer.dispose();
      await rm(folder, { recursive: true });
    }
  },
};
