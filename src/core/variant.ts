// The builds of the numeric core that the package holds, and which of them an engine runs.
//
//   simd          everything, in WebAssembly SIMD
//   simd-threads  everything, on a memory that several threads share
//   simd-dense    without the instructions of convolution, recurrent layers, attention and the like: half the size
//
// Each is a module of its own behind an import(), so that a page loads only the one that it needs.

export type VariantName = "simd" | "simd-dense" | "simd-threads";

const modules: Readonly<Record<VariantName, () => Promise<{ readonly wasmHex: string }>>> = {
  simd: () => import("./binary.simd.js"),
  "simd-dense": () => import("./binary.simd-dense.js"),
  "simd-threads": () => import("./binary.simd-threads.js"),
};

/** The bytes of a build. */
export async function bytesOf(variant: VariantName): Promise<Uint8Array> {
  const { wasmHex } = await modules[variant]();
  const bytes = new Uint8Array(wasmHex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digit(wasmHex.charCodeAt(2 * i)) << 4) | digit(wasmHex.charCodeAt(2 * i + 1));
  }
  return bytes;
}

/** Value of a hexadecimal digit, 0-9 or a-f, by its code. */
const digit = (code: number) => (code < 58 ? code - 48 : code - 87);

/** The build that this engine runs fastest. */
export const variantFor = (families: boolean): VariantName => (families ? "simd" : "simd-dense");
