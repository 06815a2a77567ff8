// The most frequent pooling by far: windows of 2 x 2 side by side, which need neither a frame nor a table.

import { Window } from "../src/shared/window";
import { word } from "./simd";

/** Whether the windows are of 2 x 2, do not overlap, and all lie in the picture. */
export function halves(window: usize): boolean {
  return (
    word(window, Window.KernelHeight) == 2 &&
    word(window, Window.KernelWidth) == 2 &&
    word(window, Window.StrideY) == 2 &&
    word(window, Window.StrideX) == 2 &&
    word(window, Window.DilationY) == 1 &&
    word(window, Window.DilationX) == 1 &&
    word(window, Window.Top) == 0 &&
    word(window, Window.Left) == 0 &&
    2 * word(window, Window.Rows) <= word(window, Window.Height) &&
    2 * word(window, Window.Columns) <= word(window, Window.Width)
  );
}
