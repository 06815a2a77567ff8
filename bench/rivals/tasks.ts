// What the libraries are asked to do, what it is given, and what has to come out.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyDataOf, isLarge, isSequence, sequenceParametersOf, sequences } from "../sequences.js";
import { generator, parametersOf, pictures, squares, workloads, type Workload } from "../workloads.js";
import { PROBE, type Epochs, type Given, type Prepared, type Task } from "./protocol.js";
import { outputsOf, productElements, trainedLosses } from "./reference.js";

const BATCH = 256; // samples of one call in the inference of a batch
const CLASSIFIER = "784-128-10"; // whose inference and start are measured

/** All tasks, in the order of the report. */
export function allTasks(): Task[] {
  const classifier = workloads.find(({ name }) => name.includes(CLASSIFIER))!;
  return [
    ...[...workloads, ...pictures, ...sequences].flatMap((workload): Task[] => [
      { kind: "fit", workload },
      { kind: "step", workload },
    ]),
    { kind: "predict", workload: classifier, samples: 1 },
    { kind: "predict", workload: classifier, samples: BATCH },
    ...pictures.map((workload): Task => ({ kind: "predict", workload, samples: BATCH })),
    { kind: "start", workload: classifier },
    ...squares.map((n): Task => ({ kind: "product", n })),
  ];
}

/** Whether f64 and plain loops tell what has to come out; in training larger networks, the first library's losses count. */
export const hasReference = (task: Task): boolean =>
  !(task.kind === "fit" || task.kind === "step") || !(isSequence(task.workload) || task.workload.convolutions);

/** Whether several threads are worth a try. */
export const isForThreads = (task: Task): boolean =>
  (task.kind === "fit" || task.kind === "step") && isLarge(task.workload);

const modelOf = ({ workload: { name } }: Task & { workload: Workload }): string => name.replace(/, batch.*/, "");

export function nameOf(task: Task): string {
  switch (task.kind) {
    case "fit":
      return `${task.workload.name}, fit`;
    case "step":
      return `${task.workload.name}, step by step`;
    case "predict":
      return `${modelOf(task)}, predict ${task.samples}`;
    case "start":
      return `${modelOf(task)}, import to first prediction`;
    case "product":
      return `product ${task.n} x ${task.n}`;
  }
}

/** How much a unit of work is, for figures a second; a start has none. */
export function workOf(task: Task): { readonly amount: number; readonly unit: string } | undefined {
  if (task.kind === "fit" || task.kind === "step") {
    return { amount: task.workload.batch, unit: isSequence(task.workload) ? "sequences/s" : "samples/s" };
  }
  if (task.kind === "predict") return { amount: task.samples, unit: "samples/s" };
  if (task.kind === "product") return { amount: (2 * task.n ** 3) / 1e9, unit: "GFLOP/s" };
  return undefined;
}

/** The arrays of the task. */
export function givenFor(task: Task): Given {
  if (task.kind === "product") {
    const random = generator(3);
    const matrix = () => Float32Array.from({ length: task.n ** 2 }, () => random() - 0.5);
    return { a: matrix(), b: matrix() };
  }
  const { x, y } = anyDataOf(task.workload);
  if (isSequence(task.workload)) return { x, y, ...sequenceParametersOf(task.workload) };
  const given: Record<string, Float32Array | Int32Array> = { x, y };
  for (const [i, { weight, bias }] of parametersOf(task.workload).entries()) {
    given[`weight${i}`] = weight;
    given[`bias${i}`] = bias;
  }
  return given;
}

/** Writes the arrays into a new folder. */
export function writeGiven(folder: string, given: Given): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, values] of Object.entries(given)) {
    writeFileSync(join(folder, `${name}.${values instanceof Int32Array ? "i32" : "f32"}`), values);
  }
}

/** What is trained for a proof: so much that a wrong update shows, so little that f64 has it in a second or two. */
export function proofOf(task: Task): Epochs {
  if (task.kind !== "fit" && task.kind !== "step") return { batches: 0, epochs: 0 };
  if (isSequence(task.workload) || task.workload.convolutions) return { batches: 2, epochs: 2 };
  const parameters = task.workload.layers.reduce((sum, size, i, all) => sum + (i > 0 ? size * all[i - 1]! : 0), 0);
  const steps = Math.floor(Math.min(64, Math.max(3, 1e8 / (parameters * task.workload.batch))));
  const batches = Math.min(2, Math.floor(steps / 3) || 1);
  return { batches, epochs: Math.floor(steps / batches) };
}

/**
 * Tells whether a library's proof agrees with f64, or how it does not.
 * Losses may differ by a ten-thousandth, outputs and products by that much of the largest.
 *
 * Where f64 has no say, the losses of the first library that is asked are what the others' are compared with; they may
 * differ by a thousandth.
 */
export class Judge {
  private readonly expected = new Map<string, readonly number[]>();
  /** Whose losses the others' are compared with, if not f64's. */
  against: string | undefined;

  constructor(
    private readonly task: Task,
    private readonly given: Given,
  ) {}

  /** @returns undefined if all is well */
  complaint({ proof = [], deviation }: Prepared, library = ""): string | undefined {
    if (deviation === "own training") {
      const [from, to] = [proof[0]!, proof.at(-1)!];
      return to < 0.9 * from ? undefined : `its error must fall by a tenth, and went from ${from} to ${to}`;
    }
    if (!hasReference(this.task) && this.against === undefined) {
      if (!proof.every(Number.isFinite) || proof.at(-1)! >= proof[0]!)
        return `its losses do not fall: ${proof.join(", ")}`;
      this.against = library;
      this.expected.set("false", proof);
    }
    const expected = this.expect(deviation === "relu output");
    if (proof.length !== expected.length) return `it gave ${proof.length} numbers, and ${expected.length} are expected`;
    const scale = Math.max(...expected.map(Math.abs));
    const training = this.task.kind === "fit" || this.task.kind === "step";
    const worst = expected
      .map((value, i) => ({ i, value, off: Math.abs(proof[i]! - value) / (training ? value : scale) }))
      .reduce((a, b) => (b.off > a.off || Number.isNaN(b.off) ? b : a));
    if (worst.off <= (this.against === undefined ? TOLERANCE : ROUGH)) return undefined;
    return `${training ? `the loss of epoch ${worst.i + 1}` : `number ${worst.i}`} is ${proof[worst.i]}, and ${this.against ?? "f64"} says ${worst.value}`;
  }

  private expect(lastRelu: boolean): readonly number[] {
    const { task, given } = this;
    const key = String(lastRelu);
    let found = this.expected.get(key);
    if (!found) {
      if (task.kind === "product") found = productElements(task.n, given, PROBE);
      else if (task.kind === "predict") found = outputsOf(task.workload, given, task.samples, lastRelu);
      else if (task.kind === "start") found = outputsOf(task.workload, given, 1, lastRelu);
      else found = trainedLosses(task.workload as Workload, given, proofOf(task));
      this.expected.set(key, found);
    }
    return found;
  }
}

const TOLERANCE = 1e-4;
const ROUGH = 1e-3;
