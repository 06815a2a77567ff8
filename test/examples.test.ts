// The examples of the article's parts: what they print is true.

import { readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { after, lineWith, numbersIn, runExample } from "./support/example.js";

test("network: the parameters are as many as counted by hand, and deeper networks tell the spirals apart", async () => {
  const output = await runExample("network");
  expect(lineWith(output, "2 linear")).toMatch(/\[batch, 16\] +272$/);
  expect(lineWith(output, "609 parameters")).toContain("2,436 bytes");
  expect(after(output, "by hand:")).toBe(" 16·(2 + 1) + 16·(16 + 1) + 16·(16 + 1) + 1·(16 + 1) = 609");
  const [answer] = numbersIn(after(output, "network answers"));
  expect(answer).toBeGreaterThan(0);
  expect(answer).toBeLessThan(1);

  const right = [0, 1, 2, 3].map((hidden) => numbersIn(lineWith(output, `${hidden} hidden layer`))[1]);
  expect(right[0]).toBeLessThan(70);
  expect(right[1]).toBeLessThan(95);
  expect(right[2]).toBeGreaterThan(97);
  expect(right[3]).toBeGreaterThan(97);
});

test("picture: three matrices, 196,608 features, and the same picture again", async () => {
  const output = await runExample("picture");
  expect(output).toContain("[3, 256, 256]");
  expect(output).toContain("196,608 features (3 x 256 x 256)");
  expect(output).toContain("every pixel is as it was");
  const activations = numbersIn(output.split("say to this picture:\n")[1].split("\n")[0]);
  expect(activations).toHaveLength(16);
  expect(activations.every((value) => value >= 0)).toBe(true);
  expect(activations.some((value) => value > 0)).toBe(true);

  const sheet = PNG.sync.read(readFileSync("out/picture.png"));
  expect([sheet.width, sheet.height]).toEqual([1024, 256]);
  const pixel = (column: number, row: number) => [...sheet.data.subarray(4 * (1024 * row + column)).subarray(0, 3)];
  const pieces = numbersIn(lineWith(output, "│ 255 255 222"));
  for (const [at, column] of [174, 178].entries()) {
    const colours = pixel(column, 126);
    expect([pieces[4 * at], pieces[5 + 4 * at], pieces[10 + 4 * at]]).toEqual(colours);
    colours.forEach((value, plane) => expect(pixel(256 * (plane + 1) + column, 126)).toEqual([value, value, value]));
  }
});

test("text: words, indices, one-hot vectors, dense vectors, bags of words", async () => {
  const output = await runExample("text");
  expect(after(output, "Its words:")).toBe("   how, does, neural, network, works");
  expect(after(output, "Vocabulary:  ")).toBe("how 0, does 1, neural 2, network 3, works 4");
  expect(after(output, "As indices:  ")).toBe("[0, 1, 2, 3, 4], which read how does neural network works");
  const [oneHot, dense] = ["One-hot vectors", "Dense vectors"].map((words) =>
    output.split(words)[1].split("\n").slice(1, 6),
  );
  oneHot.forEach((line, i) => expect(numbersIn(line)).toEqual([0, 1, 2, 3, 4].map((j) => (i === j ? 1 : 0))));
  const weight = (row: number, word: number) => ((7 * (5 * row + word)) % 11) / 10 - 0.5;
  dense.forEach((line, i) => [0, 1].forEach((row) => expect(numbersIn(line)[row]).toBeCloseTo(weight(row, i), 6)));

  expect(after(output, "for all others: ")).toBe("<unk>, the, network, learns");
  expect(lineWith(output, "the network learns   ")).toContain("[0, 1, 1, 1]");
  expect(lineWith(output, "the network answers  ")).toContain("[1, 1, 1, 0]");
  expect(lineWith(output, "the neuron learns   ")).toContain("[1, 1, 0, 1]");
});

test("boating: 4 is a yes, -4 a no", async () => {
  const [first, second] = (await runExample("boating")).split("\n\n");
  expect(first).toContain("w = [1, 1, 5]");
  expect(first).toContain("z = 1·(-1) + 1·(-1) + 5·(1) + 1 = 4, which is above 0: yes");
  expect(second).toContain("w = [2, 6, 3]");
  expect(second).toContain("z = 2·(-1) + 6·(-1) + 3·(1) + 1 = -4, which is not above 0: no");
});

test("logistic: a neuron divides two clouds, XOR takes a hidden layer that is not linear", async () => {
  const output = await runExample("logistic");
  const losses = [1, 10, 20, 30].map((epoch) => numbersIn(after(output, `epoch ${String(epoch).padEnd(2)} `))[0]);
  expect(losses[0]).toBeGreaterThan(2 * losses[3]);
  expect(losses[3]).toBeLessThan(0.2);
  expect(numbersIn(after(output, "epoch 30 "))[1]).toBeGreaterThan(90);

  const [w1, w2, b] = numbersIn(after(output, "z = ").replace(/x[12]/g, ""));
  for (const [x1, x2] of [
    [1, 1],
    [0.3, -0.2],
    [-1.5, 0],
  ]) {
    const line = after(output, `(${x1}, ${x2}) `);
    const [z, p] = numbersIn(line.slice(0, line.indexOf("   ", line.lastIndexOf("="))));
    expect(z).toBeCloseTo(w1 * x1 + w2 * x2 + b, 1);
    expect(p).toBeCloseTo(1 / (1 + Math.exp(-z)), 2);
    expect(line).toContain(p >= 0.5 ? "at least 0.5: class 1" : "below 0.5: class 0");
  }

  for (const linear of ["without a hidden layer", "but a linear one"]) {
    const [right, loss, ...answers] = numbersIn(after(output, linear));
    expect(right).toBeLessThanOrEqual(75);
    expect(loss).toBeCloseTo(Math.LN2, 3); // to know nothing costs ln 2
    expect(answers).toEqual([0.5, 0.5, 0.5, 0.5]);
  }
  const [right, loss, ...answers] = numbersIn(after(output, "its tanh"));
  expect(right).toBe(100);
  expect(loss).toBeLessThan(0.05);
  expect(answers.map(Math.round)).toEqual([0, 1, 1, 0]);
});

test("loss: by hand and by the library, and smaller for the better model", async () => {
  const output = await runExample("loss");
  const y = [1, 1, 0, 0];
  const models = ["sure and right", "right, but not sure", "does not know", "wrong once", "sure and wrong"];
  const losses = models.map((name) => {
    const numbers = numbersIn(after(output, name));
    const expected = y.map((yi, i) => -Math.log(yi === 1 ? numbers[i] : 1 - numbers[i]));
    expected.forEach((value, i) => expect(numbers[4 + i]).toBeCloseTo(value, 2));
    const [byHand, library] = numbers.slice(8);
    expect(byHand).toBeCloseTo(expected.reduce((sum, value) => sum + value) / 4, 5);
    expect(library).toBe(byHand);
    return library;
  });
  expect(losses[0]).toBeLessThan(losses[1]);
  expect(losses[2]).toBeCloseTo(Math.LN2, 5);
  expect(Math.max(...losses)).toBe(losses[4]);
  for (const p of [0.01, 0.5, 0.99]) {
    const line = after(output, `p = ${p.toFixed(2)}`);
    expect(line.match(/█/g)?.length ?? 0).toBe(Math.round(-10 * Math.log(p)));
  }
});

test("learning-rate: the descents are those of plain JavaScript, and all are drawn", async () => {
  const output = await runExample("learning-rate");
  const x = [-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
  const y = [0, 0, 0, 1, 0, 0, 1, 1, 1, 1];
  const descend = (lr: number, steps: number) => {
    let [w, b] = [-0.5, 1.5];
    for (let step = 0; step < steps; step++) {
      const errors = x.map((xi, i) => 1 / (1 + Math.exp(-w * xi - b)) - y[i]);
      w -= (lr * errors.reduce((sum, error, i) => sum + error * x[i], 0)) / 10;
      b -= (lr * errors.reduce((sum, error) => sum + error, 0)) / 10;
    }
    const p = x.map((xi) => 1 / (1 + Math.exp(-w * xi - b)));
    return p.reduce((sum, pi, i) => sum - Math.log(y[i] === 1 ? pi : 1 - pi), 0) / 10;
  };
  const rates = [
    [0.05, "too small"],
    [3, "right"],
    [8, "too large"],
  ] as const;
  const final = rates.map(([lr, verdict]) => {
    const printed = output.split(`Rate ${lr}, ${verdict}:\n`)[1].split("\n");
    const losses = numbersIn(printed[0].split("steps")[1]);
    // A rate that jumps to and fro doubles small errors of f32 again and again, so its first steps must do.
    [0, 1, 2, 5, 10, 20, 40].forEach((steps, i) => {
      if (lr < 8 || steps <= 5) expect(losses[i]).toBeCloseTo(descend(lr, steps), 3);
    });
    const uphill = numbersIn(printed[1]).at(-1)!;
    if (lr < 8) expect(uphill).toBe(0);
    else expect(uphill).toBeGreaterThan(10);
    return losses.at(-1)!;
  });
  expect(final[0]).toBeGreaterThan(2 * final[1]);
  expect(final[2]).toBeGreaterThan(1.2 * final[1]);

  const svg = readFileSync("out/learning-rate.svg", "utf8");
  for (const [lr, verdict] of rates) expect(svg).toContain(`rate ${lr}: ${verdict}`);
  expect(svg.match(/mark-symbol.*?<\/g>/gs)!.map((group) => group.match(/<path /g)!.length)).toEqual([41, 41, 41]);
  expect(svg).not.toMatch(/NaN|undefined/);
});

test("backward: every value and gradient by hand is the library's, and the hand's arithmetic is right", async () => {
  const output = await runExample("backward");
  const rows = output.split("\n").filter((line) => /^ {2}\S+ +-?\d/.test(line));
  expect(rows).toHaveLength(16);
  for (const row of rows) {
    const numbers = numbersIn(row.slice(8).replace(/\b\d\.(linear|tanh|sigmoid|weight|bias)/, ""));
    const half = numbers.length / 2;
    expect(numbers.slice(0, half)).toEqual(numbers.slice(half));
  }
  expect(numbersIn(after(output, "difference is"))[0]).toBeLessThan(1e-6);

  // The gradient by the first weight, by the difference of two losses.
  const loss = (w: number) => {
    const a = [Math.tanh(w * 1 + 0.5), Math.tanh(0.75 - 1 + 0.5)];
    return Math.log(1 + Math.exp(-(a[0] - 0.5 * a[1] + 0.25)));
  };
  const slope = (loss(0.5 + 1e-4) - loss(0.5 - 1e-4)) / 2e-4;
  expect(numbersIn(after(output, "dW1 "))[0]).toBeCloseTo(slope, 4);
});
