// Draws the pictures of the question "is it a cat?": half of them cats, half dogs, foxes, rabbits, mice, bears, horses,
// birds, fish, things, or nobody at all.
//
//   scene -> what stands in it, placed by its measured bounds -> what is in front of it -> exposure -> bytes
//
// Everything random comes from one seed and the picture's number, and only + - × ÷ and sqrt touch a pixel, so a seed gives
// the same bytes on every engine, and the first pictures of a longer drawing are the shorter drawing. Scenes, light and
// sizes are drawn without a look at the label, so nothing but the animal itself tells what it is.

import { Random } from "wasmgrad/data";
import { composed, placed } from "./affine.js";
import { bird } from "./bird.js";
import { AREA, Canvas, SIDE } from "./canvas.js";
import { coat } from "./coat.js";
import { black, pick } from "./colours.js";
import { defocus, expose } from "./exposure.js";
import { fish } from "./fish.js";
import { mood } from "./head.js";
import { ellipse, limb } from "./path.js";
import { poses } from "./poses.js";
import { scene } from "./scene.js";
import { Sketch, type Light } from "./sketch.js";
import { born, cat, others, type Pose, type Species } from "./species.js";
import { thing, toy } from "./things.js";

export { SIDE };
export const PIXELS = 3 * AREA;

export interface DrawOptions {
  /** How many pictures; of every two, one is a cat. */
  count: number;
  /** Draw training and test pictures with different seeds. */
  seed: number;
}

export interface Pictures {
  /** [count, 3, 64, 64]: red, green and blue planes of each, 0 to 255. */
  images: Uint8Array;
  /** [count]: 1 for a cat, 0 for anything else. */
  labels: Uint8Array;
  /** What each shows: "cat", "fox", "nothing", … */
  kinds: string[];
  /** How an animal of fur lies or stands; "still" for what stands otherwise, "afloat" for what does not stand. */
  poses: Stand[];
}

export function drawPictures({ count, seed }: DrawOptions): Pictures {
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  const kinds: string[] = [];
  const stands: Stand[] = [];
  const root = new Random(seed);
  for (let i = 0; i < count; i++) {
    const first = root.fork(i >> 1).uniform() < 0.5 ? 0 : 1; // the place of the pair's cat
    const random = root.fork(FOR_PICTURES + i);
    labels[i] = first === (i & 1) ? 1 : 0;
    const subject = labels[i] === 1 ? animal(cat) : pick(strangers, random);
    kinds.push(subject.kind);
    stands.push(draw(subject, images.subarray(i * PIXELS, (i + 1) * PIXELS), random));
  }
  return { images, labels, kinds, poses: stands };
}

const FOR_PICTURES = 2 ** 31; // the streams below decide which of two pictures is the cat

type Stand = Pose | "still" | "afloat";

/** What a picture is of. */
interface Subject {
  readonly kind: string;
  /**
   * @param behind brightness of the background
   * @returns how it stands
   */
  sketch(sketch: Sketch, behind: number, random: Random): Stand;
}

const animal = (species: Species): Subject => ({
  kind: species.name,
  sketch({ pen }, behind, random) {
    const one = born(species, random);
    const pose = pickPose(one.poses, random);
    poses[pose](pen, one, coat(random, behind, one.coats), mood(one, random), random);
    return pose;
  },
});

/** One of the poses, each as often as its number says. */
function pickPose(often: Species["poses"], random: Random): Pose {
  const rows = Object.entries(often) as [Pose, number][];
  let left = random.uniform() * rows.reduce((sum, [, weight]) => sum + weight, 0);
  return (rows.find(([, weight]) => (left -= weight) < 0) ?? rows[0])[0];
}

const nobody: Subject = { kind: "nothing", sketch: () => "afloat" };
const birds: Subject = {
  kind: "bird",
  sketch: ({ pen }, behind, random) => (bird(pen, coat(random, behind), random), "still"),
};
const fishes: Subject = {
  kind: "fish",
  sketch: ({ pen }, behind, random) => (fish(pen, coat(random, behind), random), "afloat"),
};
const objects: Subject = { kind: "thing", sketch: ({ pen }, _, random) => (thing(pen, random), "still") };

/** All that is no cat; dogs twice, since they come nearest. */
const strangers: readonly Subject[] = [
  ...others.map(animal),
  ...others.slice(0, 2).map(animal),
  ...[birds, birds, fishes, objects, objects, nobody],
];

function draw(subject: Subject, image: Uint8Array, random: Random): Stand {
  const canvas = new Canvas();
  scene(canvas, random);
  const light: Light = {
    x: random.uniform(-0.3, 0.3),
    y: random.uniform(-0.35, 0.1),
    line: random.uniform(0.2, 0.6),
    ink: random.uniform(0.2, 0.6),
  };
  if (random.uniform() < 0.25) litter(canvas, light, random);
  defocus(canvas, random);
  const sketch = new Sketch();
  const stand = subject.sketch(sketch, canvas.brightness, random);
  place(sketch, stand !== "face" && stand !== "afloat", canvas, light, random);
  if (random.uniform() < 0.1) grass(canvas, random);
  expose(canvas, image, random);
  return stand;
}

/** Sets a sketch into the picture: on the ground, or anywhere; whole, or with a part of it outside. */
function place(sketch: Sketch, grounded: boolean, canvas: Canvas, light: Light, random: Random): void {
  const { left, top, right, bottom } = sketch.bounds;
  if (!(right > left)) return;
  const [longer, shorter] = [Math.max(right - left, bottom - top), Math.min(right - left, bottom - top)];
  const usual = (SIDE * random.uniform(0.85, 1.1)) / (0.65 * longer + 0.35 * shorter);
  const scale = Math.min(usual, (1.02 * SIDE) / (bottom - top)); // a tail may be cut off, but no head
  const mirror = random.uniform() < 0.5 ? -1 : 1;
  const tilt = random.uniform(-0.06, 0.06);
  const roomX = Math.abs(SIDE - scale * (right - left)) / 2 + 3;
  const x = SIDE / 2 + random.uniform(-roomX, roomX);
  const high = scale * (bottom - top);
  const roomY = Math.max(0, (SIDE - high) / 2);
  const foot = grounded ? SIDE - random.uniform(0, 1) * roomY : SIDE / 2 + high / 2 + random.uniform(-roomY, roomY);
  if (grounded && random.uniform() < 0.6) {
    const shade = ellipse(x, foot - 0.5, 0.42 * scale * (right - left), 0.05 * high + 1);
    canvas.fill(shade, () => black, random.uniform(0.1, 0.4));
  }
  const toCanvas = placed({ x, y: foot, size: scale, tilt, wide: mirror });
  const toFoot = placed({ x: -(left + right) / 2, y: -bottom });
  sketch.paint(canvas, composed(toCanvas, toFoot), light);
}

/** One to three small things on the ground. */
function litter(canvas: Canvas, light: Light, random: Random): void {
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const sketch = new Sketch();
    toy(sketch.pen, random);
    const scale = random.uniform(3, 8);
    const [x, y] = [random.uniform(4, SIDE - 4), SIDE * random.uniform(0.7, 1)];
    sketch.paint(canvas, placed({ x, y, size: scale }), light);
  }
}

/** Blades of grass in front of everything. */
function grass(canvas: Canvas, random: Random): void {
  for (let blade = 6 + random.integer(20); blade > 0; blade--) {
    const [x, high, bend] = [random.uniform(0, SIDE), random.uniform(5, 22), random.uniform(-4, 4)];
    const green = [random.uniform(0.2, 0.5), random.uniform(0.4, 0.65), 0.2] as const;
    canvas.fill(limb([x, SIDE + 2, x + 0.3 * bend, SIDE - 0.5 * high, x + bend, SIDE - high], [1.1, 0.3]), () => green);
  }
}
