// What the indexing ops refuse.
import { describe, expect, test } from "vitest";
import { ops, ShapeError } from "wasmgrad";
import { input } from "../src/graph/ops/leaf.js";

const t = (...shape: number[]) => input("x", shape);
const ids = (...shape: number[]) => input("ids", shape, "i32");

describe("a ShapeError", () => {
  test.each<[string, () => unknown, string]>([
    [
      "of ids with another number of axes",
      () => ops.gather(t(2, 3), 0, ids(2)),
      "gather: ids [2] along axis 0 of [2, 3]; they need as many axes, and along the others at most its sizes",
    ],
    [
      "of ids that reach beyond another axis",
      () => ops.gather(t(2, 3), 0, ids(2, 4)),
      "gather: ids [2, 4] along axis 0 of [2, 3]; they need as many axes, and along the others at most its sizes",
    ],
    [
      "of taking along an axis that does not exist",
      () => ops.take(t(2, 3), ids(2), 2),
      "take: axis 2 does not exist in a tensor of 2 axes; give a number from -2 to 1",
    ],
    [
      "of a choice between shapes that do not broadcast",
      () => ops.where(t(2), t(3), t(1)),
      "where: [2] and [3] do not broadcast: sizes 2 and 3 meet; from the last axis backwards, sizes must be equal or 1",
    ],
    ["of more pairs than axes", () => ops.pad(t(3), [[1, 1], [1, 1]]), "pad: 2 pairs for the 1 axes of [3]"], // prettier-ignore
    [
      "of more elements than there are",
      () => ops.topK(t(2, 3), 4),
      "topK: k is 4 for [2, 3]; it must be a whole number from 1 to the size of the last axis",
    ],
    [
      "of the largest of a scalar",
      () => ops.topK(t(), 1),
      "topK: k is 1 for []; it must be a whole number from 1 to the size of the last axis",
    ],
    ["of no classes", () => ops.oneHot(ids(2), 0), "oneHot: classes must be a whole number of at least 1, got 0"],
    [
      "of tensors that differ in more than the axis",
      () => ops.concat([t(2, 3), t(2, 4)]),
      "concat: [2, 3] and [2, 4] differ in more than axis 0; all other sizes must be equal",
    ],
    ["of no tensors", () => ops.concat([]), "concat: needs at least one tensor"],
    ["of no tensors to stack", () => ops.stack([]), "stack: needs at least one tensor"],
    [
      "of unequal tensors to stack",
      () => ops.stack([t(2), t(3)]),
      "stack: [2] and [3] differ; all shapes must be equal",
    ],
    [
      "of parts that do not add up",
      () => ops.split(t(5, 2), [2, 2]),
      "split: [2, 2] of axis 0 of [5, 2]; sizes must be whole numbers of at least 1 that add up to 5",
    ],
    [
      "of parts of nothing",
      () => ops.split(t(5), 0),
      "split: parts of 0 of axis 0 of [5]; sizes must be whole numbers of at least 1 that add up to 5",
    ],
    [
      "of squeezing an axis of several elements",
      () => ops.squeeze(t(2, 1), 0),
      "squeeze: axis 0 of [2, 1] has 2 elements, not 1",
    ],
    [
      "of an axis to exchange that does not exist",
      () => ops.transpose(t(3)),
      "transpose: axis -2 does not exist in a tensor of 1 axes; give a number from -1 to 0",
    ],
  ])("%s", (_, call, message) => expect(call).toThrow(new ShapeError(message)));
});

describe("another error", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "for ids that are floats",
      () => ops.take(t(2), t(2)),
      new TypeError('take: the ids [2] are f32; declare them as whole numbers, e.g. { shape: [2], dtype: "i32" }'),
    ],
    [
      "for ids that are floats, in oneHot",
      () => ops.oneHot(t(2), 3),
      new TypeError('oneHot: the ids [2] are f32; declare them as whole numbers, dtype: "i32"'),
    ],
    [
      "for floats beside whole numbers",
      () => ops.concat([t(2), ids(2)]),
      new TypeError("concat: x [2] holds f32 and ids [2] i32; all must be of one type"),
    ],
    [
      "for a border of less than nothing",
      () => ops.pad(t(3), [[-1, 0]]),
      new RangeError("pad: [-1, 0] must be two whole numbers of at least 0, before and after; to cut off, use slice"),
    ],
    ["for a limit that is NaN", () => ops.clamp(t(1), NaN), new RangeError("clamp: the limits are NaN and Infinity")],
    [
      "for an infinite exponent",
      () => ops.pow(t(1), Infinity),
      new RangeError("pow: the exponent must be a finite number, got Infinity"),
    ],
  ])("%s", (_, call, error) => expect(call).toThrow(error));
});
