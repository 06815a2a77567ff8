// safetensors files put together byte by byte, without the writer that is tested.

const encoder = new TextEncoder();

/** A file of any header (text, or bytes that need not be text) and any data, or that many bytes of 7. */
export function fileOf(header: string | Uint8Array, data: number | readonly number[] = 0, length?: number | bigint) {
  const head = typeof header === "string" ? encoder.encode(header) : header;
  const tail = typeof data === "number" ? new Array<number>(data).fill(7) : data;
  const bytes = new Uint8Array(8 + head.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? head.length), true);
  bytes.set(head, 8);
  bytes.set(tail, 8 + head.length);
  return bytes;
}

/** The header's text for one tensor. The parts are JSON, so that they can be anything. */
export function entry(shape: string, offsets: string, { name = `"w"`, dtype = `"F32"` } = {}): string {
  return `${name}:{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
}
