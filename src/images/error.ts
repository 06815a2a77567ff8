// The one error of this folder.

/** A picture that cannot be decoded, or is larger than allowed. The message begins with the picture's name. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}
