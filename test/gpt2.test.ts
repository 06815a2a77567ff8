// GPT-2 in Hugging Face's files: there and back, both forms of names, parts with an index, types, and what is refused.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compile, crossEntropy, type Trainer } from "../src/index.js";
import { readSafetensors, writeSafetensors, type ByteReader, type TensorToWrite } from "../src/io/index.js";
import { gpt, loadGpt2, loadGpt2Folder, saveGpt2, saveGpt2Folder, type Gpt2Files } from "../src/models/index.js";
import { expectClose } from "./support/close.js";

const options = { vocabSize: 9, contextLength: 5, layers: 2, heads: 2, dim: 6, activation: "geluTanh" } as const;
const ids = Int32Array.of(1, 8, 3, 0, 5);
const WHOLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

let trainer: Trainer;
let config: Record<string, unknown>;
let tensors: Record<string, TensorToWrite>;
beforeAll(async () => {
  trainer = await compile(gpt(options), { seed: 4 });
  // Biases and norms that show when they are mixed up.
  const values = Object.entries(trainer.parameters).map(([name, given], k) => {
    return [name, given.values.map((value, i) => value + 0.1 * Math.cos(i + 3 * k))] as const;
  });
  trainer.load(Object.fromEntries(values));
  const saved = saveGpt2(trainer);
  ({ config } = saved);
  tensors = Object.fromEntries(readSafetensors(saved.files[WHOLE]).tensors);
});
afterAll(() => trainer.dispose());

const renamed = (rename: (name: string) => string, given = tensors) =>
  Object.fromEntries(Object.entries(given).map(([name, tensor]) => [rename(name), tensor]));
const files = (given: Record<string, TensorToWrite>): Gpt2Files => ({ [WHOLE]: writeSafetensors(given) });
const without = (name: string) => Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name));

async function logitsOf(source: Parameters<typeof loadGpt2>[0]): Promise<Float32Array> {
  const loaded = await loadGpt2(source);
  const logits = await loaded.predict(ids);
  loaded.dispose();
  return logits;
}

describe("there and back", () => {
  test("the parameters and the logits are the same", async () => {
    const again = await loadGpt2({ config, files: files(tensors) });
    expect(again.parameters).toEqual(trainer.parameters);
    expect(await again.predict(ids)).toEqual(await trainer.predict(ids));
    expect(saveGpt2(again)).toEqual(saveGpt2(trainer));
    again.dispose();
  });

  test("the file is Hugging Face's: prefixed names, linear weights [in, out], a config that it reads", () => {
    expect(tensors["transformer.h.1.attn.c_attn.weight"]!.shape).toEqual([6, 18]);
    expect(tensors["transformer.h.0.mlp.c_proj.weight"]!.shape).toEqual([24, 6]);
    expect(tensors["transformer.wte.weight"]!.shape).toEqual([9, 6]);
    const ours = trainer.parameters["h.0.mlp.c_fc.weight"]!.values; // [24, 6]
    const theirs = tensors["transformer.h.0.mlp.c_fc.weight"]!.data; // [6, 24]
    for (let i = 0; i < 6; i++) for (let o = 0; o < 24; o++) expect(theirs[i * 24 + o]).toBe(ours[o * 6 + i]);
    expect(config).toMatchObject({
      ...{ model_type: "gpt2", n_embd: 6, n_head: 2, n_layer: 2, n_positions: 5, vocab_size: 9, n_inner: null },
      ...{ activation_function: "gelu_new", layer_norm_epsilon: 1e-5, tie_word_embeddings: true },
    });
    const { metadata } = readSafetensors(saveGpt2(trainer).files[WHOLE]);
    expect({ ...metadata }).toEqual({ format: "pt" });
  });

  test("a head of its own, another hidden size, exact GELU, another eps", async () => {
    const other = await compile(gpt({ ...options, activation: "gelu", tied: false, mlp: 7, eps: 1e-3 }), { seed: 1 });
    const saved = saveGpt2(other);
    expect(saved.config).toMatchObject({ n_inner: 7, activation_function: "gelu", tie_word_embeddings: false });
    expect(await logitsOf(saved)).toEqual(await other.predict(ids));
    other.dispose();
  });

  test("for training, with a loss: dropout is the config's unless it is given", async () => {
    const source = { config: { ...config, resid_pdrop: 0.25 }, files: files(tensors) };
    const again = await loadGpt2(source, { loss: crossEntropy() });
    expect((again.state.model.module as ReturnType<typeof gpt>).config.dropout).toBe(0.25);
    const before = again.parameters["h.0.attn.c_attn.weight"]!.values;
    await again.step(ids, ids);
    expect(again.parameters["h.0.attn.c_attn.weight"]!.values).not.toEqual(before);
    again.dispose();
    const without = await loadGpt2(source, { loss: crossEntropy(), dropout: 0 });
    expect((without.state.model.module as ReturnType<typeof gpt>).config.dropout).toBe(0);
    without.dispose();
  });

  test("without a loss it holds its parameters once", async () => {
    const { memory } = trainer.core;
    const before = memory.used;
    const loaded = await loadGpt2({ config, files: files(tensors) });
    const bytes = Object.values(loaded.parameters).reduce((sum, { values }) => sum + 4 * values.length, 0);
    // Each parameter is padded to a line; the control blocks take some.
    expect(memory.used - before).toBeLessThan(bytes + 64 * Object.keys(loaded.parameters).length + 2048);
    loaded.dispose();
    expect(memory.used).toBe(before);
  });
});

describe("what files may look like", () => {
  const plain = (name: string) => name.replace("transformer.", "");

  test("names without a prefix, with masks and a tied head beside them", async () => {
    const extra = {
      "h.0.attn.bias": { shape: [1, 1, 5, 5], data: new Float32Array(25) },
      "h.0.attn.masked_bias": { shape: [], data: Float32Array.of(-1e4) },
      "lm_head.weight": { shape: [9, 6], data: new Float32Array(54) },
    };
    const source = { config, files: files({ ...renamed(plain), ...extra }) };
    expect(await logitsOf(source)).toEqual(await trainer.predict(ids));
  });

  test("the config as bytes, with nothing but its sizes", async () => {
    const { n_embd, n_head, n_layer, n_positions, vocab_size } = config;
    const bytes = new TextEncoder().encode(JSON.stringify({ n_embd, n_head, n_layer, n_positions, vocab_size }));
    expect(await logitsOf({ config: bytes, files: files(tensors) })).toEqual(await trainer.predict(ids));
  });

  test("half precision", async () => {
    const bf16 = (data: Float32Array) => Uint16Array.from(new Uint32Array(data.slice().buffer), (bits) => bits >>> 16);
    const halves = Object.entries(tensors).map(([name, { shape, data }]): [string, TensorToWrite] => [
      name,
      { shape, dtype: "BF16", data: bf16(data as Float32Array) },
    ]);
    const logits = await logitsOf({ config, files: files(Object.fromEntries(halves)) });
    expectClose(logits, await trainer.predict(ids), 0.05);
  });

  test("parts with an index, read piece by piece", async () => {
    const names = Object.keys(tensors);
    const [a, b] = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
    const part = (of: string[]) => writeSafetensors(Object.fromEntries(of.map((name) => [name, tensors[name]!])));
    const reader = (bytes: Uint8Array): ByteReader => ({
      size: bytes.length,
      read: async (begin, end) => bytes.slice(begin, end),
    });
    const weight_map = Object.fromEntries([...a.map((name) => [name, "a.safetensors"]), ...b.map((name) => [name, "b.safetensors"])]); // prettier-ignore
    const index = new TextEncoder().encode(JSON.stringify({ metadata: { total_size: 1 }, weight_map }));
    const parts = { [INDEX]: index, "a.safetensors": part(a), "b.safetensors": reader(part(b)) };
    expect(await logitsOf({ config, files: parts })).toEqual(await trainer.predict(ids));
  });
});

describe("a folder", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "gpt2-"))));
  afterEach(() => rm(folder, { recursive: true }));

  test("is written and read", async () => {
    await saveGpt2Folder(trainer, folder);
    expect((await readdir(folder)).sort()).toEqual(["config.json", WHOLE]);
    expect(new Uint8Array(await readFile(join(folder, WHOLE)))).toEqual(saveGpt2(trainer).files[WHOLE]);
    const again = await loadGpt2Folder(folder);
    expect(again.parameters).toEqual(trainer.parameters);
    again.dispose();
  });

  test("with parts and an index", async () => {
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    await writeFile(join(folder, "part-1.safetensors"), writeSafetensors(tensors));
    const weight_map = Object.fromEntries(Object.keys(tensors).map((name) => [name, "part-1.safetensors"]));
    await writeFile(join(folder, INDEX), JSON.stringify({ weight_map }));
    const again = await loadGpt2Folder(folder);
    expect(again.parameters).toEqual(trainer.parameters);
    again.dispose();
  });

  test.each(["../secret.safetensors", "/etc/passwd", "a/b.safetensors", "..", ""])(
    'an index that names "%s" is refused before anything is opened',
    async (name) => {
      await writeFile(join(folder, "config.json"), JSON.stringify(config));
      await writeFile(join(folder, INDEX), JSON.stringify({ weight_map: { "wte.weight": name } }));
      await expect(loadGpt2Folder(folder)).rejects.toThrow(`${INDEX}: "${name}" is no plain name`);
    },
  );

  test("without the files says which are needed", async () => {
    await expect(loadGpt2Folder(folder)).rejects.toThrow("config.json could not be read");
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    await expect(loadGpt2Folder(folder)).rejects.toThrow(`has neither ${WHOLE} nor ${INDEX}`);
  });
});

describe("refused, by the name of the file", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ n_embd: 7 }, "config.json: n_head 2 does not divide n_embd 7 evenly"],
    [{ n_layer: "two" }, 'config.json: n_layer is "two", expected a whole number from 1 to 1000'],
    [{ n_layer: 1e9 }, "config.json: n_layer is 1000000000, expected a whole number from 1 to 1000"],
    [{ vocab_size: 2.5 }, "config.json: vocab_size is 2.5"],
    [{ n_positions: -1 }, "config.json: n_positions is -1"],
    [{ model_type: "llama" }, 'config.json: model_type is "llama", but only "gpt2" can be loaded'],
    [{ activation_function: "relu" }, 'config.json: activation_function is "relu"'],
    [{ activation_function: "constructor" }, 'config.json: activation_function is "constructor"'],
    [{ scale_attn_weights: false }, "config.json: scale_attn_weights is false, but the model computes as with true"],
    [{ scale_attn_by_inverse_layer_idx: true }, "config.json: scale_attn_by_inverse_layer_idx is true"],
    [{ add_cross_attention: true }, "config.json: add_cross_attention is true"],
    [{ tie_word_embeddings: "yes" }, 'config.json: tie_word_embeddings is "yes", expected true or false'],
    [{ layer_norm_epsilon: -1 }, "config.json: layer_norm_epsilon is -1"],
    [{ resid_pdrop: 2 }, "config.json: resid_pdrop is 2"],
    [{ n_layer: 3 }, `${WHOLE}: no tensor is called "h.2.ln_1.weight" or "transformer.h.2.ln_1.weight"`],
    [{ vocab_size: 10 }, `${WHOLE}: "wte.weight" has shape [9, 6], but the config says [10, 6]`],
    [{ n_inner: 8 }, `${WHOLE}: "h.0.mlp.c_fc.weight" has shape [6, 24], but the config says [6, 8]`],
    [{ tie_word_embeddings: false }, `${WHOLE}: no tensor is called "lm_head.weight"`],
  ])("config %j", async (change, message) => {
    await expect(loadGpt2({ config: { ...config, ...change }, files: files(tensors) })).rejects.toThrow(message);
  });

  test.each<[unknown, string]>([
    [[], "config.json: must hold a JSON object"],
    [null, "config.json: must hold a JSON object"],
    [new TextEncoder().encode("{"), "config.json: is no JSON"],
    [Uint8Array.of(0xff), "config.json: is no JSON"],
  ])("config %j as a whole", async (given, message) => {
    await expect(loadGpt2({ config: given, files: files(tensors) })).rejects.toThrow(message);
  });

  test("a tensor that is missing or of whole numbers", async () => {
    await expect(loadGpt2({ config, files: files(without("transformer.ln_f.bias")) })).rejects.toThrow(
      `${WHOLE}: no tensor is called "ln_f.bias" or "transformer.ln_f.bias", but the config needs one of shape [6]`,
    );
    const whole = { ...tensors, "transformer.ln_f.bias": { shape: [6], data: new Int32Array(6) } };
    await expect(loadGpt2({ config, files: files(whole) })).rejects.toThrow(
      `${WHOLE}: "ln_f.bias" is of type I32, expected F32, F16, BF16 or F64`,
    );
  });

  test("bytes that are no safetensors file, by their own name", async () => {
    await expect(loadGpt2({ config, files: { [WHOLE]: new Uint8Array(4) } })).rejects.toThrow(`${WHOLE} has 4 bytes`);
    const map = { weight_map: { "wte.weight": "p.safetensors" } };
    const index = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
    await expect(
      loadGpt2({ config, files: { [INDEX]: index(map), "p.safetensors": new Uint8Array(9) } }),
    ).rejects.toThrow("p.safetensors has a header that is empty");
    const other = writeSafetensors({ x: { shape: [1], data: Float32Array.of(1) } });
    await expect(loadGpt2({ config, files: { [INDEX]: index(map), "p.safetensors": other } })).rejects.toThrow(
      `p.safetensors: has no tensor "wte.weight", although ${INDEX} says so`,
    );
    await expect(loadGpt2({ config, files: { [INDEX]: index(map) } })).rejects.toThrow(
      `${INDEX}: "wte.weight" is said to be in "p.safetensors", which is not among the files`,
    );
    for (const json of [[], {}, { weight_map: [] }, null]) {
      await expect(loadGpt2({ config, files: { [INDEX]: index(json) } })).rejects.toThrow(
        `${INDEX}: must hold an object "weight_map"`,
      );
    }
    await expect(loadGpt2({ config, files: { [INDEX]: index({ weight_map: { a: 3 } }) } })).rejects.toThrow(
      `${INDEX}: the file of "a" must be a name, got 3`,
    );
    await expect(loadGpt2({ config, files: {} })).rejects.toThrow(
      `loadGpt2: the files must hold ${WHOLE}, or ${INDEX}`,
    );
  });

  test("a file that cannot be read to its end gives its memory back", async () => {
    const bytes = writeSafetensors(tensors);
    const { used } = trainer.core.memory;
    const failing: ByteReader = {
      size: bytes.length,
      read: async (begin, end) => {
        if (end > bytes.length - 100) throw new Error("the disk is gone");
        return bytes.slice(begin, end);
      },
    };
    await expect(loadGpt2({ config, files: { [WHOLE]: failing } })).rejects.toThrow(
      /^model\.safetensors: "[\w.]+" could not be loaded \(the disk is gone\)$/,
    );
    expect(trainer.core.memory.used).toBe(used);
  });

  test("weights that 8 bits cannot hold", async () => {
    // Large enough to be kept in 8 bits: 4,096 numbers.
    const wide = await compile(gpt({ ...options, vocabSize: 700 }));
    wide.load({ "wte.weight": new Float32Array(4200).fill(NaN, 7, 8) });
    const saved = saveGpt2(wide);
    wide.dispose();
    await expect(loadGpt2(saved, { weights: "int8" })).rejects.toThrow(`${WHOLE}: "wte.weight" could not be loaded`);
  });

  test.each([
    [{ norm: "rmsNorm" }, "saveGpt2: GPT-2 has norm"],
    [{ positions: "rotary", heads: 1 }, "saveGpt2: GPT-2 has positions"],
    [{ bias: false }, "saveGpt2: GPT-2 has bias true, but this model has false"],
    [{ activation: "swiglu" }, 'saveGpt2: GPT-2 has no activation "swiglu"'],
  ] as const)("saving a model that GPT-2 cannot be: %j", async (change, message) => {
    const other = await compile(gpt({ ...options, ...change }));
    expect(() => saveGpt2(other)).toThrow(message);
    other.dispose();
  });
});
