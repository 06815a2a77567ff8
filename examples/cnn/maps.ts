// What becomes of one image on its way through the network: the output of every stage.

import { compile, sequential, type Trainer } from "wasmgrad";
import { INPUT, stages } from "./network.js";

/** The output of a stage: pictures of `side` x `side`, one after another. */
export interface Maps {
  readonly name: string;
  readonly side: number;
  /** [pictures, side, side] */
  readonly values: Float32Array;
}

/**
 * For each stage a network that ends there, with the trained one's parameters, says what comes out of it.
 *
 * @param image [28, 28] bytes
 */
export async function featureMaps(trainer: Trainer, image: Uint8Array): Promise<Maps[]> {
  const trained = trainer.parameters;
  const maps: Maps[] = [];
  const parts = stages();
  for (const [at, { name, side }] of parts.entries()) {
    const layers = parts.slice(0, at + 1).flatMap((part) => part.layers);
    using front = await compile(sequential(...layers), { input: INPUT });
    front.load(Object.fromEntries(Object.keys(front.parameters).map((key) => [key, trained[key].values])));
    maps.push({ name, side, values: await front.predict(image) });
  }
  return maps;
}
