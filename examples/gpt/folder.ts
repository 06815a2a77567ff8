// The folder of a training: the checkpoint, and beside it what the checkpoint does not hold.
//
//   model.safetensors   parameters, the optimizer's state, and where the training stands
//   run.json            settings, the text's name and checksum, the losses
//   loss.svg            the losses as a curve
//
// The checkpoint is written first. Losses of steps that it does not know yet are dropped when the training goes on.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { saveCheckpoint, type Trainer } from "wasmgrad";
import { loadFile, saveFile } from "wasmgrad/io";
import { encode, writable } from "../support/output.js";
import { UserError } from "../support/user-error.js";
import type { Settings } from "./presets.js";

/** Mean losses on windows of both parts of the text, after `step` updates. */
export interface Judgement {
  readonly step: number;
  readonly training: number;
  readonly validation: number;
}

/** What run.json holds. */
export interface Run {
  readonly preset: string;
  readonly settings: Settings;
  readonly text: { readonly file: string | null; readonly checksum: number };
  readonly judgements: Judgement[];
  /** Loss of each step's batch. */
  readonly losses: number[];
}

export class RunFolder {
  constructor(readonly path: string) {}

  private at(name: string): string {
    return join(this.path, name);
  }

  /** Makes the folder. @throws UserError if that cannot be, or it holds a training that is not finished */
  async prepare(): Promise<void> {
    const run = this.find();
    if (run && run.losses.length < run.settings.steps) {
      throw new UserError(
        `--out ${this.path} holds a training that was stopped after step ${run.losses.length} of ${run.settings.steps}; ` +
          `go on with it by --resume, or give another folder`,
      );
    }
    await writable("--out", this.path);
  }

  /** The run that the folder holds. @throws UserError if there is none */
  run(): Run {
    const run = this.find();
    if (run) return run;
    throw new UserError(`--resume: there is no training in ${this.path}; give the folder of one with --out`);
  }

  private find(): Run | undefined {
    let text: string;
    try {
      text = readFileSync(this.at("run.json"), "utf8");
    } catch {
      return undefined;
    }
    const run = JSON.parse(text) as Run;
    if (Array.isArray(run?.losses) && run.settings) return run;
    throw new UserError(`${this.at("run.json")} was not written by this example; give another folder with --out`);
  }

  checkpoint(): Promise<Uint8Array> {
    return loadFile(this.at("model.safetensors"));
  }

  async save(trainer: Trainer, run: Run): Promise<void> {
    await saveFile(this.at("model.safetensors"), await saveCheckpoint(trainer));
    await saveFile(this.at("run.json"), encode(`${JSON.stringify(run)}\n`));
  }

  async writeCurve(svg: string): Promise<void> {
    await saveFile(this.at("loss.svg"), encode(svg));
  }
}
