// What is seen of a training run: a bar that moves, or plain lines where nothing can move (a file, a pipe).
//
// Each epoch ends as one line that stays. Knows nothing of networks.

import { SingleBar } from "cli-progress";
import { duration, integer, percent } from "./html.js";

/** Where the epoch stands after some step of it. Accuracy and loss are means of the epoch so far. */
export interface Moment {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly samplesPerSecond: number;
}

/** What a finished epoch is reported with. */
export interface Finished {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly seconds: number;
  readonly samples: number;
}

// What matters most comes first: a narrow terminal shows only the beginning.
const FORMAT = "epoch {epoch} {bar} {percentage} %  {left} left  loss {loss}  accuracy {accuracy}  {speed} images/s";

export class Progress {
  private bar: SingleBar | undefined;

  /** `epochs` to come, of `images` each. */
  constructor(
    private readonly epochs: number,
    private readonly images: number,
    private readonly stream: NodeJS.WriteStream = process.stdout,
  ) {}

  /** Moves the bar; writes nothing where there is none. */
  update(moment: Moment): void {
    if (!this.stream.isTTY) return;
    const { step, steps, samplesPerSecond } = moment;
    const left = (this.epochs - moment.epoch + 1 - step / steps) * this.images;
    const payload = {
      epoch: `${moment.epoch}/${this.epochs}`,
      loss: moment.loss.toFixed(4),
      accuracy: percent(moment.accuracy, 1),
      speed: integer(Math.round(samplesPerSecond)),
      left: duration(left / samplesPerSecond),
    };
    if (this.bar === undefined) {
      this.bar = new SingleBar({
        format: FORMAT,
        barsize: 16,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: true,
        clearOnComplete: true,
        stream: this.stream,
      });
      this.bar.start(steps, step, payload);
    } else {
      this.bar.update(step, payload);
    }
  }

  /** Puts the epoch's line in the place of its bar. */
  finish(epoch: Finished): void {
    this.stop();
    const parts = [
      `epoch ${epoch.epoch}/${this.epochs}`,
      `loss ${epoch.loss.toFixed(4)}`,
      `accuracy ${percent(epoch.accuracy, 2)}`,
      `validation ${epoch.valLoss?.toFixed(4) ?? "–"}, ${percent(epoch.valAccuracy, 2)}`,
      duration(epoch.seconds),
      `${integer(Math.round(epoch.samples / epoch.seconds))} images/s`,
    ];
    const left = (this.epochs - epoch.epoch) * epoch.seconds;
    if (left > 0 && !this.stream.isTTY) parts.push(`${duration(left)} left`);
    this.stream.write(`${parts.join("  ")}\n`);
  }

  /** Takes the bar away, and gives the cursor back. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}
