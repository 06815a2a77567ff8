// Bytes from wherever they are (memory, a Blob, a Response, a stream, an address), in small pieces, unpacked on the way
// if they are gzip. Knows nothing of formats. Whoever reads may stop at any piece: the source is then cancelled.
//
// The pieces that go into the decompressor are small because some engines unpack a whole piece before they hand
// anything out: deflate packs at most 1032 : 1, so a reader with a limit sees at most 16 MiB too much of a bomb.

import { show } from "./check.js";

/** What bytes can be read from. A string or a URL is fetched. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response | ReadableStream<Uint8Array> | URL | string;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const PIECE = 16384;

/** What to call the source in messages: its address or its file name, where it has one. */
export function nameOf(source: ByteSource): string | undefined {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  if (source instanceof Response) return source.url || undefined;
  const name = (source as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name : undefined;
}

/**
 * The bytes of `source`, in pieces, unpacked if they begin with gzip's 1f 8b.
 *
 * @throws TypeError if the source is none of the kinds; Error if it cannot be fetched or read, or is damaged gzip.
 */
export async function* readPieces(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = (await open(source)).getReader();
  try {
    const pieces = cut(reader, "reading failed");
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < 2) {
      const next = await pieces.next();
      if (next.done) break;
      head = join([head, next.value]);
    }
    if (head[0] === 0x1f && head[1] === 0x8b) {
      yield* cut(unpack(head, pieces).getReader(), "the gzip data is damaged or cut short");
    } else {
      yield head;
      yield* pieces;
    }
  } finally {
    // Here and not where the decompressor is fed: in Node 20 a write to one whose reader has gone never settles, so
    // that whoever waits for it would never let go of the source.
    await cancel(reader);
  }
}

/** One array of all the pieces. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

async function open(source: ByteSource): Promise<ReadableStream<Uint8Array>> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof Blob) return source.stream();
  if (source instanceof Response) return bodyOf(source);
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    return new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
  }
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new TypeError(`source must be bytes, a Blob, a Response, a stream or an address, got ${show(source)}`);
  }
  let response: Response;
  try {
    response = await fetch(source);
  } catch (cause) {
    throw new Error(
      `could not be fetched (${messageOf(cause)}); to read a file in Node pass its bytes, await readFile("…")`,
      { cause },
    );
  }
  return bodyOf(response);
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
  if (response.body === null || response.bodyUsed) throw new Error("the response has no body, or it was read before");
  return response.body;
}

/** What `reader` gives, in pieces; cancels it at the end, whoever ends it. */
async function* cut(reader: Reader, fault: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new Error(`${fault} (${messageOf(cause)})`, { cause });
      });
      if (done) return;
      if (!(value instanceof Uint8Array)) throw new TypeError(`a stream must give Uint8Array, got ${show(value)}`);
      for (let at = 0; at < value.length; at += PIECE) yield value.subarray(at, at + PIECE);
    }
  } finally {
    await cancel(reader);
  }
}

const cancel = (reader: Reader) => reader.cancel().catch(() => {}); // a stream that failed has told so already

// Fed by hand, a piece when the last was taken: pipeThrough lets Node queue thousands of them.
function unpack(head: Uint8Array, pieces: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const feed = async () => {
    // The platform's type asks for bytes that are surely not shared with another thread.
    await writer.write(head as Uint8Array<ArrayBuffer>);
    for await (const piece of pieces) await writer.write(piece as Uint8Array<ArrayBuffer>);
    await writer.close();
  };
  // Whatever goes wrong here reaches whoever reads the other end.
  feed().catch(async (cause: unknown) => {
    await pieces.return();
    await writer.abort(cause).catch(() => {});
  });
  return readable;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
