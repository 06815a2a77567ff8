// Many pictures beside each other as one PNG file: a contact sheet.

import { encodePng } from "wasmgrad/images";
import { SIDE } from "./canvas.js";
import { PIXELS, type Pictures } from "./draw.js";

export interface SheetOptions {
  columns: number;
  rows: number;
  /** Pixels of the sheet for a side of each pixel. Default 2. */
  zoom?: number;
}

const GAP = 4;

/** The first pictures, row by row; cats have a frame of another colour. */
export function contactSheet(
  { images, labels }: Pictures,
  { columns, rows, zoom = 2 }: SheetOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const cell = zoom * SIDE + 2 * GAP;
  const [width, height] = [columns * cell, rows * cell];
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const area = SIDE * SIDE;
  for (let at = 0; at < Math.min(labels.length, columns * rows); at++) {
    const [left, top] = [(at % columns) * cell, Math.floor(at / columns) * cell];
    const frame = labels[at] === 1 ? [224, 120, 32] : [150, 160, 170];
    for (let y = 1; y < cell - 1; y++) {
      for (let x = 1; x < cell - 1; x++) {
        const to = 4 * ((top + y) * width + left + x);
        const [column, row] = [Math.floor((x - GAP) / zoom), Math.floor((y - GAP) / zoom)];
        const inside = column >= 0 && row >= 0 && column < SIDE && row < SIDE;
        const from = at * PIXELS + row * SIDE + column;
        for (let plane = 0; plane < 3; plane++) data[to + plane] = inside ? images[from + plane * area] : frame[plane];
      }
    }
  }
  return encodePng({ data, width, height });
}
