// Checks of options objects, shared by optimizers and schedules: every name must be known, and every value make sense,
// before anything is built with it. Messages begin with the name of the function that was called.

import { show } from "./words.js";

import type { Json } from "./module.js";

/** A rule for a number, and the words for it in an error message. */
export interface Rule {
  readonly words: string;
  holds(value: number): boolean;
}

export const positive: Rule = { words: "a positive number", holds: (x) => x > 0 };
export const notNegative: Rule = { words: "a number of at least 0", holds: (x) => x >= 0 };
export const belowOne: Rule = { words: "a number of at least 0 and below 1", holds: (x) => x >= 0 && x < 1 };
export const fraction: Rule = { words: "a number from 0 to 1", holds: (x) => x >= 0 && x <= 1 };
export const anyNumber: Rule = { words: "a finite number", holds: () => true };
export const wholeNumber: Rule = { words: "a whole number", holds: (x) => Number.isInteger(x) };
export const steps: Rule = { words: "a whole number of at least 1", holds: (x) => Number.isInteger(x) && x >= 1 };
export const stepsOrNone: Rule = {
  words: "a whole number of at least 0",
  holds: (x) => Number.isInteger(x) && x >= 0,
};

/** The default of an option that has none: whatever checks the option refuses it. */
export const required = undefined as never;

/**
 * The defaults, overridden by what is given; `undefined` counts as not given.
 * @throws TypeError for a name that is not among the defaults, and for a switch that is not true or false.
 */
export function resolve<T extends object>(owner: string, defaults: T, given: Partial<T>): T {
  const numbers = Array.isArray(given) || ArrayBuffer.isView(given);
  if (typeof given !== "object" || given === null || numbers) {
    const hint = numbers ? "; x and y go into one object, { x, y }" : "";
    throw new TypeError(`${owner}: expected an options object, got ${show(given)}${hint}`);
  }
  const resolved = { ...defaults };
  for (const [name, value] of Object.entries(given) as [keyof T & string, T[keyof T & string] | undefined][]) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`${owner}: unknown option "${name}"; the options are ${Object.keys(defaults).join(", ")}`);
    }
    if (value === undefined) continue;
    if (typeof defaults[name] === "boolean" && typeof value !== "boolean") {
      throw new TypeError(`${owner}: ${name} must be true or false, got ${show(value)}`);
    }
    resolved[name] = value;
  }
  return resolved;
}

/** The options that are not the defaults: what it takes to make the same again. */
export function changedOptions(options: object, defaults: object): Record<string, Json> {
  const usual = new Map<string, unknown>(Object.entries(defaults));
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => usual.get(name) !== value));
}

/**
 * @throws RangeError "adam: lr must be a positive number, got -0.1", TypeError for what is no number at all.
 */
export function check(owner: string, name: string, value: unknown, rule: Rule): asserts value is number {
  if (typeof value === "number" && Number.isFinite(value) && rule.holds(value)) return;
  const message = `${owner}: ${name} must be ${rule.words}, got ${show(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** Checks several options by one rule. */
export function checkAll<T extends object>(
  owner: string,
  options: T,
  names: readonly (keyof T & string)[],
  rule: Rule,
) {
  for (const name of names) check(owner, name, options[name], rule);
}
