// Looks at one batch on its way through the model, forward and backward, without an update.

import { Control } from "../shared/opcodes.js";
import type { Shape } from "../graph/tensor.js";
import { checkSamples, type Data } from "./batch.js";
import type { Compiled } from "./programs.js";
import type { State } from "./state.js";
import { resultOf, type StepResult } from "./step.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

/** One tensor of a forward pass. */
export interface InspectedTensor {
  /** A parameter's name, or the layer that gives the tensor: "0.linear"; "x" is the input. */
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array;
  /** Derivative of the loss by each value; undefined where nothing depends on it. */
  readonly gradient: Float32Array | undefined;
}

/** The loss of a batch, and its gradients by the parameters' names. */
export function gradientsOf(
  state: State,
  data: Data,
): Promise<StepResult & { gradients: Record<string, Float32Array> }> {
  return run(state, "gradients", data, ({ predictions }) => {
    const gradients = state.model.trainable.map(({ name, tensor, offset }) => {
      return [name, state.gradientView(offset, tensor.size).slice()] as const;
    });
    return { ...resultOf({ ...state.recorded(), predictions }), gradients: Object.fromEntries(gradients) };
  });
}

/** Every tensor of the forward pass, with the derivative of the loss by it. */
export function inspect(state: State, data: Data): Promise<{ loss: number; tensors: InspectedTensor[] }> {
  return run(state, "inspect", data, ({ placed, inspected, loss }) => {
    const tensors = inspected.map(({ tensor, name, gradient }) => ({
      name,
      shape: tensor.shape,
      values: placed.view(tensor).slice(),
      gradient: gradient && placed.view(gradient).slice(),
    }));
    return { loss: placed.view(loss!)[0]!, tensors };
  });
}

/**
 * Executes the program instruction by instruction, since a run would end at a loss that is not finite, before its
 * gradients, and lets `read` take what it has computed.
 */
async function run<T>(
  state: State,
  purpose: "gradients" | "inspect",
  data: Data,
  read: (compiled: Compiled) => T,
): Promise<T> {
  state.space.check();
  const { count, fields, targets } = checkSamples(purpose, state.model, state.objective, data);
  const compiled = await state.programs.ready(purpose, { batch: count, targets });
  return state.turn(() => {
    const { placed } = compiled;
    for (const { name, values } of fields) placed.put(name, values);
    state.single.set(Control.Step, state.steps); // the dropout of the next step
    state.single.set(Control.Done, 0);
    for (let i = 0; i < placed.count; i++) placed.execute(i, state.single.address);
    return read(compiled);
  });
}
