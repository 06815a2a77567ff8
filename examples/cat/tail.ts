// Tails. A tail begins at the origin and leaves to the left; `lift` says whether it hangs (-1), lies straight (0) or stands up (1).

import type { Random } from "wasmgrad/data";
import { shadow, type Coat } from "./coat.js";
import { ellipse, limb } from "./path.js";
import type { Pen } from "./sketch.js";
import type { Animal } from "./species.js";

export function tail(
  pen: Pen,
  { tail: { kind, length, width } }: Animal,
  coat: Coat,
  lift: number,
  random: Random,
): void {
  const fur = coat.paint("limb");
  if (kind === "puff") {
    pen.fill(ellipse(-0.5 * length, -0.1, length, 0.9 * length), coat.paint("muzzle"));
    return;
  }
  const curl = random.uniform(-0.5, 0.5);
  const out = (length * (1 - 0.5 * Math.abs(lift))) / 3;
  const up = (-lift * length) / 3;
  const line = [
    0,
    0,
    -out,
    0.5 * up,
    -1.8 * out,
    1.5 * up + 0.2 * curl,
    -2.6 * out - curl * lift,
    2.6 * up + 0.6 * curl,
  ];
  if (kind === "bushy") {
    pen.fill(limb(line, [0.5 * width, 0.9 * width, width, 0.8 * width, 0.25 * width]), fur);
    pen.fill(limb(line.slice(-4), [0.45 * width, 0.2 * width]), coat.paint("muzzle"), { line: 0, opacity: 0.8 });
  } else if (kind === "hair") {
    pen.fill(limb(line, [0.5 * width, width, 1.2 * width, 0.5 * width]), shadow(fur, 0.55));
  } else if (kind === "bare") {
    pen.fill(limb(line, [width, 0.8 * width, 0.4 * width]), coat.skin);
  } else {
    pen.fill(limb(line, [width, width, 0.95 * width, 0.8 * width]), fur);
  }
}

/** A tail laid along the ground: it begins at the origin and comes forward, to the right. */
export function laidTail(pen: Pen, { tail: { kind, length, width } }: Animal, coat: Coat): void {
  if (kind === "puff") return;
  const fur = kind === "bare" ? coat.skin : coat.paint("limb");
  const line = [0, 0, 0.1 * length, 0.16 * length, 0.45 * length, 0.16 * length, 0.8 * length, 0.08 * length];
  const radii = kind === "bushy" ? [0.5, 1, 1, 0.4] : [1, 1, 0.9, 0.7];
  pen.fill(
    limb(
      line,
      radii.map((share) => share * width),
    ),
    fur,
  );
}
