// What convolutions refuse, and how they say so.

import { expect, test } from "vitest";
import { conv1d, conv2d, convTranspose2d } from "../src/graph/ops/conv-functions.js";
import { input } from "../src/graph/ops/leaf.js";

const x = input("x", [2, 4, 8, 8]);
const weight = input("weight", [6, 4, 3, 3]);
const refused: [string, () => unknown, string][] = [
  [
    "other channels",
    () => conv2d(x, input("w", [6, 3, 3, 3])),
    "conv2d: input is [2, 4, 8, 8], with 4 channels, but the weight [6, 3, 3, 3] expects 3 channels; check the layer before it",
  ],
  [
    "groups that do not divide",
    () => conv2d(x, input("w", [6, 1, 3, 3]), undefined, { groups: 4 }),
    "conv2d: input is [2, 4, 8, 8], with 4 channels, but the weight [6, 1, 3, 3] expects 4 groups of 1 channels, and 6 outs are no multiple of 4 groups",
  ],
  [
    "a kernel that does not fit",
    () => conv2d(x, input("w", [6, 4, 9, 3])),
    "conv2d: the window is larger than the padded input (input [8,8], padding 0, kernel [9,3], dilation [1,1]); take a smaller kernel or more padding",
  ],
  [
    "a picture without channels",
    () => conv2d(input("x", [2, 8, 8]), weight),
    "conv2d: needs an input [samples, channels, height, width] and a weight of as many axes, got [2, 8, 8] and [6, 4, 3, 3]; reshape them",
  ],
  [
    "a picture for a series",
    () => conv1d(x, weight),
    "conv1d: needs an input [samples, channels, length] and a weight of as many axes, got [2, 4, 8, 8] and [6, 4, 3, 3]; reshape them",
  ],
  [
    "a bias of another size",
    () => conv2d(x, weight, input("b", [5])),
    "conv2d: the bias is [5] but the weight gives 6 channels",
  ],
  [
    "a stride of 0",
    () => conv2d(x, weight, undefined, { stride: [1, 0] }),
    "conv2d: stride must be a whole number of at least 1 or 2 of them, got [1,0]",
  ],
  [
    "three paddings",
    () => conv2d(x, weight, undefined, { padding: [1, 1, 1] }),
    "conv2d: padding must be a whole number of at least 0 or 2 of them, got [1,1,1]",
  ],
  [
    '"same" with a stride',
    () => conv2d(x, weight, undefined, { padding: "same", stride: 2 }),
    'conv2d: padding "same" needs stride 1, got [2,2]; give the padding in numbers',
  ],
  [
    "no groups",
    () => conv2d(x, weight, undefined, { groups: 0 }),
    "conv2d: groups must be a whole number of at least 1, got 0",
  ],
  [
    "too much output padding",
    () => convTranspose2d(x, input("w", [4, 2, 3, 3]), undefined, { outputPadding: 1 }),
    "convTranspose2d: outputPadding must be less than the stride or the dilation, got 1 at stride 1 and dilation 1",
  ],
  [
    "other channels of a transpose",
    () => convTranspose2d(x, input("w", [5, 2, 3, 3])),
    "convTranspose2d: input is [2, 4, 8, 8], with 4 channels, but the weight [5, 2, 3, 3] expects 5; check the layer before it",
  ],
  [
    "more padding than result",
    () => convTranspose2d(input("x", [1, 4, 1, 1]), input("w", [4, 2, 2, 2]), undefined, { padding: 1 }),
    "convTranspose2d: padding [1,1] leaves nothing of [1, 4, 1, 1] by [4, 2, 2, 2]; give less padding",
  ],
];
test.each(refused)("%s", (_, call, message) => expect(call).toThrow(message));
