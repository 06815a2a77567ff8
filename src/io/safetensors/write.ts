// Tensors to bytes. The same tensors and texts give the same bytes in whatever order they come, and the bytes that the
// reference implementation writes (its `__metadata__` of more than one text excepted, whose order is random there).

import { DTYPES, elementsOf, type SafetensorsArray, type SafetensorsDtype } from "./dtype.js";
import { quote, showShape } from "./error.js";
import { isUnicode, LONGEST_HEADER, METADATA, PREFIX } from "./header.js";

/** A tensor to be written: `data` row-major, `shape` outermost first. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: SafetensorsArray;
  /** Default: the type of the array's numbers. A Uint16Array may be the bits of F16 or BF16, a Uint8Array BOOL. */
  readonly dtype?: SafetensorsDtype;
}

/** A tensor to be written whose numbers are asked for when it is their turn. */
export interface TensorToStream {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDtype;
  /** As many as the shape has, in the array that holds such numbers. Called once. */
  data(): SafetensorsArray;
}

/** What is known of a tensor before it has its place. */
interface Checked {
  readonly name: string;
  /** Index of its type in DTYPES, which is the order of writing. */
  readonly order: number;
  readonly shape: readonly number[];
  readonly bytes: number;
  data(): SafetensorsArray;
}

type Named<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

/**
 * Writes a safetensors file: tensors widest type first and then by name, the header padded with spaces to a multiple of
 * 8 bytes, so that all data are aligned. `readSafetensors` of the result gives the same tensors and texts.
 *
 * @param metadata Free texts, written in the order of their names. Default: none.
 * @throws RangeError for a name that no file can hold, a shape that does not match its data, or a header over 100 MB;
 *   TypeError for data that are no typed array of the format, a type that the array does not hold, or a text that is none.
 */
export function writeSafetensors(
  tensors: Named<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const { header, sorted, bytes } = layOut(entriesOf(tensors).map(check), metadata);
  const file = new Uint8Array(header.length + bytes);
  file.set(header);
  let at = header.length;
  for (const tensor of sorted) {
    file.set(bytesOf(tensor.data()), at);
    at += tensor.bytes;
  }
  return file;
}

/**
 * The same file part by part, for files that are larger than the memory which may be spent on them: the header, then each
 * tensor. saveFile() takes the parts as they are.
 *
 * @throws as writeSafetensors
 */
export function* safetensorsParts(
  tensors: Named<TensorToStream>,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const { header, sorted } = layOut(entriesOf(tensors).map(checkStream), metadata);
  yield header;
  for (const tensor of sorted) yield bytesOf(tensor.data());
}

const entriesOf = <T>(tensors: Named<T>): [string, T][] =>
  tensors instanceof Map ? [...(tensors as ReadonlyMap<string, T>)] : Object.entries(tensors as Record<string, T>);

const bytesOf = (data: SafetensorsArray) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The beginning of the file, up to the data; the tensors in their order, and how many bytes they take. */
function layOut(tensors: readonly Checked[], metadata: Readonly<Record<string, string>>) {
  const sorted = [...tensors].sort((a, b) => a.order - b.order || compareCodePoints(a.name, b.name));
  const members = metadataMember(metadata);
  let end = 0;
  for (const { name, order, shape, bytes } of sorted) {
    const begin = end;
    end += bytes;
    const { dtype } = DTYPES[order]!;
    members.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`);
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > LONGEST_HEADER) {
    const message = `writeSafetensors: the header has ${length} bytes, expected at most ${LONGEST_HEADER}`;
    throw new RangeError(`${message}, or no reader takes it; write fewer tensors, shorter names or less metadata`);
  }
  const header = new Uint8Array(PREFIX + length);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, PREFIX);
  header.fill(0x20, PREFIX + json.length);
  return { header, sorted, bytes: end };
}

function check([name, { shape, data, dtype }]: [string, TensorToWrite]): Checked {
  const owner = ownerOf(name);
  const order = orderOf(owner, data, dtype);
  checkShape(owner, shape, data.length);
  return { name, order, shape, bytes: data.byteLength, data: () => data };
}

function checkStream([name, { shape, dtype, data }]: [string, TensorToStream]): Checked {
  const owner = ownerOf(name);
  const order = DTYPES.findIndex((row) => row.dtype === dtype);
  if (order < 0) throw unknownType(owner, dtype);
  checkShape(owner, shape);
  return {
    name,
    order,
    shape,
    bytes: elementsOf(shape)! * DTYPES[order]!.array.BYTES_PER_ELEMENT,
    data: () => {
      const given = data();
      orderOf(owner, given, dtype);
      checkShape(owner, shape, given.length);
      return given;
    },
  };
}

/** What messages call a tensor. @throws RangeError for a name that no file can hold */
function ownerOf(name: string): string {
  const owner = `writeSafetensors: tensor ${quote(name)}`;
  if (name === METADATA) throw new RangeError(`${owner} has the name of the format's texts; choose another name`);
  if (!isUnicode(name)) throw new RangeError(`${owner} has half a surrogate pair in its name; choose another name`);
  return owner;
}

/** @throws RangeError unless the shape is one, of `length` elements if that is given */
function checkShape(owner: string, shape: readonly number[], length?: number): void {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(`${owner}: shape must be an array of whole numbers, 0 or more, got ${String(shape)}`);
  }
  const elements = elementsOf(shape);
  if (elements === undefined || (length !== undefined && elements !== length)) {
    const came = `shape ${showShape(shape)} is ${elements ?? `over ${Number.MAX_SAFE_INTEGER}`} elements`;
    throw new RangeError(`${owner}: ${came}, but data has ${length ?? "fewer"}; make them equal`);
  }
}

function unknownType(owner: string, dtype: unknown): TypeError {
  const known = DTYPES.map((row) => row.dtype).join(", ");
  return new TypeError(`${owner}: dtype must be one of ${known}, got ${quote(String(dtype))}`);
}

function orderOf(owner: string, data: SafetensorsArray, dtype: SafetensorsDtype | undefined): number {
  const order = DTYPES.findIndex((row) =>
    dtype === undefined ? row.own && data instanceof row.array : row.dtype === dtype,
  );
  if (order < 0) {
    if (dtype !== undefined) throw unknownType(owner, dtype);
    const kinds = [...new Set(DTYPES.map((row) => row.array.name))].join(", ");
    throw new TypeError(`${owner}: data must be one of ${kinds}, got ${kindOf(data)}`);
  }
  const { array } = DTYPES[order]!;
  if (!(data instanceof array)) {
    throw new TypeError(`${owner}: data of dtype ${dtype} must be a ${array.name}, got ${kindOf(data)}`);
  }
  return order;
}

/** The header's member for the texts, in a list; none if there are no texts. */
function metadataMember(metadata: Readonly<Record<string, string>>): string[] {
  const texts = Object.entries(metadata).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [name, text] of texts) {
    const owner = `writeSafetensors: metadata ${quote(name)}`;
    if (typeof text !== "string")
      throw new TypeError(`${owner} must be a string, got ${typeof text}; use JSON.stringify`);
    if (!isUnicode(name) || !isUnicode(text)) throw new RangeError(`${owner} has half a surrogate pair; remove it`);
  }
  if (texts.length === 0) return [];
  return [
    `"${METADATA}":{${texts.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(",")}}`,
  ];
}

// By code points, which is also the order of the UTF-8 bytes; `<` compares halves of surrogate pairs.
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a.codePointAt(i)! - b.codePointAt(i)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null ? (value.constructor?.name ?? "an object") : String(value);
}
