// A fish, seen from the side. Its body is about 4 long and lies around the origin.

import type { Random } from "wasmgrad/data";
import { shadow, type Coat } from "./coat.js";
import { black, scaled, white } from "./colours.js";
import { blob, ellipse, limb, polygon } from "./path.js";
import type { Pen } from "./sketch.js";

export function fish(pen: Pen, coat: Coat, random: Random): void {
  const [half, high] = [random.uniform(1.6, 2.4), random.uniform(0.6, 1.3)];
  const fan = random.uniform(0.6, 1.3);
  const fur = coat.paint("side");
  const fin = shadow(coat.paint("limb"), random.uniform(0.7, 1));
  pen.fill(polygon(-0.8 * half, 0, -half - fan, -fan, -half - 0.6 * fan, 0, -half - fan, fan), fin);
  const back = random.uniform(0.3, 0.9);
  pen.fill(
    blob(
      [0.5 * half, -0.8 * high, 0.1 * half, -high - back, -0.5 * half, -high - 0.5 * back, -0.5 * half, -0.5 * high],
      [0],
    ),
    fin,
  );
  pen.fill(blob([0, 0.6 * high, -0.3 * half, high + 0.6 * back, -0.5 * half, 0.6 * high], [1]), fin);
  pen.fill(
    blob([
      half,
      0.05,
      0.6 * half,
      -0.8 * high,
      -0.1 * half,
      -high,
      -half,
      -0.2,
      -half,
      0.2,
      -0.1 * half,
      high,
      0.65 * half,
      0.75 * high,
    ]),
    fur,
  );
  const [x, y] = [0.65 * half, -0.2 * high];
  pen.fill(
    limb([0.4 * half, -0.7 * high, 0.3 * half, 0, 0.4 * half, 0.65 * high], [0.04, 0.04]),
    scaled(coat.base, 0.55),
    { line: 0, round: 0 },
  );
  pen.fill(ellipse(x, y, 0.24), white, { line: 0.5, round: 0 });
  pen.fill(ellipse(x + 0.04, y, 0.13), black, { line: 0, round: 0 });
  pen.fill(limb([half - 0.05, 0.2, half - 0.4, 0.32], [0.04, 0.04]), black, { line: 0, round: 0 });
  pen.fill(blob([0.15 * half, 0.15, -0.35 * half, 0.1, -0.3 * half, 0.55]), fin, { line: 0.7 });
}
