// GPT-2 in a folder, as Hugging Face's save_pretrained() writes it and downloads are laid out. Needs Node.

import { loadFile, openFile, saveFile, type OpenFile } from "../io/index.js";
import type { Trainer } from "../train/trainer.js";
import { gpt2Parts, loadGpt2, type LoadGpt2Options } from "./gpt2.js";
import { INDEX, readJson, weightMap, WHOLE } from "./gpt2-files.js";

/**
 * A trainer of the GPT-2 in a folder: config.json, and model.safetensors or model.safetensors.index.json with the files
 * that it names. Reads the weights piece by piece.
 *
 * @throws as loadGpt2, and Error for a file that cannot be read
 */
export async function loadGpt2Folder(folder: string, options: LoadGpt2Options = {}): Promise<Trainer> {
  const config = await loadFile(`${folder}/config.json`);
  const opened: Record<string, OpenFile | Uint8Array> = {};
  try {
    for (const name of await names(folder, opened)) opened[name] ??= await openFile(`${folder}/${name}`);
    return await loadGpt2({ config, files: opened }, options);
  } finally {
    for (const file of Object.values(opened)) if (!(file instanceof Uint8Array)) await file.close();
  }
}

/** Names of the files with weights. The index goes into `opened`, which has been read then. */
async function names(folder: string, opened: Record<string, OpenFile | Uint8Array>): Promise<string[]> {
  try {
    opened[WHOLE] = await openFile(`${folder}/${WHOLE}`);
    return [WHOLE];
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT") throw error;
  }
  opened[INDEX] = await loadFile(`${folder}/${INDEX}`).catch((cause: unknown): never => {
    throw new Error(`loadGpt2Folder: ${folder} has neither ${WHOLE} nor ${INDEX}; check the path`, { cause });
  });
  const parts = new Set(weightMap(await readJson(opened[INDEX], INDEX)).map(([, file]) => file));
  for (const part of parts) {
    // Whoever wrote the index must not choose what else of the disk is opened.
    if (/^[\w-][\w.-]*$/.test(part)) continue;
    throw new RangeError(`${INDEX}: "${part.slice(0, 80)}" is no plain name of a file in the same folder`);
  }
  return [...parts];
}

/**
 * Writes the trainer's model into a folder that exists: config.json and model.safetensors, each replaced at once or not at
 * all. The trainer must not train meanwhile.
 *
 * @throws as saveGpt2, and Error for a file that cannot be written
 */
export async function saveGpt2Folder(trainer: Trainer, folder: string): Promise<void> {
  const { config, parts } = gpt2Parts(trainer);
  await saveFile(`${folder}/${WHOLE}`, parts);
  await saveFile(`${folder}/config.json`, config);
}
