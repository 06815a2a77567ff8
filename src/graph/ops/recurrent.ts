// Recurrent layers: rows that run over all steps of time in one instruction. They take the inputs' part of the gates,
// which is one product for all steps, and give the states. Time comes first: [steps, batch, ...].
//
// The gradient of the recurrent weight is a product over all steps, of the gates' gradients with the states before them.

import { Block } from "../../shared/blocking.js";
import { GemmFlag, Opcode } from "../../shared/opcodes.js";
import { gemmScratchBytes } from "../../core/gemm-scratch.js";
import { op, real, ShapeError, type Op, type Ref } from "../op.js";
import { apply, createNode, showShape, type Tensor } from "../tensor.js";
import { constant } from "./leaf.js";
import { sum } from "./reduce.js";

interface Attrs {
  /** True: from the last step to the first. */
  backward: boolean;
  /** Rnn: relu instead of tanh. */
  relu?: boolean;
  /** Which of the optional inputs are there, behind the others. */
  h0?: boolean;
  c0?: boolean;
  bias?: boolean;
}

const FLOAT = 4;
/** Bytes of a weight for products [k, n] that is packed for `batch` rows (assembly/gemm-kept.ts); few rows read it as it lies. */
const packed = (batch: number, n: number, k: number) => (batch < Block.PackRows ? 0 : Math.ceil(n / 4) * 4 * k * FLOAT);
const padded = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** [steps, batch, hidden] from the gates' input x [steps, batch, gates · hidden] and w [gates · hidden, hidden]. */
function sizes(name: string, gates: number, x: Tensor, w: Tensor): [number, number, number] {
  const hidden = w.shape[1]!;
  if (x.shape.length !== 3 || w.shape.length !== 2 || w.shape[0] !== gates * hidden || x.shape[2] !== w.shape[0]) {
    throw new ShapeError(
      `${name}: the gates' input is ${showShape(x.shape)} and the recurrent weight ${showShape(w.shape)}; ` +
        `expected [steps, batch, ${gates} · hidden] and [${gates} · hidden, hidden]`,
    );
  }
  return [x.shape[0]!, x.shape[1]!, hidden];
}

function checkState(name: string, state: Tensor | undefined, batch: number, hidden: number): void {
  if (state && (state.shape.length !== 2 || state.shape[0] !== batch || state.shape[1] !== hidden)) {
    throw new ShapeError(
      `${name}: an initial state is ${showShape(state.shape)}, expected [${batch}, ${hidden}], batch and hidden size`,
    );
  }
}

/** The optional inputs in their order, undefined where they are not there. */
function optional<T>(rest: readonly T[], ...there: (boolean | undefined)[]): (T | undefined)[] {
  let next = 0;
  return there.map((is) => (is ? rest[next++] : undefined));
}

const sizesOf = (h: Tensor): [number, number, number] => [h.shape[0]! - 1, h.shape[1]!, h.shape[2]!];

/** dw [gates · hidden, hidden] = Σ over steps of dgates(t)ᵀ · h(t - 1); h has the initial state in front, or behind. */
export const recurrentWeightGradOp = op<{ backward: boolean }>({
  name: "recurrentWeightGrad",
  shape: ([dgates, h]) => [{ shape: [dgates!.shape[2]!, h!.shape[2]!] }],
  scratchBytes: ({ inputs: [dgates, h] }) => {
    const [steps, batch, hidden] = sizesOf(h!);
    return gemmScratchBytes(dgates!.shape[2]!, hidden, steps * batch, GemmFlag.TransA);
  },
  emit: ({ inputs: [dgates, h], attrs }, { inputs, outputs: [dw], scratch }) => {
    const [steps, batch, hidden] = sizesOf(h!);
    const [m, k] = [dgates!.shape[2]!, steps * batch];
    const states: Ref = {
      ...inputs[1]!,
      offset: (inputs[1]!.offset ?? 0) + (attrs.backward ? batch * hidden * FLOAT : 0),
    };
    // prettier-ignore
    return [[Opcode.Gemm, dw!, inputs[0]!, states, 0, m, hidden, k, m, hidden, hidden, GemmFlag.TransA, 0, real(0), scratch,
      1, 0, 0, 0]];
  },
});

const weightGrad = (dgates: Tensor, h: Tensor, backward: boolean): Tensor =>
  apply(recurrentWeightGradOp, [dgates, h], { backward });

/** Inputs x, w, h0?; output h [steps + 1, batch, hidden]. */
export const rnnOp: Op<Attrs> = op<Attrs>({
  name: "rnn",
  shape: ([x, w, h0]) => {
    const [steps, batch, hidden] = sizes("rnn", 1, x!, w!);
    checkState("rnn", h0, batch, hidden);
    return [{ shape: [steps + 1, batch, hidden] }];
  },
  grad: ([dh], { inputs: [, w, h0], outputs: [h], attrs }) => {
    const [dx, dh0] = createNode(rnnGradOp, [dh!, h!, w!], { ...attrs }).outputs;
    return [dx!, weightGrad(dx!, h!, attrs.backward), ...(h0 ? [dh0!] : [])];
  },
  scratchBytes: ({ inputs: [x, w] }) => packed(x!.shape[1]!, w!.shape[0]!, w!.shape[1]!),
  emit: ({ outputs: [h], attrs }, { inputs: [x, w, h0], outputs, scratch }) => [
    [
      Opcode.Rnn,
      outputs[0]!,
      x!,
      w!,
      h0 ?? 0,
      ...sizesOf(h!),
      Number(attrs.backward),
      Number(attrs.relu ?? false),
      scratch,
      sizesOf(h!)[1],
    ],
  ],
});

/** Inputs dh, h, w; outputs dx, dh0. */
export const rnnGradOp: Op<Attrs> = op<Attrs>({
  name: "rnnGrad",
  shape: ([dh]) => {
    const [steps, batch, hidden] = sizesOf(dh!);
    return [{ shape: [steps, batch, hidden] }, { shape: [batch, hidden] }];
  },
  scratchBytes: ({ inputs: [dh, , w] }) => packed(dh!.shape[1]!, w!.shape[0]!, w!.shape[1]!),
  emit: ({ inputs: [dh], attrs }, { inputs, outputs: [dx, dh0], scratch }) => [
    [
      Opcode.RnnGrad,
      dx!,
      dh0!,
      inputs[0]!,
      inputs[1]!,
      inputs[2]!,
      ...sizesOf(dh!),
      Number(attrs.backward),
      Number(attrs.relu ?? false),
      scratch,
      sizesOf(dh!)[1],
    ],
  ],
});

/** Inputs x, w, h0?, c0?; outputs the activated gates [steps, batch, 4 hidden], h and c [steps + 1, batch, hidden]. */
export const lstmOp: Op<Attrs> = op<Attrs>({
  name: "lstm",
  shape: ([x, w, ...rest], attrs) => {
    const [steps, batch, hidden] = sizes("lstm", 4, x!, w!);
    for (const state of optional(rest, attrs.h0, attrs.c0)) checkState("lstm", state, batch, hidden);
    const states = { shape: [steps + 1, batch, hidden] };
    return [{ shape: x!.shape }, states, states];
  },
  grad: ([, dh, dc], { inputs: [, w], outputs: [act, h, c], attrs }) => {
    const dStates = dh ?? constant(0, h!.shape);
    const node = createNode(lstmGradOp, [dStates, act!, c!, w!, ...(dc ? [dc] : [])], { ...attrs });
    const [dx, dh0, dc0] = node.outputs;
    return [dx!, weightGrad(dx!, h!, attrs.backward), ...(attrs.h0 ? [dh0!] : []), ...(attrs.c0 ? [dc0!] : [])];
  },
  inPlace: () => [0],
  scratchBytes: ({ inputs: [x, w] }) => packed(x!.shape[1]!, w!.shape[0]!, w!.shape[1]!),
  emit: ({ outputs: [, h], attrs }, { inputs: [x, w, ...rest], outputs, scratch }) => {
    const [h0, c0] = optional(rest, attrs.h0, attrs.c0);
    return [
      // prettier-ignore
      [Opcode.Lstm, outputs[0]!, outputs[1]!, outputs[2]!, x!, w!, h0 ?? 0, c0 ?? 0, ...sizesOf(h!), Number(attrs.backward), scratch, sizesOf(h!)[1]],
    ];
  },
});

/** Inputs dh, act, c, w, dc?; outputs dx, dh0, dc0. */
export const lstmGradOp: Op<Attrs> = op<Attrs>({
  name: "lstmGrad",
  shape: ([dh, act]) => {
    const [, batch, hidden] = sizesOf(dh!);
    return [{ shape: act!.shape }, { shape: [batch, hidden] }, { shape: [batch, hidden] }];
  },
  scratchBytes: ({ inputs: [dh, , , w] }) => packed(dh!.shape[1]!, w!.shape[1]!, w!.shape[0]!),
  emit: ({ inputs: [dh], attrs }, { inputs, outputs: [dx, dh0, dc0], scratch }) => {
    const [dStates, act, c, w, dc] = inputs;
    return [
      // prettier-ignore
      [Opcode.LstmGrad, dx!, dh0!, dc0!, dStates!, dc ?? 0, act!, c!, w!, ...sizesOf(dh!), Number(attrs.backward), scratch, sizesOf(dh!)[1]],
    ];
  },
});

/** Inputs x, w, bias?, h0?; outputs what the gradient needs, [steps, batch, 4 hidden], and h [steps + 1, batch, hidden]. */
export const gruOp: Op<Attrs> = op<Attrs>({
  name: "gru",
  shape: ([x, w, ...rest], attrs) => {
    const [steps, batch, hidden] = sizes("gru", 3, x!, w!);
    const [bias, h0] = optional(rest, attrs.bias, attrs.h0);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== 3 * hidden)) {
      throw new ShapeError(`gru: the bias is ${showShape(bias.shape)}, expected [${3 * hidden}]`);
    }
    checkState("gru", h0, batch, hidden);
    return [{ shape: [steps, batch, 4 * hidden] }, { shape: [steps + 1, batch, hidden] }];
  },
  grad: ([, dh], { inputs: [, w], outputs: [act, h], attrs }) => {
    const [dx, dr, dh0] = createNode(gruGradOp, [dh ?? constant(0, h!.shape), act!, h!, w!], { ...attrs }).outputs;
    return [
      dx!,
      weightGrad(dr!, h!, attrs.backward),
      ...(attrs.bias ? [sum(dr!, { axes: [0, 1] })] : []),
      ...(attrs.h0 ? [dh0!] : []),
    ];
  },
  scratchBytes: ({ inputs: [x, w] }) =>
    padded(packed(x!.shape[1]!, w!.shape[0]!, w!.shape[1]!)) + x!.shape[1]! * w!.shape[0]! * FLOAT,
  emit: ({ outputs: [, h], attrs }, { inputs: [x, w, ...rest], outputs, scratch }) => {
    const [bias, h0] = optional(rest, attrs.bias, attrs.h0);
    return [
      // prettier-ignore
      [Opcode.Gru, outputs[0]!, outputs[1]!, x!, w!, bias ?? 0, h0 ?? 0, ...sizesOf(h!), Number(attrs.backward), scratch, sizesOf(h!)[1]],
    ];
  },
});

/** Inputs dh, act, h, w; outputs dx, the gradient of the recurrent product, dh0. */
export const gruGradOp: Op<Attrs> = op<Attrs>({
  name: "gruGrad",
  shape: ([dh]) => {
    const [steps, batch, hidden] = sizesOf(dh!);
    const gates = { shape: [steps, batch, 3 * hidden] };
    return [gates, gates, { shape: [batch, hidden] }];
  },
  scratchBytes: ({ inputs: [dh, , , w] }) => packed(dh!.shape[1]!, w!.shape[1]!, w!.shape[0]!),
  emit: ({ inputs: [dh], attrs }, { inputs, outputs, scratch }) => {
    const [dStates, act, h, w] = inputs;
    return [
      // prettier-ignore
      [Opcode.GruGrad, outputs[0]!, outputs[1]!, outputs[2]!, dStates!, act!, h!, w!, ...sizesOf(dh!), Number(attrs.backward), scratch, sizesOf(dh!)[1]],
    ];
  },
});
