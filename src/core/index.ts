// wasmgrad/core: the numeric core as a library of its own. `open()` gives an object whose methods are the operations:
//
//   const core = await open();
//   const x = core.vector([1, 2, 3]);
//   const w = core.matrix(2, 3, 0.5);
//   const y = core.matvec(core.vector(2), w, x, { activation: "relu" });
//   console.log(y.values, core.dot(x, x));

export { Core, init, type InitOptions } from "./core.js";
export type { WasmSource } from "./source.js";
export { Matrix } from "./matrix.js";
export { Memory } from "./memory.js";
export { NumericCore, open, type OpenOptions } from "./numeric-core.js";
export type { Activation } from "./activations.js";
export type { Epilogue, MatmulOptions, MatvecOptions } from "./products.js";
export { ShapeError } from "./shape-error.js";
export { UpdateState, type UpdateRule } from "./update-state.js";
export type { AdamStepOptions } from "./updates.js";
export { Values } from "./values.js";
export { Vector } from "./vector.js";
export { Opcode } from "../shared/opcodes.js";
