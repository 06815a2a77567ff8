// Residual layers, branches and borders: what they compute, what their parameters are called, what they refuse.
import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  concatenate,
  dropout,
  linear,
  loadCheckpoint,
  meanSquaredError,
  relu,
  residual,
  saveCheckpoint,
  sequential,
  ShapeError,
  tanh,
  zeroPad2d,
  type CompileOptions,
  type Module,
  type Trainer,
} from "wasmgrad";
import { expectClose } from "./support/close.js";

const opened: Trainer[] = [];
afterEach(() => opened.splice(0).forEach((trainer) => trainer.dispose()));
async function compiled(model: Module, options: CompileOptions = {}): Promise<Trainer> {
  const trainer = await compile(model, { loss: meanSquaredError(), ...options });
  opened.push(trainer);
  return trainer;
}

/** The model again, by way of a checkpoint, gives the same. */
async function expectSameAgain(trainer: Trainer, x: Float32Array): Promise<void> {
  const again = await loadCheckpoint(saveCheckpoint(trainer));
  opened.push(again);
  expect(await again.predict(x)).toEqual(await trainer.predict(x));
  expect(Object.keys(again.parameters)).toEqual(Object.keys(trainer.parameters));
}

describe("residual", () => {
  test("adds what its layers give to what they got", async () => {
    const trainer = await compiled(sequential(residual(linear(2, 3), relu(), linear(3, 2)), linear(2, 1)));
    expect(Object.keys(trainer.parameters)).toEqual([
      "0.0.weight",
      "0.0.bias",
      "0.2.weight",
      "0.2.bias",
      "1.weight",
      "1.bias",
    ]);
    const parameters = {
      "0.0.weight": [1, 0, 0, 1, -1, -1],
      "0.0.bias": [0, 0, 0.5],
      "0.2.weight": [1, 1, 0, 0, 0, 2],
    };
    trainer.load({ ...parameters, "0.2.bias": [0.25, 0], "1.weight": [1, 10], "1.bias": [0] });
    // x = (2, -1): hidden = relu(2, -1, -0.5) = (2, 0, 0); change = (2 + 0.25, 0)
    expectClose(await trainer.predict([2, -1]), [4.25 - 10], 1e-6);
    await expectSameAgain(trainer, Float32Array.of(1, 2, 3, 4));
  });

  test("takes its sample's shape from its first layer, also through dropout", async () => {
    expect(residual(dropout(0.1), linear(5, 5)).inputShape).toEqual([5]);
  });

  test("passes gradients on both ways", async () => {
    const trainer = await compiled(sequential(residual(linear(1, 1))));
    trainer.load({ "0.0.weight": [0.5], "0.0.bias": [0] });
    // y = x + w x, loss = (y - t)²: at x = 2, t = 0: y = 3, dw = 2 · 3 · 2
    const { gradients } = await trainer.gradients([2], [0]);
    expectClose(gradients["0.0.weight"]!, [12], 1e-6);
  });

  test("refuses layers that change the shape, and names itself", async () => {
    const model = sequential(linear(4, 4), residual(linear(4, 3)));
    await expect(compiled(model)).rejects.toThrow(
      new ShapeError(
        'layer "1" (residual): residual: the layers make [1, 3] of [1, 4]; they must keep the shape, to be added to it',
      ),
    );
  });

  test("refuses nothing, and what is no layer", () => {
    expect(() => residual()).toThrow(new RangeError("residual: needs at least one layer, e.g. linear(2, 1)"));
    expect(() => (residual as (...layers: unknown[]) => Module)(relu)).toThrow(
      new TypeError(
        "residual: layer 0 is no layer but the function relu; call the function that makes it, e.g. relu()",
      ),
    );
  });
});

describe("concatenate", () => {
  const branches = () => concatenate([linear(2, 1), sequential(linear(2, 2), tanh())]);

  test("puts its branches' outputs side by side", async () => {
    const trainer = await compiled(branches());
    expect(Object.keys(trainer.parameters)).toEqual(["0.weight", "0.bias", "1.0.weight", "1.0.bias"]);
    trainer.load({ "0.weight": [1, 1], "0.bias": [0], "1.0.weight": [1, 0, 0, 1], "1.0.bias": [0, 0] });
    const x = [0.5, -0.25, 1, 2];
    expectClose(
      await trainer.predict(x),
      [0.25, Math.tanh(0.5), Math.tanh(-0.25), 3, Math.tanh(1), Math.tanh(2)],
      1e-6,
    );
    await expectSameAgain(trainer, Float32Array.from(x));
  });

  test("takes another axis", async () => {
    const trainer = await compiled(concatenate([linear(2, 2), linear(2, 2)], { axis: 1 }), { input: [3, 2] });
    expect((await trainer.predict(new Float32Array(6))).length).toBe(12);
    expect(trainer.state.model.outputs.get("")!.shape).toEqual([1, 6, 2]);
    await expectSameAgain(trainer, Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  test("refuses branches that do not fit beside each other", async () => {
    const model = concatenate([linear(2, 1), linear(2, 2)], { axis: 0 });
    await expect(compiled(model)).rejects.toThrow(
      new ShapeError("concat: [1, 1] and [1, 2] differ in more than axis 0; all other sizes must be equal"),
    );
  });

  test("refuses layers that come one by one, and unknown options", () => {
    expect(() => concatenate(relu() as never)).toThrow("concatenate: expected an array of layers");
    expect(() => concatenate([relu()], { axes: 1 } as never)).toThrow('concatenate: unknown option "axes"');
  });
});

describe("zeroPad2d", () => {
  test("has its sides in PyTorch's order: left, right, top, bottom", async () => {
    const trainer = await compiled(zeroPad2d([1, 0, 0, 2]), { input: [1, 1, 2] });
    expect([...(await trainer.predict([7, 8]))]).toEqual([0, 7, 8, 0, 0, 0, 0, 0, 0]);
    await expectSameAgain(trainer, Float32Array.of(1, 2));
    const even = await compiled(zeroPad2d(1), { input: [2, 1, 1] });
    expect([...(await even.predict([5, 6]))]).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0]);
    await expectSameAgain(even, Float32Array.of(3, 4));
  });

  test("refuses other numbers, and inputs that are no pictures", async () => {
    expect(() => zeroPad2d(-1)).toThrow(new RangeError("zeroPad2d: left must be a whole number of at least 0, got -1"));
    expect(() => zeroPad2d([1, 1] as never)).toThrow(
      new TypeError("zeroPad2d: top must be a whole number of at least 0, got undefined"),
    );
    await expect(compiled(zeroPad2d(1), { input: [4, 4] })).rejects.toThrow(
      new ShapeError("zeroPad2d: the input is [1, 4, 4], expected [batch, channels, height, width]"),
    );
  });
});
