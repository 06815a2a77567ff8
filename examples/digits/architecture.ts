// The networks that can be asked for, as plain numbers: two presets, or hidden layers of any sizes.

export interface Architecture {
  /** Units of each hidden layer, from the pixels on. */
  readonly hidden: readonly number[];
  /** Share of the hidden units that a training step leaves out. */
  readonly dropout: number;
  /** Passes over the training images that it takes. */
  readonly epochs: number;
  /** Highest learning rate: reached after the warmup, left along a cosine. */
  readonly rate: number;
  /** Images of one step. */
  readonly batch: number;
}

export const PIXELS = 28 * 28;
export const CLASSES = 10;

export const presets: Readonly<Record<string, Architecture>> = {
  small: { hidden: [128], dropout: 0, epochs: 5, rate: 4e-3, batch: 64 },
  large: { hidden: [512, 512], dropout: 0.2, epochs: 10, rate: 2e-3, batch: 128 },
};

const MOST_UNITS = 4096;
const MOST_LAYERS = 8;

/**
 * The architecture that `name` asks for: a preset's name, or the sizes of the hidden layers, such as "256-128".
 *
 * @returns undefined if it is neither
 */
export function architectureOf(name: string): Architecture | undefined {
  if (Object.hasOwn(presets, name)) return presets[name];
  const hidden = name.split("-").map((size) => (/^\d+$/.test(size) ? Number(size) : 0));
  const possible = hidden.length <= MOST_LAYERS && hidden.every((units) => units >= 1 && units <= MOST_UNITS);
  return possible ? { ...presets.small, hidden } : undefined;
}

/** What `--model` takes, for messages. */
export const modelWords =
  `${Object.keys(presets)
    .map((name) => `"${name}"`)
    .join(", ")}, or the sizes of 1 to ${MOST_LAYERS} hidden layers ` +
  `joined by "-", each from 1 to ${MOST_UNITS}, such as 256-128`;

/** "784-128-10" */
export const layerSizes = (hidden: readonly number[]) => [PIXELS, ...hidden, CLASSES].join("-");

/** Weights and biases of the network. */
export function parameterCount(hidden: readonly number[]): number {
  const sizes = [PIXELS, ...hidden, CLASSES];
  return sizes.slice(1).reduce((sum, outputs, at) => sum + outputs * (sizes[at]! + 1), 0);
}
