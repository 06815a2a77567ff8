// The reports' plots as Vega-Lite specifications: how a training went, and what was taken for what.

import type { TopLevelSpec } from "vega-lite";
import { toSvg } from "../../bench/pages/svg.js";

/** What one pass over the training set ended with. Accuracies are fractions, 0 to 1. */
export interface EpochPoint {
  epoch: number;
  loss: number;
  accuracy: number;
  validationLoss?: number;
  validationAccuracy?: number;
}

/** One curve per data set over the epochs; `percent` for accuracies, else the axis starts at 0. */
async function curves(epochs: readonly EpochPoint[], what: "loss" | "accuracy", label: string): Promise<string> {
  const validation = what === "loss" ? "validationLoss" : "validationAccuracy";
  const values = epochs.flatMap((row) => [
    { epoch: row.epoch, set: "training", value: row[what] },
    ...(row[validation] === undefined ? [] : [{ epoch: row.epoch, set: "validation", value: row[validation] }]),
  ]);
  const ticks = epochs.length <= 12 ? epochs.map((row) => row.epoch) : undefined;
  const spec: TopLevelSpec = {
    width: 430,
    height: 240,
    data: { values },
    mark: { type: "line", strokeWidth: 2.5, point: { size: 45, filled: true, opacity: 1 } },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        scale: { zero: false, nice: false, padding: 8 },
        axis: { grid: false, format: "d", tickMinStep: 1, ...(ticks && { values: ticks }) },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { zero: what === "loss" },
        axis: { tickCount: 5, ...(what === "accuracy" && { format: ".1~%" }) },
      },
      color: {
        field: "set",
        type: "nominal",
        sort: null, // training comes first in the data
        scale: { range: ["var(--cool)", "var(--warm)"] },
      },
    },
  };
  return toSvg(spec, label);
}

export const lossPlot = (epochs: readonly EpochPoint[]) => curves(epochs, "loss", "Loss by epoch");
export const accuracyPlot = (epochs: readonly EpochPoint[]) => curves(epochs, "accuracy", "Accuracy by epoch");

/**
 * A heat map with its counts; rows are the truth, columns the prediction. The diagonal and the mistakes have a colour and a
 * scale each, or a good classifier's mistakes would all be pale.
 */
export async function confusionPlot(confusion: readonly (readonly number[])[]): Promise<string> {
  const mistakes = confusion.flatMap((row, truth) => row.filter((_, predicted) => predicted !== truth));
  const worst = Math.max(1, ...mistakes);
  const values = confusion.flatMap((row, truth) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    return row.map((count, predicted) => {
      const right = truth === predicted;
      const shade = right ? count / total : count / worst;
      return { truth, predicted, count, right, shade: count === 0 ? 0 : 0.12 + 0.88 * shade };
    });
  });
  const side = { scale: { paddingInner: 0.06, paddingOuter: 0 } };
  const spec: TopLevelSpec = {
    width: 480,
    height: 480,
    data: { values },
    encoding: {
      x: { ...side, field: "predicted", type: "ordinal", axis: { orient: "top", grid: false, labelAngle: 0 } },
      y: { ...side, field: "truth", type: "ordinal", axis: { grid: false } },
    },
    layer: [
      { mark: { type: "rect", cornerRadius: 4, color: "var(--line)", opacity: 0.45 } },
      {
        mark: { type: "rect", cornerRadius: 4 },
        encoding: {
          color: { condition: { test: "datum.right", value: "var(--cool)" }, value: "var(--warm)" },
          opacity: { field: "shade", type: "quantitative", scale: null, legend: null },
        },
      },
      {
        transform: [{ filter: "datum.count > 0" }],
        mark: { type: "text", fontSize: 13 },
        encoding: {
          text: { field: "count", type: "quantitative", format: "," },
          color: { condition: { test: "datum.shade > 0.75", value: "var(--on-fill)" }, value: "var(--ink)" },
        },
      },
    ],
  };
  return toSvg(spec, "Confusion matrix: how often each class was taken for which");
}
