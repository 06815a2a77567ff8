// What training makes small: one loss of one output, a loss for each of several outputs, or a function of them all.
// It also says which targets go with the model's outputs.

import { idLimits, type IdLimit } from "../graph/limits.js";
import { ShapeError } from "../graph/op.js";
import { add } from "../graph/ops/elementwise.js";
import { input } from "../graph/ops/leaf.js";
import { sizeOf, type Tensor } from "../graph/tensor.js";
import type { Json } from "../nn/module.js";
import * as words from "../nn/words.js";
import { lossOf, type Loss, type LossFunction, type TargetType } from "../nn/losses.js";
import type { Outputs } from "./model.js";

/** A function of all outputs and targets by name; made by jointLoss(). */
export interface JointLoss {
  readonly joint: JointLossFunction;
}
export type JointLossFunction = (
  outputs: Readonly<Record<string, Tensor>>,
  targets: Readonly<Record<string, Tensor>>,
) => Tensor;

/** A loss of several outputs and targets, written as a function of tensors by name, which returns a scalar. */
export const jointLoss = (joint: JointLossFunction): JointLoss => ({ joint });

/** One loss; or one for each output, which are added up; or jointLoss() of them all. */
export type LossOption = Loss | LossFunction | JointLoss | Readonly<Record<string, Loss | LossFunction>>;

/** How the numbers of one target came; the only target is called "". */
export interface GivenTarget {
  readonly name: string;
  readonly perSample: number;
  readonly whole: boolean;
}

/** A text that is the same for targets that come alike, and for no others. */
export function keyOf(targets: readonly GivenTarget[]): string {
  let key = "";
  for (const { name, perSample, whole } of targets) key += `${name.length} ${name} ${perSample} ${whole} `;
  return key;
}

export class Objective {
  /** The loss, where there is just one, of one output. */
  readonly loss: Loss | undefined;
  private readonly parts: ReadonlyMap<string, Loss> | undefined;
  private readonly joint: JointLossFunction | undefined;
  private readonly known = new Map<string, ReadonlyMap<string, IdLimit>>();

  /** @throws TypeError if the loss is none, or its outputs are not the model's */
  constructor(option: LossOption | undefined, outputs: Outputs) {
    if (option === undefined) return; // only to predict
    const several = !outputs.has("");
    if (isJoint(option)) {
      this.joint = option.joint;
    } else if (isLoss(option)) {
      if (several) {
        throw new TypeError(
          `compile: the model has several outputs, ${show(outputs)}; give a loss for each, { loss: { ${show(outputs)} } }, or jointLoss()`,
        );
      }
      this.loss = asLoss("the loss", option);
    } else if (typeof option === "object" && option !== null && Object.keys(option).length > 0) {
      const parts = Object.entries(option as Record<string, Loss | LossFunction>).map(([name, part]) => {
        if (!outputs.has(name))
          throw new TypeError(`compile: there is a loss for "${name}", but the outputs are ${show(outputs)}`);
        return [name, asLoss(`the loss for "${name}"`, part)] as const;
      });
      this.parts = new Map(parts);
    } else {
      asLoss("the loss", option as unknown as Loss); // which it is not
    }
  }

  /** Types of the targets for one sample, whose leading axis is the batch, by name. @throws ShapeError for targets that do not fit */
  targets(outputs: Outputs, given: readonly GivenTarget[]): Map<string, TargetType> {
    if (!this.loss && !this.parts && !this.joint) {
      throw new TypeError(
        "this model was compiled without a loss, to predict; compile it with one, e.g. { loss: crossEntropy() }",
      );
    }
    if (this.loss && !given.some(({ name }) => name === "")) {
      const names = given.length > 0 ? `an object with ${showNames(given)}` : "an empty object";
      throw new ShapeError(`y must be numbers for the model's only output, got ${names}`);
    }
    if (this.parts) {
      const names = [...this.parts.keys()];
      if (given.length !== names.length || !given.every(({ name }) => this.parts!.has(name))) {
        throw new ShapeError(
          `y must be an object with ${names.join(", ")}, one for each loss, got ${showNames(given)}`,
        );
      }
    }
    return new Map(
      given.map(({ name, perSample, whole }): [string, TargetType] => {
        const output = outputs.get(name);
        const loss = this.lossFor(name);
        if (loss && output) return [name, loss.target(output, perSample, whole)];
        const same = output && output.shape.length > 0 && perSample === sizeOf(output.shape.slice(1));
        return [
          name,
          { shape: same ? output.shape : perSample === 1 ? [1] : [1, perSample], dtype: whole ? "i32" : "f32" },
        ];
      }),
    );
  }

  /** The loss of one output, where it has one of its own. */
  lossFor(name: string): Loss | undefined {
    return this.parts ? this.parts.get(name) : this.loss;
  }

  compute(outputs: Outputs, targets: ReadonlyMap<string, Tensor>): Tensor {
    if (this.loss) return this.loss.compute(outputs.get("")!, targets.get("")!);
    if (this.parts)
      return [...this.parts]
        .map(([name, loss]) => loss.compute(outputs.get(name)!, targets.get(name)!))
        .reduce((a, b) => add(a, b));
    const loss = this.joint!(Object.fromEntries(outputs), Object.fromEntries(targets));
    if (loss?.size !== 1)
      throw new ShapeError(`the loss must be a scalar tensor, got ${loss}; reduce it, e.g. with ops.mean()`);
    return loss;
  }

  /** How many predictions are right, where there is one loss and it classifies. */
  correct(outputs: Outputs, targets: ReadonlyMap<string, Tensor>): Tensor | undefined {
    return this.loss?.correct?.(outputs.get("")!, targets.get("")!);
  }

  /** What a checkpoint needs to make it again: null if there is no loss, "function" if it cannot. */
  get json(): Json {
    const { loss, parts } = this;
    if (this.joint || loss?.custom) return "function";
    if (loss) return { name: loss.name, options: loss.options };
    if (!parts) return null;
    if ([...parts.values()].some(({ custom }) => custom)) return "function";
    const entries = [...parts].map(([name, part]) => [name, { name: part.name, options: part.options }] as const);
    return { parts: Object.fromEntries(entries) };
  }

  /** Whether right predictions are counted. */
  get counts(): boolean {
    return this.loss?.correct !== undefined;
  }

  /** Predictions that `correct` counts among. */
  predictions(outputs: Outputs): number {
    return this.loss?.correct ? this.loss.predictions(outputs.get("")!) : 0;
  }

  /** The target that usually goes with an output: a class index for each row where there are classes, else numbers. */
  usual(name: string, output: Tensor): GivenTarget {
    const loss = this.parts?.get(name) ?? this.loss;
    const numbers = { name, perSample: sizeOf(output.shape.slice(1)), whole: false };
    const indices = { name, perSample: sizeOf(output.shape.slice(1, -1)), whole: true };
    try {
      return loss?.correct && loss.target(output, indices.perSample, true).dtype === "i32" ? indices : numbers;
    } catch {
      return numbers;
    }
  }

  /**
   * Limits of the class indices that targets hold, by the targets' names. Found in the graph of the loss, so that a
   * function that contains crossEntropy() is as safe as crossEntropy() itself.
   */
  idLimits(outputs: Outputs, given: readonly GivenTarget[]): ReadonlyMap<string, IdLimit> {
    const key = keyOf(given);
    const before = this.known.get(key);
    if (before) return before;
    const types = this.targets(outputs, given);
    const whole = [...types.values()].some(({ dtype }) => dtype === "i32");
    const targets = [...types].map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)] as const);
    const limits = whole ? idLimits([this.compute(outputs, new Map(targets))]) : new Map<string, IdLimit>();
    this.known.set(key, limits);
    return limits;
  }
}

const isJoint = (option: LossOption): option is JointLoss => typeof (option as JointLoss | null)?.joint === "function";
const isLoss = (option: LossOption): option is Loss | LossFunction =>
  typeof option === "function" || typeof (option as Loss | null)?.compute === "function";

/** @throws TypeError for what is none */
function asLoss(called: string, option: Loss | LossFunction): Loss {
  if (!isLoss(option)) {
    throw new TypeError(
      `compile: ${called} must be one, e.g. crossEntropy(), or a function, got ${words.show(option)}`,
    );
  }
  if (typeof option !== "function") return option;
  if (makesLoss(option)) throw new TypeError(`compile: the loss ${option.name} was not called; write ${option.name}()`);
  return lossOf(option);
}

/** Whether it is one of the functions that make the library's losses. They need no argument; a loss of one's own has two. */
function makesLoss(option: LossFunction): boolean {
  if (option.length > 0) return false;
  try {
    return isLoss((option as () => unknown)() as Loss);
  } catch {
    return false;
  }
}

const show = (outputs: Outputs) => [...outputs.keys()].map((name) => name || "the only one").join(", ");
const showNames = (given: readonly GivenTarget[]) => given.map(({ name }) => name || "plain numbers").join(", ");
