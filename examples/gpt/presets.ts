// Sizes of models and trainings that belong together.

/** Everything that decides a training, besides its text. */
export interface Settings {
  readonly layers: number;
  readonly heads: number;
  readonly dim: number;
  /** Characters that the model looks back on. */
  readonly context: number;
  /** Windows of a step. */
  readonly batch: number;
  readonly steps: number;
  /** Highest and lowest learning rate, and the steps of warm-up. */
  readonly rate: number;
  readonly lowestRate: number;
  readonly warmup: number;
  readonly betas: readonly [number, number];
  /** Of matrices; norms are not decayed. */
  readonly weightDecay: number;
  readonly clipNorm: number;
  /** Steps between two evaluations, and batches of each. */
  readonly evaluateEvery: number;
  readonly evaluateBatches: number;
  readonly seed: number;
}

interface Preset extends Omit<Settings, "seed"> {
  /** For --help. */
  readonly words: string;
}

const common = {
  betas: [0.9, 0.99],
  weightDecay: 0.1,
  clipNorm: 1,
  evaluateBatches: 20,
} as const;

export const presets: Readonly<Record<string, Preset>> = {
  quick: {
    ...common,
    words: "about a minute",
    layers: 3,
    heads: 4,
    dim: 96,
    context: 64,
    batch: 16,
    steps: 800,
    rate: 3e-3,
    lowestRate: 3e-4,
    warmup: 50,
    evaluateEvery: 100,
  },
  // https://github.com/karpathy/nanoGPT, README, "I only have a macbook".
  "nanogpt-cpu": {
    ...common,
    words: "nanoGPT's setting for a CPU, some minutes",
    layers: 4,
    heads: 4,
    dim: 128,
    context: 64,
    batch: 12,
    steps: 2000,
    rate: 1e-3,
    lowestRate: 1e-4,
    warmup: 100,
    evaluateEvery: 250,
  },
  // For tests: nothing is learnt.
  tiny: {
    ...common,
    words: "a second, to see that it runs",
    layers: 1,
    heads: 2,
    dim: 16,
    context: 16,
    batch: 4,
    steps: 20,
    rate: 1e-2,
    lowestRate: 1e-3,
    warmup: 2,
    evaluateEvery: 5,
    evaluateBatches: 2,
  },
};

/** Of whatever is random, unless another is asked for. nanoGPT's own; it was not chosen by what comes out. */
export const SEED = 1337;

/** The preset's settings, with what was asked for in their place. */
export function settingsOf(preset: string, given: Partial<Settings> & { seed: number }): Settings {
  const { words: _, ...settings } = presets[preset]!;
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const all = { ...settings, ...asked } as Settings;
  // A short training warms up, and a low rate falls, in proportion.
  return {
    ...all,
    warmup: Math.min(all.warmup, Math.floor(all.steps / 2)),
    lowestRate: Math.min(all.lowestRate, all.rate),
  };
}
