// The plots of the benches' pages: bars of ratios and of shares, and curves. Knows nothing of what was measured.

import type { TopLevelSpec } from "vega-lite";
import { toSvg } from "./pages/svg.js";
import { digits } from "./report.js";

const BAR = 20; // pixels from one bar to the next
const WIDTH = 320;

/** A bar, and the ends of the line across its end that shows the spread. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Factors on a logarithmic scale between two powers of ten, which several plots may share. Bars begin at 1; those of
 * factors below have the warm colour.
 */
export function ratioBars(all: readonly Bar[], [low, high]: readonly [number, number], label: string): Promise<string> {
  const values = Array.from({ length: Math.round(high - low) + 1 }, (_, i) => 10 ** (low + i));
  const domain = [10 ** low, 10 ** high];
  return bars(all, { label, unit: "x", base: 1, mark: 1, scale: { type: "log", domain }, values });
}

/** Shares in per cent, with a line at 100; what is above 200 is not drawn to its end. */
export function shareBars(all: readonly Bar[], label: string): Promise<string> {
  const domain = [0, Math.min(200, Math.max(100, ...all.map(({ high }) => high)))];
  const values = [0, 25, 50, 75, 100, 150, 200];
  return bars(all, { label, unit: "%", base: 0, mark: 100, scale: { type: "linear", domain }, values });
}

interface BarOptions {
  /** What the picture shows, for those who cannot see it. */
  readonly label: string;
  readonly unit: string;
  /** Where the bars begin. */
  readonly base: number;
  /** Where a line stands. */
  readonly mark: number;
  readonly scale: { readonly type: "log" | "linear"; readonly domain: number[] };
  /** Of the axis. */
  readonly values: number[];
}

function bars(all: readonly Bar[], { label, unit, base, mark, scale, values: ticks }: BarOptions): Promise<string> {
  const [from, to] = scale.domain as [number, number];
  const held = (value: number) => Math.min(to, Math.max(from, value));
  const values = all.map(({ name, value, low, high }) => ({
    ...{ name, value: held(value), low: held(low), high: held(high) },
    text: `${digits(value)} ${unit}`,
    end: held(Math.max(high, base)),
  }));
  const x = {
    type: "quantitative",
    title: null,
    scale,
    axis: { values: ticks, format: scale.type === "log" ? ",~g" : "d" },
  } as const;
  const y = {
    field: "name",
    type: "nominal",
    sort: null,
    title: null,
    axis: { grid: false, labelLimit: 260 },
  } as const;
  const color = { condition: { test: `datum.value < ${base}`, value: "var(--warm)" }, value: "var(--cool)" };
  const spec: TopLevelSpec = {
    width: WIDTH,
    height: { step: BAR },
    data: { values },
    layer: [
      {
        mark: { type: "bar", cornerRadius: 2 },
        encoding: { y, x: { ...x, field: "value" }, x2: { datum: base }, color },
      },
      {
        mark: { type: "rule", color: "var(--ink)" },
        encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" } },
      },
      {
        mark: { type: "text", align: "left", dx: 6, fontSize: 12, color: "var(--ink)" },
        encoding: { y, x: { ...x, field: "end" }, text: { field: "text" } },
      },
      { mark: { type: "rule", color: "var(--soft)", strokeDash: [4, 3] }, encoding: { x: { ...x, datum: mark } } },
    ],
  };
  return toSvg(spec, label);
}

/** A point of a curve: where, how much, and the spread of that. */
export interface Point {
  readonly at: number;
  readonly value: number;
  readonly spread: number;
}

/** A line through points on logarithmic axes, with the spread as a vertical line at each. */
export function curve(points: readonly Point[], { x, y, label }: Record<"x" | "y" | "label", string>): Promise<string> {
  const values = points.map(({ at, value, spread }) => ({
    ...{ at, value },
    low: Math.max(value - spread, value / 100),
    high: value + spread,
  }));
  const scale = { type: "log", nice: false, padding: 10 } as const;
  const vertical = { type: "quantitative", title: y, scale, axis: { tickCount: 4, format: ",~g" } } as const;
  const spec: TopLevelSpec = {
    width: WIDTH,
    height: 200,
    data: { values },
    encoding: {
      x: {
        field: "at",
        type: "quantitative",
        title: x,
        scale: { type: "log", base: 2, nice: false, padding: 12 },
        axis: { grid: false, values: points.map(({ at }) => at), format: "d" },
      },
    },
    layer: [
      {
        mark: { type: "rule", color: "var(--cool)" },
        encoding: { y: { ...vertical, field: "low" }, y2: { field: "high" } },
      },
      {
        mark: { type: "line", color: "var(--cool)", strokeWidth: 2.5, point: { size: 45, color: "var(--cool)" } },
        encoding: { y: { ...vertical, field: "value" } },
      },
    ],
  };
  return toSvg(spec, label);
}
