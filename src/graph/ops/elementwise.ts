// Element-wise arithmetic: two inputs with broadcasting, one input, and numbers in place of tensors.

import { Opcode } from "../../shared/opcodes.js";
import { op, real, type Op } from "../op.js";
import { broadcastShapes, broadcastStrides, kernelDims } from "../shapes.js";
import { apply, sameShape, type Node, type Tensor } from "../tensor.js";
import { constant } from "./leaf.js";
import { sumTo } from "./reduce.js";

type Operand = Tensor | number;

/** A row for an element-wise op of two inputs. `grad` gives both derivatives in the output's shape. */
/* @__NO_SIDE_EFFECTS__ */
function binary(
  name: string,
  code: Opcode,
  grad?: (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => [Tensor, Tensor],
): Op {
  return op({
    name,
    shape: ([a, b]) => [{ shape: broadcastShapes(name, a!.shape, b!.shape) }],
    ...(grad && {
      grad: ([dy], { inputs: [a, b], outputs: [y] }: Node) => {
        const [da, db] = grad(dy!, a!, b!, y!);
        return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
      },
    }),
    inPlace: ({ inputs: [a, b], outputs: [y] }) => {
      const flat = sameShape(a!.shape, b!.shape);
      return flat ? [0, 1] : sameShape(a!.shape, y!.shape) ? [0] : [];
    },
    emit: ({ inputs: [a, b], outputs: [y] }, places) => {
      const [atA, atB] = [places.inputs[0]!, places.inputs[1]!];
      const at = places.outputs[0]!;
      if (sameShape(a!.shape, b!.shape)) return [[code, at, atA, atB, y!.size]];
      const [dims, aStrides, bStrides] = kernelDims(
        name,
        y!.shape,
        broadcastStrides(a!.shape, y!.shape),
        broadcastStrides(b!.shape, y!.shape),
      );
      return [[Opcode.Broadcast, at, atA, atB, code, ...dims!, ...aStrides!, ...bStrides!]];
    },
  });
}

export const addOp = binary("add", Opcode.Add, (dy) => [dy, dy]);
export const subOp = binary("sub", Opcode.Sub, (dy) => [dy, neg(dy)]);
export const mulOp = binary("mul", Opcode.Mul, (dy, a, b) => [mul(dy, b), mul(dy, a)]);
export const divOp = binary("div", Opcode.Div, (dy, _, b, y) => {
  const da = div(dy, b);
  return [da, neg(mul(da, y))];
});
// Where both are equal, each gets half, as in PyTorch.
export const maximumOp = binary("maximum", Opcode.Maximum, (dy, a, b) => shareBy(dy, greater(a, b), equal(a, b)));
export const minimumOp = binary("minimum", Opcode.Minimum, (dy, a, b) => shareBy(dy, greater(b, a), equal(a, b)));
export const equalOp = binary("equal", Opcode.Equal, (dy) => [mul(dy, 0), mul(dy, 0)]);
export const greaterOp = binary("greater", Opcode.Greater, (dy) => [mul(dy, 0), mul(dy, 0)]);

function shareBy(dy: Tensor, first: Tensor, both: Tensor): [Tensor, Tensor] {
  const da = mul(dy, add(first, mul(both, 0.5)));
  return [da, sub(dy, da)];
}

/** y = x * scale + shift, with numbers. */
export const affineOp = op<{ scale: number; shift: number }>({
  name: "affine",
  shape: ([x]) => [{ shape: x!.shape }],
  grad: ([dy], { attrs }) => [affine(dy!, attrs.scale, 0)],
  inPlace: () => [0],
  emit: ({ attrs, outputs }, { inputs: [x], outputs: [y] }) => [
    [Opcode.Affine, y!, x!, outputs[0]!.size, real(attrs.scale), real(attrs.shift)],
  ],
});

/** x * scale + shift, for numbers scale and shift. */
export const affine = (x: Tensor, scale: number, shift: number): Tensor => apply(affineOp, [x], { scale, shift });

/** a + b, broadcasting. */
export function add(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") return affine(tensor("add", a), 1, b);
  if (typeof a === "number") return affine(b, 1, a);
  return apply(addOp, [a, b]);
}

/** a - b, broadcasting. */
export function sub(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") return affine(tensor("sub", a), 1, -b);
  if (typeof a === "number") return affine(b, -1, a);
  return apply(subOp, [a, b]);
}

/** a * b, element by element, broadcasting. */
export function mul(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") return affine(tensor("mul", a), b, 0);
  if (typeof a === "number") return affine(b, a, 0);
  return apply(mulOp, [a, b]);
}

/** a / b, element by element, broadcasting. */
export function div(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") return affine(tensor("div", a), 1 / b, 0);
  if (typeof a === "number") return apply(divOp, [constant(a), b]);
  return apply(divOp, [a, b]);
}

/** The larger of a and b, element by element, broadcasting. */
export const maximum = (a: Tensor, b: Tensor): Tensor => apply(maximumOp, [a, b]);
/** The smaller of a and b, element by element, broadcasting. */
export const minimum = (a: Tensor, b: Tensor): Tensor => apply(minimumOp, [a, b]);
/** 1 where a = b, else 0; its derivative is 0. */
export const equal = (a: Tensor, b: Tensor): Tensor => apply(equalOp, [a, b]);
/** 1 where a > b, else 0; its derivative is 0. */
export const greater = (a: Tensor, b: Tensor): Tensor => apply(greaterOp, [a, b]);
/** -x */
export const neg = (x: Tensor): Tensor => affine(x, -1, 0);

function tensor(name: string, a: Operand): Tensor {
  if (typeof a === "number")
    throw new TypeError(`${name}: one of the two must be a tensor, got two numbers; use constant()`);
  return a;
}
