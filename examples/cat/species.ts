// What tells one animal from another: proportions, in radii of the head. A cat is a row of this table, and so are the
// animals that it must not be mistaken for; all of them are drawn by the same code, in the same poses, coats and scenes.

import type { Random } from "wasmgrad/data";
import type { CoatKind } from "./coat.js";

/** From the least to the most that is usual; each animal gets a value of its own. */
type Range = readonly [low: number, high: number];

export type Pose = "face" | "standing" | "sitting" | "facing" | "lying" | "curled" | "behind";

export interface Species {
  readonly name: string;
  /** Seen from the front, the head being 1 to each side: its height, and how wide cheeks and chin are. */
  readonly skull: { readonly height: Range; readonly cheek: Range; readonly chin: Range };
  readonly ears: {
    readonly kind: "pointed" | "round" | "long" | "hanging";
    readonly length: Range;
    readonly width: Range;
    /** How far the tips stand apart. */
    readonly lean: Range;
  };
  /** How far the snout reaches from the middle of the head, its half width, and how far its tip hangs. */
  readonly muzzle: { readonly length: Range; readonly width: Range; readonly drop: Range };
  readonly nose: Range;
  readonly eyes: { readonly kind: "slit" | "round" | "bead"; readonly size: Range; readonly apart: Range };
  readonly whiskers: Range;
  readonly body: {
    readonly length: Range;
    readonly depth: Range;
    readonly legs: Range;
    readonly thick: Range;
    readonly neck: Range;
  };
  readonly tail: {
    readonly kind: "thin" | "bushy" | "puff" | "hair" | "bare";
    readonly length: Range;
    readonly width: Range;
  };
  /** How often it takes each pose; none of those that are not named. */
  readonly poses: Readonly<Partial<Record<Pose, number>>>;
  /** The coats it can wear. Default: all. */
  readonly coats?: readonly CoatKind[];
}

type Drawn<T> = T extends Range ? number : T extends string | readonly string[] ? T : { [K in keyof T]: Drawn<T[K]> };

/** One animal: a value out of each range. */
export type Animal = Drawn<Species>;

export function born(species: Species, random: Random): Animal {
  const draw = (value: unknown): unknown => {
    if (Array.isArray(value) && typeof value[0] === "number") return random.uniform(value[0], value[1] as number);
    if (typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, draw(inner)]));
  };
  return draw(species) as Animal;
}

export const cat: Species = {
  name: "cat",
  skull: { height: [0.8, 0.92], cheek: [0.8, 0.95], chin: [0.4, 0.55] },
  ears: { kind: "pointed", length: [0.6, 0.95], width: [0.62, 0.75], lean: [-0.05, 0.2] },
  muzzle: { length: [0.75, 0.95], width: [0.36, 0.46], drop: [0.3, 0.4] },
  nose: [0.1, 0.14],
  eyes: { kind: "slit", size: [0.2, 0.27], apart: [0.4, 0.48] },
  whiskers: [1, 1.4],
  body: { length: [2.3, 3.1], depth: [1.6, 2.2], legs: [1.2, 1.7], thick: [0.24, 0.34], neck: [0, 0.3] },
  tail: { kind: "thin", length: [2.6, 4], width: [0.15, 0.32] },
  poses: { face: 4, standing: 4, sitting: 4, facing: 4, lying: 4, curled: 2, behind: 1 },
};

export const others: readonly Species[] = [
  {
    name: "dog",
    skull: { height: [0.95, 1.1], cheek: [0.6, 0.8], chin: [0.45, 0.6] },
    ears: { kind: "hanging", length: [0.9, 1.5], width: [0.35, 0.55], lean: [0, 0.35] },
    muzzle: { length: [1.3, 1.9], width: [0.42, 0.55], drop: [0.3, 0.55] },
    nose: [0.2, 0.27],
    eyes: { kind: "round", size: [0.12, 0.16], apart: [0.34, 0.42] },
    whiskers: [0, 0],
    body: { length: [3, 4], depth: [1.6, 2.3], legs: [1.6, 2.6], thick: [0.28, 0.42], neck: [0.4, 0.9] },
    tail: { kind: "thin", length: [1.4, 2.4], width: [0.18, 0.35] },
    poses: { face: 2, standing: 2, sitting: 1, facing: 2, lying: 1, curled: 1 },
  },
  {
    name: "shepherd dog",
    skull: { height: [0.95, 1.1], cheek: [0.6, 0.75], chin: [0.38, 0.5] },
    ears: { kind: "pointed", length: [0.7, 1], width: [0.4, 0.52], lean: [-0.1, 0.1] },
    muzzle: { length: [1.5, 2], width: [0.36, 0.46], drop: [0.3, 0.5] },
    nose: [0.18, 0.24],
    eyes: { kind: "round", size: [0.12, 0.15], apart: [0.34, 0.4] },
    whiskers: [0, 0],
    body: { length: [3.2, 4], depth: [1.7, 2.2], legs: [1.8, 2.4], thick: [0.28, 0.4], neck: [0.5, 0.9] },
    tail: { kind: "bushy", length: [1.8, 2.6], width: [0.3, 0.45] },
    poses: { face: 1, standing: 2, sitting: 1, facing: 1, lying: 1 },
  },
  {
    name: "fox",
    skull: { height: [0.85, 0.95], cheek: [0.85, 1], chin: [0.16, 0.24] },
    ears: { kind: "pointed", length: [0.85, 1.15], width: [0.5, 0.6], lean: [0, 0.2] },
    muzzle: { length: [1.6, 2], width: [0.22, 0.3], drop: [0.35, 0.5] },
    nose: [0.13, 0.17],
    eyes: { kind: "round", size: [0.11, 0.14], apart: [0.36, 0.42] },
    whiskers: [0, 0],
    body: { length: [3, 3.8], depth: [1.4, 1.8], legs: [1.5, 2], thick: [0.2, 0.28], neck: [0.3, 0.6] },
    tail: { kind: "bushy", length: [2.8, 3.6], width: [0.5, 0.7] },
    poses: { face: 1, standing: 2, sitting: 1, facing: 1, lying: 1, curled: 1 },
    coats: ["plain", "shaded", "bicolour", "pointed"],
  },
  {
    name: "rabbit",
    skull: { height: [0.95, 1.05], cheek: [0.85, 1], chin: [0.45, 0.6] },
    ears: { kind: "long", length: [1.6, 2.4], width: [0.28, 0.4], lean: [-0.1, 0.5] },
    muzzle: { length: [0.9, 1.1], width: [0.34, 0.42], drop: [0.3, 0.4] },
    nose: [0.09, 0.13],
    eyes: { kind: "bead", size: [0.15, 0.2], apart: [0.55, 0.65] },
    whiskers: [0, 0.4],
    body: { length: [2.2, 2.8], depth: [1.9, 2.5], legs: [0.3, 0.6], thick: [0.26, 0.36], neck: [0, 0.2] },
    tail: { kind: "puff", length: [0.5, 0.6], width: [0.4, 0.5] },
    poses: { face: 1, sitting: 2, facing: 1, lying: 1, standing: 1, behind: 1 },
  },
  {
    name: "mouse",
    skull: { height: [0.85, 0.95], cheek: [0.6, 0.75], chin: [0.2, 0.28] },
    ears: { kind: "round", length: [0.6, 0.85], width: [1, 1], lean: [0, 0.2] },
    muzzle: { length: [1.3, 1.6], width: [0.16, 0.22], drop: [0.35, 0.45] },
    nose: [0.09, 0.12],
    eyes: { kind: "bead", size: [0.13, 0.18], apart: [0.4, 0.5] },
    whiskers: [0.3, 0.6],
    body: { length: [2, 2.6], depth: [1.7, 2.1], legs: [0.25, 0.4], thick: [0.14, 0.2], neck: [0, 0.1] },
    tail: { kind: "bare", length: [1.8, 2.8], width: [0.07, 0.12] },
    poses: { face: 1, standing: 2, facing: 1, lying: 1 },
  },
  {
    name: "bear",
    skull: { height: [0.88, 0.98], cheek: [0.85, 0.95], chin: [0.5, 0.65] },
    ears: { kind: "round", length: [0.3, 0.4], width: [1, 1], lean: [-0.05, 0.05] },
    muzzle: { length: [1.2, 1.5], width: [0.42, 0.52], drop: [0.3, 0.45] },
    nose: [0.19, 0.25],
    eyes: { kind: "bead", size: [0.1, 0.13], apart: [0.34, 0.4] },
    whiskers: [0, 0],
    body: { length: [3, 3.6], depth: [2.3, 2.8], legs: [1.2, 1.6], thick: [0.45, 0.6], neck: [0, 0.2] },
    tail: { kind: "puff", length: [0.3, 0.4], width: [0.25, 0.32] },
    poses: { face: 1, standing: 2, facing: 1, lying: 1, behind: 1 },
    coats: ["plain", "shaded", "flecked", "bicolour", "pointed"],
  },
  {
    name: "horse",
    skull: { height: [1, 1.1], cheek: [0.6, 0.7], chin: [0.4, 0.45] },
    ears: { kind: "pointed", length: [0.45, 0.65], width: [0.26, 0.34], lean: [-0.2, 0] },
    muzzle: { length: [2.3, 2.7], width: [0.42, 0.5], drop: [1.3, 1.7] },
    nose: [0.1, 0.12],
    eyes: { kind: "bead", size: [0.13, 0.16], apart: [0.6, 0.65] },
    whiskers: [0, 0],
    body: { length: [4.2, 5], depth: [2.3, 2.7], legs: [2.8, 3.4], thick: [0.24, 0.32], neck: [1.8, 2.3] },
    tail: { kind: "hair", length: [2.2, 3], width: [0.25, 0.4] },
    poses: { standing: 1 },
  },
];
