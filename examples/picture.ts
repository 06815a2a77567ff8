// Part 2: A picture as three matrices, and as 196,608 features.
//
// The picture is drawn here; pixels of a decoded file or of a canvas come in the same form. It is written to
// out/picture.png, beside the three matrices as grey pictures.

import { mkdirSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import { compile, linear, meanSquaredError, relu, rescale, sequential } from "wasmgrad";
import { featuresToImage, imageToFeatures, imageToPlanes, planesToImage, type Pixels } from "wasmgrad/data";
import { numbers } from "./support/format.js";

const SIDE = 256;
const AREA = SIDE * SIDE;

/** A red sun going down over the sea. */
function sunset(): Pixels {
  const data = new Uint8ClampedArray(4 * AREA);
  for (let row = 0, at = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++, at += 4) {
      const height = 1 - row / 160; // 1 at the top, 0 at the horizon
      const sun = (column - 128) ** 2 + (row - 130) ** 2 < 48 ** 2;
      const glitter = row % 12 < 4 && Math.abs(column - 128) < 40 - (row - 160) / 4;
      if (row >= 160) data.set(glitter ? [255, 150, 90, 255] : [20, 60, 110, 255], at);
      else data.set(sun ? [255, 70, 40, 255] : [250 - 130 * height, 170 - 60 * height, 120 + 70 * height, 255], at);
    }
  }
  return { data, width: SIDE, height: SIDE };
}

const picture = sunset();
console.log(`A picture of ${SIDE} x ${SIDE} pixels, each of them red, green and blue from 0 to 255.\n`);

const planes = imageToPlanes(picture);
console.log(`As matrices, [${planes.shape.join(", ")}]. A piece of each, from the rim of the sun:\n`);
console.log("           red                     green                      blue");
for (const row of [126, 129, 132]) {
  const pieces = [0, 1, 2].map((plane) => {
    const begin = plane * AREA + row * SIDE + 174;
    return [...planes.data.subarray(begin, begin + 5)].map((value) => String(value).padStart(4)).join("");
  });
  console.log(`  │${pieces.join(" │   │")} │`);
}

// The three matrices laid end to end are the feature vector.
const features = imageToFeatures(picture);
const many = features.length.toLocaleString("en-US");
console.log(`\nLaid end to end: ${many} features (3 x ${SIDE} x ${SIDE}).`);

const back = featuresToImage(features, { width: SIDE, height: SIDE });
const same = back.data.every((value, at) => value === picture.data[at]);
console.log(`Made a picture again: ${same ? "every pixel is as it was" : "some pixel has changed"}.`);

// A first layer reads them all: each of its 16 neurons has a weight for every feature.
const neurons = sequential(rescale(1 / 255), linear(features.length, 16), relu());
const layer = await compile(neurons, { loss: meanSquaredError(), seed: 1 });
const activations = await layer.predict(features);
console.log(`\nA first layer of 16 neurons has 16 x ${many} weights and 16 biases. What they say to this picture:`);
console.log(`  ${numbers(activations)}`);
layer.dispose();

mkdirSync("out", { recursive: true });
const sheet = new PNG({ width: 4 * SIDE, height: SIDE });
[picture, ...[0, 1, 2].map(grey)].forEach(({ data }, place) => {
  for (let row = 0; row < SIDE; row++) {
    sheet.data.set(data.subarray(4 * SIDE * row, 4 * SIDE * (row + 1)), 4 * SIDE * (4 * row + place));
  }
});
writeFileSync("out/picture.png", PNG.sync.write(sheet));
console.log("\nThe picture and its three matrices: out/picture.png");

function grey(plane: number): Pixels {
  return planesToImage({ data: planes.data.subarray(plane * AREA, (plane + 1) * AREA), shape: [1, SIDE, SIDE] });
}
