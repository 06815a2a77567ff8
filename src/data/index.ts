// Data in: files, pictures and text to typed arrays of numbers, ready for a model. Plain functions; nothing of WASM.

export { augmentPlanes, type AugmentOptions } from "./augment.js";
export { augmented, type AugmentedOptions } from "./augmented.js";
export { bucketByLength, paddedBatches, type BucketOptions, type PaddedBatch } from "./bucket.js";
export { drawPixels, imagePixels, type Drawable } from "./canvas.js";
export { encodeIdx, IdxError, loadIdx, parseIdx, type IdxArrays, type IdxFile, type LoadIdxOptions } from "./idx.js";
export { pairIdx, type LabelledSamples } from "./idx-pair.js";
export {
  featuresToImage,
  imageToFeatures,
  imageToPlanes,
  planesToImage,
  type Channels,
  type ImageOptions,
  type Pixels,
  type Planes,
  type RgbaImage,
} from "./image.js";
export { imagesToTensor, tensorToImages, type ImageTensor, type ImageTensorOptions } from "./images.js";
export { type Normalisation } from "./normalise.js";
export { Random } from "./random.js";
export { resizeImage, resizePlanes, type ResizeMethod, type ResizeOptions } from "./resize.js";
export { takeRows, type NumericArray, type RowOptions, type Samples } from "./rows.js";
export {
  padSequences,
  windows,
  type PaddedSequences,
  type PadOptions,
  type SequenceEnd,
  type WindowOptions,
  type Windows,
} from "./sequence.js";
export { kFold, shuffleTogether, trainTestSplit, type Fold, type Part, type SplitOptions } from "./split.js";
export { minMax, Scaler, standardize, type ScalerData } from "./standardize.js";
export { type ByteSource } from "./stream.js";
export { fitTable, type FitTableOptions, type Missing } from "./table-fit.js";
export { TableEncoder, type EncodedColumn, type EncodedTable } from "./table-encoder.js";
export { type ColumnType, type ColumnTypes, type ColumnValues, type Table } from "./table.js";
export { characters, splitSentences, splitWords } from "./text.js";
export { bagOfWords, inverseDocumentFrequency, oneHot, type BagMode, type BagOptions } from "./vectors.js";
export { Vocabulary, vocabulary, type VocabularyData, type VocabularyOptions } from "./vocabulary.js";
