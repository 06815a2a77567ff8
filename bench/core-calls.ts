// What a call into the numeric core costs: operations on operands so small that the work in them is next to nothing.

import { NumericCore } from "../src/core/numeric-core.js";
import { Core } from "../src/core/core.js";
import { summarise, time, type Task } from "./harness.js";
import { wanted, type Section } from "./section.js";

/** The operations by name. Options are made once, as an app that calls them a million times would. */
function operations(core: NumericCore): Record<string, () => unknown> {
  const [x, y] = [core.vector(4, 1), core.vector(4, 1)];
  const [a, b, c] = [core.matrix(4, 4, 0.1), core.matrix(4, 4, 0.1), core.matrix(4, 4)];
  const epilogue = { bias: core.vector(4), activation: "relu" } as const;
  const state = core.adamState(a);
  return {
    "dot, 4 numbers": () => core.dot(x, y),
    "axpy, 4 numbers": () => core.axpy(1e-9, x, y),
    "relu, 4 numbers": () => core.relu(y, x),
    "matvec, 4×4": () => core.matvec(y, a, x),
    "matmul, 4×4·4×4": () => core.matmul(c, a, b),
    "matmul with bias and relu, 4×4·4×4": () => core.matmul(c, a, b, epilogue),
    "softmax, 4×4": () => core.softmax(c, a),
    "adamStep, 4×4": () => core.adamStep(a, b, state),
    "make and free a vector": () => core.vector(4).free(),
  };
}

export const coreCallSection: Section = {
  name: "core",
  about: "Nanoseconds of one operation of wasmgrad/core, its checks included, on operands of a line or less.",
  async measure(options) {
    const chosen = Object.entries(operations(new NumericCore(await Core.start()))).filter(([name]) =>
      wanted(options, "core", name),
    );
    const tasks = chosen.map(([name, operation]): Task => {
      const run = (times: number) => {
        for (; times > 0; times--) operation();
      };
      return { name, run };
    });
    // The first calls compile; short as these are, the harness would take that for their duration.
    for (const { run } of tasks) void run(200_000);
    const rounds = await time(tasks, { rounds: options.rounds, milliseconds: 5 });
    const rows = tasks.map(({ name }, i) => {
      const call = summarise(
        rounds[i]!.map((ms) => ms * 1e6),
        "ns",
      );
      return { name, values: { call } };
    });
    const [first] = rows;
    return { rows, ...(first && { headline: `a call of ${first.name}: ${first.values.call.value.toFixed(0)} ns` }) };
  },
};
