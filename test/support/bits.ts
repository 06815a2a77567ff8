// Comparison of trainers to the bit.

import type { ParameterValues, Trainer } from "wasmgrad";

/** The bits of all parameters, as a text that can be compared. */
export const bitsOf = (trainer: Trainer): string => bitsOfValues(trainer.parameters);

export function bitsOfValues(parameters: Readonly<Record<string, ParameterValues>>): string {
  return Object.entries(parameters)
    .map(([name, { values }]) => `${name} ${Buffer.from(values.buffer).toString("base64")}`)
    .join("\n");
}
