// Scalar mathematics that gives the same bits everywhere: Math.exp, log, sin, cos and pow differ between engines in
// their last bits, and schedules, initialisers and bias corrections reach the parameters.
//
// Both languages import this file, so keep it valid TypeScript and valid AssemblyScript (where `number` is f64): plain
// functions of + - * /, comparisons and the correctly rounded Math.floor, Math.sqrt, Math.abs; a local that starts at an
// integer needs its type written. Accurate to a few units in the last place where a function does not say otherwise.
//
// Everywhere the argument is first moved to a small interval, by a constant cut in two or three parts of which the
// leading ones have 33 bits, so that their products with the (small, whole) quotient are exact (Cody and Waite,
// Software Manual for the Elementary Functions, 1980); there the Taylor series is summed until its terms vanish.

// ln 2 and π/2 as sums: 33 bits, (33 bits,) 53 bits.
const LN2_HIGH: number = 0.6931471804855391;
const LN2_LOW: number = 7.440617110012397e-11;
const HALF_PI_HIGH: number = 1.5707963267341256;
const HALF_PI_MIDDLE: number = 6.077100506303966e-11;
const HALF_PI_LOW: number = 2.0222662487959506e-21;

const INVERSE_LN2: number = 1.4426950408889634;
const TWO_OVER_PI: number = 0.6366197723675814;
const SQRT2: number = 1.4142135623730951;
const TWO_POW_512: number = 1.3407807929942597e154;
const TWO_POW_54: number = 18014398509481984.0;
const SMALLEST_NORMAL: number = 2.2250738585072014e-308;

/** x^n for whole n, by repeated squaring; NaN for an n that is not whole. x^0 is 1 for every x. */
export function powInt(x: number, n: number): number {
  let left = Math.abs(n);
  if (!(left < Infinity) || Math.floor(left) != left) return NaN;
  let square = x;
  let product: number = 1;
  while (left > 0) {
    const half = Math.floor(left / 2);
    if (half + half != left) product *= square;
    square *= square;
    left = half;
  }
  return n < 0 ? 1 / product : product;
}

/** e^x; Infinity above 709.78, 0 below -745.13. */
export function exp(x: number): number {
  if (x != x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;

  // x = k ln 2 + r, |r| ≤ ln 2 / 2
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let tail: number = 1.0 / 6227020800.0; // 1/13!
  tail = tail * r + 1.0 / 479001600.0;
  tail = tail * r + 1.0 / 39916800.0;
  tail = tail * r + 1.0 / 3628800.0;
  tail = tail * r + 1.0 / 362880.0;
  tail = tail * r + 1.0 / 40320.0;
  tail = tail * r + 1.0 / 5040.0;
  tail = tail * r + 1.0 / 720.0;
  tail = tail * r + 1.0 / 120.0;
  tail = tail * r + 1.0 / 24.0;
  tail = tail * r + 1.0 / 6.0;
  tail = tail * r + 0.5;
  const y = 1 + (r + r * r * tail);

  // In two halves, each a normal number: 2^k itself may overflow or be subnormal where the result is not.
  const half = Math.floor(k / 2);
  return y * powInt(2, half) * powInt(2, k - half);
}

/** Natural logarithm; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (x == 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x == Infinity) return x;

  // x = m 2^k, 1/√2 < m ≤ √2, exactly: k bit by bit, by 2^512, 2^256, … 2
  let m = x;
  let k: number = 0;
  if (m < SMALLEST_NORMAL) {
    m *= TWO_POW_54;
    k = -54;
  }
  let power = TWO_POW_512;
  for (let bit: number = 512; bit >= 1; bit /= 2) {
    if (m >= power) {
      m /= power;
      k += bit;
    } else if (m * power < 2) {
      m *= power;
      k -= bit;
    }
    power = Math.sqrt(power);
  }
  if (m > SQRT2) {
    m /= 2;
    k += 1;
  }

  // With f = m - 1 and s = f / (2 + f):  log m = log (1 + s) / (1 - s) = 2 (s + s³/3 + s⁵/5 + …)
  //                                           = f - (f²/2 - s (f²/2 + R)),  R = 2 (s²/3 + s⁴/5 + …)
  // whose leading term f is exact, which keeps the rounding error small beside the result.
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let tail: number = 2.0 / 23.0;
  tail = tail * z + 2.0 / 21.0;
  tail = tail * z + 2.0 / 19.0;
  tail = tail * z + 2.0 / 17.0;
  tail = tail * z + 2.0 / 15.0;
  tail = tail * z + 2.0 / 13.0;
  tail = tail * z + 2.0 / 11.0;
  tail = tail * z + 2.0 / 9.0;
  tail = tail * z + 2.0 / 7.0;
  tail = tail * z + 2.0 / 5.0;
  tail = tail * z + 2.0 / 3.0;
  const square = 0.5 * f * f;
  return k * LN2_HIGH - (square - (s * (square + z * tail) + k * LN2_LOW) - f);
}

/** Sine of x in radians. Beyond |x| = 1.6e6 the argument's own rounding shows (|x| 1e-16); NaN beyond 2^31. */
export function sin(x: number): number {
  return sinQuarters(x, 0);
}

/** Cosine of x in radians, with the limits of sin. */
export function cos(x: number): number {
  return sinQuarters(x, 1);
}

/** sin(x + quarters π/2) */
function sinQuarters(x: number, quarters: number): number {
  if (!(Math.abs(x) <= 2147483648.0)) return NaN;

  // x = k π/2 + r, |r| ≤ π/4
  const k = Math.floor(x * TWO_OVER_PI + 0.5);
  const r = x - k * HALF_PI_HIGH - k * HALF_PI_MIDDLE - k * HALF_PI_LOW;
  const turn = k + quarters;
  const quadrant = turn - 4 * Math.floor(turn / 4);
  const y = quadrant == 0 || quadrant == 2 ? sinTaylor(r) : cosTaylor(r);
  return quadrant < 2 ? y : -y;
}

/** sin r, |r| ≤ π/4 */
function sinTaylor(r: number): number {
  const z = r * r;
  let tail: number = 1.0 / 355687428096000.0; // 1/17!
  tail = tail * z - 1.0 / 1307674368000.0;
  tail = tail * z + 1.0 / 6227020800.0;
  tail = tail * z - 1.0 / 39916800.0;
  tail = tail * z + 1.0 / 362880.0;
  tail = tail * z - 1.0 / 5040.0;
  tail = tail * z + 1.0 / 120.0;
  tail = tail * z - 1.0 / 6.0;
  return r + r * z * tail;
}

/** cos r, |r| ≤ π/4 */
function cosTaylor(r: number): number {
  const z = r * r;
  let tail: number = 1.0 / 20922789888000.0; // 1/16!
  tail = tail * z - 1.0 / 87178291200.0;
  tail = tail * z + 1.0 / 479001600.0;
  tail = tail * z - 1.0 / 3628800.0;
  tail = tail * z + 1.0 / 40320.0;
  tail = tail * z - 1.0 / 720.0;
  tail = tail * z + 1.0 / 24.0;
  return 1 - (0.5 * z - z * z * tail);
}

/**
 * x^y: powInt for whole y, else exp(y log x), which is NaN for x < 0. The relative error grows with the exponent,
 * about |y| 1e-16 and |y log x| 1e-16.
 */
export function pow(x: number, y: number): number {
  if (Math.floor(y) == y && Math.abs(y) < Infinity) return powInt(x, y);
  if (x == 0 && y == y) return y > 0 ? 0 : Infinity;
  return exp(y * log(x));
}
