// What the network says about pictures, whether it is right, and how sure it is. Plain arithmetic on arrays.

import type { Trainer } from "wasmgrad";
import type { Pictures } from "./draw.js";

export interface Answers {
  /** The probability of a cat for each picture, 0 to 1; from 0.5 on the answer is yes. */
  readonly cat: Float32Array;
  /** Whether the answer to each picture is right. */
  readonly right: readonly boolean[];
  /** Share of right answers. */
  readonly accuracy: number;
}

export async function ask(trainer: Trainer, { images, labels }: Pictures): Promise<Answers> {
  const logits = await trainer.predict(images);
  // The softmax of two logits is the sigmoid of their difference.
  const cat = Float32Array.from(labels, (_, at) => 1 / (1 + Math.exp(logits[2 * at] - logits[2 * at + 1])));
  const right = Array.from(labels, (label, at) => (cat[at] >= 0.5 ? 1 : 0) === label);
  return { cat, right, accuracy: right.filter(Boolean).length / labels.length };
}

/** The numbers of all pictures, those first whose answers are surest, right or wrong. */
export function surestFirst({ cat }: Answers): number[] {
  const sure = (at: number) => Math.max(cat[at], 1 - cat[at]);
  return Array.from(cat, (_, at) => at).sort((a, b) => sure(b) - sure(a));
}

/** How many pictures of a kind there were, and the share of right answers to them. */
export interface KindRow {
  readonly kind: string;
  readonly pictures: number;
  readonly accuracy: number;
}

/** A row for each kind of picture, the hardest first. */
export function byKind({ kinds }: Pictures, { right }: Answers): KindRow[] {
  const answers = new Map<string, boolean[]>();
  kinds.forEach((kind, at) => answers.set(kind, [...(answers.get(kind) ?? []), right[at]]));
  return [...answers]
    .map(([kind, all]) => ({ kind, pictures: all.length, accuracy: all.filter(Boolean).length / all.length }))
    .sort((a, b) => a.accuracy - b.accuracy);
}
