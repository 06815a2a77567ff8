// A trainer's parameters by name, out and in.

import { showShape, type Shape } from "../graph/tensor.js";
import { count, show } from "../nn/words.js";
import { areFinite, type State } from "./state.js";
import { valuesOf, type NumberData } from "./values.js";

/** A parameter's values, with its shape. */
export interface ParameterValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Values of parameters by name: numbers, or what Trainer.parameters gives. */
export type ParametersToLoad = Readonly<Record<string, NumberData | { readonly values: NumberData }>>;

/** Copies of all parameters. */
export function readParameters(state: State): Record<string, ParameterValues> {
  const rows = state.model.parameters.map((row) => {
    return [row.name, { shape: row.tensor.shape, values: state.readParameter(row).slice() }] as const;
  });
  return Object.fromEntries(rows);
}

/** Sets the named parameters, and their moving averages: all or, if it throws, none. */
export function writeParameters(state: State, given: ParametersToLoad): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`load: expected an object of parameters by name, got ${show(given)}`);
  }
  state.checkIdle("load");
  const rows = new Map(state.model.parameters.map((row) => [row.name, row]));
  const writes = Object.entries(given).map(([name, entry]) => {
    const row = rows.get(name);
    if (!row) {
      throw new RangeError(`load: no parameter is called "${name}"; there are ${[...rows.keys()].join(", ")}`);
    }
    const data = isNumbers(entry) ? entry : (entry as { values?: NumberData } | null)?.values;
    if (!isNumbers(data)) throw new TypeError(`load: "${name}" must be numbers or { values }, got ${show(entry)}`);
    const values = valuesOf(`load: "${name}"`, data);
    const { shape, size } = row.tensor;
    if (values.length !== size) {
      throw new RangeError(`load: "${name}" is ${showShape(shape)}, ${count(size, "number")}, got ${values.length}`);
    }
    if (row.eight && !areFinite(values)) {
      throw new RangeError(`load: "${name}" is kept in 8 bits, so all its numbers must be finite`);
    }
    return { row, values };
  });
  for (const { row, values } of writes) {
    state.writeParameter(row, values instanceof Float32Array ? values : Float32Array.from(values));
    if (state.settings.ema !== undefined) state.averageView(row.offset, values.length).set(values);
  }
  state.keep();
}

const isNumbers = (data: unknown): data is NumberData => Array.isArray(data) || ArrayBuffer.isView(data);
