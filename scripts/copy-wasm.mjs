// Puts the compiled binaries beside the compiled TypeScript, for those who load them themselves.

import { copyFileSync, mkdirSync } from "node:fs";

mkdirSync("dist/wasm", { recursive: true });
copyFileSync("build/simd.wasm", "dist/wasm/simd.wasm");
