// PNG and JPEG files in, PNG files out: what `wasmgrad/images` exports. In Node it needs the packages pngjs and jpeg-js, for
// whichever of the two is decoded; users install them themselves. What comes out goes into the functions of wasmgrad/data.

export type { Pixels, RgbaImage } from "../data/image.js";
export { decodeImage, type DecodeOptions } from "./decode.js";
export { encodePng } from "./encode.js";
export { ImageError } from "./error.js";
