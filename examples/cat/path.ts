// Outlines: closed polygons made of ellipses, smooth blobs and tapering limbs. Only + - × ÷ and sqrt.
//
// All outlines run the same way round (positive area), so where several of one path overlap they add up to more of the
// same; what runs the other way round is a hole.

import { smooth } from "../support/curve.js";
import type { Affine } from "./affine.js";

/** x and y alternating. */
export type Polygon = readonly number[];
export type Path = readonly Polygon[];

const QUARTER = 5; // straight pieces of a quarter of an ellipse

/** An upright ellipse. */
export function ellipse(x: number, y: number, rx: number, ry = rx): Path {
  const points: number[] = [];
  let [ux, uy] = [1, 0]; // turned by quarters
  for (let quarter = 0; quarter < 4; quarter++) {
    for (let step = 0; step < QUARTER; step++) {
      const t = step / QUARTER; // the tangent of half the angle
      const cosine = (1 - t * t) / (1 + t * t);
      const sine = (2 * t) / (1 + t * t);
      points.push(x + rx * (cosine * ux - sine * uy), y + ry * (sine * ux + cosine * uy));
    }
    [ux, uy] = [-uy, ux];
  }
  return [oriented(points)];
}

/** A polygon with sharp corners. */
export const polygon = (...points: number[]): Path => [oriented(points)];

export const rectangle = (left: number, top: number, right: number, bottom: number): Path =>
  polygon(left, top, right, top, right, bottom, left, bottom);

/** A closed smooth curve through points, interrupted at the points whose places are in `sharp`. */
export function blob(points: readonly number[], sharp: readonly number[] = []): Path {
  const count = points.length / 2;
  const corners = Array.from({ length: count }, (_, at) => sharp.includes(at));
  // One point more at each end, so that the curve closes as smoothly as it runs; what leads to them is cut off.
  const around = [...points.slice(-2), ...points, ...points.slice(0, 4)];
  const line = smooth(around, [corners[count - 1], ...corners, corners[0], corners[1]]);
  const piece = (line.length - 2) / (count + 2);
  return [oriented(line.slice(piece, -piece - 2))];
}

/** What blob() makes of half an outline, from top to bottom, and its mirror image. Points on the axis are not repeated. */
export function symmetric(half: readonly number[], sharp: readonly number[] = []): Path {
  const count = half.length / 2;
  const points = [...half];
  const corners = [...sharp];
  for (let at = count - 1; at >= 0; at--) {
    if (half[2 * at] === 0) continue;
    if (sharp.includes(at)) corners.push(points.length / 2);
    points.push(-half[2 * at], half[2 * at + 1]);
  }
  return blob(points, corners);
}

/** A curve through points with a half width at each, and round ends: a leg, a tail, a whisker. */
export function limb(points: readonly number[], radii: readonly number[]): Path {
  const line = smooth(points, new Array<boolean>(points.length / 2).fill(false));
  const count = line.length / 2;
  const radius = (at: number) => {
    const place = (at / (count - 1)) * (radii.length - 1);
    const before = Math.min(Math.floor(place), radii.length - 2);
    return radii[before] + (place - before) * (radii[before + 1] - radii[before]);
  };
  const left: number[] = [];
  const right: number[] = [];
  let ends: number[][] = [];
  for (let at = 0; at < count; at++) {
    const [from, to] = [Math.max(at - 1, 0), Math.min(at + 1, count - 1)];
    const [dx, dy] = unit(line[2 * to] - line[2 * from], line[2 * to + 1] - line[2 * from + 1]);
    const [x, y, r] = [line[2 * at], line[2 * at + 1], radius(at)];
    left.push(x + r * dy, y - r * dx);
    right.unshift(x - r * dy, y + r * dx);
    if (at === 0) ends = [cap(x, y, -dx, -dy, r)];
    if (at === count - 1) ends.push(cap(x, y, dx, dy, r));
  }
  return [oriented([...left, ...ends[1], ...right, ...ends[0]])];
}

const CAP = [0.5, 1, 0.5]; // how far the points of a round end lie ahead, from left to right

function cap(x: number, y: number, dx: number, dy: number, r: number): number[] {
  return CAP.flatMap((ahead, at) => {
    const aside = (1 - at) * Math.sqrt(1 - ahead * ahead);
    return [x + r * (ahead * dx + aside * dy), y + r * (ahead * dy - aside * dx)];
  });
}

/** The line along a path's edge, so wide to either side. */
export function edge(path: Path, reach: number): Path {
  return path.flatMap((points) => {
    const outer: number[] = [];
    const inner: number[] = [];
    const count = points.length / 2;
    for (let at = 0; at < count; at++) {
      const [from, to] = [(at + count - 1) % count, (at + 1) % count];
      const [dx, dy] = unit(points[2 * to] - points[2 * from], points[2 * to + 1] - points[2 * from + 1]);
      const [x, y] = [points[2 * at], points[2 * at + 1]];
      outer.push(x + reach * dy, y - reach * dx);
      inner.push(x - reach * dy, y + reach * dx);
    }
    return [oriented(outer), reversed(oriented(inner))];
  });
}

export function mapped(path: Path, { xx, xy, yx, yy, dx, dy }: Affine): Path {
  return path.map((points) => {
    const moved = new Array<number>(points.length);
    for (let at = 0; at < points.length; at += 2) {
      moved[at] = xx * points[at] + xy * points[at + 1] + dx;
      moved[at + 1] = yx * points[at] + yy * points[at + 1] + dy;
    }
    return moved;
  });
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest upright rectangle that holds the paths. */
export function boundsOf(paths: readonly Path[]): Bounds {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const points of paths.flat()) {
    for (let at = 0; at < points.length; at += 2) {
      left = Math.min(left, points[at]);
      right = Math.max(right, points[at]);
      top = Math.min(top, points[at + 1]);
      bottom = Math.max(bottom, points[at + 1]);
    }
  }
  return { left, top, right, bottom };
}

function unit(dx: number, dy: number): [number, number] {
  const length = Math.sqrt(dx * dx + dy * dy);
  return length > 0 ? [dx / length, dy / length] : [0, 0];
}

function oriented(points: readonly number[]): Polygon {
  let area = 0;
  for (let at = 0, last = points.length - 2; at < points.length; last = at, at += 2) {
    area += points[last] * points[at + 1] - points[at] * points[last + 1];
  }
  return area < 0 ? reversed(points) : points;
}

function reversed(points: readonly number[]): Polygon {
  const back: number[] = [];
  for (let at = points.length - 2; at >= 0; at -= 2) back.push(points[at], points[at + 1]);
  return back;
}
