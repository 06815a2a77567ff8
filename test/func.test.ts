// func(): functions of tensors compiled by themselves.
import { afterEach, describe, expect, test } from "vitest";
import { crossEntropy, func, grad, ops, parameter, type Func } from "wasmgrad";
import { Core } from "../src/core/core.js";
import { expectClose } from "./support/close.js";

const open: Func<never, never>[] = [];
function keep<F extends { dispose(): void }>(f: F): F {
  open.push(f as unknown as Func<never, never>);
  return f;
}
afterEach(() => open.splice(0).forEach((f) => f.dispose()));

describe("computes", () => {
  test("what it says, as often as it is called, at once", async () => {
    const f = keep(await func({ x: [2, 3], w: [1, 3] }, ({ x, w }) => ({ z: ops.linear(x, w) })));
    expect(f({ x: [1, 2, 3, 4, 5, 6], w: [1, 0, -1] }).z).toEqual(Float32Array.of(-2, -2));
    expect(
      f({
        x: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        w: Int8Array.of(1, 1, 1),
      }).z,
    ).toEqual(Float32Array.of(6, 15));
    expect(f.shapes).toEqual({ z: [2, 1] });
  });

  test("gradients, of gradients as well", async () => {
    const f = keep(
      await func({ x: [3] }, ({ x }) => {
        const y = ops.sum(ops.mul(ops.mul(x, x), x));
        const [dx] = grad(y, [x]);
        return { y, dx, ddx: grad(ops.sum(dx), [x])[0] };
      }),
    );
    const { y, dx, ddx } = f({ x: [1, 2, -3] });
    expect([[...y], [...dx], [...ddx]]).toEqual([[-18], [3, 12, 27], [6, 12, -18]]);
  });

  test("results that are inputs, constants, or the same tensor twice", async () => {
    const f = keep(
      await func({ x: [2], unused: [4] }, ({ x }) => {
        const y = ops.add(x, 1);
        return { x, one: ops.constant(1, [3]), y, again: y, reshaped: ops.reshape(y, [2, 1]) };
      }),
    );
    const results = f({ x: [3, 4], unused: [0, 0, 0, 0] });
    expect(Object.fromEntries(Object.entries(results).map(([name, values]) => [name, [...values]]))).toEqual({
      x: [3, 4],
      one: [1, 1, 1],
      y: [4, 5],
      again: [4, 5],
      reshaped: [4, 5],
    });
    expect([...f({ x: [5, 6], unused: [0, 0, 0, 0] }).y]).toEqual([6, 7]);
  });

  test("scalars, and whole numbers in and out", async () => {
    const f = keep(
      await func({ x: [2, 3], t: { shape: [2], dtype: "i32" }, s: [] }, ({ x, t, s }) => ({
        best: ops.argmax(x),
        loss: ops.mul(crossEntropy().compute(x, t), s),
      })),
    );
    const { best, loss } = f({ x: [1, 3, 2, 9, 8, 7], t: [1, 0], s: [2] });
    expect([...best]).toEqual([1, 0]);
    const row = (a: number, b: number, c: number, at: number) => Math.log(Math.exp(a) + Math.exp(b) + Math.exp(c)) - at;
    expectClose(loss, [row(1, 3, 2, 3) + row(9, 8, 7, 9)], 1e-6);
  });

  test("results that are the caller's: the next call does not change them", async () => {
    const f = keep(await func({ x: [1] }, ({ x }) => ({ y: ops.exp(x) })));
    const { y } = f({ x: [0] });
    f({ x: [5] });
    expect([...y]).toEqual([1]);
  });

  test("inputs of whatever name", async () => {
    const f = keep(
      await func({ arena: [1], constructor: [1], "x y": [1] }, (t) => ({
        y: ops.add(ops.add(t.arena, t.constructor), t["x y"]),
      })),
    );
    expect([...f({ arena: [1], constructor: [2], "x y": [3] }).y]).toEqual([6]);
  });

  test("without inputs", async () => {
    const f = keep(await func({}, () => ({ y: ops.constant(2, [2]) })));
    expect([...f({}).y]).toEqual([2, 2]);
  });
});

test("explain() shows graph, plan and program", async () => {
  const f = keep(await func({ x: [2, 3] }, ({ x }) => ({ y: ops.relu(ops.add(x, 1)) })));
  expect(f.explain()).toMatch(/^graph: \d+ nodes\n[^]*\n\nplan: arena [^]*\n\nprogram: \d+ instructions\n/);
});

describe("refuses", () => {
  const identity = ({ x }: { x: Parameters<typeof ops.relu>[0] }) => ({ y: ops.relu(x) });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "no inputs at all",
      () => func(undefined as never, () => ({})),
      "func: the inputs must be shapes by name, e.g. { x: [2, 3] }, got undefined",
    ],
    [
      "an input of no shape",
      () => func({ x: 5 as never }, identity),
      'func: input "x" must be a shape such as [2, 3], or { shape, dtype: "f32" or "i32" }, got 5',
    ],
    [
      "an input of no type",
      () => func({ x: { shape: [2], dtype: "f64" as never } }, identity),
      'func: input "x" must be a shape such as [2, 3]',
    ],
    [
      "a size of 0",
      () => func({ x: [0] }, identity),
      'input "x": every size of a shape must be a positive integer, got [0]',
    ],
    [
      "no results",
      () => func({ x: [2] }, () => ({})),
      "func: the function must return an object of tensors, e.g. { y }, got an empty object",
    ],
    ["nothing returned", () => func({ x: [2] }, () => undefined as never), "e.g. { y }, got undefined"],
    ["a tensor alone", () => func({ x: [2] }, ({ x }) => x as never), "e.g. { y }, got an object of Tensor"],
    [
      "a number among the results",
      () => func({ x: [2] }, ({ x }) => ({ x, n: 5 as never })),
      'e.g. { y }, got "n" that is 5',
    ],
    [
      "parameters",
      () => func({ x: [2] }, ({ x }) => ({ y: ops.mul(x, parameter([2], { name: "w" })) })),
      "func: w [2] is a parameter, which only a compiled model has values for; make it an input",
    ],
    [
      "unknown options",
      () => func({ x: [2] }, identity, { threads: 2 } as object),
      'func: unknown option "threads"; the options are core, seed',
    ],
    ["shapes that do not fit", () => func({ x: [2], y: [3] }, ({ x, y }) => ({ z: ops.add(x, y) })), "add: "],
    [
      "the gradient of what is no scalar",
      () => func({ x: [2] }, ({ x }) => ({ dx: grad(x, [x])[0] })),
      "grad: only a scalar has gradients",
    ],
  ])("%s", async (_, make, message) => {
    await expect(make()).rejects.toThrow(message);
  });

  test.each<[unknown, string]>([
    [undefined, "func: expected numbers for x, ids, got undefined"],
    [{ x: [1, 2] }, "func: expected numbers for x, ids, got an object with x"],
    [{ x: [1, 2], ids: [0], more: [1] }, "func: expected numbers for x, ids, got an object with x, ids, more"],
    [{ x: [1], ids: [0] }, "func: x is [1, 2], 2 numbers, got 1"],
    [
      { x: "ab", ids: [0] },
      'func: x must be a typed array (Float32Array, Int32Array, Uint8Array, …) or arrays of numbers, got "ab"',
    ],
    [{ x: [1, 2], ids: [2] }, "func: ids[0] is 2, but crossEntropy of 2 classes takes whole numbers from 0 to 1"],
    [{ x: [1, 2], ids: [0.5] }, "func: ids[0] is 0.5, but crossEntropy of 2 classes takes"],
  ])("the call %j", async (values, message) => {
    const f = keep(
      await func({ x: [1, 2], ids: { shape: [1], dtype: "i32" } }, ({ x, ids }) => ({
        y: crossEntropy().compute(x, ids),
      })),
    );
    expect(() => f(values as never)).toThrow(message);
    f({ x: [1, 2], ids: [-100] }); // no class, and none is looked up
  });
});

describe("memory", () => {
  test("dispose() gives it back, and the function cannot be called any more", async () => {
    const core = await Core.start();
    const before = core.memory.used;
    const f = await func({ x: [100] }, ({ x }) => ({ y: ops.exp(x) }), { core });
    f({ x: new Float32Array(100) });
    const one = core.memory.used;
    f({ x: new Float32Array(100) });
    expect(core.memory.used).toBe(one);
    f.dispose();
    f.dispose();
    expect(core.memory.used).toBe(before);
    expect(() => f({ x: new Float32Array(100) })).toThrow(
      "this function has been disposed of; compile the model again to use it",
    );
    expect(f.explain()).toContain("program");
  });

  test("a function that is refused takes none", async () => {
    const core = await Core.start();
    const before = core.memory.used;
    for (let i = 0; i < 50; i++)
      await func({ x: [2] }, ({ x }) => ({ y: ops.add(x, 1), n: 5 as never }), { core }).catch(() => {});
    expect(core.memory.used).toBe(before);
  });
});
