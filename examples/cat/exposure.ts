// From the painted canvas to the bytes of a photograph: light from one side, the colour of the hour, a lens that may be
// soft, a sensor that is never quite even.

import type { Random } from "wasmgrad/data";
import { blur, wobble } from "../support/photograph.js";
import { AREA, SIDE, type Canvas } from "./canvas.js";

/** Writes [3, 64, 64] bytes. */
export function expose({ planes }: Canvas, image: Uint8Array, random: Random): void {
  const brightness = random.uniform() < 0.15 ? random.uniform(0.55, 0.8) : random.uniform(0.85, 1.15);
  const contrast = random.uniform(0.75, 1.15);
  const warmth = random.uniform(-0.1, 0.1);
  const tint = [brightness * (1 + warmth), brightness, brightness * (1 - warmth)];
  const [slopeX, slopeY] = [random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2)];
  const corners = random.uniform() < 0.3 ? random.uniform(0, 0.3) : 0;
  const grain = random.uniform() < 0.6 ? random.uniform(0.01, 0.05) : 0;
  if (random.uniform() < 0.08) blur(planes, SIDE);
  for (let row = 0, at = 0; row < SIDE; row++) {
    const y = (2 * row) / (SIDE - 1) - 1;
    for (let column = 0; column < SIDE; column++, at++) {
      const x = (2 * column) / (SIDE - 1) - 1;
      const light = 1 + slopeX * x + slopeY * y - (corners * (x * x + y * y)) / 2;
      const noise = grain > 0 ? grain * wobble(random) : 0;
      for (let plane = 0; plane < 3; plane++) {
        const value = light * tint[plane] * (0.5 + contrast * (planes[plane * AREA + at] - 0.5)) + noise;
        image[plane * AREA + at] = Math.floor(255 * Math.min(1, Math.max(0, value)) + 0.5);
      }
    }
  }
}

/** What stands behind is less sharp than what stands in front, and paler. */
export function defocus({ planes }: Canvas, random: Random): void {
  const pale = random.uniform(0.2, 0.7);
  for (let round = random.integer(3); round > 0; round--) blur(planes, SIDE);
  for (let plane = 0; plane < 3; plane++) {
    const part = planes.subarray(plane * AREA, (plane + 1) * AREA);
    const mean = part.reduce((sum, value) => sum + value, 0) / AREA;
    for (let at = 0; at < AREA; at++) part[at] += pale * (mean - part[at]);
  }
}
