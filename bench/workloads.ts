// The training workloads that the benches run, here and in the rivals: networks, data and first parameters as plain
// data, with the same bytes for every library.
//
// Imports nothing, so that any library's bench can import it. Knows no library.

/** A multilayer perceptron, or one with convolutions in front of it, and how it is trained. */
export interface Workload {
  readonly name: string;
  /** Convolutions of pictures, each with the activation and max pooling of 2 x 2 behind it; none if absent. */
  readonly convolutions?: Convolutions;
  /** Sizes of the layers, the input first: behind convolutions, what these leave. */
  readonly layers: readonly number[];
  /** After every hidden layer. */
  readonly activation: "tanh" | "relu";
  /** After the last layer; "none" leaves logits. */
  readonly output: "sigmoid" | "none";
  /** Mean over the batch. Cross-entropy takes logits and class indices. */
  readonly loss: "meanSquaredError" | "crossEntropy";
  readonly optimizer: { readonly name: "sgd" | "adam"; readonly lr: number };
  readonly batch: number;
  /** Samples in an epoch, whole batches of them; they are not shuffled. */
  readonly samples: number;
  readonly data: "xor" | "classes";
}

export interface Convolutions {
  /** Channels, height and width of a sample. */
  readonly image: readonly [number, number, number];
  /** Channels of each convolution. */
  readonly channels: readonly number[];
  /** Height and width of each kernel. */
  readonly kernel: number;
}

const mlp = {
  activation: "relu",
  output: "none",
  loss: "crossEntropy",
  optimizer: { name: "adam", lr: 1e-3 },
  data: "classes",
} as const;
const xor = {
  activation: "tanh",
  output: "sigmoid",
  loss: "meanSquaredError",
  optimizer: { name: "sgd", lr: 0.5 },
  data: "xor",
} as const;

export const workloads: readonly Workload[] = [
  { name: "xor 2-8-1, batch 4", ...xor, layers: [2, 8, 1], batch: 4, samples: 4096 },
  { name: "mlp 784-128-10, batch 32", ...mlp, layers: [784, 128, 10], batch: 32, samples: 2048 },
  { name: "mlp 784-128-10, batch 128", ...mlp, layers: [784, 128, 10], batch: 128, samples: 2048 },
  { name: "mlp 784-1024-1024-10, batch 128", ...mlp, layers: [784, 1024, 1024, 10], batch: 128, samples: 512 },
];

/** Networks of pictures. */
export const pictures: readonly Workload[] = [
  {
    ...mlp,
    name: "cnn 28x28, 5x5x8, 5x5x16, batch 64",
    convolutions: { image: [1, 28, 28], channels: [8, 16], kernel: 5 },
    layers: [256, 10],
    batch: 64,
    samples: 2048,
  },
];

/** Sizes n of the n x n matrix products. */
export const squares: readonly number[] = [64, 128, 256, 512, 1024];

/** x[samples, inputs]; y[samples, outputs] as floats for xor, y[samples] as class indices otherwise. */
export interface Data {
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;
}

/** Numbers of a sample. */
export const inputsOf = ({ convolutions, layers }: Workload): number =>
  convolutions ? convolutions.image.reduce((product, size) => product * size) : layers[0]!;

/** The workload's samples. */
export function dataOf(workload: Workload): Data {
  const { data, layers, samples } = workload;
  return data === "xor" ? xorData(samples) : classData(samples, inputsOf(workload), layers.at(-1)!);
}

/** The four cases, over and over. */
function xorData(samples: number): Data {
  const x = new Float32Array(samples * 2);
  const y = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    x[2 * i] = (i >> 1) & 1;
    x[2 * i + 1] = i & 1;
    y[i] = ((i >> 1) ^ i) & 1;
  }
  return { x, y };
}

/** Values from [0, 1): halfway between the pattern of the sample's class and noise. */
export function classData(samples: number, inputs: number, classes: number): { x: Float32Array; y: Int32Array } {
  const random = generator(1);
  const patterns = Float32Array.from({ length: classes * inputs }, random);
  const x = new Float32Array(samples * inputs);
  const y = new Int32Array(samples);
  for (let i = 0; i < samples; i++) {
    const label = Math.floor(random() * classes);
    y[i] = label;
    for (let j = 0; j < inputs; j++) x[i * inputs + j] = (patterns[label * inputs + j]! + random()) / 2;
  }
  return { x, y };
}

/** The first parameters of each layer, weight [out, in (, kernel, kernel)] and bias [out], from [-1/√in, 1/√in). */
export function parametersOf({ convolutions, layers }: Workload): { weight: Float32Array; bias: Float32Array }[] {
  const random = generator(2);
  const { image, channels, kernel } = convolutions ?? { image: [0], channels: [], kernel: 0 };
  const sizes = [
    ...channels.map((out, i) => [(channels[i - 1] ?? image[0]) * kernel ** 2, out] as const),
    ...layers.slice(1).map((out, i) => [layers[i]!, out] as const),
  ];
  return sizes.map(([inputs, out]) => {
    const bound = 1 / Math.sqrt(inputs);
    const draw = () => (2 * random() - 1) * bound;
    return {
      weight: Float32Array.from({ length: out * inputs }, draw),
      bias: Float32Array.from({ length: out }, draw),
    };
  });
}

/** Numbers from [0, 1) with 24 bits, exact in f32: Marsaglia's xorshift32 ("Xorshift RNGs", 2003). */
export function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) / 2 ** 24;
  };
}
