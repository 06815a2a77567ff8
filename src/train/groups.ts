// Parameters that are treated differently: groups with a rate or a decay of their own, as PyTorch's parameter groups,
// and parameters that stay as they are.

import type { Shape, Tensor } from "../graph/tensor.js";
import { check, notNegative, positive, resolve } from "../nn/check-options.js";
import type { Optimizer } from "../nn/optimizers/index.js";

/** Some of the parameters: one name, a pattern of names, or whatever a function says yes to. */
export type Selection = string | RegExp | ((name: string, shape: Shape) => boolean);

export interface ParameterGroup {
  /** Which parameters; the first group that matches counts. */
  parameters: Selection;
  /** Factor of the optimizer's learning rate. Default 1. */
  lrScale?: number;
  /** Weight decay in place of the optimizer's. */
  weightDecay?: number;
}

export interface Grouping {
  readonly groups: readonly ParameterGroup[];
  readonly freeze: Selection | undefined;
}

/** The group of a parameter: 0 for none of them, else its index + 1. */
export function groupOf({ groups }: Grouping, name: string, shape: Shape): number {
  return groups.findIndex((group) => matches(group.parameters, name, shape)) + 1;
}

export const isFrozen = ({ freeze }: Grouping, name: string, shape: Shape): boolean =>
  freeze !== undefined && matches(freeze, name, shape);

/** The optimizer's hyperparameters in a group. The second of them is the weight decay, in every optimizer. */
export function hyperOf(optimizer: Optimizer, group: ParameterGroup | undefined): readonly number[] {
  if (group?.weightDecay === undefined) return optimizer.hyper;
  return optimizer.hyper.map((value, i) => (i === 1 ? group.weightDecay! : value));
}

/** @throws TypeError or RangeError for a group that makes no sense */
export function checkGroups(groups: readonly ParameterGroup[]): void {
  if (!Array.isArray(groups))
    throw new TypeError("compile: groups must be an array of { parameters, lrScale, weightDecay }");
  groups.forEach((group, i) => {
    const owner = `compile: groups[${i}]`;
    const { parameters, lrScale, weightDecay } = resolve<Required<ParameterGroup>>(
      owner,
      { parameters: undefined as never, lrScale: 1, weightDecay: undefined as never },
      group,
    );
    if (!(typeof parameters === "string" || typeof parameters === "function" || parameters instanceof RegExp)) {
      throw new TypeError(`${owner}: parameters must be a name, a pattern or a function of name and shape`);
    }
    check(owner, "lrScale", lrScale, positive);
    if (weightDecay !== undefined) check(owner, "weightDecay", weightDecay, notNegative);
  });
}

/** @throws RangeError for a group without parameters, or a `freeze` that finds none: most likely a name is misspelt */
export function checkSelections({ groups, freeze }: Grouping, names: ReadonlyMap<Tensor, string>): void {
  const selections = groups.map(({ parameters }, i): [string, Selection] => [`groups[${i}]`, parameters]);
  if (freeze !== undefined) selections.push(["freeze", freeze]);
  for (const [owner, selection] of selections) {
    if ([...names].some(([{ shape }, name]) => matches(selection, name, shape))) continue;
    const what =
      typeof selection === "string" ? `"${selection}"` : selection instanceof RegExp ? selection : "the function";
    throw new RangeError(
      `compile: ${owner}: no parameter matches ${String(what)}; there are ${[...names.values()].join(", ")}`,
    );
  }
}

function matches(selection: Selection, name: string, shape: Shape): boolean {
  if (typeof selection === "string") return selection === name;
  // Not test(), which starts where a pattern with the flag g found something last.
  return selection instanceof RegExp ? name.search(selection) >= 0 : selection(name, shape);
}
