// The layers, and how to build them again from JSON.

export * from "./activation.js";
export { dropout } from "./dropout.js";
export { linear, type LinearOptions } from "./linear.js";
export { flatten, rescale, reshape } from "./reshape.js";
export { sequential } from "./sequential.js";
