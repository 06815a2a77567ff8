// What tells a photograph from a drawing: a lens that may be soft, a sensor that is never quite even. Only + - × ÷: the
// same bits on every engine.

import type { Random } from "wasmgrad/data";

/**
 * The binomial blur [1 2 1]/4 along rows, then columns, in place.
 *
 * @param planes [any number, side, side]
 * @param outside the value all around; default: the border goes on
 */
export function blur(planes: Float32Array | Float64Array, side: number, outside?: number): void {
  const lines = planes.length / side;
  for (let line = 0; line < lines; line++) blurLine(planes, line * side, 1, side, outside);
  for (let line = 0; line < lines; line++) {
    const column = line % side;
    blurLine(planes, (line - column) * side + column, side, side, outside);
  }
}

function blurLine(
  values: Float32Array | Float64Array,
  begin: number,
  step: number,
  count: number,
  outside?: number,
): void {
  let before = outside ?? values[begin];
  for (let i = 0; i < count; i++) {
    const at = begin + i * step;
    const here = values[at];
    const after = i + 1 < count ? values[at + step] : (outside ?? here);
    values[at] = 0.25 * (before + after) + 0.5 * here;
    before = here;
  }
}

/** A number between -1 and 1, most likely near 0 (triangular): cheaper than a normal one, for what is drawn by the pixel. */
export function wobble(random: Random): number {
  const bits = random.next();
  return ((bits >>> 16) + (bits & 0xffff) - 0xffff) / 0x10000;
}
