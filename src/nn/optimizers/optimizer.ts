// What an optimizer is to the compiler: plain data that names a kernel (assembly/optimizer-*.ts), its scalars and its
// arrays of state. Nothing here computes.

import type { Opcode } from "../../shared/opcodes.js";
import { belowOne, check, notNegative, positive } from "../check-options.js";
import type { Schedule } from "../schedules/schedule.js";

/** An array of state, of the parameters' size, and the value that it starts with. */
export interface OptimizerState {
  /** PyTorch's name for it in the optimizer's state_dict. */
  readonly name: string;
  readonly init: number;
}

/** The description of an optimizer, as sgd, adam and the others make it. */
export interface Optimizer {
  readonly name: string;
  readonly opcode: Opcode;
  /** The learning rate, or the function that gives it for each update. */
  readonly lr: number | Schedule;
  /** The kernel's f64 hyperparameters, in the order that its file lists. */
  readonly hyper: readonly number[];
  /** At most three, in the order of the kernel's s0, s1, s2; only those that the options need. */
  readonly states: readonly OptimizerState[];
  /** All options with their values, the defaults included, but for a rate that is a function. */
  readonly options: Readonly<Record<string, number | boolean | readonly number[]>>;
}

/** Options that every optimizer has. */
export interface CommonOptions {
  /** Learning rate: a positive number, or a schedule, which is called with the number of updates done. */
  lr?: number | Schedule;
  /** L2 penalty: weightDecay · p is added to the gradient of each parameter p. Default 0. */
  weightDecay?: number;
  /** Climb instead of descend. Default false. */
  maximize?: boolean;
}

/** Options with their defaults in place. */
type Resolved = Required<CommonOptions> & Record<string, unknown>;

/**
 * Checks the common options, and puts the description together; `hyper` comes behind the two that all kernels share.
 */
export function describe(
  name: string,
  opcode: Opcode,
  resolved: Required<CommonOptions> & object,
  hyper: readonly number[],
  states: readonly OptimizerState[],
): Optimizer {
  const { lr, ...rest } = resolved as Resolved;
  if (typeof lr !== "function") check(name, "lr", lr, positive);
  check(name, "weightDecay", resolved.weightDecay, notNegative);
  const options = (typeof lr === "function" ? rest : { lr, ...rest }) as Optimizer["options"];
  return { name, opcode, lr, hyper: [resolved.maximize ? -1 : 1, resolved.weightDecay, ...hyper], states, options };
}

/** @throws TypeError unless betas are two numbers, RangeError unless both lie in [0, 1). */
export function checkBetas(name: string, betas: readonly number[]): asserts betas is readonly [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new TypeError(`${name}: betas must be two numbers, such as [0.9, 0.999]`);
  }
  betas.forEach((beta, i) => check(name, `betas[${i}]`, beta, belowOne));
}

/** A state that starts at zero. */
export function zeros(name: string): OptimizerState {
  return { name, init: 0 };
}
