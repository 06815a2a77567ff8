// What is seen of the training: a bar that moves where something can move, and a line for each judgement.

import { SingleBar } from "cli-progress";
import { duration, integer } from "../support/html.js";
import type { Judgement } from "./folder.js";

const FORMAT = "step {value}/{total} {bar} {left} left  loss {loss}  {speed} characters/s";
const OFTEN = 50; // milliseconds between two moves of the bar

export class Progress {
  private bar: SingleBar | undefined;
  private moved = 0;
  private steps = 0;
  private milliseconds = 0;
  private since: number | undefined;

  /** @param perStep characters of a step */
  constructor(
    private readonly total: number,
    private readonly perStep: number,
    private readonly stream: NodeJS.WriteStream = process.stdout,
  ) {}

  /** After each step. */
  trained(step: number, loss: number): void {
    const now = performance.now();
    if (this.since !== undefined) {
      this.milliseconds += now - this.since;
      this.steps++;
    }
    this.since = now;
    if (!this.stream.isTTY || now - this.moved < OFTEN) return;
    this.moved = now;
    const payload = { loss: loss.toFixed(4), speed: this.speed(), left: this.left(step) };
    if (this.bar) {
      this.bar.update(step, payload);
      return;
    }
    const characters = { barCompleteChar: "█", barIncompleteChar: "░" };
    this.bar = new SingleBar({
      ...characters,
      format: FORMAT,
      barsize: 16,
      hideCursor: true,
      clearOnComplete: true,
      stream: this.stream,
    });
    this.bar.start(this.total, step, payload);
  }

  /** A line that stays. */
  judged({ step, training, validation }: Judgement): void {
    const parts = [
      `step ${integer(step)}/${integer(this.total)}`,
      `training loss ${training.toFixed(4)}`,
      `validation loss ${validation.toFixed(4)}`,
    ];
    if (this.steps > 0) parts.push(`${this.speed()} characters/s`);
    if (this.steps > 0 && step < this.total) parts.push(`${this.left(step)} left`);
    this.stream.write(`${parts.join("  ")}\n`);
  }

  /** Takes the bar away, and stops the clock until the next step but one. */
  pause(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.since = undefined;
  }

  private get perMillisecond(): number {
    return this.steps / this.milliseconds;
  }

  private speed(): string {
    return this.steps > 0 ? integer(Math.round(1000 * this.perMillisecond * this.perStep)) : "–";
  }

  private left(step: number): string {
    return this.steps > 0 ? duration((this.total - step) / this.perMillisecond / 1000) : "–";
  }
}
