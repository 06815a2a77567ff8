// Where an example's files go: the folder is made and tried before the work begins, so that a mistake costs no time.

import { access, constants, mkdir } from "node:fs/promises";
import { UserError } from "./user-error.js";

/**
 * Makes a folder unless it is there.
 *
 * @param option the option that named it, for the message
 * @throws UserError if it cannot be made or written to
 */
export async function writable(option: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`${option}: the folder ${folder} cannot be written to (${(error as Error).message})`);
  }
}

/** A text as the bytes that saveFile takes. */
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
