// What there is to say where the numeric core does not start. Loaded only then.

/** An engine that cannot, a page that must not, or a binary that is none. */
export const notStarted = (cause: unknown): Error =>
  new Error(
    `wasmgrad could not start its WebAssembly core: ${cause instanceof Error ? cause.message : String(cause)}. It needs an ` +
      `engine with WebAssembly SIMD (Node 20, Chrome 91, Firefox 89, Safari 16.4 or later), a page whose content security ` +
      `policy allows 'wasm-unsafe-eval', and, if you pass { wasm }, a binary of the same version of wasmgrad`,
    { cause },
  );

/** A binary without a function that ours has. */
export const notOurs = (name: string): Error =>
  new Error(
    `init: this WebAssembly binary is not wasmgrad's, as it exports no function "${name}"; ` +
      `pass the file wasmgrad/wasm/simd.wasm of the same version`,
  );
