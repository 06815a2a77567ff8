// What compile() and fit() say of options that make no sense, and use after dispose().
import { afterEach, describe, expect, test } from "vitest";
import {
  adam,
  compile,
  crossEntropy,
  flatten,
  linear,
  loadCheckpoint,
  meanSquaredError,
  ops,
  parameter,
  relu,
  saveCheckpoint,
  sequential,
  type CompileOptions,
  type FitOptions,
  type Module,
  type ModelFunction,
  type Trainer,
} from "wasmgrad";

const open: Trainer[] = [];
afterEach(() => open.splice(0).forEach((trainer) => trainer.dispose()));

const loss = meanSquaredError();
const data = { x: [1, 2], y: [1] };

describe("compile refuses", () => {
  test.each<[string, unknown, string]>([
    ["null for options", null, "compile: expected an options object, got null"],
    ["a loss in their place", crossEntropy, "compile: expected an options object, got a function"],
    [
      "an unknown one",
      { loss, epochs: 5 },
      'compile: unknown option "epochs"; the options are loss, optimizer, groups',
    ],
    ["a misspelt one", { loss, optimiser: adam() }, 'unknown option "optimiser"; the options are loss, optimizer'],
    ["a loss by name", { loss: "mse" }, 'compile: the loss must be one, e.g. crossEntropy(), or a function, got "mse"'],
    ["a loss of null", { loss: null }, "compile: the loss must be one, e.g. crossEntropy(), or a function, got null"],
    [
      "a loss that was not called",
      { loss: crossEntropy },
      "compile: the loss crossEntropy was not called; write crossEntropy()",
    ],
    [
      "a loss without options that was not called",
      { loss: meanSquaredError },
      "compile: the loss meanSquaredError was not called; write meanSquaredError()",
    ],
    [
      "an optimizer by name",
      { loss, optimizer: "adam" },
      'compile: the optimizer must be one, e.g. adam(), got "adam"',
    ],
    [
      "an optimizer that was not called",
      { loss, optimizer: adam },
      "compile: the optimizer adam was not called; write { optimizer: adam() }",
    ],
    ["a seed below 0", { loss, seed: -1 }, "compile: seed must be a whole number of at least 0, got -1"],
    ["a seed between two", { loss, seed: 0.5 }, "compile: seed must be a whole number of at least 0, got 0.5"],
    [
      "a seed beyond 2^53",
      { loss, seed: 2 ** 60 },
      "compile: seed must be at most 9007199254740991, got 1152921504606847000",
    ],
    ["a seed that is text", { loss, seed: "1" }, 'compile: seed must be a whole number of at least 0, got "1"'],
    ["clipNorm 0", { loss, clipNorm: 0 }, "compile: clipNorm must be a positive number, got 0"],
    ["clipValue NaN", { loss, clipValue: NaN }, "compile: clipValue must be a positive number, got NaN"],
    ["microBatch 0", { loss, microBatch: 0 }, "compile: microBatch must be a whole number of at least 1, got 0"],
    ["ema 1", { loss, ema: 1 }, "compile: ema must be a number of at least 0 and below 1, got 1"],
    ["deterministic by number", { loss, deterministic: 1 }, "compile: deterministic must be true or false, got 1"],
    [
      "an input that is no shape",
      { loss, input: 5 },
      "compile: input must be a shape such as [28, 28], { shape, dtype }, or one of these for each input by name, got 5",
    ],
    [
      "an input of no size",
      { loss, input: [0] },
      'input "x": every size of a shape must be a positive integer, got [1, 0]',
    ],
    [
      "an input of another type",
      { loss, input: { shape: [2], dtype: "f64" } },
      'compile: input "x": dtype must be "f32" or "i32", got "f64"',
    ],
    ["a core that is none", { loss, core: {} }, "compile: core must be what init() gives, got an empty object"],
    ["groups that are no array", { loss, groups: {} }, "compile: groups must be an array"],
    [
      "a group of nothing",
      { loss, groups: [{}] },
      "compile: groups[0]: parameters must be a name, a pattern or a function",
    ],
    [
      "a group that no parameter is in",
      { loss, groups: [{ parameters: "wieght" }] },
      'compile: groups[0]: no parameter matches "wieght"; there are weight, bias',
    ],
    [
      "a freeze that no parameter is in",
      { loss, freeze: /^1/ },
      "compile: freeze: no parameter matches /^1/; there are weight, bias",
    ],
  ])("%s", async (_, options, message) => {
    await expect(compile(linear(2, 1), options as CompileOptions)).rejects.toThrow(message);
  });

  test.each<[string, unknown, string]>([
    [
      "nothing",
      undefined,
      "compile: the model must be a layer, a sequential(...) or a function of tensors, got undefined",
    ],
    ["a number", 5, "compile: the model must be a layer, a sequential(...) or a function of tensors, got 5"],
    ["a list of layers", [linear(2, 1)], "got an array of 1; put the layers into sequential(...)"],
    ["a layer that was not called", relu, "compile: the model must return a tensor, or an object of them"],
    ["a function that returns nothing", () => undefined, "is there a return in the function?"],
    ["a function that returns a number", () => 5, "compile: the model must return a tensor"],
  ])("a model that is %s", async (_, model, message) => {
    await expect(compile(model as Module, { loss, input: [2] })).rejects.toThrow(message);
  });

  test("an input shape that nothing tells", async () => {
    const message =
      "compile: the shape of one sample is not known from the model; give it, e.g. compile(model, { input: [784], … }), or { input: [1, 28, 28]";
    await expect(compile(sequential(flatten(), linear(4, 1)), { loss })).rejects.toThrow(message);
    await expect(compile((x) => x, { loss })).rejects.toThrow(message);
  });

  test("layers that do not fit, by their place", async () => {
    const layers: [Module, Module] = [linear(2, 4), linear(3, 1)];
    await expect(compile(sequential(...layers), { loss })).rejects.toThrow('layer "1" (linear): linear: ');
    await expect(compile(sequential(relu(), sequential(...layers) as Module), { loss, input: [2] })).rejects.toThrow(
      'layer "1.1" (linear): ',
    );
  });

  test("a model that does not keep the batch", async () => {
    for (const model of [(x) => ops.mean(x), (x) => ops.sum(x, { axes: 0 })] as ModelFunction[]) {
      await expect(compile(model, { loss, input: [2] })).rejects.toThrow(
        "compile: the first axis of what the model gives must be the batch; of 2 samples it makes",
      );
    }
  });

  test("a parameter that is made inside of the model, anew at each call", async () => {
    const model: ModelFunction = (x) => ops.linear(x, parameter([1, 2], { name: "inner" }));
    await expect(compile(model, { loss, input: [2] })).rejects.toThrow(
      "compile: the parameter inner [1, 2] was not there when the model was called first; make parameters outside of functions",
    );
  });

  test("two parameters of one name", async () => {
    const [a, b] = [parameter([2], { name: "w" }), parameter([2], { name: "w" })];
    await expect(compile((x) => ops.mul(ops.mul(x, a), b), { loss, input: [2] })).rejects.toThrow(
      'compile: two parameters are called "w", of shapes [2] and [2]; give one of them another name',
    );
  });

  test("a name that a checkpoint needs for itself", async () => {
    for (const name of ["optimizer/exp_avg/w", "training/order", "average/w", "__metadata__", "__proto__"]) {
      const w = parameter([2], { name });
      await expect(compile((x) => ops.mul(x, w), { loss, input: [2] })).rejects.toThrow(
        `compile: a parameter cannot be called "${name}"`,
      );
    }
  });

  test("an initialiser that is none, or gives other numbers", async () => {
    expect(() => linear(2, 1, { weightInit: 5 as never })).toThrow(
      "parameter: init must be an initialiser, e.g. initialisers.zeros(), got 5",
    );
    expect(() => linear(2, 1, { biasInit: "zeros" as never })).toThrow(
      "parameter: init must be an initialiser, e.g. initialisers.zeros(), got zeros",
    );
  });
});

describe("a loss function", () => {
  test("has to return a scalar tensor", async () => {
    const trainer = await compile(linear(2, 1), {
      loss: function difference(a, b) {
        return ops.sub(a, b);
      },
    });
    open.push(trainer);
    await expect(trainer.step([1, 2, 3, 4], [1, 2])).rejects.toThrow(
      "difference: a loss must be a scalar tensor, got sub#",
    );
    const other = await compile(linear(2, 1), { loss: () => 5 as never });
    open.push(other);
    await expect(other.step([1, 2], [1])).rejects.toThrow("loss: a loss must be a scalar tensor, got 5");
  });

  test("cannot have parameters of its own that the model does not have", async () => {
    const scale = parameter([], { name: "scale" });
    const trainer = await compile(linear(2, 1), {
      loss: (a, b) => ops.mul(scale, ops.mean(ops.square(ops.sub(a, b)))),
    });
    open.push(trainer);
    await expect(trainer.step([1, 2], [1])).rejects.toThrow(
      "compile: the parameter scale [] was not there when the model was called first",
    );
  });
});

describe("a model without a loss", () => {
  test("predicts, and says what it lacks for anything else", async () => {
    const trainer = await compile(linear(2, 1));
    open.push(trainer);
    expect((await trainer.predict([1, 2])).length).toBe(1);
    const message = "this model was compiled without a loss, to predict; compile it with one";
    await expect(trainer.fit(data)).rejects.toThrow(message);
    await expect(trainer.step([1, 2], [1])).rejects.toThrow(message);
    await expect(trainer.evaluate(data)).rejects.toThrow(message);
  });
});

describe("fit refuses", () => {
  test.each<[FitOptions, string]>([
    [{ epochs: 0 }, "fit: epochs must be a whole number of at least 1, got 0"],
    [{ epochs: -1 }, "fit: epochs must be a whole number of at least 1, got -1"],
    [{ epochs: 1.5 }, "fit: epochs must be a whole number of at least 1, got 1.5"],
    [{ epochs: Infinity }, "fit: epochs must be a whole number of at least 1, got Infinity"],
    [{ epochs: "5" as never }, 'fit: epochs must be a whole number of at least 1, got "5"'],
    [{ batchSize: 0 }, "fit: batchSize must be a whole number of at least 1, got 0"],
    [{ batchSize: NaN }, "fit: batchSize must be a whole number of at least 1, got NaN"],
    [{ shuffle: 1 as never }, "fit: shuffle must be true or false, got 1"],
    [{ validation: -0.1 }, "fit: validation must be a number from 0 to 1, got -0.1"],
    [{ validation: 1.5 }, "fit: validation must be a number from 0 to 1, got 1.5"],
    [{ validation: "0.1" as never }, 'fit: validation must be { x, y } or a share such as 0.1, got "0.1"'],
    [{ validation: true as never }, "fit: validation must be { x, y } or a share such as 0.1, got true"],
    [{ validation: null as never }, "fit: validation: expected { x, y }, got null"],
    [{ validation: [1, 2] as never }, "fit: validation: expected { x, y }, got [1, 2]"],
    [{ onEpoch: 5 as never }, "fit: onEpoch must be a function, got 5"],
    [{ onProgress: {} as never }, "fit: onProgress must be a function, got an empty object"],
    [
      { batch: 5 } as never,
      'fit: unknown option "batch"; the options are epochs, batchSize, shuffle, validation, earlyStopping, onEpoch, onProgress, signal',
    ],
    [5 as never, "fit: expected an options object, got 5"],
  ])("%j", async (options, message) => {
    const trainer = await compile(linear(2, 1), { loss });
    open.push(trainer);
    await expect(trainer.fit(data, options)).rejects.toThrow(message);
    await expect(async () => {
      for await (const _ of trainer.fit(data, options));
    }).rejects.toThrow(message);
    expect(trainer.steps).toBe(0);
  });
});

test("a schedule that gives no rate is named with its step", async () => {
  const trainer = await compile(linear(2, 1), { loss, optimizer: adam({ lr: (step) => (step < 2 ? 0.1 : NaN) }) });
  open.push(trainer);
  await expect(trainer.fit(data, { epochs: 5 })).rejects.toThrow(
    "adam: the schedule gave NaN for step 2; a learning rate is a number of at least 0",
  );
});

test("a checkpoint that needs a loss says so", async () => {
  const trainer = await compile(linear(2, 1));
  open.push(trainer);
  const bytes = saveCheckpoint(trainer);
  const loaded = await loadCheckpoint(bytes);
  open.push(loaded);
  expect(await loaded.predict([1, 2])).toEqual(await trainer.predict([1, 2]));
});
