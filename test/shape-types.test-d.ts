// Layers with literal sizes that do not fit are a compile error; whatever may fit compiles.

import { expectTypeOf, test } from "vitest";
import { relu, softmax } from "../src/nn/layers/activation.js";
import { dropout } from "../src/nn/layers/dropout.js";
import { linear } from "../src/nn/layers/linear.js";
import { flatten, reshape, rescale } from "../src/nn/layers/reshape.js";
import { sequential } from "../src/nn/layers/sequential.js";
import type { Module } from "../src/nn/module.js";

test("layers that fit", () => {
  sequential(linear(784, 128), relu(), linear(128, 10));
  sequential(rescale(1 / 255), linear(784, 128), dropout(0.2), relu(), linear(128, 10), softmax());
  sequential(flatten(), linear(784, 10));
  sequential(linear(4, 6), reshape(2, 3), linear(3, 5), flatten(), linear(10, 1));
  sequential(sequential(linear(3, 4), relu()), linear(4, 1));
  sequential();
});

test("layers that do not fit", () => {
  // @ts-expect-error 128 features meet a layer that expects 64
  sequential(linear(784, 128), relu(), linear(64, 10));
  // @ts-expect-error reshape(2, 3) gives 3 features
  sequential(linear(4, 6), reshape(2, 3), linear(6, 1));
  // @ts-expect-error the inner model gives 4 features
  sequential(sequential(linear(3, 4), relu()), linear(5, 1));
  // @ts-expect-error a layer is what the function returns
  sequential(linear(784, 128), relu, linear(128, 10));
});

test("sizes known only at run time fit anything", () => {
  const width: number = 128;
  sequential(linear(784, width), relu(), linear(64, 10));
  const layers: Module[] = [linear(784, 128), linear(128, 10)];
  sequential(...layers);
  expectTypeOf(sequential(linear(784, 128))).toExtend<Module>();
});
