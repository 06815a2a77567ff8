// What happens at a loss that is NaN or infinite: the step is done again, instruction by instruction, to find the
// first tensor that is not finite, and the parameters go back to those of the last good step. What else an update has
// spoilt starts afresh, so that training can go on.

import { recordOp } from "../graph/ops/step.js";
import { showShape, type Tensor } from "../graph/tensor.js";
import type { ControlBlock } from "./control.js";
import { DivergedError } from "./fit.js";
import type { PlacedProgram } from "./placed.js";
import { areFinite, type State } from "./state.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

const FLOAT = 4;

/** Diagnoses the step that `control` stopped at, and restores the parameters. */
export function diverged(state: State, placed: PlacedProgram, control: ControlBlock, loss: number): DivergedError {
  const step = state.steps + 1;
  const found = firstBadParameter(state) ?? firstBadTensor(placed, control, state);
  // Bad data are not the parameters' fault; else they were spoilt by the update before this step.
  const fromData = found?.startsWith("the input") ?? false;
  if (!fromData) restoreKept(state);
  forgetSpoilt(state);
  const advice = fromData
    ? "Look for NaN, infinities or very large numbers in x and y"
    : fromProbabilities(state)
      ? "binaryCrossEntropy takes predictions from 0 to 1: if the model does not end with sigmoid(), let it, or give fromLogits: true; else try a smaller learning rate"
      : "Try a smaller learning rate, clipNorm: 1, or inputs scaled to about -1 … 1";
  const message =
    `training stopped at step ${step}: the loss is ${loss}, and ${found ?? "the loss itself"} is the first that is not finite. ` +
    `The parameters of the last good step are kept. ${advice}`;
  return new DivergedError(message, step, found ?? "loss");
}

/** Whether the loss takes logarithms of what the model gives, which a forgotten sigmoid() lets go below 0. */
function fromProbabilities({ objective: { loss } }: State): boolean {
  return loss?.name === "binaryCrossEntropy" && loss.options["fromLogits"] !== true;
}

function firstBadParameter(state: State): string | undefined {
  const bad = state.model.parameters.find(({ tensor, offset }) => !areFinite(state.parameterView(offset, tensor.size)));
  if (!bad) return undefined;
  const { name, tensor, offset, trainable } = bad;
  const updated = trainable && areFinite(state.view("kept", offset, tensor.size));
  return `the parameter "${name}" ${showShape(tensor.shape)}${updated ? ` (after the update of step ${state.steps})` : ""}`;
}

function firstBadTensor(placed: PlacedProgram, control: ControlBlock, state: State): string | undefined {
  const { steps } = placed.program;
  for (const [i, { node }] of steps.entries()) {
    placed.execute(i, control.address);
    if (node?.op === recordOp) return undefined;
    if (steps[i + 1]?.node === node) continue; // the node is not done yet
    const bad = node?.outputs.find((output) => output.dtype === "f32" && !areFinite(placed.view(output)));
    if (bad) return nameOf(bad, state);
  }
  return undefined;
}

function nameOf(tensor: Tensor, { model }: State): string {
  if (tensor.node.op.name === "input") return `the input "${tensor.label}" ${showShape(tensor.shape)}`;
  const weights = tensor.node.inputs.flatMap(
    (input) => model.parameters.find((row) => row.tensor === input)?.name ?? [],
  );
  const of = weights.length > 0 ? ` with "${weights.join('", "')}"` : "";
  return `the tensor "${tensor.label ?? tensor.node.op.name}" ${showShape(tensor.shape)} (${tensor.node.op.name}${of})`;
}

/** Sets the parameters back to those before the last update. */
function restoreKept(state: State): void {
  const n = state.model.trainableBytes / FLOAT;
  state.parameterView(0, n).set(state.view("kept", 0, n));
}

/** Starts the optimizer's state afresh if it is not finite, and the moving average from the parameters. */
function forgetSpoilt(state: State): void {
  const { model, optimizer, settings } = state;
  const finite = (segment: string) =>
    model.parameters.every(
      ({ trainable, tensor, offset }) => !trainable || areFinite(state.view(segment, offset, tensor.size)),
    );
  if (!optimizer.states.every((_, i) => finite(`state${i}`))) {
    optimizer.states.forEach(({ init }, i) => state.stateView(i, 0, model.trainableBytes / FLOAT).fill(init));
  }
  if (settings.ema !== undefined && !finite("average")) {
    const n = model.bytes / FLOAT;
    state.averageView(0, n).set(state.parameterView(0, n));
  }
}
