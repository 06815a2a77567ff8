// The refusals of the reader, one code for each fault that a file can have. Where the reference implementation (the Rust
// crate `safetensors`, SafeTensorError) has a name for a fault, the code is that name; the others are marked (ours).

/**
 * Why bytes are not a safetensors file.
 *
 * | code | the fault |
 * |---|---|
 * | `HeaderTooSmall` | fewer than the 8 bytes of the header's length |
 * | `HeaderTooLarge` | the header's length is over 100,000,000 |
 * | `InvalidHeaderLength` | the header is longer than the file |
 * | `InvalidHeader` | the header is not UTF-8 |
 * | `InvalidHeaderStart` | the header does not begin with `{` |
 * | `InvalidHeaderDeserialization` | the header is not JSON, or not of the form that the format wants |
 * | `DuplicateKey` (ours) | a name stands twice in one object of the header |
 * | `InvalidMetadata` (ours) | `__metadata__` is not an object of strings |
 * | `UnknownDtype` (ours) | a type that this reader does not know |
 * | `InvalidShape` (ours) | a shape that is not a list of whole numbers, 0 or more |
 * | `InvalidOffset` | offsets that are no pair of whole numbers, run backwards, overlap or leave a hole |
 * | `ValidationOverflow` | numbers or products beyond 2^53 - 1 |
 * | `TensorInvalidInfo` | shape and type need other bytes than the offsets give |
 * | `MetadataIncompleteBuffer` | the data are shorter or longer than the offsets say |
 */
export type SafetensorsErrorCode =
  | "HeaderTooSmall"
  | "HeaderTooLarge"
  | "InvalidHeaderLength"
  | "InvalidHeader"
  | "InvalidHeaderStart"
  | "InvalidHeaderDeserialization"
  | "DuplicateKey"
  | "InvalidMetadata"
  | "UnknownDtype"
  | "InvalidShape"
  | "InvalidOffset"
  | "ValidationOverflow"
  | "TensorInvalidInfo"
  | "MetadataIncompleteBuffer";

/** Bytes that are not a safetensors file. The message begins with the file's name; `code` tells the fault. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";

  constructor(
    readonly code: SafetensorsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A name or text in quotes for a message: of a long one the beginning. */
export function quote(text: string, longest = 60): string {
  return JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

/** A shape for a message: of a long one the first sizes. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? `, … ${shape.length - 8} more` : ""}]`;
}
