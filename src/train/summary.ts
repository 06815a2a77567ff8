// A model as a table: its layers, what each gives, and how many parameters it has.

import { bytesOf, sizeOf, type Shape } from "../graph/tensor.js";
import { Context, type Module } from "../nn/module.js";
import type { Model } from "./model.js";

interface Row {
  readonly layer: string;
  readonly output: string;
  readonly parameters: string;
}

const thousands = (n: number) => n.toLocaleString("en-US");
const show = (shape: Shape) => `[${["batch", ...shape.slice(1)].join(", ")}]`;

/** The table, with a line for the input above and the totals below. */
export function summary(model: Model): string {
  const outputs = outputsOf(model);
  const rows: Row[] = [
    { layer: "layer", output: "output", parameters: "parameters" },
    ...model.inputs.map(({ name, shape }) => ({
      layer: name ? `input ${name}` : "input",
      output: show([1, ...shape]),
      parameters: "",
    })),
    ...(model.module ? rowsOf(model.module, "", outputs) : functionRows(model, outputs)),
  ];
  const width = (key: keyof Row) => Math.max(...rows.map((row) => row[key].length));
  const [first, second, third] = [width("layer"), width("output"), width("parameters")];
  const lines = rows.map(({ layer, output, parameters }) =>
    `${layer.padEnd(first)}  ${output.padEnd(second)}  ${parameters.padStart(third)}`.trimEnd(),
  );
  const rule = "─".repeat(first + second + third + 4);
  const count = (trainable: boolean) =>
    model.parameters.reduce((sum, row) => sum + (row.trainable === trainable ? row.tensor.size : 0), 0);
  const frozen = count(false);
  const total = `${thousands(count(true) + frozen)} parameters${frozen > 0 ? `, ${thousands(frozen)} of them frozen` : ""}`;
  const bytes = model.parameters.reduce(
    (sum, { tensor, eight }) => sum + (eight ? bytesOf(eight.codes) + bytesOf(eight.scales) : bytesOf(tensor)),
    0,
  );
  return [lines[0], rule, ...lines.slice(1), rule, `${total}, ${thousands(bytes)} bytes`].join("\n");
}

/** Shape of each part's output by its path; the whole model's is "". */
function outputsOf(model: Model): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const context = new (class extends Context {
    private readonly at: string[] = [];
    override run(...[name, part, x]: Parameters<Context["run"]>) {
      this.at.push(name);
      const y = super.run(name, part, x);
      shapes.set(this.at.join("."), y.shape);
      this.at.pop();
      return y;
    }
  })(false);
  for (const [name, { shape }] of model.trace(model.inputTensors(1), context))
    shapes.set(name && `output ${name}`, shape);
  return shapes;
}

function rowsOf(module: Module, path: string, outputs: Map<string, Shape>): Row[] {
  const own = Object.values(module.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const children = Object.entries(module.children);
  const shape = outputs.get(path);
  const row = {
    layer: `${path ? `${path} ` : ""}${module.type}`,
    output: shape ? show(shape) : "",
    parameters: own > 0 ? thousands(own) : "",
  };
  if (children.length === 0) return [row];
  const parts = children.flatMap(([name, child]) => rowsOf(child, path ? `${path}.${name}` : name, outputs));
  return path || own > 0 ? [row, ...parts] : parts;
}

/** A model that is a function has no parts: its parameters are listed instead, and its outputs. */
function functionRows(model: Model, outputs: Map<string, Shape>): Row[] {
  return [
    ...model.parameters.map(({ name, tensor }) => ({ layer: name, output: "", parameters: thousands(tensor.size) })),
    ...[...outputs].map(([name, shape]) => ({ layer: name || "output", output: show(shape), parameters: "" })),
  ];
}
