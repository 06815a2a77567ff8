// Bytes that are read piece by piece, wherever they lie.

/** A file, or something like it. */
export interface ByteReader {
  /** Bytes of all of it. */
  readonly size: number;
  /** Bytes from `begin` to before `end`, both within the size. They may change at the next read. */
  read(begin: number, end: number): Promise<Uint8Array>;
}
