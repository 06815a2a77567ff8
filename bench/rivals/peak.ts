// The most memory that this process ever held in RAM: its engine, the library, and the task's arrays.

import { existsSync, readFileSync } from "node:fs";

const STATUS = "/proc/self/status";

/**
 * Bytes. Linux counts for getrusage (Node's resourceUsage) what the parent held when it started the process, which
 * may be more than the process itself ever had; so there the kernel's high-water mark of this process's own memory is read.
 */
export function peakBytes(): number {
  const status = existsSync(STATUS) ? readFileSync(STATUS, "utf8") : "";
  const mark = /^VmHWM:\s*(\d+) kB$/m.exec(status);
  return 1024 * (mark ? Number(mark[1]) : process.resourceUsage().maxRSS);
}
