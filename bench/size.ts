// What a page downloads: programs bundled by esbuild, binary included, minified and gzipped.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { wanted, type Row, type Section } from "./section.js";

const programs: Readonly<Record<string, string>> = {
  "a program that trains an MLP": `
    import { adam, compile, crossEntropy, linear, relu, sequential } from "wasmgrad";
    const model = sequential(linear(784, 128), relu(), linear(128, 10));
    const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam() });
    export const train = (x, y) => trainer.fit({ x, y });
    export const predict = (x) => trainer.predict(x);
  `,
  "the numeric core alone": `export { open } from "wasmgrad/core";`,
};

const kilobytes = (bytes: number) => ({ value: bytes / 1000, unit: "kB" });

async function measure(name: string, contents: string): Promise<Row> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    stdin: { contents, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const { contents: minified } = outputFiles[0]!;
  const gzipped = gzipSync(minified, { level: 9 }).length;
  const { inputs } = Object.values(metafile.outputs)[0]!;
  const binary = Object.entries(inputs).find(([file]) => file.includes("core/binary."))?.[1].bytesInOutput ?? 0;
  return {
    name,
    values: {
      "minified and gzipped": kilobytes(gzipped),
      minified: kilobytes(minified.length),
      "of it the binary": kilobytes(binary),
    },
  };
}

export const sizeSection: Section = {
  name: "size",
  about: "Programs bundled by esbuild, with one variant of the binary.",
  async measure(options) {
    const names = Object.keys(programs).filter((name) => wanted(options, "size", name));
    const rows = await Promise.all(names.map((name) => measure(name, programs[name]!)));
    const [first] = rows;
    return {
      rows,
      ...(first && { headline: `${first.name}: ${first.values["minified and gzipped"]!.value.toFixed(1)} kB` }),
    };
  },
};
