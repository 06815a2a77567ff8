// The ops without inputs: what comes from outside (a batch, the parameters) and constants.

import { Opcode } from "../../shared/opcodes.js";
import { initialisers, type Initialiser } from "../initialiser.js";
import { op, real } from "../op.js";
import { apply, showShape, sizeOf, type DType, type ElementType, type Shape, type Tensor } from "../tensor.js";

export interface InputAttrs {
  name: string;
  shape: Shape;
  dtype: DType;
  /** The values are scaled and shifted on the way in. */
  scale: number;
  shift: number;
}

/** A batch that the caller provides; its first axis is the batch. The first instructions of a step gather it. */
export const inputOp = op<InputAttrs>({
  name: "input",
  shape: (_, { shape, dtype }) => [{ shape, dtype }],
  // The compiler emits it, since it alone knows the source blocks.
});

/** One number for every element, a table, or what makes the table: called for each program that gets a place in memory. */
export type ConstantValue = number | Float32Array | (() => Float32Array);

export function fillConstant(place: Float32Array, value: ConstantValue): void {
  if (typeof value === "number") place.fill(value);
  else place.set(typeof value === "function" ? value() : value);
}

export const constantOp = op<{ value: ConstantValue; shape: Shape }>({
  name: "constant",
  shape: (_, { shape }) => [{ shape }],
  // Only for constants that the caller wants in a place of his own, such as gradients that are 0.
  emit: (node, { outputs: [y] }) => {
    const { value } = node.attrs;
    if (typeof value !== "number")
      throw new Error(`constant: a table ${node.outputs[0]} cannot be placed by the caller`);
    return [[Opcode.Fill, y!, node.outputs[0]!.size, real(value)]];
  },
});

/** What a parameter is besides its shape; where its values live is the trainer's business. */
export interface ParameterAttrs {
  readonly shape: Shape;
  /** Default f32; others are the compiler's. */
  readonly dtype?: ElementType;
  readonly init: Initialiser;
  /** False for parameters that keep their values ("frozen"). */
  readonly trainable: boolean;
  readonly name: string | undefined;
}

export const parameterOp = op<ParameterAttrs>({
  name: "parameter",
  shape: (_, { shape, dtype = "f32" }) => [{ shape, dtype }],
});

/** A tensor that training changes. */
export type Parameter = Tensor;

export const attrsOfParameter = (parameter: Parameter) => parameter.node.attrs as unknown as ParameterAttrs;

export interface ParameterOptions {
  /** How the values start; default `zeros()`. */
  init?: Initialiser;
  /** Its name in listings and files; default: its place in the model. */
  name?: string;
  /** False to keep the values as they are; default true. */
  trainable?: boolean;
}

/**
 * A parameter of the given shape, for models written as functions of tensors.
 * @throws RangeError if a size is not a positive integer.
 */
export function parameter(shape: Shape, options: ParameterOptions = {}): Parameter {
  checkShape("parameter", shape);
  const { init = initialisers.zeros(), trainable = true, name } = options;
  if (typeof init !== "function") {
    throw new TypeError(`parameter: init must be an initialiser, e.g. initialisers.zeros(), got ${String(init)}`);
  }
  const tensor = apply(parameterOp, [], { shape: [...shape], init, trainable, name });
  tensor.label = name;
  return tensor;
}

/**
 * A tensor whose every element is `value`, or whose elements are the given ones in row-major order.
 * @throws RangeError if the numbers given are not as many as the shape has.
 */
export function constant(value: number | ArrayLike<number>, shape: Shape = []): Tensor {
  if (typeof value === "number") return apply(constantOp, [], { value, shape });
  checkShape("constant", shape);
  const values = Float32Array.from(value);
  if (values.length !== sizeOf(shape)) {
    throw new RangeError(`constant: ${showShape(shape)} takes ${sizeOf(shape)} numbers, got ${values.length}`);
  }
  return apply(constantOp, [], { value: values, shape });
}

/** The same of a table that is made only when there is a place for it: a description alone must not cost memory. */
export function constantOf(shape: Shape, make: () => Float32Array): Tensor {
  checkShape("constant", shape);
  return apply(constantOp, [], { value: make, shape });
}

export function input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  checkShape(`input "${name}"`, shape);
  const tensor = apply(inputOp, [], { name, shape, dtype, scale: 1, shift: 0 });
  tensor.label = name;
  return tensor;
}

export function checkShape(label: string, shape: Shape): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new RangeError(`${label}: every size of a shape must be a positive integer, got ${showShape(shape)}`);
  }
}
