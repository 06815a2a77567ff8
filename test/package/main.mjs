// Runs the program in Node and prints what it found as JSON. The argument "file" takes the binary from the package's
// file instead of its modules.

import { train } from "./train.mjs";

const wasm = process.argv[2] === "file" ? import.meta.resolve("wasmgrad/wasm/simd.wasm") : undefined;
console.log(JSON.stringify(await train({ wasm })));
