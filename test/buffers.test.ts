// Which tensors share a buffer: in place only where nobody reads later, aliases, places outside of the arena, copies.
import { describe, expect, test } from "vitest";
import { assignBuffers, type Place } from "../src/graph/buffers.js";
import { relu, tanh } from "../src/graph/ops/activation.js";
import { add, mul } from "../src/graph/ops/elementwise.js";
import { constant, input, parameter } from "../src/graph/ops/leaf.js";
import { crossEntropyLoss } from "../src/graph/ops/loss.js";
import { linear, matmul } from "../src/graph/ops/matmul.js";
import { sum } from "../src/graph/ops/reduce.js";
import { permute, reshape } from "../src/graph/ops/shape.js";
import { slice } from "../src/graph/ops/slice.js";
import { reachable, Tensor } from "../src/graph/tensor.js";

function assign(roots: readonly Tensor[], { kept = roots, pins = new Map<Tensor, Place>() } = {}) {
  const order = reachable(roots);
  const assigned = assignBuffers(order, new Set(kept), pins);
  const of = (tensor: Tensor) => assigned.buffers[assigned.of(tensor).buffer]!;
  const stepOf = (tensor: Tensor) => order.indexOf(tensor.node);
  return { ...assigned, order, at: of, stepOf };
}

const place = (offset = 0): Place => ({ segment: "elsewhere", offset });

describe("in place", () => {
  test("a chain of element-wise ops has one buffer, alive from the first to the end", () => {
    const x = input("x", [4, 4]);
    const y = tanh(relu(x));
    const { buffers, at, order } = assign([y]);
    expect(buffers).toHaveLength(1);
    expect(at(x).lifetime).toEqual({ bytes: 64, first: 0, last: order.length });
  });

  test("not where the input is read later", () => {
    const x = input("x", [4]);
    const y = relu(x);
    const { at, stepOf } = assign([mul(y, x)]);
    expect(at(y)).not.toBe(at(x));
    expect(at(x).lifetime!.last).toBe(2);
    expect(at(y).lifetime).toEqual({ bytes: 16, first: stepOf(y), last: 3 });
  });

  test("not where the input is kept, or is read a second time by the same op", () => {
    const x = input("x", [4]);
    const y = relu(x);
    expect(assign([y], { kept: [x, y] }).buffers).toHaveLength(2);
    expect(assign([mul(x, x)]).buffers).toHaveLength(2);
  });

  test("not where another shape of the input is read later", () => {
    const x = input("x", [4]);
    const other = reshape(x, [2, 2]);
    const y = relu(x);
    const { at } = assign([sum(y), sum(other)]);
    expect(at(other)).toBe(at(x));
    expect(at(y)).not.toBe(at(x));
  });

  test("into the second input where the first is needed", () => {
    const [a, b] = [input("a", [4]), input("b", [4])];
    const y = add(a, b);
    const { at } = assign([y, a]);
    expect(at(y)).toBe(at(b));
    expect(at(y)).not.toBe(at(a));
  });

  test("over an input of the output's shape only, where the other is broadcast", () => {
    const [small, large] = [input("small", [4]), input("large", [3, 4])];
    expect(assign([add(large, small)]).at(large).tensors).toHaveLength(2);
    expect(assign([add(small, large)]).at(small).tensors).toHaveLength(1);
    // Another shape of as many bytes is still another walk.
    expect(assign([add(input("row", [1, 4]), input("flat", [4]))]).buffers).toHaveLength(2);
  });

  test("never over a parameter or a constant", () => {
    for (const leaf of [parameter([4]), constant(1, [4])]) {
      const y = relu(leaf);
      const { at } = assign([y]);
      expect(at(y)).not.toBe(at(leaf));
    }
  });

  test("never for an op that reads its input out of order", () => {
    const x = input("x", [4, 4]);
    expect(assign([permute(x)]).buffers).toHaveLength(2);
    expect(assign([matmul(x, x)]).buffers).toHaveLength(2);
    expect(assign([sum(x, { axes: 0 })]).buffers).toHaveLength(2);
  });
});

describe("aliases", () => {
  test("a reshape has its input's buffer, which lives as long as the last of its shapes is read", () => {
    const x = input("x", [6]);
    const shapes = [reshape(x, [2, 3]), reshape(x, [3, 2])] as const;
    const [early, late] = [permute(shapes[0]), permute(shapes[1])];
    const { at, stepOf } = assign([early, late]);
    expect(at(x).tensors).toEqual([x, ...shapes]);
    expect(at(x).lifetime!.last).toBe(stepOf(late));
  });

  test("a shape that is kept keeps the buffer", () => {
    const x = input("x", [6]);
    const other = reshape(x, [2, 3]);
    const { at, order } = assign([other, relu(x)], { kept: [other] });
    expect(at(x).lifetime!.last).toBe(order.length);
    expect(at(x).tensors).toEqual([x, other]);
  });

  test("an op writes in place through a reshape", () => {
    const x = input("x", [6]);
    const { buffers } = assign([relu(reshape(x, [2, 3]))]);
    expect(buffers).toHaveLength(1);
  });
});

describe("parts", () => {
  const x = input("x", [8, 16]);

  test("a contiguous slice that begins on a line is a part of its input's buffer", () => {
    const rows = slice(x, { start: 2, end: 5 });
    const row = slice(reshape(rows, [3, 4, 4]), { start: 1, end: 2 });
    const y = permute(reshape(row, [4, 4]));
    const { of, at, aliases, stepOf } = assign([y]);
    expect(of(rows)).toEqual({ ...of(x), offset: 128 });
    expect(of(row)).toEqual({ ...of(x), offset: 192 });
    expect(aliases.has(rows.node)).toBe(true);
    expect(at(x).lifetime).toEqual({ bytes: 512, first: 0, last: stepOf(y) });
  });

  test("one that does not, or that leaves gaps, is copied", () => {
    const flat = input("flat", [40]);
    const others = [slice(x, { end: 4 }, 1), slice(x, { step: 2 }), slice(flat, { start: 4, end: 36 })];
    const { at, aliases } = assign(others);
    for (const [i, whole] of [x, x, flat].entries()) expect(at(others[i]!)).not.toBe(at(whole));
    expect(aliases.size).toBe(0);
  });

  test("nothing writes over a part, nor over the whole while a part is read later", () => {
    const part = slice(x, { end: 4 });
    expect(assign([relu(part)]).buffers).toHaveLength(2);
    const y = relu(x);
    const { at } = assign([sum(y), sum(part)]);
    expect(at(y)).not.toBe(at(x));
  });

  test("a part that needs a place of its own is copied there, and a part of something pinned lies in its place", () => {
    const part = slice(x, { start: 4 });
    const to = place();
    const { copies, at, of } = assign([part], { pins: new Map([[part, to]]) });
    expect(copies).toEqual([{ from: part, to }]);
    expect(at(x).place).toBeUndefined();
    expect(of(part).offset).toBe(256);

    const weight = parameter([8, 16]);
    const rows = slice(weight, { start: 1 });
    const pinned = assign([sum(rows)], { pins: new Map([[weight, to]]) });
    expect(pinned.at(rows).place).toBe(to);
    expect(pinned.of(rows).offset).toBe(64);
  });
});

describe("several outputs", () => {
  const [x, t] = [input("x", [3, 4]), input("t", [3], "i32")];
  const loss = crossEntropyLoss(x, t, { smoothing: 0, ignoreIndex: -100 });
  const [, p] = loss.node.outputs;

  test("each has a buffer of its own, also where nobody reads it", () => {
    const { at, stepOf } = assign([loss]);
    expect(new Set([x, t, loss, p!].map(at)).size).toBe(4);
    expect(at(p!).lifetime).toEqual({ bytes: 48, first: stepOf(loss), last: stepOf(loss) });
  });

  test("scratch is alive during its instruction alone", () => {
    const [a, w] = [input("a", [64, 64]), parameter([64, 64])];
    const y = linear(a, w);
    const { scratchOf, buffers, stepOf } = assign([relu(y)], { pins: new Map([[w, place()]]) });
    const scratch = scratchOf(y.node);
    expect(scratch).not.toBe(0);
    const { lifetime, tensors } = buffers[(scratch as { buffer: number }).buffer]!;
    expect(lifetime).toMatchObject({ first: stepOf(y), last: stepOf(y) });
    expect(tensors).toEqual([]);
    expect(scratchOf(a.node)).toBe(0);
  });
});

describe("places outside of the arena", () => {
  test("a leaf lies where it is pinned, and has no lifetime", () => {
    const [w, at] = [parameter([4]), place(64)];
    const { at: bufferOf, copies } = assign([relu(w)], { pins: new Map([[w, at]]) });
    expect(bufferOf(w)).toMatchObject({ place: at, lifetime: undefined });
    expect(copies).toEqual([]);
  });

  test("a result is computed where it is pinned, kept or not", () => {
    const x = input("x", [4, 4]);
    const y = permute(x);
    for (const kept of [[], [y]]) {
      const { at, copies } = assign([y], { kept, pins: new Map([[y, place()]]) });
      expect(at(y)).toMatchObject({ place: place(), lifetime: undefined });
      expect(copies).toEqual([]);
    }
  });

  test("a pinned result is not written over another buffer, and nothing is written over it", () => {
    const x = input("x", [4]);
    const y = relu(x);
    const z = tanh(y);
    const { at } = assign([z], { pins: new Map([[y, place()]]) });
    expect(at(y).tensors).toEqual([y]);
    expect(at(z)).not.toBe(at(y));
    expect(at(x).tensors).toEqual([x]);
  });

  test("a pinned shape takes its buffer along", () => {
    const x = input("x", [4, 4]);
    const y = permute(x);
    const flat = reshape(y, [16]);
    const { at, copies } = assign([flat], { pins: new Map([[flat, place()]]) });
    expect(at(y)).toBe(at(flat));
    expect(at(y).place).toEqual(place());
    expect(copies).toEqual([]);
  });

  test("what is pinned to a second place, and a leaf's shape, is copied at the end", () => {
    const w = parameter([4]);
    const y = relu(input("x", [4]));
    const [twice, other] = [reshape(y, [2, 2]), reshape(w, [2, 2])];
    const [first, second, third, own] = [place(0), place(64), place(128), place(192)];
    const pins = new Map<Tensor, Place>([[w, own], [y, first], [twice, second], [other, third]]); // prettier-ignore
    const { at, copies } = assign([twice, other], { kept: [], pins });
    expect(at(y).place).toBe(first);
    expect(at(w).place).toBe(own);
    expect(copies).toEqual([
      { from: twice, to: second },
      { from: other, to: third },
    ]);
  });

  test("what will be copied from the arena lives to the end", () => {
    const w = parameter([4]); // not pinned itself
    const other = reshape(w, [2, 2]);
    const { at, order, copies } = assign([relu(other)], { kept: [], pins: new Map([[other, place()]]) });
    expect(copies).toHaveLength(1);
    expect(at(w).lifetime!.last).toBe(order.length);
  });
});
