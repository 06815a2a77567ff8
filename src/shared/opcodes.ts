// The instruction set: what the compiler (src/graph) writes and the interpreter (assembly/interpreter.ts) reads.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: plain numeric enums,
// nothing imported, no other types.
//
// An instruction is Layout.Words 32-bit words. Word 0 is the opcode; the words after it are the kernel's arguments in
// the order of its signature: output, inputs, sizes, parameters. Addresses are byte addresses, f32 stand by their bits,
// unused words are 0.

export enum Layout {
  /** 32-bit words in an instruction. */
  Words = 32,
  /** Dimensions that a strided kernel walks; fewer are padded with leading ones. */
  Dims = 6,
  /** Opcodes from here on are of families that not every build has: powers, convolution, recurrent layers and the like. */
  Families = 202,
  /** Bytes in a line: every buffer starts on one and is padded to whole ones. */
  Line = 64,
}

export enum Opcode {
  Barrier = 0, //      every thread waits for all others

  // Buffers
  Fill = 1, //          y, n, value
  Copy = 2, //          y, x, n
  StridedCopy = 3, //   y, x, dims[6], strides[6]              y contiguous, x by element strides (0 repeats)
  StridedAdd = 4, //    y, x, dims[6], strides[6]              y by element strides += x contiguous
  StridedPut = 5, //    y, x, dims[6], strides[6]              y by element strides = x contiguous

  // Element-wise, two inputs of the same shape:  y, a, b, n
  Add = 10,
  Sub = 11,
  Mul = 12,
  Div = 13,
  Maximum = 14,
  Minimum = 15,
  Equal = 16, //        1 or 0
  Greater = 17, //      1 or 0
  Broadcast = 18, //    y, a, b, op (one of the above), dims[6], aStrides[6], bStrides[6]
  Affine = 19, //       y, x, n, scale, shift                  y = x * scale + shift
  Axpy = 20, //         y, x, n, alpha                         y = y + alpha * x
  Dot = 21, //          y, a, b, n                             y[0] = sum of a * b

  // Element-wise, one input:  y, x, n
  Exp = 30,
  Log = 31,
  Sqrt = 32,
  Square = 33,
  Abs = 34,
  Sign = 35,
  Clamp = 36, //        y, x, n, min, max
  ClampGrad = 37, //    dx, dy, x, n, min, max

  // Activations:  y, x, n          with alpha where it says so
  Relu = 40,
  LeakyRelu = 41, //    y, x, n, alpha
  Elu = 42, //          y, x, n, alpha
  Selu = 43,
  Gelu = 44,
  GeluTanh = 45,
  Sigmoid = 46,
  Tanh = 47,
  Softplus = 48,
  Silu = 49,
  HardSwish = 50,

  // Their gradients:  dx, dy, y, n   where the output suffices,   dx, dy, x, n   where the input is needed
  ReluGrad = 60, //       y
  LeakyReluGrad = 61, //  y, …, alpha
  EluGrad = 62, //        y, …, alpha
  SeluGrad = 63, //       y
  GeluGrad = 64, //       x
  GeluTanhGrad = 65, //   x
  SigmoidGrad = 66, //    y
  TanhGrad = 67, //       y
  SoftplusGrad = 68, //   x
  SiluGrad = 69, //       x
  HardSwishGrad = 70, //  x

  // Reductions of x seen as [outer, n, inner], over n
  Sum = 80, //          y, x, outer, n, inner, scale           y = scale * sum
  Max = 81, //          y, x, outer, n, inner                  NaN wins
  Argmax = 82, //       y (i32), x, rows, cols                 first of equals
  SumSquares = 83, //   y, x, n                                y[0] = sum of x², in f64 inside

  // Along the last axis of x[rows, cols]
  Softmax = 90, //         y, x, rows, cols
  LogSoftmax = 91, //      y, x, rows, cols
  SoftmaxGrad = 92, //     dx, dy, y, rows, cols
  LogSoftmaxGrad = 93, //  dx, dy, y, rows, cols

  // Products
  Gemm = 100, //        c, a, b, bias, m, n, k, lda, ldb, ldc, flags, activation, alpha, scratch, batch, aStep, bStep, cStep
  Pack = 101, //        to, b, n, k                           b stored [n, k], for GemmFlag.Packed

  // Losses:  loss[1] = sum of terms / divisor;  gradients take dloss[1], the upstream gradient of the loss
  MeanSquaredError = 120, //            loss, x, t, n, divisor
  MeanSquaredErrorGrad = 121, //        dx, dloss, x, t, n, divisor
  MeanAbsoluteError = 122, //           loss, x, t, n, divisor
  MeanAbsoluteErrorGrad = 123, //       dx, dloss, x, t, n, divisor
  Huber = 124, //                       loss, x, t, n, divisor, delta
  HuberGrad = 125, //                   dx, dloss, x, t, n, divisor, delta
  BinaryCrossEntropy = 126, //          loss, x, t, n, divisor                     x are probabilities
  BinaryCrossEntropyGrad = 127, //      dx, dloss, x, t, n, divisor
  BinaryCrossEntropyLogits = 128, //    loss, x, t, n, divisor                     x are logits
  BinaryCrossEntropyLogitsGrad = 129, // dx, dloss, x, t, n, divisor
  KLDivergence = 130, //                loss, x, t, n, divisor                     x are log-probabilities
  KLDivergenceGrad = 131, //            dx, dloss, x, t, n, divisor
  CrossEntropyTerms = 132, //           terms, p, x, t (i32), rows, cols, smoothing, ignoreIndex (i32)  p = softmax(x)
  CrossEntropyGrad = 133, //            dx, dloss, p, t (i32), rows, cols, smoothing, ignoreIndex (i32), first, count (0: all)
  CrossEntropyProbs = 134, //           loss, p, x, t, rows, cols, smoothing
  CrossEntropyProbsGrad = 135, //       dx, dloss, p, t, rows, cols, smoothing
  NegativeLogLikelihood = 136, //       loss, x, t (i32), rows, cols, ignoreIndex (i32)
  NegativeLogLikelihoodGrad = 137, //   dx, dloss, t (i32), rows, cols, ignoreIndex (i32)
  CrossEntropyMean = 138, //            loss, terms, t (i32), rows, ignoreIndex (i32)

  // Random numbers; the seed, and for dropout the step, come from the control block
  Uniform = 150, //     y, n, low, high, stream
  Normal = 151, //      y, n, mean, std, stream
  Dropout = 152, //     y, x, n, p, stream, first              of a buffer from its element `first` on; on dy it is the gradient

  // Data: rows of the batch from a source block (see Source), in the order of the epoch
  Gather = 160, //      y (f32), source, rows, cols, scale, shift, first      from row `first` of the batch on
  GatherIds = 161, //   y (i32), source, rows, cols, first

  // Metrics and the end of a step
  CountCorrect = 170, //        y, x, t (i32), rows, cols, ignoreIndex (i32)
  CountCorrectBinary = 171, //  y, x, t, n, threshold           (x >= threshold) == (t >= 0.5)
  CountCorrectProbs = 172, //   y, x, t, rows, cols             argmax of both
  Record = 173, //              loss, correct (0: none), silent   into the history, unless silent; a loss that is not finite ends the run

  // Optimizers:  p, keep, g, s0, s1, s2, n, hyper (f64s), scale (f32, 0: none), factor of the rate (f64, 0: 1)
  // Each keeps the old p in keep; rate and step come from the control block.
  Sgd = 180,
  Adam = 181,
  RmsProp = 182,
  Adagrad = 183,
  Adadelta = 184,
  Adamax = 185,
  NAdam = 186,

  // Recurrent layers over time, `batch` samples of the `rows` that lie in a step; backward: 1 runs from the last step to
  // the first. Address 0: no initial state, bias, dc
  Rnn = 270, //         h, x, w, h0, steps, batch, hidden, backward, relu, scratch, rows
  RnnGrad = 271, //     dx, dh0, dh, h, w, steps, batch, hidden, backward, relu, scratch, rows
  Lstm = 272, //        act, h, c, x, w, h0, c0, steps, batch, hidden, backward, scratch, rows
  LstmGrad = 273, //    dx, dh0, dc0, dh, dc, act, c, w, steps, batch, hidden, backward, scratch, rows
  Gru = 274, //         act, h, x, w, bias, h0, steps, batch, hidden, backward, scratch, rows
  GruGrad = 275, //     dx, dr, dh0, dh, act, h, w, steps, batch, hidden, backward, scratch, rows

  // Norms of x seen as rows of [channels, inner]; row r has the weights of group r % groups. stats: mean, 1/σ of each row
  Norm = 240, //            y, stats[rows, 2], x, weight, bias, rows, groups, channels, inner, eps, centred
  NormGrad = 241, //        dx, dy, x, stats, weight, rows, groups, channels, inner, centred
  NormWeightGrad = 242, //  dweight, dbias, dy, x, stats, rows, groups, channels, inner, step
  // Norms of x[outer, channels, inner] over outer and inner; variances are biased. step: elements to the next of outer
  BatchStats = 243, //      mean, variance, x, outer, channels, inner, step
  BatchNorm = 244, //       y, x, mean, variance, weight, bias, outer, channels, inner, eps, step
  BatchNormSums = 245, //   dweight, dbias, dy, x, mean, variance, outer, channels, inner, eps, step
  BatchNormGrad = 246, //   dx, dy, x, mean, variance, weight, dweight (0: fixed statistics), dbias, outer, channels, inner, eps, step

  // Attention; heads are counted over the whole batch, and those from `first` to before `end` are done (assembly/attention.ts)
  Attention = 280, //       words as src/shared/attention.ts names them
  AttentionGrad = 281, //   likewise
  CachedAttention = 282, // likewise
  AttentionMaskGrad = 283, // likewise
  Rotary = 285, //          y, x, cosines, sines, starts (i32), rows, length, width, heads, dim, limit, perStart, backward, interleaved, first

  // Rows of a table by ids (i32)
  Embedding = 250, //       y, ids, weight, n, rows, cols                   ids are held within the table
  EmbeddingGrad = 251, //   dweight, ids, dy, n, rows, cols, padding (-1: none), step   in ascending n; step: elements to the next row

  // Elements by ids (i32) along the middle axis of x[outer, size, inner]; ids are held within it, sums add in ascending n
  Take = 255, //            y[outer, n, inner], x, ids[n], outer, size, n, inner
  TakeGrad = 256, //        dx, dy, ids[n], outer, size, n, inner
  GatherAlong = 257, //     y[outer, n, inner], x, ids[outer, n, inner], outer, size, n, inner
  GatherAlongGrad = 258, // dx, dy, ids[outer, n, inner], outer, size, n, inner
  // Choices and places
  Where = 259, //           y, c, a, b, dims[6], cStrides[6], aStrides[6], bStrides[6]    c not 0 ? a : b
  CumSum = 260, //          y, x, outer, n, inner, reversed     over n
  TopK = 261, //            values, places (i32), x, rows, cols, k
  OneHot = 262, //          y[n, classes], ids, n, classes      an id outside gives zeros

  // 8-bit weights: codes (i8), in rows of ld bytes, times the scale of their row
  LinearInt8 = 290, //      y, x, codes (even columns + 128), scales, bias (0: none), m, n, k, ld, ldy, scratch, dots
  EmbeddingInt8 = 291, //   y, ids (0: all rows), codes, scales, n, rows, cols, ld

  // Powers other than squares and roots
  Pow = 205, //         y, x, n, exponent as a sum of two

  // Gradient clipping
  ClipNorm = 200, //    scale[2], squares, count, maxNorm       scale[0] = the factor, scale[1] = the norm before
  ClipValue = 201, //   g, n, limit

  // Convolution; window[15] is in src/shared/window.ts. A group has `channels` of x and `outs` of y, and steps lead to
  // the next image
  Conv2d = 210, //           y, x, weight, bias, scratch, images, groups, channels, outs, yStep, xStep, activation, alpha, flipped, window
  ConvTranspose2d = 211, //  x, y, weight, bias, scratch, images, groups, channels, outs, yStep, xStep, activation, alpha, window
  ConvWeightGrad = 212, //   dweight, x, dy, scratch, images, groups, channels, outs, xStep, yStep, parts, first, end, window

  // Pooling over planes, with the same window[15]
  MaxPool = 230, //              y, index (i32), x, scratch, planes, window
  MaxPoolGrad = 231, //          dx, dy, index (i32), planes, window
  MaxPoolTake = 232, //          y, x, index (i32), planes, window                          the gradient of MaxPoolGrad
  AvgPool = 233, //              y, x, scratch, planes, countPadding, divisor (0: none), window
  AvgPoolGrad = 234, //          dx, dy, scratch, planes, countPadding, divisor (0: none), window
  AdaptiveAvgPool = 235, //      y, x, planes, height, width, rows, columns
  AdaptiveAvgPoolGrad = 236, //  dx, dy, planes, height, width, rows, columns
}

/** Flags of Opcode.Gemm. */
export enum GemmFlag {
  TransA = 1,
  TransB = 2,
  Accumulate = 4,
  /** Pack B, or do not, whatever the sizes say: a slice of a product takes the path of the whole. */
  Pack = 8,
  InPlace = 16,
  /** B is what Opcode.Pack has made of it, whole: with TransB and no other flag, and for one thread. */
  Packed = 32,
}

/** Words of the control block, which tells `run` what to train on and where it stands. */
export enum Control {
  /** Optimizer steps done since the parameters were initialised. */
  Step = 0,
  /** Epochs begun; with the seed, it keys the shuffle. */
  Epoch = 1,
  /** Steps done in this epoch. */
  Position = 2,
  StepsPerEpoch = 3,
  /** Samples in a full batch. */
  Batch = 4,
  Samples = 5,
  /** Address of `Samples` u32 indices. */
  Order = 6,
  /** 1: shuffle at the start of each epoch; 0: leave the order as it is. */
  Shuffle = 7,
  SeedLow = 8,
  SeedHigh = 9,
  /** Address of the program, and its instructions. */
  Main = 10,
  MainCount = 11,
  /** Program of an epoch's last, smaller batch; count 0 if there is none. */
  Tail = 12,
  TailCount = 13,
  /** Ring of Capacity pairs (loss, correct), f32, by the steps of this run. */
  History = 14,
  /** Ring of Capacity learning rates, f64, by the steps of this run. */
  Rates = 15,
  Capacity = 16,
  /** 0: all well; 1: the loss was not finite and the step was not taken. */
  Status = 17,
  /** Steps done in this run. */
  Done = 18,
  /**
   * 1: all threads of the team run the programs together. Main and Tail are then addresses of tables with a line for
   * each thread: the address of its program, and its instructions.
   */
  Together = 19,
  Words = 32,
}

/** Words that the threads share, each on a line of its own, since others write to it while some wait at it. */
export enum Sync {
  /** Threads that have reached the barrier. */
  Arrived = 0,
  /** Barriers passed. */
  Turn = 16,
  /** Jobs begun; a worker that sees another number than the last has one to do. */
  Job = 32,
  /** Of the job: the control block, and the steps (0: the worker ends). */
  JobControl = 33,
  JobSteps = 34,
  Words = 48,
}

/** Words of a source block, which tells Gather where the samples lie. */
export enum Source {
  Address = 0,
  /** One of SourceType. */
  Type = 1,
  /** 1: take rows by the control block's order; 0: the batch's rows lie at Address. */
  Ordered = 2,
  Words = 16,
}

export enum SourceType {
  F32 = 0,
  U8 = 1,
  I32 = 2,
}
