/** Shapes that do not fit together. The message names the op or layer, shows the shapes and says what to change. */
export class ShapeError extends Error {
  override name = "ShapeError";
}
