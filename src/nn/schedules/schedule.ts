// What a learning-rate schedule is: a function of the step. It has no state, so a run can be resumed anywhere, and it
// is made of plain arithmetic and src/shared/scalar.ts, so it gives the same rates in every engine.

import { cos } from "../../shared/scalar.js";

/**
 * The learning rate of the update that follows `step` updates: schedule(0) is that of the first. PyTorch's schedulers
 * count calls of their step(); to have one count epochs, multiply its lengths by the updates of an epoch.
 */
export interface Schedule {
  (step: number): number;
  /** What a checkpoint needs to make it again; a function of one's own has none. */
  readonly json?: ScheduleJson | undefined;
}

/** The function that makes a schedule, and its options, among which another schedule may be. */
export interface ScheduleJson {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A schedule that can be written down. */
export const described = (name: string, options: object, schedule: (step: number) => number): Schedule =>
  Object.assign(schedule, { json: { name, options: { ...options } } });

/** Half a cosine wave that leads from one value (progress 0) to the other (progress 1). */
export function cosineBetween(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + cos(Math.PI * progress))) / 2;
}

/** A straight line from one value (progress 0) to the other (progress 1). */
export function linearBetween(from: number, to: number, progress: number): number {
  return from + (to - from) * progress;
}
