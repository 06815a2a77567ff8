// Names of instructions, for texts.

import { Opcode } from "../shared/opcodes.js";

/** "Gemm". The published module has a short table in place of the enum: see scripts/build-dist.mjs. */
export const opcodeName = (code: Opcode): string => Opcode[code]!;
