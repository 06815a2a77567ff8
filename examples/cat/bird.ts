// Birds: perched and seen from the side, or owls, which look at us. The unit is the radius of the head, the ground y = 0.

import type { Random } from "wasmgrad/data";
import { shadow, type Coat } from "./coat.js";
import { black, hex, pick, scaled, white } from "./colours.js";
import { blob, ellipse, limb, polygon, symmetric } from "./path.js";
import type { Pen } from "./sketch.js";

const beaks = [0xe0a030, 0xd8742c, 0x6b5a48, 0x3c3a3a].map(hex);

export function bird(pen: Pen, coat: Coat, random: Random): void {
  if (random.uniform() < 0.35) owl(pen, coat, random);
  else perched(pen, coat, random);
}

/** Sparrows, ducks and herons: the same bird with another beak, neck and legs. */
function perched(pen: Pen, coat: Coat, random: Random): void {
  const beak = pick(beaks, random);
  const legs = random.uniform(0.5, 2.2);
  const neck = random.uniform() < 0.6 ? 0 : random.uniform(0.5, 2.5);
  const [length, depth] = [random.uniform(1.5, 2.4), random.uniform(1, 1.5)];
  const reach = random.uniform(0.5, 1.6);
  const fur = coat.paint("side");
  const y = -legs - depth;
  for (const x of [-0.1, 0.45]) {
    pen.fill(limb([x, y + 0.5 * depth, x + 0.1, -0.1], [0.1, 0.08]), beak, { line: 0.6 });
    pen.fill(limb([x - 0.1, -0.08, x + 0.6, -0.08], [0.08, 0.06]), beak, { line: 0.6 });
  }
  const tailUp = random.uniform(-0.6, 0.6);
  pen.fill(
    polygon(
      -0.7 * length,
      y - 0.3,
      -1.7 * length,
      y - 0.25 - tailUp,
      -1.6 * length,
      y + 0.3 - tailUp,
      -0.6 * length,
      y + 0.4,
    ),
    shadow(fur),
  );
  const at = (u: number, v: number) => fur(u, v - y);
  pen.fill(
    blob([
      -length,
      y - 0.1,
      -0.3 * length,
      y - 0.95 * depth,
      0.6 * length,
      y - 0.9 * depth,
      length,
      y - 0.1,
      0.4 * length,
      y + depth,
      -0.5 * length,
      y + 0.75 * depth,
    ]),
    at,
  );
  const [x, top] = [0.75 * length + 0.1 * neck, y - 0.75 * depth - 0.4 - neck];
  pen.fill(
    limb(
      [0.6 * length, y - 0.3 * depth, x - 0.05, (y + top) / 2 - 0.3, x, top],
      [0.7 * depth, neck > 0 ? 0.5 : 0.8, 0.8],
    ),
    at,
  );
  pen.fill(polygon(x + 0.7, top - 0.3, x + 0.8 + reach, top + 0.12, x + 0.7, top + 0.4), beak, { line: 0.7 });
  pen.fill(ellipse(x, top, 1, 0.95), coat.paint("face"));
  pen.fill(ellipse(x + 0.38, top - 0.15, 0.17), black, { line: 0, round: 0 });
  pen.fill(ellipse(x + 0.33, top - 0.21, 0.06), white, { line: 0, round: 0 });
  const wing = random.uniform(0.6, 0.9) * length;
  pen.fill(
    blob(
      [
        0.5 * length,
        y - 0.5 * depth,
        0.3 * length,
        y + 0.4 * depth,
        -wing,
        y + 0.25 * depth,
        -1.3 * wing,
        y - 0.1,
        -0.3 * wing,
        y - 0.6 * depth,
      ],
      [3],
    ),
    shadow(coat.paint("limb"), 0.8),
  );
}

function owl(pen: Pen, coat: Coat, random: Random): void {
  const tall = random.uniform(1.6, 2.6);
  const tufts = random.uniform() < 0.6 ? random.uniform(0.2, 0.5) : 0;
  const beak = pick(beaks, random);
  const front = coat.paint("front");
  for (const wide of [-1, 1]) {
    const half = pen.at({ wide });
    for (const x of [0.25, 0.45]) half.fill(limb([x, -0.3, x + 0.05, -0.05], [0.1, 0.1]), beak, { line: 0.5 });
  }
  pen.fill(symmetric([0, -tall - 0.9, 0.9, -tall, 1.15, -0.5 * tall, 0.75, -0.25, 0, -0.1]), (u, v) =>
    front(1.2 * u, v + 0.5 * tall),
  );
  for (const wide of [-1, 1]) {
    const half = pen.at({ wide });
    half.fill(blob([0.85, -tall, 1.3, -0.6 * tall, 1.05, -0.1, 0.75, -0.4 * tall]), shadow(coat.paint("limb")));
    if (tufts > 0)
      half.fill(polygon(0.35, -tall - 1.25, 0.85 + tufts, -tall - 1.35 - tufts, 0.95, -tall - 0.8), coat.paint("ear"));
  }
  const head = pen.at({ y: -tall - 0.6, x: random.uniform(-0.1, 0.1) });
  head.fill(ellipse(0, 0, 1.05, 0.85), coat.paint("face"));
  const iris = hex(pick([0xe8b020, 0xe07a20, 0x6a4420], random));
  for (const side of [-0.45, 0.45]) {
    head.fill(ellipse(side, -0.05, 0.44, 0.46), coat.paint("muzzle"), { line: 0.5 });
    head.fill(ellipse(side, -0.05, 0.3), iris, { line: 0.5, round: 0 });
    head.fill(ellipse(side, -0.05, 0.17), black, { line: 0, round: 0 });
    head.fill(ellipse(side - 0.08, -0.13, 0.06), white, { line: 0, round: 0 });
  }
  head.fill(polygon(-0.13, 0.12, 0.13, 0.12, 0, 0.5), scaled(beak, 0.95), { line: 0.6 });
}
