// Sizes of the kernels on 8-bit weights (assembly/int8.ts) that the compiler needs, too.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript: one plain numeric enum,
// nothing imported.

export enum EightBit {
  /** A row of codes is padded to a multiple of so many bytes. */
  Line = 16,
  /** Rows of the input that are quantised together. */
  Rows = 32,
  /** Bytes of what is known of such a row: its step (f32), and what its sums are to be compensated by (i32). */
  OfRow = 8,
  /** Longest row: more products of 127 · 127 could leave 32 bits. */
  Longest = 131072,
}
