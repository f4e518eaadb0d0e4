// Logarithms and exponentials that come out the same, to the last bit, on every device: sequences of f32 additions, subtractions,
// multiplications and operations on bits, each rounded once (Math.fround here). JavaScript's and WGSL's own log and exp may differ from one
// machine to the next. In WGSL +, − and × round correctly too, but a compiler may fuse a product with the sum behind it: a kernel has to keep them
// apart, e.g. by an exclusive or of the product's bits with a uniform that is 0. The logarithm's
// polynomial is that of Cephes (Moshier), logf. Relative errors are below 2⁻²¹.

const f = Math.fround;

const l0 = f(7.0376836292e-2);
const l1 = f(-1.151461031e-1);
const l2 = f(1.167699874e-1);
const l3 = f(-1.2420140846e-1);
const l4 = f(1.4249322787e-1);
const l5 = f(-1.6668057665e-1);
const l6 = f(2.0000714765e-1);
const l7 = f(-2.4999993993e-1);
const l8 = f(3.3333331174e-1);

/** ln 2 in two parts; a product of the first, which has few bits, with an exponent is exact. */
const ln2Upper = 0.693359375;
const ln2Lower = f(-2.1219444e-4);

/** 1 − √½ in 2⁻³². */
const nearOne = 0x4afb0ccc;

/** One word, to see the bits of a float; it means nothing between calls. */
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** ln x, of a normal x > 0. */
export function logF32(x: number): number {
  float[0] = x;
  const pattern = bits[0]!;
  // x = m · 2^exponent, m from √½ to √2.
  const exponent = (pattern - 0x3f3504f3) >> 23;
  bits[0] = pattern - (exponent << 23);
  const fraction = f(float[0] - 1);
  const square = f(fraction * fraction);
  const tail = f(f(logTail(fraction, square) + f(exponent * ln2Lower)) - f(0.5 * square));
  return f(f(fraction + tail) + exponent * ln2Upper);
}

/** Of an integer r, 0 < r < 2³² (its bits: a negative number is above 2³¹): −ln(1 − r·2⁻³²), an exponential variate where r is uniform. */
export function exponentialF32(r: number): number {
  const unsigned = r >>> 0;
  if (unsigned >= nearOne) return -logF32(unitF32(-r >>> 0));
  const fraction = -unitF32(unsigned);
  const square = f(fraction * fraction);
  return -f(fraction + f(logTail(fraction, square) - f(0.5 * square)));
}

/** r · 2⁻³², cut to 24 bits. */
function unitF32(r: number): number {
  const zeros = Math.clz32(r);
  bits[0] = (127 - 32 - zeros + 8) << 23;
  return ((r << zeros) >>> 8) * float[0]!;
}

/** ln(1 + x) − x + x²/2. */
function logTail(x: number, square: number): number {
  let sum = f(f(l0 * x) + l1);
  sum = f(f(sum * x) + l2);
  sum = f(f(sum * x) + l3);
  sum = f(f(sum * x) + l4);
  sum = f(f(sum * x) + l5);
  sum = f(f(sum * x) + l6);
  sum = f(f(sum * x) + l7);
  sum = f(f(sum * x) + l8);
  return f(f(sum * x) * square);
}

/** The mass of z = 0: 2³⁵, so that the masses of 2¹⁸ tokens still add up exactly in a double (or in two 32-bit words). */
export const fullMass = 2 ** 35;

/** 2^(i/64); square roots and products come out the same everywhere, Math.pow needn't. */
const roots = new Float32Array(64);
const root = Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.sqrt(Math.SQRT2)))));
for (let i = 0, power = 1; i < 64; i++, power *= root) roots[i] = power;

const scale = f(64 * Math.LOG2E);
const powers = Float64Array.from({ length: 37 }, (_, i) => 2 ** (i - 1));

/** e^z · 2³⁵ of a z ≤ 0, rounded to an integer, because then sums don't depend on an order; of NaN, 0. */
export function massOf(z: number): number {
  if (!(z > -24.9)) return 0;
  // e^z = 2^(n/64) · e^x, |x| < 0.0055.
  const n = Math.floor(f(f(z * scale) + 0.5));
  const x = f(f(z - n * (ln2Upper / 64)) - f(n * (ln2Lower / 64)));
  const power = f(roots[n & 63]! * f(1 + f(x * f(1 + f(0.5 * x)))));
  return Math.floor(power * powers[(n >> 6) + 36]! + 0.5);
}
