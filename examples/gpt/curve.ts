// The losses of a training as a picture: each batch's, averaged over neighbours, and those that it was judged by.

import { lineChart } from "../support/line-chart.js";
import type { Run } from "./folder.js";

const POINTS = 80; // of the batches' curve

/** The text of an SVG file. */
export const lossCurve = ({ losses, judgements, preset }: Run): Promise<string> =>
  lineChart(
    [
      { name: "batches", points: averaged(losses) },
      { name: "text that is learnt", points: judgements.map(({ step, training }) => [step, training] as const) },
      { name: "text held back", points: judgements.map(({ step, validation }) => [step, validation] as const) },
    ],
    { title: `Learning to write (${preset})`, x: "step", y: "loss, nats a character", zero: false },
  );

/** Means of as many steps as leave a readable number of points, each at the middle of its steps. */
function averaged(losses: readonly number[]): (readonly [number, number])[] {
  const width = Math.max(1, Math.ceil(losses.length / POINTS));
  return Array.from({ length: Math.floor(losses.length / width) }, (_, i) => {
    const part = losses.slice(i * width, (i + 1) * width);
    return [(i + 0.5) * width, part.reduce((sum, loss) => sum + loss, 0) / width] as const;
  });
}
