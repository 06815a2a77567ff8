// A window that slides over a picture: the words that the instructions of convolutions and poolings have in common.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: one plain numeric enum,
// nothing imported. src/graph/ops/conv-window.ts writes the words; assembly/conv-frame.ts says what a frame is.

export enum Window {
  /** Of the picture. */
  Height = 0,
  Width = 1,
  /** Of the grid of results. */
  Rows = 2,
  Columns = 3,
  KernelHeight = 4,
  KernelWidth = 5,
  StrideY = 6,
  StrideX = 7,
  DilationY = 8,
  DilationX = 9,
  /** Padding above and to the left; what is needed below and to the right follows from the grid. */
  Top = 10,
  Left = 11,
  /** 1: the picture is copied into a frame; 0: it is its own, with no padding and columns that lie side by side. */
  Framed = 12,
  /** Floats from a row of a phase to the next, and from a channel to the next. */
  FrameRow = 13,
  FramePlane = 14,
  Words = 15,
}
