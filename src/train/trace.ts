// The graphs of a trainer: a model, its loss, and what is wanted of them.

import { grad } from "../graph/grad.js";
import { input, parameterOp, constantOp, inputOp, type Parameter } from "../graph/ops/leaf.js";
import { add, affine, mul } from "../graph/ops/elementwise.js";
import { slice } from "../graph/ops/slice.js";
import { recordNode } from "../graph/ops/step.js";
import { reachable, type Node, type Tensor } from "../graph/tensor.js";
import { Context, type TracedPart } from "../nn/module.js";
import type { BatchType } from "./batch.js";
import { fieldName, type Model } from "./model.js";
import type { Objective } from "./objective.js";

/** A tensor of the forward pass with its gradient. */
export interface Inspected {
  readonly tensor: Tensor;
  readonly name: string;
  readonly gradient: Tensor | undefined;
}

interface Losses {
  readonly loss: Tensor;
  readonly correct: Tensor | undefined;
  readonly predictions: number;
}

type Named = ReadonlyMap<string, Tensor>;

/** The loss of a batch, as recorded for evaluation. */
export function traceLoss(model: Model, objective: Objective, type: BatchType): { record: Node; predictions: number } {
  const { loss, correct, predictions } = lossOf(model, objective, batchOf(model, objective, type), new Context(false));
  return { record: recordNode(loss, correct), predictions: correct ? predictions : 0 };
}

/**
 * The loss, the gradients of all trainable parameters, and the values that parameters are observed to have.
 *
 * With `microBatch`, the batch goes through the model in parts of at most so many samples, whose losses and gradients
 * are added up by their share: the same update with the memory of a part. With `checkpointing`, what the model's parts
 * compute inside is not kept for the gradients, but computed again.
 */
export function traceLearning(
  model: Model,
  objective: Objective,
  type: BatchType,
  { microBatch, checkpointing }: { readonly microBatch: number | undefined; readonly checkpointing: boolean },
): { record: Node; gradients: Tensor[]; updates: ReadonlyMap<Parameter, Tensor>; predictions: number } {
  const context = new Context(true);
  const whole = batchOf(model, objective, type);
  const wanted = model.trainable.map(({ tensor }) => tensor);
  if (microBatch === undefined || microBatch >= type.batch) {
    const { loss, correct, predictions } = lossOf(model, objective, whole, context);
    const record = recordNode(loss, correct);
    return {
      record,
      gradients: labelled(grad(loss, wanted, checkpointing ? toKeep(context.parts) : []), wanted),
      updates: context.updates,
      predictions: correct ? predictions : 0,
    };
  }

  let sums: { loss: Tensor; correct: Tensor | undefined; gradients: Tensor[] } | undefined;
  let all = 0;
  for (let first = 0; first < type.batch; first += microBatch) {
    const size = Math.min(microBatch, type.batch - first);
    const rows = (named: Named): Named =>
      new Map([...named].map(([name, tensor]) => [name, rowsOf(tensor, first, size, type.batch)]));
    const { loss, correct, predictions } = lossOf(
      model,
      objective,
      { inputs: rows(whole.inputs), targets: rows(whole.targets) },
      context,
    );
    const part = mul(loss, size / type.batch);
    const gradients = grad(part, wanted, checkpointing ? toKeep(context.parts.splice(0)) : []);
    sums = sums
      ? {
          loss: add(sums.loss, part),
          correct: correct && add(sums.correct!, correct),
          gradients: sums.gradients.map((sum, i) => add(sum, gradients[i]!)),
        }
      : { loss: part, correct, gradients };
    all += predictions;
  }
  const { loss, correct, gradients } = sums!;
  const record = recordNode(loss, correct);
  return { record, gradients: labelled(gradients, wanted), updates: context.updates, predictions: correct ? all : 0 };
}

/** Everything that can be looked at: the parameters, and each tensor on the way from the input to the loss. */
export function traceInspection(
  model: Model,
  objective: Objective,
  type: BatchType,
): { roots: (Tensor | Node)[]; loss: Tensor; inspected: Inspected[] } {
  const { loss, correct } = lossOf(model, objective, batchOf(model, objective, type), new Context(true));
  const record = recordNode(loss, correct);
  const between = reachable([loss])
    .filter(({ op, outputs }) => op !== parameterOp && op !== constantOp && !isTarget({ op, outputs }))
    .flatMap(({ outputs }) => outputs.filter(({ dtype }) => dtype === "f32"));
  const wanted = [...model.trainable.map(({ tensor }) => tensor), ...between];
  const gradients = distinct(grad(loss, wanted));
  const gradientOf = new Map(wanted.map((tensor, i) => [tensor, gradients[i]]));
  const called = new Map(model.parameters.map(({ tensor, name }) => [tensor, name]));
  const inspected = [...model.parameters.map(({ tensor }) => tensor), ...between].map((tensor) => ({
    tensor,
    name: called.get(tensor) ?? tensor.label ?? tensor.node.op.name,
    gradient: gradientOf.get(tensor),
  }));
  return { roots: [record, loss, ...between, ...gradients], loss, inspected };
}

/** Inputs and targets of a whole batch. */
function batchOf(model: Model, objective: Objective, { batch, targets }: BatchType): { inputs: Named; targets: Named } {
  const inputs = model.inputTensors(batch);
  const types = objective.targets(model.outputs, targets);
  return {
    inputs,
    targets: new Map(
      // The types are those of one sample, whose leading axis counts samples, or rows that are samples times steps.
      [...types].map(
        ([
          name,
          {
            shape: [lead, ...rest],
            dtype,
          },
        ]) => [name, input(fieldName("y", name), [lead! * batch, ...rest], dtype)],
      ),
    ),
  };
}

function lossOf(
  model: Model,
  objective: Objective,
  batch: { inputs: Named; targets: Named },
  context: Context,
): Losses {
  const outputs = model.trace(batch.inputs, context);
  const loss = objective.compute(outputs, batch.targets);
  model.checkParameters([loss]);
  loss.label ??= "loss";
  const correct = objective.correct(outputs, batch.targets);
  return { loss, correct, predictions: objective.predictions(outputs) };
}

/**
 * What to keep of a forward pass whose parts are computed again: the outputs of its blocks, the outermost parts of which
 * there are several with parts of their own, as in a transformer. Of a chain of single layers, as many as the square root
 * of their number.
 */
function toKeep(parts: readonly TracedPart[]): Tensor[] {
  const outputs = (of: readonly TracedPart[]) => of.map(({ output }) => output);
  for (let depth = 1; parts.some((part) => part.depth >= depth); depth++) {
    const blocks = parts.filter((part) => part.depth === depth && part.composite);
    if (blocks.length > 1) return outputs(blocks);
  }
  const layers = parts.filter(({ depth }) => depth === 1);
  const every = Math.max(1, Math.round(Math.sqrt(layers.length)));
  return outputs(layers.filter((_, i) => (i + 1) % every === 0));
}

/** The rows of `size` samples from `first` on; a sample may be several rows. */
function rowsOf(tensor: Tensor, first: number, size: number, batch: number): Tensor {
  const perSample = tensor.shape[0]! / batch;
  return slice(tensor, { start: first * perSample, end: (first + size) * perSample });
}

/** Gradients of parameters, named after them. Two parameters may share one, but each needs a place of its own. */
function labelled(gradients: readonly Tensor[], parameters: readonly Tensor[]): Tensor[] {
  const own = distinct(gradients);
  own.forEach((gradient, i) => (gradient.label ??= parameters[i]!.label && `d ${parameters[i]!.label}`));
  return own;
}

function distinct(gradients: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  return gradients.map((gradient) => {
    const own = seen.has(gradient) ? affine(gradient, 1, 0) : gradient;
    seen.add(own);
    return own;
  });
}

const isTarget = ({ op, outputs: [tensor] }: Pick<Node, "op" | "outputs">) =>
  op === inputOp && /^y(\.|$)/.test(tensor!.label ?? "");
