// The magnitudes that a number of one sign may have, and what of a mantissa's digits matters for them: one half of
// number-procedure.ts, the half that knows arithmetic and no spelling. A mantissa that isn't 0 is its digits from the first
// one that isn't 0 on; times a power of ten it becomes the value.
import {
  absolute,
  compareDecimals,
  type Decimal,
  formatDecimal,
  inUnits,
  isMultipleOf,
  leastCommonMultiple,
  negateDecimal,
  one,
  powerOfTen,
  scaleOf,
  signOf,
  zero,
} from "./decimal.ts";

/** What matters of the digits read so far; a field that nothing depends on stays 0. */
export interface Digits {
  /** The power of ten of the first digit, the exponent left aside. */
  readonly scale: number;
  /** Against the lower and the upper bound's digits: how many agree (zeros after the bound's last digit agree too), or `less`, or `greater`. */
  readonly low: number;
  readonly high: number;
  /** Trailing zeros. */
  readonly zeros: number;
  /** The digits as an integer modulo each divisor's digits: without the trailing zeros, and with them. */
  readonly remainders: readonly bigint[];
  readonly running: readonly bigint[];
  /** The digits without the trailing zeros as an integer. Not part of a state: the rest of the state decides the same. */
  readonly significand: bigint;
}

/** The powers of ten from `from` to `to` (both included, perhaps infinite); none if from > to. */
export interface Exponents {
  readonly from: number;
  readonly to: number;
}

export const anyExponent: Exponents = { from: -Infinity, to: Infinity };
export const noExponent: Exponents = { from: 1, to: 0 };

const less = -1;
const greater = -2;

export interface Bound {
  readonly value: Decimal;
  readonly exclusive: boolean;
}

interface BoundDigits extends Bound {
  readonly scale: number;
  readonly digits: string;
}

/** The step, or something that the value must not be a multiple of: modulus · 10^exponent. */
interface Divisor {
  readonly value: Decimal;
  readonly modulus: bigint;
  readonly exponent: number;
  /** modulus = 2^twos · 5^fives · core: a power of ten takes away all but the core. */
  readonly twos: number;
  readonly fives: number;
  readonly core: bigint;
}

/** One question needs integers: is there a multiple of the step in an interval? All in units of one power of ten. */
interface Grid {
  readonly unit: number;
  readonly step: bigint;
  /** A multiple n · step isn't wanted where one of these, all above 1, divides n. */
  readonly excluded: readonly bigint[];
  /** Included. */
  readonly low: bigint;
  readonly high: bigint;
}

/** Magnitudes of which sort a range is made. */
export interface Divisibility {
  /** Multiples of this; null: any. */
  readonly step: Decimal | null;
  /** Multiples of none of these. */
  readonly excluded: readonly Decimal[];
  /** No point and no exponent may follow; the step is an integer. */
  readonly plain: boolean;
}

/** The magnitudes above 0 within two bounds (null: none), of one divisibility. */
export class MagnitudeRange {
  /** Two ranges with the same key are the same. */
  readonly key: string;
  readonly isEmpty: boolean;
  readonly #low: BoundDigits | null;
  readonly #high: BoundDigits | null;
  readonly #plain: boolean;
  readonly #step: Divisor | null;
  readonly #excluded: readonly Divisor[];
  /** The step, if there is one, and what is excluded: in the order of `Digits.remainders`. */
  readonly #divisors: readonly Divisor[];
  readonly #grid: Grid | null;

  constructor(low: Bound | null, high: Bound | null, { step, excluded, plain }: Divisibility) {
    this.#low = low !== null && signOf(low.value) > 0 ? boundDigits(low) : null;
    this.#high = high !== null && signOf(high.value) > 0 ? boundDigits(high) : null;
    this.#plain = plain;
    this.#step = step === null ? null : divisorOf(step, plain);
    this.#excluded = excluded.map((each) => divisorOf(each, plain));
    this.#divisors = this.#step === null ? this.#excluded : [this.#step, ...this.#excluded];
    const reachesUp = high === null || this.#high !== null;
    this.#grid = step !== null && this.#high !== null ? gridOf(step, excluded, this.#low, this.#high) : null;
    const isExcluded = step !== null && excluded.some((each) => isMultipleOf(step, each));
    this.isEmpty = !reachesUp || isExcluded || !this.#holdsAny();
    const divisors = `${step === null ? "" : formatDecimal(step)} ${excluded.map(formatDecimal).join()}`;
    this.key = this.isEmpty ? "empty" : `${boundKey(this.#low)} ${boundKey(this.#high)} ${divisors}`;
  }

  /** Does it matter how many zeros stand between the point and the first digit that isn't 0? */
  get countsLeadingZeros(): boolean {
    return !this.isEmpty && (this.#low !== null || this.#high !== null || this.countsFraction);
  }

  /** Does the number of digits after the point matter once a digit isn't 0? */
  get countsFraction(): boolean {
    return this.#divisors.length > 0 && !this.#plain;
  }

  /** Is there no upper end? */
  get isEndless(): boolean {
    return !this.isEmpty && this.#high === null;
  }

  /** Does any positive magnitude do? */
  get isFree(): boolean {
    return !this.isEmpty && this.#low === null && this.#high === null && this.#divisors.length === 0;
  }

  /** The digits that begin with `digit`, 1–9, which stands at 10^scale. */
  first(digit: number, scale: number): Digits {
    const nothing = this.#divisors.map(() => 0n);
    const start = { scale, low: 0, high: 0, zeros: 0, remainders: nothing, running: nothing, significand: 0n };
    return this.#add(start, digit, scale);
  }

  /** `digits` and one more, which moves the first one up by a power of ten if it stands before the point. */
  append(digits: Digits, digit: number, beforePoint: boolean): Digits {
    return this.#add(digits, digit, beforePoint ? digits.scale + 1 : digits.scale);
  }

  /** Can more digits and a power of ten bring `digits` into the range? Cost: arithmetic on integers as long as the bounds. */
  canHold(digits: Digits): boolean {
    if (this.isEmpty) return false;
    if (this.#high === null) return true;
    if (this.#grid !== null) return this.#canHoldMultiple(digits, this.#high.scale, this.#grid);
    if (this.#low === null) return true;
    const places = this.#high.scale - this.#low.scale;
    const reachesLow = digits.low !== less;
    // With all digits of the upper bound, it is the only value left; otherwise more than what is excluded is.
    const isHigh = digits.high === this.#high.digits.length;
    const reachesHigh = isHigh ? this.#holds(this.#high) : digits.high !== greater;
    return places > 1 || (places === 1 ? reachesLow || reachesHigh : reachesLow && reachesHigh);
  }

  /** The powers of ten that bring just these digits into the range; `fractionDigits` of them stand after the point. */
  exponents(digits: Digits, fractionDigits: number): Exponents {
    if (this.isEmpty) return noExponent;
    let [from, to] = [-Infinity, Infinity];
    if (this.#low !== null) {
      const { scale, digits: bound, exclusive } = this.#low;
      const fits = digits.low === greater || (digits.low === bound.length && !exclusive);
      from = scale - digits.scale + (fits ? 0 : 1);
    }
    if (this.#high !== null) {
      const { scale, digits: bound, exclusive } = this.#high;
      const fits = digits.high === less || (digits.high >= 0 && (digits.high < bound.length || !exclusive));
      to = scale - digits.scale - (fits ? 0 : 1);
    }
    this.#divisors.forEach((divisor, i) => {
      const least = leastExponent(divisor, digits.remainders[i]!, digits.zeros - fractionDigits, this.#plain);
      if (divisor === this.#step) from = Math.max(from, least);
      else to = Math.min(to, least - 1);
    });
    return from > to || from === Infinity || to === -Infinity ? noExponent : { from, to };
  }

  #add(digits: Digits, digit: number, scale: number): Digits {
    const low = this.#low === null ? 0 : compareDigit(this.#low.digits, digits.low, digit);
    const high = this.#high === null ? 0 : compareDigit(this.#high.digits, digits.high, digit);
    const next = { scale: this.#low === null && this.#high === null ? 0 : scale, low, high };
    if (this.#plain && this.#high === null && this.#low !== null && scale > this.#low.scale) {
      // Nothing takes such a number back below the bound.
      next.scale = this.#low.scale + 1;
      next.low = greater;
    }
    if (this.#divisors.length === 0) {
      return { ...next, zeros: 0, remainders: digits.remainders, running: digits.running, significand: 0n };
    }
    const running = this.#divisors.map(({ modulus }, i) => (digits.running[i]! * 10n + BigInt(digit)) % modulus);
    if (digit === 0 && !this.#plain) {
      const { remainders, significand } = digits;
      return { ...next, zeros: digits.zeros + 1, remainders, running, significand };
    }
    const significand = this.#grid === null ? 0n : digits.significand * powerOfTen(digits.zeros + 1) + BigInt(digit);
    return { ...next, zeros: 0, remainders: running, running, significand };
  }

  /** Is the bound's own value in the range, as far as it alone tells? */
  #holds(bound: Bound): boolean {
    return !bound.exclusive && !this.#excluded.some((each) => isMultipleOf(bound.value, each.value));
  }

  #holdsAny(): boolean {
    if (this.#high === null) return true;
    if (this.#grid !== null) return hasMultiple(this.#grid, this.#grid.low, this.#grid.high);
    if (this.#low === null) return true;
    const order = compareDecimals(this.#low.value, this.#high.value);
    return order < 0 || (order === 0 && !this.#low.exclusive && this.#holds(this.#high));
  }

  /** `canHold` with a step and an upper bound, which is `scale` high. */
  #canHoldMultiple(digits: Digits, scale: number, grid: Grid): boolean {
    // Ten times a multiple is a multiple: if there is one with these digits anywhere, there is one in the two highest
    // places that the upper bound leaves. Not so with exclusions: there, all places are tried.
    const length = digits.significand.toString().length;
    const lowest = grid.excluded.length === 0 ? scale - 1 : this.#step!.exponent + length - 1;
    for (let place = scale; place >= lowest; place--) if (this.#hasMultipleAt(digits, length, place, grid)) return true;
    return false;
  }

  /** Is a multiple of the step in the range whose first digits are `digits`, and the first one at 10^place? */
  #hasMultipleAt(digits: Digits, length: number, place: number, grid: Grid): boolean {
    if (this.#plain && place < digits.scale) return false;
    const last = place - length + 1;
    const step = this.#step!.exponent;
    if (last < step) return false;
    const first = digits.significand * powerOfTen(last - grid.unit);
    // Where trailing zeros fill the digits below the step's own, no more than the number itself is left.
    const spread = last - digits.zeros < step ? 0n : powerOfTen(last - digits.zeros - grid.unit) - 1n;
    return hasMultiple(grid, first, first + spread);
  }
}

function divisorOf(value: Decimal, plain: boolean): Divisor {
  // An integer is a multiple of a value if it is one of the least integer that is.
  const modulus = plain ? inUnits(leastCommonMultiple(value, one), 0) : value.mantissa;
  const [twos, fives] = [valuation(modulus, 2n), valuation(modulus, 5n)];
  const core = modulus / (2n ** BigInt(twos) * 5n ** BigInt(fives));
  return { value, modulus, exponent: plain ? 0 : value.exponent, twos, fives, core };
}

/**
 * The least power of ten that makes a multiple of `divisor` of a mantissa with that remainder, `zeros` zeros at its end and no
 * digit after the point; Infinity if none does.
 */
function leastExponent(divisor: Divisor, remainder: bigint, zeros: number, plain: boolean): number {
  if (plain) return remainder === 0n ? -Infinity : Infinity;
  if (remainder % divisor.core !== 0n) return Infinity;
  const twos = divisor.twos - valuation(remainder, 2n, divisor.twos);
  const fives = divisor.fives - valuation(remainder, 5n, divisor.fives);
  return Math.max(twos, fives) + divisor.exponent - zeros;
}

function gridOf(step: Decimal, excluded: readonly Decimal[], low: BoundDigits | null, high: BoundDigits): Grid {
  const unit = Math.min(step.exponent, 0, low?.value.exponent ?? 0, high.value.exponent);
  const stepUnits = inUnits(step, unit);
  return {
    unit,
    step: stepUnits,
    excluded: excluded.map((each) => inUnits(leastCommonMultiple(step, each), unit) / stepUnits),
    low: low === null ? 1n : inUnits(low.value, unit) + (low.exclusive ? 1n : 0n),
    high: inUnits(high.value, unit) - (high.exclusive ? 1n : 0n),
  };
}

/** Is there a wanted multiple from `first` to `last` within the grid's bounds? */
function hasMultiple(grid: Grid, first: bigint, last: bigint): boolean {
  const from = first > grid.low ? first : grid.low;
  const to = last < grid.high ? last : grid.high;
  if (from > to) return false;
  let n = to / grid.step;
  // Of 2^k numbers in a row, one is divisible by none of k numbers above 1 (Kanold's bound on Jacobsthal's function).
  for (let tries = 2 ** grid.excluded.length; tries > 0 && n * grid.step >= from; tries--, n--) {
    if (!grid.excluded.some((each) => n % each === 0n)) return true;
  }
  return false;
}

function compareDigit(bound: string, status: number, digit: number): number {
  if (status < 0) return status;
  const expected = status < bound.length ? bound.charCodeAt(status) - 0x30 : 0;
  if (digit !== expected) return digit < expected ? less : greater;
  return Math.min(status + 1, bound.length);
}

function boundDigits(bound: Bound): BoundDigits {
  return { ...bound, scale: scaleOf(bound.value), digits: absolute(bound.value.mantissa).toString() };
}

function boundKey(bound: BoundDigits | null): string {
  return bound === null ? "" : `${formatDecimal(bound.value)}${bound.exclusive ? "!" : ""}`;
}

/** How often `prime` divides `value`, at most `most` times: 0 is divided for ever. */
function valuation(value: bigint, prime: bigint, most = Infinity): number {
  let [rest, count] = [value, 0];
  while (count < most && rest % prime === 0n) {
    rest /= prime;
    count++;
  }
  return count;
}

/** The lower and upper bound of the magnitudes of one sign, given those of the values. */
export function mirrorBounds(low: Bound | null, high: Bound | null): [low: Bound | null, high: Bound | null] {
  const mirror = (bound: Bound | null) =>
    bound === null ? null : { value: negateDecimal(bound.value), exclusive: bound.exclusive };
  return [mirror(high), mirror(low)];
}

export function allowsZero(low: Bound | null, high: Bound | null): boolean {
  const above = low === null ? -1 : compareDecimals(low.value, zero);
  const below = high === null ? 1 : compareDecimals(high.value, zero);
  return (above < 0 || (above === 0 && !low!.exclusive)) && (below > 0 || (below === 0 && !high!.exclusive));
}
