// Embeddings: ids that are none are refused wherever they could come in, what is learnt and what is not, and positions.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  crossEntropy,
  embedding,
  flatten,
  func,
  grad,
  initialisers,
  linear,
  ops,
  positionalEmbedding,
  sequential,
  sgd,
  ShapeError,
  sinusoidalEmbedding,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { Random } from "../src/data/random.js";
import { moduleFromJson } from "../src/nn/from-json.js";
import { moduleToJson } from "../src/nn/module.js";
import { expectClose } from "./support/close.js";

const made: Trainer[] = [];
afterEach(() => made.splice(0).forEach((trainer) => trainer.dispose()));
const compiled = async (model: Module, options: CompileOptions) => {
  const trainer = await compile(model, options);
  made.push(trainer);
  return trainer;
};

const random = new Random(6);
const floats = (size: number) => Float32Array.from({ length: size }, () => random.normal());

describe("ids that are none", () => {
  const model = () => sequential(embedding(10, 4), flatten(), linear(12, 3));
  const options = { loss: crossEntropy(), input: [3] };
  const good = { x: [0, 1, 9, 4, 4, 4], y: [0, 2] };

  test.each([
    ["too large", 10],
    ["negative", -1],
    ["broken", 1.5],
    ["NaN", NaN],
  ])("%s: refused before anything is computed", async (_, id) => {
    const trainer = await compiled(model(), options);
    const before = trainer.parameters;
    const x = [0, 1, id, 2, 3, 4];
    const message = `x[2] is ${id}, but embedding 0.weight [10, 4] takes whole numbers from 0 to 9`;
    await expect(trainer.fit({ x, y: good.y })).rejects.toThrow(`fit: ${message}`);
    await expect(trainer.fit([{ x, y: good.y }])).rejects.toThrow(message);
    await expect(trainer.step(x, good.y)).rejects.toThrow(`step: ${message}`);
    await expect(trainer.evaluate({ x, y: good.y })).rejects.toThrow(`evaluate: ${message}`);
    await expect(trainer.predict(x)).rejects.toThrow(`predict: ${message}`);
    await expect(trainer.inspect(x, good.y)).rejects.toThrow(message);
    await expect(trainer.fit(good, { validation: { x, y: good.y } })).rejects.toThrow(message);
    expect(trainer.parameters).toEqual(before);
    await expect(trainer.step(good.x, good.y)).resolves.toHaveProperty("loss");
  });

  test("are found in the input that holds them, through whatever moves them", async () => {
    const f = await func({ ids: { shape: [4], dtype: "i32" }, w: [5, 2] }, ({ ids, w }) => ({
      y: ops.embedding(ops.permute(ops.reshape(ids, [2, 2])), w),
    }));
    expect(() => f({ ids: [0, 1, 5, 2], w: floats(10) })).toThrow("func: ids[2] is 5, but embedding w [5, 2] takes");
    f.dispose();
  });

  test("from an op are held within the table", async () => {
    const f = await func({ x: [2, 9], w: [3, 2] }, ({ x, w }) => {
      const y = ops.embedding(ops.argmax(x), w);
      return { y, dw: grad(ops.sum(y), [w])[0]! };
    });
    const x = new Float32Array(18);
    [x[7], x[9 + 1]] = [1, 1];
    const { y, dw } = f({ x, w: [1, 2, 3, 4, 5, 6] });
    expect([...y]).toEqual([5, 6, 3, 4]);
    expect([...dw]).toEqual([0, 0, 1, 1, 1, 1]);
    f.dispose();
  });

  test("are no floats, no vectors and no padding", async () => {
    const call = (ids: number[] | { shape: number[]; dtype: "i32" }, w: number[], options = {}) =>
      func({ ids, w }, ({ ids, w }) => ({ y: ops.embedding(ids, w, options) }));
    await expect(call([3], [4, 2])).rejects.toThrow("embedding: the ids [3] are f32; declare them as whole numbers");
    await expect(call({ shape: [3], dtype: "i32" }, [4])).rejects.toThrow("the weight must be [rows, cols], got [4]");
    await expect(call({ shape: [3], dtype: "i32" }, [4, 2], { paddingIndex: 4 })).rejects.toThrow(
      "embedding: paddingIndex must be a whole number from -4 to 3, got 4",
    );
    expect(() => embedding(0, 4)).toThrow("embedding: vocab must be a whole number of at least 1, got 0");
    expect(() => embedding(4, 2, { paddingIndex: 7 })).toThrow(RangeError);
  });
});

describe("the layer", () => {
  test("starts normal, its padding as zeros, which are not learnt", async () => {
    const trainer = await compiled(sequential(embedding(400, 5, { paddingIndex: -398 }), flatten(), linear(10, 2)), {
      ...{ loss: crossEntropy(), input: [2], optimizer: sgd({ lr: 1 }) },
    });
    const weight = () => trainer.parameters["0.weight"]!.values;
    const started = weight();
    const spread = Math.sqrt(started.reduce((sum, value) => sum + value * value, 0) / 2000);
    expect(Math.abs(spread - 1)).toBeLessThan(0.1);
    expect([...started.subarray(10, 15)]).toEqual([0, 0, 0, 0, 0]);
    await trainer.step([2, 7, 2, 8], [0, 1]);
    const moved = weight();
    const rows = Array.from({ length: 400 }, (_, row) => row).filter((row) =>
      moved.subarray(row * 5, row * 5 + 5).some((value, i) => value !== started[row * 5 + i]),
    );
    expect(rows).toEqual([7, 8]);
  });

  test("takes ids as whole numbers without being told, also behind nothing but itself", async () => {
    const trainer = await compiled(embedding(3, 2, { weightInit: initialisers.values([1, 2, 3, 4, 5, 6]) }), {
      input: [2],
    });
    expect([...(await trainer.predict(Uint8Array.of(2, 0, 1, 1)))]).toEqual([5, 6, 1, 2, 3, 4, 3, 4]);
  });

  test("adds up the gradients of all its uses: of a table that is the head as well", async () => {
    const f = await func({ ids: { shape: [5], dtype: "i32" }, w: [4, 3], dy: [5, 4] }, ({ ids, w, dy }) => {
      const loss = ops.sum(ops.mul(ops.linear(ops.embedding(ids, w), w), dy));
      return { dw: grad(loss, [w])[0]! };
    });
    const [ids, w, dy] = [[1, 3, 1, 0, 1], floats(12), floats(20)];
    const expected = new Float64Array(12);
    ids.forEach((id, i) => {
      for (let row = 0; row < 4; row++) {
        for (let col = 0; col < 3; col++) {
          expected[id * 3 + col]! += dy[i * 4 + row]! * w[row * 3 + col]!;
          expected[row * 3 + col]! += dy[i * 4 + row]! * w[id * 3 + col]!;
        }
      }
    });
    expectClose(f({ ids, w, dy }).dw, expected, 1e-6);
    f.dispose();
  });

  test.each([
    embedding(5, 3),
    embedding(5, 3, { paddingIndex: 0 }),
    positionalEmbedding(7, 4),
    sinusoidalEmbedding(),
    sinusoidalEmbedding({ base: 100 }),
  ] as Module[])("is built again from JSON: $type $options", (module) => {
    expect(moduleToJson(moduleFromJson(JSON.parse(JSON.stringify(moduleToJson(module)))))).toEqual(
      moduleToJson(module),
    );
  });
});

describe("positions", () => {
  test("that are learnt are added, as many as there are places", async () => {
    const values = Array.from({ length: 12 }, (_, i) => i);
    const layer = positionalEmbedding(4, 3, { weightInit: initialisers.values(values) });
    const trainer = await compiled(layer, { input: [2, 3], loss: (y) => ops.sum(y), optimizer: sgd({ lr: 1 }) });
    expect([...(await trainer.predict(new Float32Array(12).fill(10)))]).toEqual(
      [...values.slice(0, 6), ...values.slice(0, 6)].map((value) => value + 10),
    );
    const { gradients } = await trainer.gradients(new Float32Array(12), [0, 0]);
    expect([...gradients["weight"]!]).toEqual([2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0]);
    await expect(compile(layer, { input: [5, 3] })).rejects.toThrow(
      "positionalEmbedding: needs [samples, length up to 4, 3], got [1, 5, 3]",
    );
    await expect(compile(layer, { input: [3] })).rejects.toThrow(ShapeError);
  });

  test("as sines and cosines have the values of the paper", async () => {
    const f = await func({ x: [1] }, () => ({ y: ops.sinusoidal(50, 6), odd: ops.sinusoidal(3, 5, { base: 10 }) }));
    const { y, odd } = f({ x: [0] });
    const expected = (length: number, dim: number, base: number) =>
      Array.from({ length: length * dim }, (_, i) => {
        const [position, col] = [Math.floor(i / dim), i % dim];
        const angle = position / base ** ((col - (col % 2)) / dim);
        return col % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      });
    expectClose(y, expected(50, 6, 10000), 1e-7);
    expectClose(odd, expected(3, 5, 10), 1e-7);
    f.dispose();
  });

  test("that turn: products depend on the distance alone", async () => {
    for (const interleaved of [false, true]) {
      const f = await func({ q: [1, 8], k: [1, 8] }, ({ q, k }) => ({
        far: ops.matmul(ops.rotary(q, { offset: 1009, interleaved }), ops.rotary(k, { offset: 1000, interleaved }), {
          transB: true,
        }),
        near: ops.matmul(ops.rotary(q, { offset: 9, interleaved }), ops.rotary(k, { interleaved }), { transB: true }),
        length: ops.sum(ops.square(ops.rotary(q, { offset: 77, interleaved }))),
      }));
      const [q, k] = [floats(8), floats(8)];
      const { far, near, length } = f({ q, k });
      expectClose(far, near, 1e-5);
      expectClose(length, [q.reduce((sum, value) => sum + value * value, 0)], 1e-6);
      f.dispose();
    }
  });

  test("that turn by a tensor are those of the same offset; others are refused", async () => {
    const f = await func({ x: [2, 3, 4], position: { shape: [1], dtype: "i32" } }, ({ x, position }) => ({
      y: ops.rotary(x, { position, maxLength: 9 }),
      same: ops.rotary(x, { offset: 6 }),
    }));
    const x = floats(24);
    const { y, same } = f({ x, position: [6] });
    expect(y).toEqual(same);
    expect(() => f({ x, position: [7] })).toThrow(
      "func: position[0] is 7, but rotary for 3 rows takes whole numbers from 0 to 6",
    );
    f.dispose();
    const call = (x: number[], options: object) => func({ x }, ({ x }) => ({ y: ops.rotary(x, options) }));
    await expect(call([2, 3], {})).rejects.toThrow("their size must be even, got 3");
    await expect(call([4], {})).rejects.toThrow("rotary: needs an input [.., length, dim], got [4]");
    await expect(call([2, 4], { base: 0 })).rejects.toThrow("rotary: base must be a positive number, got 0");
    await expect(call([2, 4], { offset: 0.5 })).rejects.toThrow("rotary: offset must be a whole number, got 0.5");
  });
});
