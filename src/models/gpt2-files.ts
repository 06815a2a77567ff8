// The files of a GPT-2 checkpoint: model.safetensors, or parts of it with an index that says which tensor is in which.
//
//   model.safetensors.index.json   { "weight_map": { "wte.weight": "model-00001-of-00002.safetensors", … } }
//
// The files may come from anywhere. A name in the index is looked up among the files that were given, never on a disk.

import { openSafetensors, type ByteReader, type StoredTensor } from "../io/index.js";
import { PREFIX, prefixed, type Gpt2Tensor } from "./gpt2-tensors.js";

/** Files by their names: bytes in memory, or files that are read piece by piece. */
export type Gpt2Files = Readonly<Record<string, Uint8Array | ByteReader>>;

/** A tensor with the file that it is in. */
export interface FoundTensor {
  readonly file: string;
  readonly tensor: StoredTensor;
}

export const WHOLE = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
const LONGEST_JSON = 100_000_000;

/** The text of a JSON file as what it holds. @throws TypeError, its message beginning with the file's name */
export async function readJson(file: Uint8Array | ByteReader, name: string): Promise<unknown> {
  const size = file instanceof Uint8Array ? file.length : file.size;
  if (size > LONGEST_JSON) throw new RangeError(`${name}: has ${size} bytes, more than any file of this kind`);
  const bytes = file instanceof Uint8Array ? file : await file.read(0, size);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new TypeError(`${name}: is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** A checkpoint's tensors by the names that they have in it. */
export class Gpt2Checkpoint {
  private constructor(private readonly tensors: ReadonlyMap<string, FoundTensor>) {}

  /** @throws Error of several kinds, its message beginning with the name of the file at fault */
  static async open(files: Gpt2Files): Promise<Gpt2Checkpoint> {
    const found = new Map<string, FoundTensor>();
    if (Object.hasOwn(files, WHOLE)) {
      for (const [name, tensor] of (await openSafetensors(files[WHOLE]!, WHOLE)).tensors) {
        found.set(name, { file: WHOLE, tensor });
      }
      return new Gpt2Checkpoint(found);
    }
    if (!Object.hasOwn(files, INDEX)) {
      throw new TypeError(`loadGpt2: the files must hold ${WHOLE}, or ${INDEX} with the parts that it names`);
    }
    const parts = new Map<string, ReadonlyMap<string, StoredTensor>>();
    for (const [name, file] of weightMap(await readJson(files[INDEX]!, INDEX))) {
      if (!Object.hasOwn(files, file)) {
        throw new RangeError(
          `${INDEX}: "${short(name)}" is said to be in "${short(file)}", which is not among the files`,
        );
      }
      let part = parts.get(file);
      if (!part) parts.set(file, (part = (await openSafetensors(files[file]!, file)).tensors));
      const tensor = part.get(name);
      if (!tensor) throw new RangeError(`${file}: has no tensor "${short(name)}", although ${INDEX} says so`);
      found.set(name, { file, tensor });
    }
    return new Gpt2Checkpoint(found);
  }

  /**
   * The tensor of the model, under its plain name or the prefixed one.
   * @throws RangeError if it is missing or of another shape or type, naming the file
   */
  find({ name, shape }: Gpt2Tensor): FoundTensor {
    const found = this.tensors.get(name) ?? this.tensors.get(prefixed(name));
    if (!found) {
      const files = [...new Set([...this.tensors.values()].map(({ file }) => file))].join(", ");
      throw new RangeError(
        `${files || WHOLE}: no tensor is called "${name}" or "${PREFIX}${name}", but the config needs one of shape [${shape.join(", ")}]`,
      );
    }
    const { file, tensor } = found;
    if (tensor.shape.length !== shape.length || !shape.every((size, axis) => size === tensor.shape[axis])) {
      throw new RangeError(
        `${file}: "${name}" has shape [${tensor.shape.slice(0, 8).join(", ")}], but the config says [${shape.join(", ")}]`,
      );
    }
    if (!["F64", "F32", "F16", "BF16"].includes(tensor.dtype)) {
      throw new RangeError(`${file}: "${name}" is of type ${tensor.dtype}, expected F32, F16, BF16 or F64`);
    }
    return found;
  }
}

/** The pairs of tensor and file. @throws TypeError, its message beginning with the index's name */
export function weightMap(index: unknown): [string, string][] {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new TypeError(`${INDEX}: must hold an object "weight_map", the file of each tensor`);
  }
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [name, file] of entries) {
    if (typeof file === "string") continue;
    throw new TypeError(
      `${INDEX}: the file of "${short(name)}" must be a name, got ${JSON.stringify(file)?.slice(0, 40)}`,
    );
  }
  return entries as [string, string][];
}

const short = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
