// A library's process, seen from run.ts: asks it, one request at a time, and ends it.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Epochs, Prepared, Request, Sample, Task } from "./protocol.js";

const PATIENCE = 180_000; // milliseconds for one answer

/** How to start a library's process. */
export interface Library {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Threads that it computes on; default 1. */
  readonly threads?: number;
}

export class Peer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private errors = "";

  constructor(readonly library: Library) {
    this.child = spawn(library.command, library.args);
    this.child.stderr.on("data", (text) => (this.errors = `${this.errors}${text}`.slice(-2000)));
    this.child.on("error", ({ message }) => (this.errors += message));
    this.child.stdin.on("error", () => {}); // that it has ended, ask() tells
    this.lines = createInterface({ input: this.child.stdout });
  }

  prepare(task: Task, folder: string, proof: Epochs): Promise<Prepared> {
    return this.ask({ do: "prepare", task, folder, proof });
  }

  calibrate(milliseconds: number): Promise<number> {
    return this.ask({ do: "calibrate", milliseconds });
  }

  sample(units: number): Promise<Sample> {
    return this.ask({ do: "sample", units });
  }

  /** Ends the process, by force if it is still at work. */
  end(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private ask<T>(request: Request): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`${this.library.name} ${reason}\n${this.errors}`.trim()));
      const late = setTimeout(() => fail(`gave no answer within ${PATIENCE / 1000} s`), PATIENCE);
      const ended = () => fail("ended without an answer");
      this.child.once("close", ended);
      this.lines.once("line", (line) => {
        clearTimeout(late);
        this.child.off("close", ended);
        resolve(JSON.parse(line) as T);
      });
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }
}
