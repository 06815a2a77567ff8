// Images and labels come as two IDX files; this puts them together as the x and y of a data set.

import { IdxError, type IdxFile } from "./idx.js";

/** Samples and their labels. Row i of `x` is `features` values, row i of `y` is one. */
export interface LabelledSamples {
  /** The samples one after another, in the file's own type: [samples, ...sampleShape]. */
  readonly x: IdxFile["data"];
  /** The labels: [samples]. */
  readonly y: IdxFile["data"];
  readonly samples: number;
  /** Values of one sample: 784 for 28 x 28. */
  readonly features: number;
  /** The shape of one sample: [28, 28]. Empty where a sample is one number. */
  readonly sampleShape: readonly number[];
}

/**
 * Pairs the images and the labels of two IDX files. Nothing is copied.
 *
 * @throws IdxError if the labels have more than one dimension, or if there are not as many labels as images.
 */
export function pairIdx(images: IdxFile, labels: IdxFile): LabelledSamples {
  if (labels.shape.length !== 1) {
    const hint = images.shape.length === 1 ? "; were images and labels exchanged?" : "";
    throw new IdxError(`labels have shape [${labels.shape.join(", ")}], expected one dimension${hint}`);
  }
  const [samples, ...sampleShape] = images.shape;
  if (samples !== labels.shape[0]) {
    throw new IdxError(`${samples} images came with ${labels.shape[0]} labels; are both files of the same set?`);
  }
  const features = sampleShape.reduce((product, size) => product * size, 1);
  return { x: images.data, y: labels.data, samples, features, sampleShape };
}
