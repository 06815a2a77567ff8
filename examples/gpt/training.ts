// The training itself: what users of the library would write for a GPT of their own.

import { adamW, compile, crossEntropy, loadCheckpoint, schedules, type CompileOptions, type Trainer } from "wasmgrad";
import { windows } from "wasmgrad/data";
import { gpt } from "wasmgrad/models";
import { UserError } from "../support/user-error.js";
import type { Arguments } from "./arguments.js";
import { readCorpus, type Corpus } from "./corpus.js";
import type { Judgement, Run, RunFolder } from "./folder.js";
import { SEED, settingsOf, type Settings } from "./presets.js";
import { Progress } from "./progress.js";
import { drawWindows, type Purpose } from "./windows.js";

export interface Training {
  readonly trainer: Trainer;
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly run: Run;
}

/** Norms and whatever else is no matrix are not decayed. */
const groups: CompileOptions["groups"] = [{ parameters: (_, shape) => shape.length < 2, weightDecay: 0 }];

/** A training from the beginning. */
export async function begin(folder: RunFolder, given: Arguments): Promise<Training> {
  const { preset, text, steps, batch, rate, seed = SEED } = given;
  const settings = settingsOf(preset, { steps, batch, rate, seed });
  await folder.prepare();
  const corpus = readCorpus(text, settings.context);
  const { layers, heads, dim, context, betas, weightDecay, clipNorm } = settings;
  const model = gpt({ vocabSize: corpus.tokenizer.size, contextLength: context, layers, heads, dim, bias: false });
  const lr = schedules.warmupCosine({
    lr: settings.rate,
    minLr: settings.lowestRate,
    warmupSteps: settings.warmup,
    totalSteps: settings.steps,
  });
  const trainer = await compile(model, {
    loss: crossEntropy(),
    optimizer: adamW({ lr, betas, weightDecay }),
    ...{ groups, clipNorm, seed },
    threads: given.threads ?? "auto",
  });
  const run = { preset, settings, text: { file: text ?? null, checksum: corpus.checksum }, judgements: [], losses: [] };
  return { trainer, settings, corpus, run };
}

/** The training in the folder, where it was stopped. */
export async function resume(folder: RunFolder, given: Arguments): Promise<Training> {
  for (const name of ["steps", "batch", "rate", "seed"] as const) {
    if (given[name] === undefined) continue;
    throw new UserError(`--${name} cannot change in the middle of a training; leave it out with --resume`);
  }
  const run = folder.run();
  const corpus = readCorpus(given.text ?? run.text.file ?? undefined, run.settings.context);
  if (corpus.checksum !== run.text.checksum) {
    throw new UserError("the text is not the one that this training began with; give that one with --text");
  }
  const trainer = await loadCheckpoint(await folder.checkpoint(), {
    models: { gpt },
    groups,
    threads: given.threads ?? "auto",
  });
  run.losses.length = Math.min(run.losses.length, trainer.steps);
  const known = run.judgements.filter(({ step }) => step <= trainer.steps);
  run.judgements.splice(0, run.judgements.length, ...known);
  return { trainer, settings: run.settings, corpus, run };
}

/** Trains until the last step, or stops after one; true if it came to the end. Saves at each judgement, and when it stops. */
export async function train(
  { trainer, settings, corpus, run }: Training,
  folder: RunFolder,
  stopAfter: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { batch, context, steps, seed, evaluateEvery } = settings;
  const last = Math.min(stopAfter ?? steps, steps);
  const progress = new Progress(steps, batch * context);
  try {
    for (;;) {
      const { steps: step } = trainer;
      const due = step % evaluateEvery === 0 || step === steps;
      if (due && run.judgements.at(-1)?.step !== step) {
        progress.pause();
        const judgement = await judge(trainer, settings, corpus);
        run.judgements.push(judgement);
        progress.judged(judgement);
        await folder.save(trainer, run);
      }
      if (step >= last || signal.aborted) break;
      const { x, y } = drawWindows(corpus.training, { count: batch, context, seed, purpose: "training", step });
      const { loss } = await trainer.step(x, y);
      run.losses.push(loss);
      progress.trained(trainer.steps, loss);
    }
  } finally {
    progress.pause();
  }
  if (run.judgements.at(-1)?.step !== trainer.steps) await folder.save(trainer, run);
  return trainer.steps === steps;
}

/** Windows that the last judgement takes at most: of a text of a million characters, all that is held back. */
const MOST_WINDOWS = 2000;

/** Mean loss on windows that lie evenly over the held-back text: a steadier figure than a few random batches give. */
export async function judgeEvenly({ trainer, settings, corpus }: Training): Promise<{ loss: number; windows: number }> {
  const { context, batch } = settings;
  const stride = Math.max(context, Math.floor(corpus.validation.length / MOST_WINDOWS));
  const { inputs, targets, shape } = windows(corpus.validation, { length: context, stride });
  const { loss } = await trainer.evaluate({ x: inputs, y: targets }, { batchSize: batch });
  return { loss, windows: shape[0] };
}

/** Mean loss over some batches of each part of the text, as nanoGPT estimates it. */
async function judge(trainer: Trainer, settings: Settings, { training, validation }: Corpus): Promise<Judgement> {
  const { batch, evaluateBatches, context, seed } = settings;
  const { steps: step } = trainer;
  const lossOn = async (ids: Int32Array, purpose: Purpose) => {
    const windows = drawWindows(ids, { count: batch * evaluateBatches, context, seed, purpose, step });
    return (await trainer.evaluate(windows, { batchSize: batch })).loss;
  };
  return {
    step,
    training: await lossOn(training, "evaluation of the training text"),
    validation: await lossOn(validation, "evaluation"),
  };
}
