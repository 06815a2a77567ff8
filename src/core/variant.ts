// The builds of the numeric core that the package holds, and which of them an engine runs.
//
//   simd       in WebAssembly SIMD, which gives the same bits in every engine
//   relaxed    with fused multiply-adds where the processor has them, faster or the same
//
//   -dense     without the instructions of convolution, recurrent layers, attention and the like: half the size
//   -threads   with all instructions, on a memory that several threads share
//
// Each is a file of its own, so that a page loads only the one that it needs.

import { inlined, type VariantName } from "./inlined.js";

export type { VariantName };

/** The bytes of a build. */
export async function bytesOf(variant: VariantName): Promise<Uint8Array> {
  const found = await inlined(variant);
  if (typeof found !== "string") return found;
  if (found === "") throw new Error(`the build "${variant}" has not been compiled; run npm run build:wasm -- --all`);
  return bytesIn(found);
}

/** The bytes of a text that scripts/build-wasm.mjs wrote, and describes. */
function bytesIn(text: string): Uint8Array {
  const frequent: number[] = [];
  const rare: number[] = [];
  for (let value = 0; value < 256; value++) {
    ((parseInt(text[value >> 2]!, 16) >> (value & 3)) & 1 ? frequent : rare).push(value);
  }
  const values = [...frequent, ...rare];
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let at = 64;
  const digit = () => {
    const code = text.charCodeAt(at++);
    return code - (code < 92 ? 35 : 36);
  };
  while (at < text.length) {
    const first = digit();
    bytes[length++] = values[first < 89 ? first : 89 + 91 * (first - 89) + digit()]!;
  }
  return bytes.slice(0, length);
}

/** What a build must be able to do. */
export interface Needs {
  /** The same bits in every engine. */
  readonly deterministic: boolean;
  /** "dense": only the instructions of dense layers; "threads": all, and a shared memory. */
  readonly kind: "dense" | "all" | "threads";
}

/** The build that this engine runs fastest. */
export function variantFor({ deterministic, kind }: Needs): VariantName {
  const base = deterministic || !hasRelaxedSimd() ? "simd" : "relaxed";
  return kind === "all" ? base : `${base}-${kind}`;
}

/** Whether the engine has relaxed SIMD: a module with a single such instruction is refused whole by one that has not. */
export const hasRelaxedSimd = (): boolean => (relaxed ??= WebAssembly.validate(probe));
let relaxed: boolean | undefined;

// (func (param v128 v128 v128) (result v128) local.get 0, local.get 1, local.get 2, f32x4.relaxed_madd)
// prettier-ignore
const probe = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, // type
  3, 2, 1, 0, // function
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 11, // code
]);
