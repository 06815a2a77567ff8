// From the words on a command line to values: each refusal says what was expected and gives an example.
//
// commander puts "error: option '--epochs <count>' argument '0' is invalid." in front of these messages.

import { InvalidArgumentError } from "commander";

/** A parser of whole numbers from `low` to `high`. `what` says what the number is for. */
export function whole(what: string, low: number, high: number, example: string): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= low && value <= high) return value;
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`Expected ${what}: a whole number ${range}, such as ${example}.`);
  };
}

/** A parser of numbers above `low` (or equal to it, if `inclusive`) and below `high`. */
export function between(
  what: string,
  low: number,
  high: number,
  example: string,
  { inclusive = false } = {},
): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (value < high && (value > low || (inclusive && value === low))) return value;
    const from = inclusive ? `from ${low}` : `above ${low}`;
    throw new InvalidArgumentError(`Expected ${what}: a number ${from} and below ${high}, such as ${example}.`);
  };
}

/** A path that is not empty: an unset shell variable is a mistake, not the folder one stands in. */
export function path(what: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== "") return text;
    throw new InvalidArgumentError(`Expected ${what}; it must not be empty.`);
  };
}
