// Where the package keeps its builds of the core: each as text in a module behind an import(), which bundlers put into a
// file of its own. Programs in Node get inlined.node.ts instead, by package.json's exports (scripts/build-dist.mjs).

const modules = {
  simd: () => import("./binary.simd.js"),
  "simd-dense": () => import("./binary.simd-dense.js"),
  "simd-threads": () => import("./binary.simd-threads.js"),
  relaxed: () => import("./binary.relaxed.js"),
  "relaxed-dense": () => import("./binary.relaxed-dense.js"),
  "relaxed-threads": () => import("./binary.relaxed-threads.js"),
} as const;

export type VariantName = keyof typeof modules;

/** A build as a text that variant.ts knows how to read, or as bytes; an empty text if it has not been compiled. */
export async function inlined(variant: VariantName): Promise<string | Uint8Array> {
  return (await modules[variant]()).wasmText;
}
