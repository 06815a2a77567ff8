// What run.ts and the libraries' processes say to each other, and what an adapter is.
//
// One JSON object a line: a request to the process's standard input, one reply from its standard output. A process
// serves one library and one task. Arrays come as files of raw little-endian numbers in a folder, so that every
// library, Python's too, starts from the same bytes. serve.ts is the adapters' side of it, torch_peer.py its twin.

import type { AnyWorkload } from "../sequences.js";
import type { Workload } from "../workloads.js";

/** Something every library is asked to do. A unit of work is one step, one call or one product. */
export type Task =
  /** Training as the library's users write it: the data set handed over once, epoch after epoch over its batches. */
  | { readonly kind: "fit"; readonly workload: AnyWorkload }
  /** One step at a time: a batch of JavaScript's memory in, its loss out. */
  | { readonly kind: "step"; readonly workload: AnyWorkload }
  /**
   * One call: that many samples of JavaScript's memory in, the outputs in JavaScript's memory out. One sample comes as a
   * plain array (in Python a list, and one out), as an application has it; several as a typed array.
   */
  | { readonly kind: "predict"; readonly workload: Workload; readonly samples: number }
  /** Importing the library, building the model and predicting one sample, a typed array, in a fresh process. */
  | { readonly kind: "start"; readonly workload: Workload }
  /** The product of two n x n matrices that stay where the library keeps them. */
  | { readonly kind: "product"; readonly n: number };

/**
 * The task's arrays by name: `x`, `y` and, for each layer, `weight0` [out, in], `bias0`, `weight1` …; of a product `a`
 * and `b`; of sequences the parameters as sequenceParametersOf() names them. Files are called by name and type: `x.f32`,
 * `y.i32`, `lstm.weight_ih_l0.f32`.
 */
export type Given = Readonly<Record<string, Float32Array | Int32Array>>;

/** For the proof of a training: how many of the first batches, how often. */
export interface Epochs {
  readonly batches: number;
  readonly epochs: number;
}

export type Request =
  /** Load, build and do the work once to prove it. */
  | { readonly do: "prepare"; readonly task: Task; readonly folder: string; readonly proof: Epochs }
  /** Find how many units of work last so long. */
  | { readonly do: "calibrate"; readonly milliseconds: number }
  /** Do so many units of work against the clock. */
  | { readonly do: "sample"; readonly units: number };

export interface Prepared {
  /** "TensorFlow.js 4.22.0" */
  readonly version?: string;
  /** Set if the library cannot do the task; the rest is then absent. */
  readonly cannot?: string;
  /** Of a training the mean loss of each epoch, of a prediction the outputs, of a product every PROBE-th element. */
  readonly proof?: readonly number[];
  /** What the library does otherwise than the task says, and what is then checked instead. */
  readonly deviation?: Deviation;
  /** Of the task "start", whose work is done while preparing. */
  readonly sample?: Sample;
}

/** "own training": the error must fall, no more is known. "relu output": the last layer has a relu too. */
export type Deviation = "own training" | "relu output";

export interface Sample {
  /** Of the wall's clock, a unit of work. */
  readonly milliseconds: number;
  /** Share of a processor that the process had; well below the number of its threads, the machine was busy otherwise. */
  readonly share: number;
  /** The most memory that the process has held in RAM so far, with the engine and the task's arrays in it; 0 if unknown. */
  readonly peakBytes: number;
}

/** Of a product, each of these many elements is compared. */
export const PROBE = 1009;

/** One library. Methods that are absent, it cannot do. */
export interface Adapter {
  /** What the library's users have in a file, made out of the parameters before anything is timed. */
  file?(workload: Workload, given: Given): void;
  /** Imports the library and starts it. @returns its name and version */
  open(): Promise<string>;
  /** A model with the given parameters, ready to train. Text is the reason why it cannot. */
  training?(workload: AnyWorkload, given: Given): Promise<Training | string>;
  /** A function from samples to outputs. Text is the reason why there is none. */
  prediction?(workload: Workload, given: Given): Promise<Prediction | string>;
  product?(n: number, given: Given): Promise<Product>;
}

export interface Training {
  readonly deviation?: Deviation;
  /** Trains on the first `batches` batches, in order, `epochs` times. @returns the mean loss of each epoch */
  fit(epochs: Epochs): Promise<readonly number[]>;
  /** One step on batch number `batch`. @returns its loss before the update */
  step?(batch: number): Promise<number>;
}

export interface Prediction {
  readonly deviation?: Deviation;
  run(x: Float32Array | number[]): ArrayLike<number> | Promise<ArrayLike<number>>;
}

export interface Product {
  /** Does it once, whole: nothing may be put off until the result is read. */
  run(): unknown;
  /** Reads the result of a product made for it. */
  read(): Promise<ArrayLike<number>>;
}
