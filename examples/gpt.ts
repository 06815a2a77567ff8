// A GPT learns to write: the project's own text, or any with --text FILE.
//
//   arguments → text → ids → training (stopped and resumed at will) → files → new text
//
// Ctrl-C ends the training after the step under way and saves it; --resume goes on as if nothing had happened. A second
// Ctrl-C ends the process at once.

import { generate } from "wasmgrad/models";
import type { Tokenizer } from "wasmgrad/text";
import type { Trainer } from "wasmgrad";
import { parseArguments, type Arguments } from "./gpt/arguments.js";
import type { Corpus } from "./gpt/corpus.js";
import { lossCurve } from "./gpt/curve.js";
import { RunFolder } from "./gpt/folder.js";
import { begin, judgeEvenly, resume, train } from "./gpt/training.js";
import { integer } from "./support/html.js";
import { interruptions } from "./support/interrupt.js";
import { fail, UserError } from "./support/user-error.js";

const say = (line = "") => console.log(line);

async function main(words: readonly string[]): Promise<void> {
  const given = parseArguments(words);
  const folder = new RunFolder(given.out);
  const training = given.resume ? await resume(folder, given) : await begin(folder, given);
  const { trainer, settings, corpus, run } = training;
  const prompt = promptOf(corpus, given);
  say(corpus.description);
  say(
    `${integer(corpus.training.length)} ids to learn from, ${integer(corpus.validation.length)} to be judged by, ` +
      `${corpus.tokenizer.size} different ones.`,
  );
  const { layers, heads, dim, context, batch, steps } = settings;
  const size = Object.values(trainer.parameters).reduce((sum, { values }) => sum + values.length, 0);
  say(
    `GPT of ${layers} layers, ${heads} heads, ${dim} wide, context ${context}: ${integer(size)} parameters; ` +
      `${integer(steps)} steps of ${batch} windows, seed ${settings.seed}.`,
  );
  if (trainer.steps > 0) say(`Going on after step ${integer(trainer.steps)}.`);

  const interrupt = interruptions();
  const done = await train(training, folder, given.stopAfter, interrupt.signal);
  interrupt.ignore();
  await folder.writeCurve(await lossCurve(run));
  say(`\nSaved in ${folder.path}: model.safetensors, run.json, loss.svg.`);
  if (!done) {
    say(
      `Stopped after step ${integer(trainer.steps)} of ${integer(steps)}. To go on: npm run example gpt -- --resume --out ${folder.path}`,
    );
  } else {
    const { loss, windows } = await judgeEvenly(training);
    say(`Over the held-back text evenly, ${integer(windows)} windows: loss ${loss.toFixed(4)}.\n`);
    await write(trainer, corpus.tokenizer, prompt, given);
  }
  trainer.dispose();
}

/** What the new text goes on with. @throws UserError for characters that the model does not know */
function promptOf({ tokenizer, training }: Corpus, { prompt }: Arguments): Int32Array {
  if (prompt === undefined) {
    const first = tokenizer.decode(training.subarray(0, 1));
    const known = new Set(Array.from(tokenizer.decode(Array.from({ length: tokenizer.size }, (_, id) => id))));
    return tokenizer.encode(known.has("\n") ? "\n" : first);
  }
  try {
    return tokenizer.encode(prompt);
  } catch (error) {
    throw new UserError(`--prompt: the model knows only the characters of its text: ${(error as Error).message}`);
  }
}

/** Writes new text to the terminal, character by character. */
async function write(trainer: Trainer, tokenizer: Tokenizer, prompt: Int32Array, given: Arguments): Promise<void> {
  const { sample, sampleSeed, temperature, topK } = given;
  process.stdout.write(tokenizer.decode(prompt));
  const text = tokenizer.stream();
  for await (const id of generate(trainer, prompt, { maxTokens: sample, temperature, topK, seed: sampleSeed })) {
    process.stdout.write(text.push(id));
  }
  say(text.end());
}

await main(process.argv.slice(2)).catch(fail);
