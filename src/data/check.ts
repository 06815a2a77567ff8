// The refusals that the functions of this folder share. Each puts the name of what was wrong first, then what it must
// be, then what came: "padSequences: length must be a whole number from 1 to 2147483647, got 0".

const LARGEST = 2 ** 31 - 1;

/** The most values that one array of this folder may hold: 4 GiB of f32, all that a 32-bit memory can address. */
const MOST_VALUES = 2 ** 30;

/** A short form of anything, for messages. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`;
  if (typeof value === "object" && value !== null) return `an object of ${value.constructor?.name ?? "no class"}`;
  return typeof value === "function" ? "a function" : String(value);
}

/** Passes a whole number from `low` to `high`; TypeError for what is no number, RangeError for another one. */
export function whole(label: string, value: unknown, low: number, high: number = LARGEST): number {
  if (typeof value !== "number") {
    throw new TypeError(`${label} must be a whole number from ${low} to ${high}, got ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${label} must be a whole number from ${low} to ${high}, got ${value}`);
  }
  return value;
}

/** Passes an options object; TypeError for what is none, and for a name in it that is not among those. */
export function known<T extends object>(label: string, options: T, names: readonly (keyof T & string)[]): T {
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw new TypeError(`${label}: expected an options object, got ${show(options)}`);
  }
  const other = Object.keys(options).find((name) => !(names as readonly string[]).includes(name));
  if (other === undefined) return options;
  throw new TypeError(`${label}: unknown option "${other}"; the options are ${names.join(", ")}`);
}

/** Passes one of a few words; TypeError for any other. */
export function oneOf<T extends string>(label: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  throw new TypeError(`${label} must be ${words.map((word) => `"${word}"`).join(" or ")}, got ${show(value)}`);
}

/** rows · columns, refused by a RangeError where no array could hold that many. */
export function values(label: string, rows: number, columns: number): number {
  if (rows * columns <= MOST_VALUES) return rows * columns;
  throw new RangeError(
    `${label}: ${rows} x ${columns} values are more than one array may hold (${MOST_VALUES}); take fewer rows at a time`,
  );
}

/** Passes an array or a typed array of numbers (the elements are not looked at); TypeError for what is none. */
export function arrayLike(label: string, value: unknown): ArrayLike<number> {
  const array = value as ArrayLike<number> | null;
  if (typeof array === "object" && array !== null && Number.isSafeInteger(array.length)) return array;
  throw new TypeError(`${label} must be an array or a typed array of numbers, got ${show(value)}`);
}

/** Passes `sequences` if it is an array whose every element is an array of numbers. */
export function arraysOf(label: string, sequences: unknown): readonly ArrayLike<number>[] {
  if (!Array.isArray(sequences)) throw new TypeError(`${label} must be an array of arrays, got ${show(sequences)}`);
  sequences.forEach((sequence, at) => arrayLike(`${label}[${at}]`, sequence));
  return sequences;
}
