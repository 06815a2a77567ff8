// Multi-head attention and transformer blocks against plain loops of PyTorch's formulas in f64; their names, what they
// are built again from, what they refuse, and that they learn.
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  embedding,
  func,
  linear,
  multiHeadAttention,
  ops,
  positionalEmbedding,
  sequential,
  ShapeError,
  transformerBlock,
  type CompileOptions,
  type Module,
  type Tensor,
  type Trainer,
  type TransformerBlockOptions,
} from "wasmgrad";
import { Random } from "../src/data/random.js";
import { moduleFromJson } from "../src/nn/from-json.js";
import { Context, moduleToJson, namedParameters } from "../src/nn/module.js";
import { expectClose } from "./support/close.js";

const made: Trainer[] = [];
afterEach(() => made.splice(0).forEach((trainer) => trainer.dispose()));
const compiled = async (model: Module, options: CompileOptions) => {
  const trainer = await compile(model, options);
  made.push(trainer);
  return trainer;
};

const random = new Random(2015);
const floats = (size: number) => Float32Array.from({ length: size }, () => random.normal());
const shapesOf = (module: Module) =>
  Object.fromEntries(namedParameters(module).map(([name, { shape }]) => [name, shape]));

// The formulas, on rows of numbers.

type Rows = readonly (readonly number[])[];
type Values = Readonly<Record<string, ArrayLike<number>>>;

const cut = (values: ArrayLike<number>, cols: number): number[][] =>
  Array.from({ length: values.length / cols }, (_, row) =>
    Array.from({ length: cols }, (_, col) => values[row * cols + col]!),
  );

const product = (x: Rows, weight: ArrayLike<number>, bias?: ArrayLike<number>): number[][] => {
  const rows = cut(weight, x[0]!.length);
  return x.map((row) => rows.map((w, out) => row.reduce((sum, value, i) => sum + value * w[i]!, bias?.[out] ?? 0)));
};
const sum = (a: Rows, b: Rows) => a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
const layerNormOf = (
  x: Rows,
  weight: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  eps: number,
  centred = true,
) =>
  x.map((row) => {
    const mean = centred ? row.reduce((a, b) => a + b, 0) / row.length : 0;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * weight[i]! + (bias?.[i] ?? 0));
  });

/** softmax(q kᵀ / √d) v, head by head; `sees` says who may see whom. */
function heads(q: Rows, k: Rows, v: Rows, count: number, sees: (i: number, j: number) => boolean): number[][] {
  const d = q[0]!.length / count;
  const group = q[0]!.length / k[0]!.length;
  return q.map((row, i) =>
    Array.from({ length: count }, (_, head) => {
      const own = Math.floor(head / group);
      const scores = k.map((key, j) => {
        let score = 0;
        for (let e = 0; e < d; e++) score += row[head * d + e]! * key[own * d + e]!;
        return sees(i, j) ? Math.exp(score / Math.sqrt(d)) : 0;
      });
      const total = scores.reduce((a, b) => a + b, 0);
      return Array.from({ length: d }, (_, e) =>
        v.reduce((mean, value, j) => mean + (scores[j]! / total) * value[own * d + e]!, 0),
      );
    }).flat(),
  );
}

/** torch.nn.MultiheadAttention of x to `memory`, with names that begin with `at`. */
function attendTo(
  x: Rows,
  memory: Rows,
  p: Values,
  at: string,
  count: number,
  sees: (i: number, j: number) => boolean,
) {
  const dim = x[0]!.length;
  const [weight, bias] = [cut(p[`${at}in_proj_weight`]!, dim), p[`${at}in_proj_bias`]];
  const kv = (weight.length - dim) / 2;
  const part = (of: Rows, first: number, size: number) =>
    product(of, weight.slice(first, first + size).flat(), bias && Array.from(bias).slice(first, first + size));
  const y = heads(part(x, 0, dim), part(memory, dim, kv), part(memory, dim + kv, kv), count, sees);
  return product(y, p[`${at}out_proj.weight`]!, p[`${at}out_proj.bias`]);
}

const everyone = () => true;
const before = (i: number, j: number) => j <= i;
const valuesOf = ({ parameters }: Trainer): Values =>
  Object.fromEntries(Object.entries(parameters).map(([name, { values }]) => [name, values]));

describe("multiHeadAttention", () => {
  test.each([
    { options: {}, sees: everyone },
    { options: { causal: true }, sees: before },
    { options: { bias: false }, sees: everyone },
    { options: { kvHeads: 2, causal: true }, sees: before },
    { options: { kvHeads: 1 }, sees: everyone },
  ])("is PyTorch's formula with $options", async ({ options, sees }) => {
    const trainer = await compiled(multiHeadAttention(12, 4, options), { input: [7, 12] });
    // Biases start at 0: give them something to do.
    const started = valuesOf(trainer);
    trainer.load(Object.fromEntries(Object.entries(started).map(([name, values]) => [name, floats(values.length)])));
    const x = floats(2 * 7 * 12);
    const expected = [0, 1].flatMap((sample) => {
      const rows = cut(x.subarray(sample * 84, sample * 84 + 84), 12);
      return attendTo(rows, rows, valuesOf(trainer), "", 4, sees).flat();
    });
    expectClose(await trainer.predict(x), expected, 2e-5);
  });

  test("has PyTorch's names, and starts as PyTorch's", async () => {
    expect(shapesOf(multiHeadAttention(6, 3))).toEqual({
      in_proj_weight: [18, 6],
      in_proj_bias: [18],
      "out_proj.weight": [6, 6],
      "out_proj.bias": [6],
    });
    expect(Object.keys(shapesOf(multiHeadAttention(6, 3, { bias: false })))).toEqual([
      "in_proj_weight",
      "out_proj.weight",
    ]);
    const { parameters } = await compiled(multiHeadAttention(32, 2), { input: [3, 32] });
    const largest = (name: string) => Math.max(...parameters[name]!.values.map(Math.abs));
    expect([largest("in_proj_bias"), largest("out_proj.bias")]).toEqual([0, 0]);
    // Xavier over the joint weight, [96, 32]; and the linear layer's own.
    expect(largest("in_proj_weight") / Math.sqrt(6 / 128)).toBeCloseTo(1, 2);
    expect(largest("out_proj.weight") * Math.sqrt(32)).toBeCloseTo(1, 2);
  });

  test("attends to another sequence, by the same weights; with a mask", async () => {
    const layer = multiHeadAttention(8, 2);
    const mask = [1, 0, 1, 1, 1];
    const trainer = await compile(
      ({ x, memory }: { readonly x: Tensor; readonly memory: Tensor }, context: Context) => ({
        all: layer.attend(x, context, { memory }),
        some: layer.attend(x, context, {
          memory,
          mask: ops.constant(
            mask.map((seen) => (seen ? 0 : -Infinity)),
            [5],
          ),
        }),
      }),
      { input: { x: [3, 8], memory: [5, 8] } },
    );
    made.push(trainer);
    const [x, memory] = [floats(24), floats(40)];
    const values = Object.values(trainer.parameters).map(({ values }) => values);
    const names = Object.keys(shapesOf(layer));
    const bySize = (name: string) => values.find(({ length }) => length === layerSize(name))!;
    const layerSize = (name: string) => shapesOf(layer)[name]!.reduce((a, b) => a * b, 1);
    const p = Object.fromEntries(names.map((name) => [name, bySize(name)]));
    const { all, some } = await trainer.predictAll({ x, memory });
    const expected = (sees: (i: number, j: number) => boolean) =>
      attendTo(cut(x, 8), cut(memory, 8), p, "", 2, sees).flat();
    expectClose(all!, expected(everyone), 2e-5);
    expectClose(some!, expected((_, j) => mask[j] === 1), 2e-5); // prettier-ignore
  });

  test("drops weights in training only", async () => {
    const trainer = await compiled(multiHeadAttention(8, 2, { dropout: 0.5 }), {
      ...{ input: [4, 8], loss: (y: Tensor) => ops.mean(y) },
    });
    const x = floats(32);
    expect(await trainer.predict(x)).toEqual(await trainer.predict(x));
    const mean = (await trainer.predict(x)).reduce((a, b) => a + b, 0) / 32;
    const { loss } = await trainer.gradients(x, [0]);
    expect(Math.abs(loss - mean)).toBeGreaterThan(1e-4);
  });

  test("refuses what does not fit", async () => {
    expect(() => multiHeadAttention(8, 3)).toThrow("multiHeadAttention: heads must divide dim evenly, got 3 of 8");
    expect(() => multiHeadAttention(8, 4, { kvHeads: 3 })).toThrow("kvHeads must divide heads evenly, got 3 of 4");
    expect(() => multiHeadAttention(8, 4, { dropout: 2 })).toThrow("dropout must be a number from 0 to 1, got 2");
    expect(() => multiHeadAttention(8, 4, { casual: true } as never)).toThrow('unknown option "casual"');
    await expect(compile(multiHeadAttention(8, 4), { input: [4, 6] })).rejects.toThrow(
      "multiHeadAttention: needs [samples, length, 8], got [1, 4, 6]; check the layer before it",
    );
    const turning = multiHeadAttention(8, 2, { rotary: true });
    const call = func({ x: [1, 3, 8] }, ({ x }) => ({ y: turning.attend(x, new Context(false), { memory: x }) }));
    await expect(call).rejects.toThrow("set rotary to false");
  });
});

describe("transformerBlock", () => {
  const erf = (x: number) => {
    // Abramowitz and Stegun's series, summed until it stands still.
    let [term, total] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-18; n++) {
      term *= -(x * x) / n;
      total += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  };
  const ACTIVATIONS = {
    relu: (x: number) => Math.max(x, 0),
    gelu: (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2)),
    geluTanh: (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    silu: (x: number) => x / (1 + Math.exp(-x)),
  };

  /** torch.nn.TransformerEncoderLayer. */
  function block(x: Rows, p: Values, count: number, options: TransformerBlockOptions): number[][] {
    const { activation = "gelu", norm = "layerNorm", preNorm = true, causal = false } = options;
    const normed = (of: Rows, at: string) =>
      norm === "rmsNorm"
        ? layerNormOf(of, p[`${at}.weight`]!, undefined, options.eps ?? 2 ** -23, false)
        : layerNormOf(of, p[`${at}.weight`]!, p[`${at}.bias`], options.eps ?? 1e-5);
    const look = (of: Rows) => attendTo(of, of, p, "self_attn.", count, causal ? before : everyone);
    const hidden = (of: Rows) => {
      const y = product(of, p["linear1.weight"]!, p["linear1.bias"]);
      const half = y[0]!.length / 2;
      const active =
        activation === "swiglu"
          ? y.map((row) => row.slice(0, half).map((value, i) => ACTIVATIONS.silu(value) * row[half + i]!))
          : y.map((row) => row.map(ACTIVATIONS[activation]));
      return product(active, p["linear2.weight"]!, p["linear2.bias"]);
    };
    if (preNorm) {
      const y = sum(x, look(normed(x, "norm1")));
      return sum(y, hidden(normed(y, "norm2")));
    }
    const y = normed(sum(x, look(x)), "norm1");
    return normed(sum(y, hidden(y)), "norm2");
  }

  test.each<TransformerBlockOptions>([
    {},
    { causal: true, mlp: 7 },
    { activation: "relu", preNorm: false },
    { activation: "geluTanh", bias: false },
    { activation: "swiglu", norm: "rmsNorm", mlp: 10, causal: true },
    { activation: "silu", norm: "rmsNorm", preNorm: false, eps: 1e-6, kvHeads: 1 },
  ])("is PyTorch's formula with %j", async (options) => {
    const trainer = await compiled(transformerBlock(8, 2, options), { input: [5, 8] });
    const x = floats(2 * 5 * 8);
    const expected = [0, 1].flatMap((sample) =>
      block(cut(x.subarray(sample * 40, sample * 40 + 40), 8), valuesOf(trainer), 2, options).flat(),
    );
    expectClose(await trainer.predict(x), expected, 2e-5);
  });

  test("has PyTorch's names", () => {
    expect(shapesOf(transformerBlock(4, 2, { mlp: 6 }))).toEqual({
      "self_attn.in_proj_weight": [12, 4],
      "self_attn.in_proj_bias": [12],
      "self_attn.out_proj.weight": [4, 4],
      "self_attn.out_proj.bias": [4],
      "linear1.weight": [6, 4],
      "linear1.bias": [6],
      "linear2.weight": [4, 6],
      "linear2.bias": [4],
      "norm1.weight": [4],
      "norm1.bias": [4],
      "norm2.weight": [4],
      "norm2.bias": [4],
    });
    const lean = shapesOf(transformerBlock(4, 2, { mlp: 6, bias: false, norm: "rmsNorm", activation: "swiglu" }));
    expect(Object.keys(lean).filter((name) => name.endsWith("bias"))).toEqual([]);
    expect([lean["linear1.weight"], lean["linear2.weight"]]).toEqual([[12, 4], [4, 6]]); // prettier-ignore
  });

  test.each([
    multiHeadAttention(8, 2),
    multiHeadAttention(8, 4, { causal: true, dropout: 0.1, bias: false, kvHeads: 2, rotary: { base: 500 } }),
    transformerBlock(8, 2),
    transformerBlock(8, 2, {
      mlp: 9,
      activation: "swiglu",
      norm: "rmsNorm",
      preNorm: false,
      causal: true,
      rotary: true,
    }),
  ] as Module[])("and attention are built again from JSON: $type $options", (module) => {
    const again = moduleFromJson(JSON.parse(JSON.stringify(moduleToJson(module))));
    expect(moduleToJson(again)).toEqual(moduleToJson(module));
    expect(shapesOf(again)).toEqual(shapesOf(module));
  });

  test("passes a mask on: padding is not seen", async () => {
    const layer = transformerBlock(6, 2);
    const trainer = await compile(
      ({ x, mask }: { readonly x: Tensor; readonly mask: Tensor }, context: Context) =>
        layer.attend(x, context, { mask: ops.reshape(mask, [-1, 1, 1, 4]) }),
      { input: { x: [4, 6], mask: { shape: [4], dtype: "i32" } } },
    );
    made.push(trainer);
    const x = floats(24);
    const other = x.slice();
    other.set(floats(6), 18);
    const mask = [1, 1, 1, 0];
    const [one, two] = [await trainer.predict({ x, mask }), await trainer.predict({ x: other, mask })];
    expect([...two.subarray(0, 18)]).toEqual([...one.subarray(0, 18)]);
    expect([...two.subarray(18)]).not.toEqual([...one.subarray(18)]);
  });

  test("names itself in errors, and refuses options that are none", async () => {
    expect(() => transformerBlock(8, 2, { activation: "sigmoid" as never })).toThrow(
      'transformerBlock: activation must be one of "relu", "gelu", "geluTanh", "silu", "swiglu", got "sigmoid"',
    );
    expect(() => transformerBlock(8, 2, { norm: "batchNorm" as never })).toThrow('norm must be one of "layerNorm"');
    expect(() => transformerBlock(8, 2, { mlp: 0 })).toThrow("transformerBlock: mlp must be a whole number");
    expect(() => transformerBlock(9, 2)).toThrow("heads must divide dim evenly, got 2 of 9");
    const wrong = sequential(linear(8, 6) as Module, transformerBlock(8, 2) as Module);
    await expect(compile(wrong, { input: [4, 8] })).rejects.toThrow(
      /layer "1\.norm1" \(layerNorm\): layerNorm: the last axes/,
    );
    await expect(compile(wrong, { input: [4, 8] })).rejects.toThrow(ShapeError);
  });

  test("learns to say a sequence backwards", async () => {
    const [length, vocab, count] = [6, 8, 256];
    const model = sequential(
      embedding(vocab, 24),
      positionalEmbedding(length, 24),
      transformerBlock(24, 4, { dropout: 0.01 }),
      transformerBlock(24, 4, { rotary: true }),
      linear(24, vocab),
    );
    const x = Int32Array.from({ length: count * length }, () => random.integer(vocab));
    const y = x.map((_, i) => x[i - (i % length) + (length - 1 - (i % length))]!);
    const trainer = await compiled(model, {
      ...{ loss: crossEntropy(), input: [length], optimizer: adam({ lr: 0.01 }), clipNorm: 1 },
    });
    const epochs = await trainer.fit({ x, y }, { epochs: 12, batchSize: 32 });
    expect(epochs.at(-1)!.accuracy).toBeGreaterThan(0.97);
  });
});
