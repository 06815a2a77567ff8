// Numbers as people read them, for the examples' output.

/** "93.5 %" of 0.935; right-aligned to `width` characters. */
export const percent = (share: number, width = 0): string => `${(100 * share).toFixed(1)} %`.padStart(width);

/** Numbers with so many digits after the point, two spaces between them. */
export const numbers = (values: ArrayLike<number>, digits = 2): string =>
  Array.from(values, (value) => value.toFixed(digits)).join("  ");
