// Options as a checkpoint holds them: those that are not the defaults.

import type { Json } from "../nn/module.js";

/** The options whose values are not the defaults' nor undefined. */
export function changed(options: object, defaults: object): Record<string, Json> {
  const of = defaults as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(options as Record<string, Json | undefined>).filter(
      (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== of[entry[0]],
    ),
  );
}
