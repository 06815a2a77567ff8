// Gradient updates, clipping, and random numbers to start from. Parameters, gradients and state are vectors or matrices
// of one shape; an update is one pass over them.

import { Opcode } from "../shared/opcodes.js";
import { HYPER_COUNT, shapesDiffer } from "./desk.js";
import { Products } from "./products.js";
import { UpdateState, type UpdateRule } from "./update-state.js";
import type { Values } from "./values.js";

export interface AdamStepOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number;
  /** Decay of the means of gradients and of their squares. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator, against division by zero. Default 1e-8. */
  eps?: number;
  /** weightDecay · p is added to the gradient, or, if decoupled, lr · weightDecay · p taken from p. Default 0. */
  weightDecay?: number;
  /** The weight decay of AdamW. Default false. */
  decoupled?: boolean;
}

const ADAM: AdamStepOptions = Object.freeze({});
const ADAM_BETAS = [0.9, 0.999] as const;
const ADAM_STATES: UpdateRule["states"] = [
  { name: "exp_avg", init: 0 },
  { name: "exp_avg_sq", init: 0 },
];

export class Updates extends Products {
  /** p = p - lr · g */
  sgdStep<T extends Values>(p: T, g: Values, lr: number): T {
    return this.unary("sgdStep", Opcode.Axpy, p, g, -finite("sgdStep", "lr", lr));
  }

  /** The state of Adam for p: zeros, and no updates done. */
  adamState(p: Values): UpdateState {
    return new UpdateState(this, p, ADAM_STATES);
  }

  /**
   * One update of Adam (Kingma and Ba, 2014), or with `decoupled` of AdamW, by PyTorch's formulas. Counts the step.
   * @param state core.adamState(p)
   */
  adamStep<T extends Values>(p: T, g: Values, state: UpdateState, options: AdamStepOptions = ADAM): T {
    const { lr = 1e-3, betas = ADAM_BETAS, eps = 1e-8, weightDecay = 0, decoupled = false } = options;
    this.hyper(0, 1);
    this.hyper(1, finite("adamStep", "weightDecay", weightDecay));
    this.hyper(2, belowOne("adamStep", "betas[0]", betas[0]));
    this.hyper(3, belowOne("adamStep", "betas[1]", betas[1]));
    this.hyper(4, finite("adamStep", "eps", eps));
    this.hyper(5, decoupled ? 1 : 0);
    this.hyper(6, 0);
    return this.step("adamStep", Opcode.Adam, p, g, state, ADAM_STATES.length, finite("adamStep", "lr", lr));
  }

  /** The state that a rule needs for p, as it starts. */
  updateState(rule: UpdateRule, p: Values): UpdateState {
    return new UpdateState(this, p, rule.states);
  }

  /**
   * One update by any rule of the main entry: `sgd`, `adam`, `adamW`, `adamax`, `nadam`, `rmsprop`, `adagrad` or
   * `adadelta` with all their options. Counts the step.
   * @param state core.updateState(rule, p)
   * @param lr the rule's own unless given: a number, or what its schedule says for the step
   */
  update<T extends Values>(rule: UpdateRule, p: T, g: Values, state: UpdateState, lr?: number): T {
    const { hyper } = rule;
    if (hyper.length > HYPER_COUNT) {
      throw new RangeError(`update: a rule has at most ${HYPER_COUNT} hyperparameters, got ${hyper.length}`);
    }
    for (let i = 0; i < hyper.length; i++) this.hyper(i, hyper[i]!);
    const rate = lr ?? (typeof rule.lr === "function" ? rule.lr(state.steps) : rule.lr);
    return this.step(rule.name, rule.opcode, p, g, state, rule.states.length, finite(rule.name, "lr", rate));
  }

  /** Holds every element of g between -limit and limit, in place. */
  clipValue<T extends Values>(g: T, limit: number): T {
    const at = this.place("clipValue", g);
    if (!(limit >= 0)) throw new RangeError(`clipValue: the limit must be a number of at least 0, got ${limit}`);
    const words = this.begin(Opcode.ClipValue, 4);
    words[1] = at;
    words[2] = g.length;
    this.real(3, limit);
    this.execute();
    return g;
  }

  /**
   * Scales all gradients by one factor where their common norm exceeds `limit` (torch.nn.utils.clip_grad_norm_).
   * @returns the norm before
   */
  clipNorm(gradients: readonly Values[], limit: number): number {
    if (!(limit > 0)) throw new RangeError(`clipNorm: the limit must be a positive number, got ${limit}`);
    let squares = 0;
    for (const g of gradients) squares += this.norm(g) ** 2;
    const norm = Math.sqrt(squares);
    const factor = limit / (norm + 1e-6);
    if (factor < 1) for (const g of gradients) this.scale(g, factor);
    return norm;
  }

  /**
   * Evenly spread numbers from [low, high). The same seed and stream give the same numbers on every machine.
   * @param stream tells apart what has the same seed
   */
  uniform<T extends Values>(y: T, low = 0, high = 1, seed = 0, stream = 0): T {
    return this.random("uniform", Opcode.Uniform, y, low, high, seed, stream);
  }

  /**
   * Normally distributed numbers. The same seed and stream give the same numbers on every machine.
   * @param stream tells apart what has the same seed
   */
  normal<T extends Values>(y: T, mean = 0, std = 1, seed = 0, stream = 0): T {
    return this.random("normal", Opcode.Normal, y, mean, std, seed, stream);
  }

  private random<T extends Values>(
    op: string,
    code: Opcode,
    y: T,
    a: number,
    b: number,
    seed: number,
    stream: number,
  ): T {
    const to = this.place(op, y);
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`${op}: the seed must be a whole number from 0 to 2^53, got ${seed}`);
    }
    const words = this.begin(code, 6);
    words[1] = to;
    words[2] = y.length;
    this.real(3, a);
    this.real(4, b);
    words[5] = stream;
    this.seed(seed);
    this.execute();
    return y;
  }

  /** Executes the optimizer `code` with the hyperparameters that lie on the desk, and counts the step. */
  private step<T extends Values>(
    op: string,
    code: Opcode,
    p: T,
    g: Values,
    state: UpdateState,
    states: number,
    lr: number,
  ): T {
    const to = this.place(op, p);
    const from = this.place(op, g);
    if (p.rows !== g.rows || p.cols !== g.cols) throw shapesDiffer(op, p, g);
    const { values } = state;
    if (values.length !== states) {
      throw new TypeError(`${op}: needs ${states} arrays of state, got ${values.length}; make the state for this rule`);
    }
    const words = this.begin(code, 10);
    words[1] = to;
    words[2] = 0;
    words[3] = from;
    for (let i = 0; i < 3; i++) {
      const s = values[i];
      words[4 + i] = s === undefined ? 0 : this.place(op, s);
      if (s && (s.rows !== p.rows || s.cols !== p.cols)) throw shapesDiffer(op, p, s);
    }
    words[7] = p.length;
    words[8] = this.hyperAddress;
    words[9] = 0;
    this.rate(lr, state.steps);
    this.execute();
    state.steps++;
    return p;
  }
}

function finite(op: string, name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${op}: ${name} must be a finite number, got ${value}`);
}

function belowOne(op: string, name: string, value: number): number {
  if (value >= 0 && value < 1) return value;
  throw new RangeError(`${op}: ${name} must be a number of at least 0 and below 1, got ${value}`);
}
