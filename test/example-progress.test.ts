// What is seen while a network learns: a bar in a terminal, lines in a file.
import { expect, test } from "vitest";
import { Progress, type Moment } from "../examples/support/progress.js";

function screen(isTTY: boolean) {
  let text = "";
  const stream = { isTTY, columns: 200, rows: 40, write: (part: string) => ((text += part), true), on() {}, once() {} };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

const moment: Moment = { epoch: 1, epochs: 2, step: 5, steps: 10, loss: 0.5, accuracy: 0.875, samplesPerSecond: 1000 };
const finished = { epoch: 1, loss: 0.25, accuracy: 0.9, valLoss: 0.2, valAccuracy: 0.95, seconds: 2, samples: 2000 };
const LINE = "epoch 1/2  loss 0.2500  accuracy 90.00 %  validation 0.2000, 95.00 %  2.0 s  1,000 images/s";

test("in a file: one line for each epoch, with what is left, and nothing in between", () => {
  const { stream, text } = screen(false);
  const progress = new Progress(2, 2000, stream);
  progress.update(moment);
  progress.finish(finished);
  progress.update({ ...moment, epoch: 2 });
  progress.finish({ ...finished, epoch: 2 });
  progress.stop();
  expect(text()).toBe(`${LINE}  2.0 s left\n${LINE.replace("1/2", "2/2")}\n`);
});

test("in a terminal: a bar with loss, accuracy, speed and the time left of the whole run", () => {
  const { stream, text } = screen(true);
  const progress = new Progress(2, 2000, stream);
  progress.update(moment);
  progress.stop();
  expect(text()).toMatch(
    /epoch 1\/2 █{8}░{8} 50 % {2}3\.0 s left {2}loss 0\.5000 {2}accuracy 87\.5 % {2}1,000 images\/s/,
  );
});

test("in a terminal: a finished epoch takes the bar's place, and the cursor comes back", () => {
  const { stream, text } = screen(true);
  const progress = new Progress(2, 2000, stream);
  progress.update(moment);
  progress.finish(finished);
  expect(text().endsWith(`${LINE}\n`)).toBe(true);
  const hides = text().split("\x1b[?25l").length;
  const shows = text().split("\x1b[?25h").length;
  expect([hides, shows]).toEqual([2, 2]);
});
