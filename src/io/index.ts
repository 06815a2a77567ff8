// Files in and out, as bytes: what `wasmgrad/io` exports. Everything runs in Node and in browsers, but for the
// functions of the file system, which need Node. Nothing here knows of models or training.

// Formats
export * from "./safetensors/index.js";

// The file system
export type { ByteReader } from "./bytes.js";
export * from "./file.js";
