// Random values that belong to places: the same place has the same value, places nearby have similar ones.

/** A value from 0 to 1 for a point of the whole numbers' grid. */
function lattice(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

const smoothstep = (t: number) => t * t * (3 - 2 * t);

/** Value noise (Perlin 1985 in its plainest form): 0 to 1, hills about one unit wide. */
export function noise(x: number, y: number, seed: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [tx, ty] = [smoothstep(x - column), smoothstep(y - row)];
  const upper = (1 - tx) * lattice(column, row, seed) + tx * lattice(column + 1, row, seed);
  const lower = (1 - tx) * lattice(column, row + 1, seed) + tx * lattice(column + 1, row + 1, seed);
  return (1 - ty) * upper + ty * lower;
}

/** Whether a place lies in one of the round spots that are strewn over the plane, about one in each unit square. */
export function spotted(x: number, y: number, seed: number, radius: number): boolean {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const spotX = column + dx + 0.2 + 0.6 * lattice(column + dx, row + dy, seed);
      const spotY = row + dy + 0.2 + 0.6 * lattice(column + dx, row + dy, seed + 1);
      const size = radius * (0.6 + 0.8 * lattice(column + dx, row + dy, seed + 2));
      if ((x - spotX) ** 2 + (y - spotY) ** 2 < size * size) return true;
    }
  }
  return false;
}

/** A wave of straight flanks between 0 and 1, once per unit. */
export const wave = (t: number) => Math.abs(2 * (t - Math.floor(t)) - 1);
