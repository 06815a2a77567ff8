// A window that slides over a picture: the words that the instructions of convolutions and poolings have in common, and
// the sizes of blocks that kernels and planner must agree on.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: plain numeric enums,
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

export enum ConvBlock {
  /** Terms that are summed before they are added to a result: four rows of coefficients stay in a 32 KB L1. */
  Depth = 256,
  /** Results, four to a quad, that go through all coefficients before the next ones: packed gradients stay in L1. */
  Band = 512,
  /** Outs of a group up to which the weight's gradient is summed lane by lane. */
  FewOuts = 2,
  /** Parts that the images make in the gradient of a small weight: so many threads can share them. */
  Parts = 8,
  /** Elements of a small weight, at most: sums of all parts stay in a second cache, and to add them up takes next to nothing. */
  PartSize = 8192,
}
