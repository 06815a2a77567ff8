// Reference cases: a folder with cases.json and the safetensors files that it names (PyTorch's results, recorded).
// Files and attributes may come from anywhere, so they are checked as they are read.

import { readFile } from "node:fs/promises";
import { join, basename } from "node:path";
import { readSafetensors, toFloat32 } from "../../src/io/index.js";

/** One case, with its tensors. */
export interface Case {
  readonly name: string;
  readonly kind: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly rtol: number;
  readonly atol: number;
  readonly tensors: ReadonlyMap<string, Values>;
}

export interface Values {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "i32";
  readonly data: Float32Array | Int32Array;
}

/** What a case computes, by the names of the file's results. */
export type Results = Readonly<Record<string, ArrayLike<number>>>;

/** A case that this library has no way to express. */
export class Inexpressible extends Error {}

interface Listed {
  name: string;
  kind: string;
  op: string;
  attrs?: Record<string, unknown>;
  file: string;
  rtol: number;
  atol: number;
}

/** The cases of a folder, as functions that read them. @throws Error if there is no such list */
export async function listCases(folder: string): Promise<{ name: string; load(): Promise<Case> }[]> {
  const path = join(folder, "cases.json");
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Error(`${path} cannot be read; give a folder with a cases.json and the files that it names`, { cause });
  });
  const { cases } = JSON.parse(text) as { cases?: Listed[] };
  if (!Array.isArray(cases)) throw new Error(`${path} must hold { "cases": [...] }`);
  return cases.map((listed) => ({ name: listed.name, load: () => loadCase(folder, listed) }));
}

async function loadCase(folder: string, { name, kind, op, attrs = {}, file, rtol, atol }: Listed): Promise<Case> {
  if (basename(file) !== file) throw new Error(`the file "${file}" must lie in the folder of the cases itself`);
  const { tensors } = readSafetensors(await readFile(join(folder, file)), file);
  const values = [...tensors].map(([key, tensor]): [string, Values] => {
    const whole = tensor.dtype === "I32";
    return [
      key,
      {
        shape: tensor.shape,
        dtype: whole ? "i32" : "f32",
        data: whole ? (tensor.data as Int32Array) : toFloat32(tensor),
      },
    ];
  });
  return { name, kind, op, attrs, rtol, atol, tensors: new Map(values) };
}

/** The tensor `key`. @throws Error if the file has none */
export function need({ tensors }: Case, key: string): Values {
  const found = tensors.get(key);
  if (!found) throw new Error(`the file has no tensor "${key}"; it has ${[...tensors.keys()].join(", ")}`);
  return found;
}

/** Tensors whose names begin with `prefix`, by what follows. */
export function withPrefix({ tensors }: Case, prefix: string): Map<string, Values> {
  return new Map(
    [...tensors].filter(([key]) => key.startsWith(prefix)).map(([key, values]) => [key.slice(prefix.length), values]),
  );
}
