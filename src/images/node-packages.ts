// The decoders that Node needs, which users install themselves. They are asked for by names that no bundler follows: a
// browser decodes pictures by itself, and its bundles stay free of them.

import { missingPackage } from "../data/optional.js";

export async function png(): Promise<typeof import("pngjs")> {
  const loaded = (await load("pngjs")) as { default: typeof import("pngjs") };
  return loaded.default;
}

export async function jpeg(): Promise<typeof import("jpeg-js")> {
  const loaded = (await load("jpeg-js")) as { default: typeof import("jpeg-js") };
  return loaded.default;
}

export async function zlib(): Promise<typeof import("node:zlib")> {
  return (await load("node:zlib")) as typeof import("node:zlib");
}

const load = (name: string): Promise<unknown> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(missingPackage("wasmgrad/images", name));
