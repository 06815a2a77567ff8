// Words for error messages.

/** A short form of anything: a text in quotes, a few numbers, or what kind of object it is. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) {
    const few = value.length <= 4 && value.every((element) => typeof element === "number");
    return few ? `[${value.join(", ")}]` : `an array of ${value.length}`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const name = (value.constructor as { name?: string } | undefined)?.name;
  if (name && name !== "Object") return `an object of ${name}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  return `an object with ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? ", …" : ""}`;
}

/** "no samples", "1 sample", "2 samples" */
export const count = (n: number, one: string, several = `${one}s`): string =>
  `${n === 0 ? "no" : n} ${n === 1 ? one : several}`;
