// Decodes an optimizer's instruction and calls its kernel. optimizer-shared.ts describes the arguments, which are the same
// for all.

import { Opcode } from "../src/shared/opcodes";
import { adadelta } from "./optimizer-adadelta";
import { adagrad } from "./optimizer-adagrad";
import { adam } from "./optimizer-adam";
import { adamax } from "./optimizer-adamax";
import { nAdam } from "./optimizer-nadam";
import { rmsProp } from "./optimizer-rmsprop";
import { sgd } from "./optimizer-sgd";
import { word } from "./simd";

/** Executes the optimizer's instruction at address `at`, whose first words the caller has decoded. */
export function update(
  at: usize,
  p: usize,
  keep: usize,
  g: usize,
  s0: usize,
  s1: usize,
  s2: usize,
  lr: f64,
  step: i32,
): void {
  const n = word(at, 7);
  const hyper = <usize>word(at, 8);
  const scale = <usize>word(at, 9);
  // prettier-ignore
  switch (word(at, 0)) {
    case Opcode.Sgd: sgd(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.Adam: adam(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.RmsProp: rmsProp(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.Adagrad: adagrad(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.Adadelta: adadelta(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.Adamax: adamax(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
    case Opcode.NAdam: nAdam(p, keep, g, s0, s1, s2, n, hyper, scale, lr, step); break;
  }
}
