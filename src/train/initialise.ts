// The parameters' first values: drawn by the core's generator, so that they depend on the seed and not on the engine.

import type { Distribution } from "../graph/initialiser.js";
import { attrsOfParameter } from "../graph/ops/leaf.js";
import { showShape } from "../graph/tensor.js";
import { count } from "../nn/words.js";
import { Opcode } from "../shared/opcodes.js";
import type { State } from "./state.js";

const FLOAT = 4;

/** @throws RangeError for an initialiser that gives another number of values than its parameter has */
export function initialise(state: State): void {
  const { core, space, model, control } = state;
  for (const [stream, row] of model.parameters.entries()) {
    const { tensor, offset, eight } = row;
    const how = attrsOfParameter(tensor).init(tensor.shape);
    // Memory comes as zeros, which codes stand for as well as floats.
    if (eight && isZero(how)) continue;
    const at = eight ? space.alloc(tensor.size * FLOAT) : state.bases["parameters"]! + offset;
    const draw = (code: Opcode, a: number, b: number) =>
      core.execute([code, at, tensor.size, bitsOf(a), bitsOf(b), stream], control.address);
    if (how.kind === "uniform") draw(Opcode.Uniform, how.low, how.high);
    else if (how.kind === "normal") draw(Opcode.Normal, how.mean, how.std);
    else if (how.kind === "constant") core.floats(at, tensor.size).fill(how.value);
    else {
      if (how.values.length !== tensor.size) {
        const gave = count(how.values.length, "number");
        throw new RangeError(`compile: the initialiser of "${row.name}" ${showShape(tensor.shape)} gave ${gave}`);
      }
      core.floats(at, tensor.size).set(how.values);
    }
    if (how.zeros) core.floats(at + how.zeros.first * FLOAT, how.zeros.count).fill(0);
    if (!eight) continue;
    state.writeParameter(row, core.floats(at, tensor.size));
    space.free(at);
  }
  state.keep();
  const n = model.bytes / FLOAT;
  if (state.settings.ema !== undefined) state.averageView(0, n).set(state.parameterView(0, n));
}

/** Whether it makes nothing but zeros. */
const isZero = (how: Distribution): boolean =>
  (how.kind === "constant" && how.value === 0) || (how.kind === "normal" && how.mean === 0 && how.std === 0);

const float = new Float32Array(1);
const int = new Int32Array(float.buffer);

/** The bits of an f32, as an instruction's word holds them. */
function bitsOf(value: number): number {
  float[0] = value;
  return int[0]!;
}
