// The optimizer kernels. optimizer-shared.ts describes the arguments, which are the same for all.

export { adadelta } from "./optimizer-adadelta";
export { adagrad } from "./optimizer-adagrad";
export { adam } from "./optimizer-adam";
export { adamax } from "./optimizer-adamax";
export { nAdam } from "./optimizer-nadam";
export { rmsProp } from "./optimizer-rmsprop";
export { sgd } from "./optimizer-sgd";
