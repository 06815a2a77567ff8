// What a page downloads at once: programs that use the published files, bundled by esbuild, binary included, minified
// and gzipped. What they load on demand is not counted.

import { pageFiles } from "../scripts/page-size.mjs";
import { npmRun } from "./npm.js";
import { wanted, type Row, type Section } from "./section.js";

interface Program {
  readonly name: string;
  readonly text: string;
  /** The build of the core that it starts with. */
  readonly core: RegExp;
}

const DENSE = /core\/binary\.simd-dense\.js$/;
/** The whole build, which takes over from the dense one. */
const BOTH = /core\/binary\.simd(-dense)?\.js$/;

const trains = (model: string, names: string) => `
  import { adam, compile, crossEntropy, linear, sequential, ${names} } from "./dist/index.js";
  const trainer = await compile(sequential(${model}), { loss: crossEntropy(), optimizer: adam() });
  export const train = (x, y) => trainer.fit({ x, y });
  export const predict = (x) => trainer.predict(x);
`;

const programs: readonly Program[] = [
  { name: "trains an MLP", text: trains("linear(784, 128), relu(), linear(128, 10)", "relu"), core: DENSE },
  { name: "trains an LSTM", text: trains("lstm(1, 32), linear(32, 10)", "lstm"), core: BOTH },
  { name: "the numeric core alone", text: `export { open } from "./dist/core/index.js";`, core: DENSE },
];

const kilobytes = (bytes: number) => ({ value: bytes / 1000, unit: "kB" });

async function measure({ name, text, core }: Program): Promise<Row> {
  const files = (await pageFiles(text, core)).filter(({ later }) => !later);
  const sum = (bytesOf: (file: (typeof files)[number]) => number) =>
    kilobytes(files.reduce((total, file) => total + bytesOf(file), 0));
  return {
    name,
    values: {
      "minified and gzipped": sum(({ gzipped }) => gzipped),
      "of it the binary": sum(({ gzipped, binary }) => (binary ? gzipped : 0)),
      minified: sum(({ minified }) => minified),
      files: { value: files.length, unit: "" },
    },
  };
}

export const sizeSection: Section = {
  name: "size",
  about: "What a page loads at once for a program, bundled by esbuild.",
  async measure(options) {
    const chosen = programs.filter(({ name }) => wanted(options, "size", name));
    if (chosen.length === 0) return { rows: [] };
    npmRun("build");
    const rows = await Promise.all(chosen.map(measure));
    const [first] = rows;
    return {
      rows,
      ...(first && { headline: `${first.name}: ${first.values["minified and gzipped"]!.value.toFixed(1)} kB` }),
    };
  },
};
