// The instructions at the end of a training step: clipping, one pass of the optimizer over each group of parameters,
// and the moving average of the parameters.

import { real } from "../graph/op.js";
import type { Place, Step } from "../graph/program.js";
import type { Optimizer } from "../nn/optimizers/index.js";
import { Opcode } from "../shared/opcodes.js";
import { end, type Model } from "./model.js";

export interface UpdateOptions {
  readonly clipNorm: number | undefined;
  readonly clipValue: number | undefined;
  /** Decay of the moving average, if there is one. */
  readonly ema: number | undefined;
}

const at = (segment: string, offset = 0): Place => ({ segment, offset });
/** A step behind the graph's: it counts as reading and writing all of the segments that it names. */
function step(...words: Step["words"]): Step {
  const places = words.filter((word): word is Place => typeof word === "object" && "segment" in word);
  const all = places.map(({ segment }) => ({ segment, offset: 0, bytes: Infinity }));
  return { node: undefined, words, reads: all, writes: all };
}

/** Bytes of the segments that the update uses. The hyperparameters of group g begin at g times hyperBytes. */
export const clipBytes = (model: Model) => 8 + 4 * model.trainable.length;
export const hyperBytes = (optimizer: Optimizer) => 8 * (optimizer.hyper.length + 1);

/**
 * The instructions. Segments: parameters, kept, gradients, state0 …, average, clip; and hyper, where each group has the
 * factor of its rate, then its hyperparameters.
 */
export function updateSteps(model: Model, optimizer: Optimizer, options: UpdateOptions): Step[] {
  const { clipNorm, clipValue, ema } = options;
  const { trainable } = model;
  const steps: Step[] = [];
  const n = model.trainableBytes / 4;
  if (clipValue !== undefined && n > 0) steps.push(step(Opcode.ClipValue, at("gradients"), n, real(clipValue)));
  if (clipNorm !== undefined && n > 0) {
    // Each gradient by itself: what lies between them in the block is padding, and may be anything.
    for (const [i, { tensor, offset }] of trainable.entries()) {
      steps.push(step(Opcode.SumSquares, at("clip", 8 + 4 * i), at("gradients", offset), tensor.size));
    }
    steps.push(step(Opcode.ClipNorm, at("clip"), at("clip", 8), trainable.length, real(clipNorm)));
  }
  for (const group of new Set(trainable.map(({ group }) => group))) {
    const members = trainable.filter((row) => row.group === group);
    const first = Math.min(...members.map(({ offset }) => offset));
    const states = [0, 1, 2].map((i) => (i < optimizer.states.length ? at(`state${i}`, first) : 0));
    const scale = clipNorm === undefined ? 0 : at("clip");
    const factor = at("hyper", group * hyperBytes(optimizer));
    const hyper = at("hyper", group * hyperBytes(optimizer) + 8);
    const [p, kept, g] = [at("parameters", first), at("kept", first), at("gradients", first)];
    steps.push(step(optimizer.opcode, p, kept, g, ...states, (end(members) - first) / 4, hyper, scale, factor));
  }
  if (ema !== undefined) {
    const all = model.bytes / 4;
    steps.push(step(Opcode.Affine, at("average"), at("average"), all, real(ema), real(0)));
    steps.push(step(Opcode.Axpy, at("average"), at("parameters"), all, real(1 - ema)));
  }
  return steps;
}
