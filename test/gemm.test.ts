// The product kernel: all its forms, at sizes that cross every vector, tile and block edge, with everything that rides
// in its epilogue. Around each matrix lies NaN, which must neither come in nor be written over.
import { beforeAll, describe, expect, test } from "vitest";
import { gemmScratchBytes } from "../src/core/gemm-scratch.js";
import { Random } from "../src/data/random.js";
import { activations as rows } from "../src/graph/ops/activation.js";
import { GemmFlag, Opcode } from "../src/shared/opcodes.js";
import { openKernels, real, type Kernels } from "./support/kernel.js";
import { activations } from "./support/reference-elementwise.js";

let k: Kernels;
beforeAll(async () => {
  k = await openKernels();
});

const random = new Random(41);
const numbers = Float32Array.from({ length: 1 << 18 }, () => random.uniform(-1, 1));
/** Some of the same random numbers, from another place each time. */
const some = (n: number) => {
  const from = random.integer(numbers.length - n);
  return numbers.subarray(from, from + n);
};

interface Product {
  m: number;
  n: number;
  k: number;
  transA?: boolean;
  transB?: boolean;
  accumulate?: boolean;
  bias?: boolean;
  activation?: keyof typeof rows;
  alpha?: number;
  batch?: number;
  /** One A, or one B, for the whole batch. */
  oneA?: boolean;
  oneB?: boolean;
  /** Columns between the end of a row and the next, in all three matrices. */
  gap?: number;
}

/** A matrix in memory: its rows with gaps between them, NaN in the gaps and behind it. */
function place(matrix: Float32Array, cols: number, gap: number) {
  const rows = matrix.length / cols;
  const ld = cols + gap;
  const buffer = k.f32(new Float32Array(rows * ld + 16).fill(NaN));
  for (let r = 0; r < rows; r++) buffer.view().set(matrix.subarray(r * cols, (r + 1) * cols), r * ld);
  const read = () => {
    const all = buffer.values();
    const inside = new Float32Array(matrix.length);
    for (let r = 0; r < rows; r++) inside.set(all.subarray(r * ld, r * ld + cols), r * cols);
    const around = all.filter((value, i) => (i >= rows * ld || i % ld >= cols) && !Number.isNaN(value));
    expect(around, "nothing is written around the matrix").toHaveLength(0);
    return inside;
  };
  return { buffer, ld, read };
}

/** Runs the product and compares it with f64. Returns C. */
function check(product: Product): Float32Array {
  const { m, n, k: depth, transA = false, transB = false, accumulate = false, batch = 1, gap = 0 } = product;
  const [a, b] = [some((product.oneA ? 1 : batch) * m * depth), some((product.oneB ? 1 : batch) * depth * n)];
  const [before, bias] = [some(batch * m * n), some(n)];
  const A = place(a, transA ? m : depth, gap);
  const B = place(b, transB ? depth : n, gap);
  const C = place(before, n, product.activation ? 0 : gap);
  const biasAt = k.f32([...bias, NaN, NaN, NaN, NaN]);
  const flags =
    (transA ? GemmFlag.TransA : 0) | (transB ? GemmFlag.TransB : 0) | (accumulate ? GemmFlag.Accumulate : 0);
  const scratch = k.f32(new Float32Array(gemmScratchBytes(m, n, depth, flags) / 4 + 16).fill(NaN));
  const step = (one: boolean | undefined, rows: number, ld: number) => (one ? 0 : rows * ld);

  k.run(
    Opcode.Gemm,
    ...[C.buffer, A.buffer, B.buffer, product.bias ? biasAt : 0, m, n, depth, A.ld, B.ld, C.ld, flags],
    ...[product.activation ? rows[product.activation].code : 0, real(product.alpha ?? 0), scratch],
    ...[batch, step(product.oneA, transA ? depth : m, A.ld), step(product.oneB, transB ? n : depth, B.ld), m * C.ld],
  );

  const c = C.read();
  const untouched = A.read().every((value, i) => value === a[i]) && B.read().every((value, i) => value === b[i]);
  expect(untouched, "A and B stay as they are").toBe(true);
  expect(scratch.values().slice(-16).every(Number.isNaN), "scratch suffices").toBe(true);
  k.free(A.buffer, B.buffer, C.buffer, biasAt, scratch);

  const f = product.activation ? activations[product.activation]![0] : (x: number) => x;
  let worst = 0;
  for (let i = 0; i < c.length; i++) {
    const [item, row, col] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    let at = transA ? row : row * depth;
    let bt = transB ? col * depth : col;
    if (!product.oneA) at += item * m * depth;
    if (!product.oneB) bt += item * depth * n;
    let sum = (accumulate ? before[i]! : 0) + (product.bias ? bias[col]! : 0);
    let magnitude = 2 + Math.abs(sum);
    for (let p = 0; p < depth; p++, at += transA ? m : 1, bt += transB ? 1 : n) {
      const term = a[at]! * b[bt]!;
      sum += term;
      magnitude += Math.abs(term);
    }
    const error = Math.abs(c[i]! - f(sum, { alpha: product.alpha! })) / magnitude;
    if (!(error <= worst)) worst = error;
  }
  expect(worst, JSON.stringify(product)).toBeLessThan(1e-6);
  return c;
}

const FORMS = [{}, { transB: true }, { transA: true }, { transA: true, transB: true }];
const nameOf = ({ transA, transB }: Partial<Product>) => `A${transA ? "ᵀ" : ""}·B${transB ? "ᵀ" : ""}`;

describe.each(FORMS.map((form) => [nameOf(form), form] as const))("%s", (_, form) => {
  test("of all small sizes", () => {
    const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 15];
    for (const m of sizes)
      for (const n of sizes) for (const depth of sizes) check({ m, n, k: depth, gap: m % 3, ...form });
  });

  test("of sizes around tiles and vectors", () => {
    const sizes = [1, 3, 4, 5, 8, 10, 12, 15, 16, 17, 23, 24, 25, 31, 33, 47, 48, 63, 65];
    const pick = () => sizes[random.integer(sizes.length)]!;
    for (let i = 0; i < 150; i++) {
      check({
        m: pick(),
        n: pick(),
        k: pick(),
        gap: random.integer(3),
        accumulate: i % 4 === 0,
        bias: i % 3 === 0,
        ...form,
      });
    }
  });

  test("of sizes around blocks", () => {
    for (const large of [255, 256, 257, 300, 513]) {
      for (const small of [1, 5, 26]) {
        for (const [m, n, depth] of [
          [large, small, 33],
          [small, large, 33],
          [small, 33, large],
        ] as const) {
          // prettier-ignore
          check({ m, n, k: depth, bias: true, accumulate: small === 5, ...form });
        }
      }
    }
    check({ m: 26, n: 257, k: 257, bias: true, activation: "relu", ...form });
    check({ m: 5, n: 600, k: 300, accumulate: true, ...form });
  });

  test("with bias, with C, and with both, before every activation", () => {
    for (const [m, n, depth] of [
      [1, 9, 5],
      [3, 5, 4],
      [6, 7, 9],
      [33, 21, 40],
    ] as const) {
      // prettier-ignore
      for (const activation of [undefined, ...Object.keys(rows)] as (keyof typeof rows | undefined)[]) {
        for (const bias of [false, true]) {
          for (const accumulate of [false, true]) {
            check({ m, n, k: depth, bias, accumulate, alpha: 0.375, ...(activation && { activation }), ...form });
          }
        }
      }
    }
  });

  test("in batches, also of one A or one B", () => {
    for (const [m, n, depth] of [
      [1, 1, 1],
      [3, 5, 4],
      [4, 8, 8],
      [9, 17, 6],
      [26, 33, 30],
    ] as const) {
      // prettier-ignore
      for (const [oneA, oneB] of [[false, false], [true, false], [false, true], [true, true]] as const) { // prettier-ignore
        for (const batch of [1, 2, 5]) check({ m, n, k: depth, batch, oneA, oneB, gap: 1, bias: batch === 2, ...form });
        check({ m, n, k: depth, batch: 3, oneA, oneB, bias: true, activation: "tanh", ...form });
      }
    }
  });

  test("NaN and infinities reach their row or column, and no other", () => {
    for (const [m, n, depth] of [
      [1, 5, 3],
      [2, 3, 5],
      [5, 6, 7],
      [27, 12, 18],
    ] as const) {
      // prettier-ignore
      for (let i = 0; i < 12; i++) {
        const [row, p, col] = [random.integer(m), random.integer(depth), random.integer(n)];
        const a = new Float32Array(m * depth).fill(1);
        const b = new Float32Array(depth * n).fill(1);
        a[form.transA ? p * m + row : row * depth + p] = NaN;
        b[form.transB ? col * depth + p : p * n + col] = Infinity;
        const flags = (form.transA ? GemmFlag.TransA : 0) | (form.transB ? GemmFlag.TransB : 0);
        const [A, B, C, scratch] = [k.f32(a), k.f32(b), k.f32(m * n), k.f32(gemmScratchBytes(m, n, depth, flags) / 4)];
        k.run(Opcode.Gemm, C, A, B, 0, m, n, depth, form.transA ? m : depth, form.transB ? depth : n, n, flags, 0, 0, scratch, 1); // prettier-ignore
        const expected = (i: number) => (Math.floor(i / n) === row ? NaN : i % n === col ? Infinity : depth);
        expect(Array.from(C.values())).toEqual(Array.from({ length: m * n }, (_, i) => expected(i)));
        k.free(A, B, C, scratch);
      }
    }
  });
});

const WAYS = { packed: GemmFlag.Pack, "as they lie": GemmFlag.InPlace };
const waysOf = FORMS.flatMap((form) =>
  Object.entries(WAYS).map(([how, way]) => [nameOf(form), how, form, way] as const),
);
// Dot products have a test of their own.
test.each(waysOf.filter(([, , { transB }, way]) => way === GemmFlag.Pack || !transB))(
  "%s, %s: rows have the same bits whichever tiles they fall into",
  (_, _how, form, way) => {
    const [m, n, depth] = [41, 21, 70];
    const flags = (form.transA ? GemmFlag.TransA : 0) | (form.transB ? GemmFlag.TransB : 0) | way;
    const lda = form.transA ? m : depth;
    const scratch = k.f32(gemmScratchBytes(m, 256, 256, flags) / 4);
    const [A, B, C, part] = [k.f32(some(m * depth + 16)), k.f32(some(depth * n + 16)), k.f32(m * n), k.f32(m * n)];
    const run = (c: number, first: number, rows: number) => {
      const a = A.address + 4 * first * (form.transA ? 1 : depth);
      const ldb = form.transB ? depth : n;
      k.run(Opcode.Gemm, c, a, B, 0, rows, n, depth, lda, ldb, n, flags, 0, 0, scratch, 1);
    };
    run(C.address, 0, m);
    const whole = C.values();
    for (const rows of [1, 3, 4, 6, 7, 10, 11, 12, 13, 25]) {
      for (let first = 0; first + rows <= m; first += 5) {
        run(part.address, first, rows);
        expect(part.values().subarray(0, rows * n)).toEqual(whole.subarray(first * n, (first + rows) * n));
      }
    }
    k.free(A, B, C, part, scratch);
  },
);

test("of a B that was packed before, the same bits", () => {
  const scratch = k.f32(256 * 256);
  for (const [m, n, depth] of [
    [4, 3, 5],
    [25, 96, 64],
    [9, 257, 33],
    [5, 21, 513],
    [13, 300, 260],
  ] as const) {
    const flags = GemmFlag.TransB;
    const packed = k.f32(Math.ceil(n / 4) * 4 * depth + 16);
    const [A, B, bias] = [k.f32(some(m * depth + 16)), k.f32(some(depth * n + 16)), k.f32(some(n + 4))];
    const [onTheWay, before] = [k.f32(m * n), k.f32(m * n)];
    k.run(Opcode.Pack, packed, B, n, depth);
    for (const [c, b, way] of [
      [onTheWay, B, GemmFlag.Pack],
      [before, packed, GemmFlag.Packed],
    ] as const) {
      k.run(Opcode.Gemm, c, A, b, bias, m, n, depth, depth, depth, n, flags | way, Opcode.Relu, 0, scratch, 1);
    }
    expect(before.values()).toEqual(onTheWay.values());
    k.free(A, B, bias, packed, onTheWay, before);
  }
  k.free(scratch);
});

test.each([9, 10, 15])("rows have the same bits alone and among others by dot products, too: %i columns", (n) => {
  for (const depth of [70, 7]) {
    const m = 9;
    const flags = GemmFlag.TransB | GemmFlag.InPlace;
    const [A, B, C, part] = [k.f32(some(m * depth + 16)), k.f32(some(depth * n + 16)), k.f32(m * n), k.f32(m * n)];
    const run = (c: number, first: number, rows: number) =>
      k.run(Opcode.Gemm, c, A.address + 4 * first * depth, B, 0, rows, n, depth, depth, depth, n, flags, 0, 0, 0, 1);
    run(C.address, 0, m);
    const whole = C.values();
    for (const rows of [1, 2, 3]) {
      for (let first = 0; first + rows <= m; first++) {
        run(part.address, first, rows);
        expect(part.values().subarray(0, rows * n)).toEqual(whole.subarray(first * n, (first + rows) * n));
      }
    }
    k.free(A, B, C, part);
  }
});

test("without terms, the bias remains, and C where it is added to", () => {
  const [c, bias] = [k.f32([9, 9, 9, 9, 9, 9]), k.f32([1, 2, 3])];
  for (const flags of [0, GemmFlag.TransA, GemmFlag.TransB]) {
    c.view().fill(9);
    k.run(Opcode.Gemm, c, 0, 0, bias, 2, 3, 0, 0, 3, 3, flags, 0, 0, 0, 1);
    expect([...c.values()]).toEqual([1, 2, 3, 1, 2, 3]);
    k.run(Opcode.Gemm, c, 0, 0, bias, 2, 3, 0, 0, 3, 3, flags | GemmFlag.Accumulate, 0, 0, 0, 1);
    expect([...c.values()]).toEqual([2, 4, 6, 2, 4, 6]);
  }
});

test("a product of whole numbers is exact", () => {
  const size = 70;
  const [a, b] = [0, 1].map(() => Float32Array.from({ length: size * size }, () => random.integer(17) - 8)) as [Float32Array, Float32Array]; // prettier-ignore
  const [A, B, C, scratch] = [k.f32(a), k.f32(b), k.f32(size * size), k.f32(gemmScratchBytes(size, size, size, 0) / 4)];
  k.run(Opcode.Gemm, C, A, B, 0, size, size, size, size, size, size, 0, 0, 0, scratch, 1);
  const exact = Float32Array.from(C.values(), (_, i) => {
    let sum = 0;
    for (let p = 0; p < size; p++) sum += a[Math.floor(i / size) * size + p]! * b[p * size + (i % size)]!;
    return sum;
  });
  expect(C.values()).toEqual(exact);
  k.free(A, B, C, scratch);
});
