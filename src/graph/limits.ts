// Which of a graph's inputs hold ids, and what they must stay below: kernels use ids as addresses, so whoever fills the
// inputs has to refuse others first. A row of the op table says which of its inputs are ids (Op.ids); here they are
// traced back to where they come in, through ops that move whole numbers without changing them.
//
// Ids that an op computes (argmax) come from nowhere outside; the kernels themselves hold those within the table.

import { inputOp } from "./ops/leaf.js";
import { reachable, type Tensor } from "./tensor.js";

/** Ids go from 0 to before `below`. */
export interface IdLimit {
  readonly below: number;
  /** What takes them, for messages: "embedding wte.weight [65, 128]". */
  readonly by: string;
  /** A number that they may be besides. */
  readonly ignored?: number | undefined;
}

/** The limits of the inputs that `roots` depend on, by the inputs' names. */
export function idLimits(roots: readonly Tensor[]): Map<string, IdLimit> {
  const limits = new Map<string, IdLimit>();
  for (const node of reachable(roots)) {
    for (const { input, below, by, ignored } of node.op.ids?.(node) ?? []) {
      for (const name of sourcesOf(node.inputs[input]!)) {
        const limit = { below, by: `${node.op.name} ${by}`, ignored };
        const before = limits.get(name);
        limits.set(name, before ? stricter(before, limit) : limit);
      }
    }
  }
  return limits;
}

/** What both allow. */
function stricter(a: IdLimit, b: IdLimit): IdLimit {
  return { ...(a.below <= b.below ? a : b), ignored: a.ignored === b.ignored ? a.ignored : undefined };
}

/** Names of the inputs that whole numbers come from. */
function sourcesOf(ids: Tensor): string[] {
  const { op, attrs, inputs } = ids.node;
  if (op === inputOp) return [attrs.name as string];
  // What an op takes as ids itself decides where it reads, and is not among the numbers that it gives.
  const places = op.ids?.(ids.node).map(({ input }) => input) ?? [];
  return inputs.filter(({ dtype }, i) => dtype === "i32" && !places.includes(i)).flatMap(sourcesOf);
}

/**
 * @param called what messages call the values: "fit: x"
 * @throws RangeError for a value that is no whole number within the limit
 */
export function checkIds(called: string, values: ArrayLike<number>, { below, by, ignored }: IdLimit): void {
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if ((id >= 0 && id < below && Math.floor(id) === id) || id === ignored) continue;
    throw new RangeError(`${called}[${i}] is ${id}, but ${by} takes whole numbers from 0 to ${below - 1}`);
  }
}

/** How far rounding may take a probability out of 0 … 1. */
const ROUNDING = 1e-4;

/**
 * @param called as checkIds()
 * @throws RangeError for a number that is no probability; NaN passes, as the loss will be
 */
export function checkProbabilities(called: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < -ROUNDING || value > 1 + ROUNDING)
      throw new RangeError(`${called}[${i}] is ${value}, but this loss takes probabilities, from 0 to 1`);
  }
}
