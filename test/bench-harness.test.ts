// The bench's arithmetic and its order of work. No time is judged here.
import { describe, expect, test } from "vitest";
import { median, rate, share, summarise, time } from "../bench/harness.js";

describe("statistics", () => {
  test("the median of an odd and of an even number of values", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("the spread is the median distance from the median, so one bad round does not count", () => {
    expect(summarise([10, 11, 12, 13, 900], "ms")).toEqual({ value: 12, unit: "ms", spread: 1 });
  });

  test("work in a round of milliseconds becomes work a second", () => {
    expect(rate(3, [1000, 500, 500], "GFLOP/s")).toEqual({ value: 6, unit: "GFLOP/s", spread: 0 });
  });

  test("a share compares each round with the ceiling of the same round", () => {
    // Twice the time in the second round, for both: the share is the same.
    expect(share(100, [2, 4, 2], 100, [1, 2, 1])).toEqual({ value: 50, unit: "%", spread: 0 });
  });
});

describe("time", () => {
  test("runs every task once a round, one after the other", async () => {
    const calls: string[] = [];
    const task = (name: string) => ({ name, run: () => void calls.push(name) });
    const before = { rounds: 3, milliseconds: 0 };
    const rounds = await time([task("a"), task("b")], before);
    expect(rounds.map((values) => values.length)).toEqual([3, 3]);
    expect(calls.slice(-6).join("")).toBe("ababab");
  });

  test("repeats short work within a round, and divides by how often", async () => {
    let most = 0;
    const [rounds] = await time([{ name: "short", run: (times) => void (most = Math.max(most, times)) }], {
      rounds: 2,
      milliseconds: 1e-3,
    });
    expect(most).toBeGreaterThanOrEqual(1);
    expect(rounds!.every((ms) => ms >= 0)).toBe(true);
  });

  test("prepares each measurement before it begins", async () => {
    const calls: string[] = [];
    const task = {
      name: "prepared",
      prepare: async () => {
        await Promise.resolve();
        calls.push("prepare");
      },
      run: () => void calls.push("run"),
    };
    await time([task], { rounds: 2, milliseconds: 0 });
    expect(calls.slice(-4)).toEqual(["prepare", "run", "prepare", "run"]);
  });

  test("waits for asynchronous work", async () => {
    let running = 0;
    const overlaps: number[] = [];
    const task = {
      name: "later",
      run: async () => {
        overlaps.push(++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
      },
    };
    await time([task, { ...task, name: "other" }], { rounds: 2, milliseconds: 0 });
    expect(Math.max(...overlaps)).toBe(1);
  });

  test("a task that throws is an error", async () => {
    const task = {
      name: "broken",
      run: () => {
        throw new Error("broken on purpose");
      },
    };
    await expect(time([task], { rounds: 1, milliseconds: 0 })).rejects.toThrow("broken on purpose");
  });
});
