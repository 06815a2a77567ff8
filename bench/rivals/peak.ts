// The most memory that this process ever held in RAM: its engine, the library, and the task's arrays.

import { readFileSync } from "node:fs";

/**
 * Bytes. Linux counts for getrusage (Node's resourceUsage) what the parent held when it started the process, which
 * may be more than the process itself ever had; so there the kernel's high-water mark of this process's own memory is read.
 */
export function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
}
