// The adapters' process: reads requests (protocol.ts), has them done against the clock, answers.
//
// Knows no library. Standard output belongs to the protocol, so whatever a library prints goes to standard error.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Adapter, Given, Prepared, Request, Sample } from "./protocol.js";
import { prepare, sample, type Work } from "./work.js";

/** Serves `adapter` until standard input ends. */
export async function serve(adapter: Adapter): Promise<void> {
  console.log = console.info = console.error;
  let work: Work | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    if (request.do === "prepare") {
      const ready = await prepare(adapter, request.task, load(request.folder), request.proof);
      work = ready.work;
      reply(ready.prepared);
    } else if (!work) throw new Error(`${request.do} was asked for before a task was prepared`);
    else if (request.do === "calibrate") reply(await calibrate(work, request.milliseconds));
    else reply(await sample(work, request.units));
  }
}

const reply = (answer: Prepared | Sample | number): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`);

function load(folder: string): Given {
  const given: Record<string, Float32Array | Int32Array> = {};
  for (const file of readdirSync(folder)) {
    const end = file.lastIndexOf(".");
    const name = file.slice(0, end);
    const { buffer } = new Uint8Array(readFileSync(join(folder, file)));
    given[name] = file.endsWith("i32") ? new Int32Array(buffer) : new Float32Array(buffer);
  }
  return given;
}

/** The work is doubled until it lasts; so it also reaches the optimising compiler before it counts. */
async function calibrate(work: Work, milliseconds: number): Promise<number> {
  for (let units = 1; ; units *= 2) {
    const took = (await sample(work, units)).milliseconds;
    if (took * units >= milliseconds / 2) return Math.max(1, Math.round(milliseconds / took));
  }
}
