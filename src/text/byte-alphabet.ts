// Bytes written as characters, each of which can be seen, so that tokens of any bytes are strings without spaces: GPT-2's
// vocab.json and merges.txt are written so. Bytes that are visible characters of Latin-1 stand for themselves, the others
// are U+0100, U+0101 and so on in their order: a space is Ġ, a line feed Ċ.
//
// Source: bytes_to_unicode in https://github.com/openai/gpt-2/blob/master/src/encoder.py

const visible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);

/** The character of each byte. */
const CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

const BYTES: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  CHARACTERS.map((character, byte) => [character, byte]),
);

/** The characters of some bytes, one each. */
export function fromBytes(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += CHARACTERS[byte]!;
  return text;
}

/** The bytes of such characters; undefined if there is another one among them. */
export function toBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const byte = BYTES.get(text[at]!);
    if (byte === undefined) return undefined;
    bytes[at] = byte;
  }
  return bytes;
}
