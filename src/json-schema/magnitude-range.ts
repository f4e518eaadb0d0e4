// The magnitudes that a number of one sign may have, and what of a mantissa's digits matters for them: one half of
// number-procedure.ts, the half that knows arithmetic and no spelling. A mantissa that isn't 0 is its digits from the first
// one that isn't 0 on; times a power of ten it becomes the value.
import {
  absolute,
  compareDecimals,
  type Decimal,
  formatDecimal,
  inUnits,
  negateDecimal,
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
  /** The digits as an integer modulo the step's digits: without the trailing zeros, and with them. */
  readonly remainder: bigint;
  readonly running: bigint;
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

/** One question needs integers: is there a multiple of the step in an interval? All in units of one power of ten. */
interface Grid {
  readonly unit: number;
  readonly step: bigint;
  /** Included. */
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The magnitudes above 0 within two bounds (null: none) that are multiples of `step` (null: of nothing).
 * With `plain`, no point and no exponent may follow, and `step` is an integer.
 */
export class MagnitudeRange {
  /** Two ranges with the same key are the same. */
  readonly key: string;
  readonly isEmpty: boolean;
  readonly #low: BoundDigits | null;
  readonly #high: BoundDigits | null;
  readonly #step: Decimal | null;
  readonly #plain: boolean;
  /** The step's digits, and those of its factors that no power of ten takes away: step = 2^twos · 5^fives · core. */
  readonly #modulus: bigint;
  readonly #twos: number;
  readonly #fives: number;
  readonly #core: bigint;
  readonly #grid: Grid | null;

  constructor(low: Bound | null, high: Bound | null, step: Decimal | null, plain: boolean) {
    this.#low = low !== null && signOf(low.value) > 0 ? boundDigits(low) : null;
    this.#high = high !== null && signOf(high.value) > 0 ? boundDigits(high) : null;
    this.#step = step;
    this.#plain = plain;
    this.#modulus = step === null ? 1n : plain ? inUnits(step, 0) : step.mantissa;
    [this.#twos, this.#fives] = [valuation(this.#modulus, 2n), valuation(this.#modulus, 5n)];
    this.#core = this.#modulus / (2n ** BigInt(this.#twos) * 5n ** BigInt(this.#fives));
    const reachesUp = high === null || this.#high !== null;
    this.#grid = step !== null && this.#high !== null ? gridOf(step, this.#low, this.#high) : null;
    this.isEmpty = !reachesUp || !this.#holdsAny();
    this.key = this.isEmpty
      ? "empty"
      : `${boundKey(this.#low)} ${boundKey(this.#high)} ${step === null ? "" : formatDecimal(step)}`;
  }

  /** Does it matter how many zeros stand between the point and the first digit that isn't 0? */
  get countsLeadingZeros(): boolean {
    return !this.isEmpty && (this.#low !== null || this.#high !== null || this.countsFraction);
  }

  /** Does the number of digits after the point matter once a digit isn't 0? */
  get countsFraction(): boolean {
    return this.#step !== null && !this.#plain;
  }

  /** Does any positive magnitude do? */
  get isFree(): boolean {
    return !this.isEmpty && this.#low === null && this.#high === null && this.#step === null;
  }

  /** The digits that begin with `digit`, 1–9, which stands at 10^scale. */
  first(digit: number, scale: number): Digits {
    const start: Digits = { scale, low: 0, high: 0, zeros: 0, remainder: 0n, running: 0n, significand: 0n };
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
    if (this.#grid !== null) {
      // Ten times a multiple is a multiple: if there is one with these digits anywhere, there is one in the two highest
      // places that the upper bound leaves.
      const { scale } = this.#high;
      return this.#hasMultipleAt(digits, scale, this.#grid) || this.#hasMultipleAt(digits, scale - 1, this.#grid);
    }
    if (this.#low === null) return true;
    const places = this.#high.scale - this.#low.scale;
    const reachesLow = digits.low !== less;
    const reachesHigh = digits.high !== greater && !(this.#high.exclusive && digits.high === this.#high.digits.length);
    return places > 1 || (places === 1 ? reachesLow || reachesHigh : reachesLow && reachesHigh);
  }

  /** The powers of ten that bring just these digits into the range; `fractionDigits` of them stand after the point. */
  exponents(digits: Digits, fractionDigits: number): Exponents {
    if (this.isEmpty || digits.remainder % this.#core !== 0n) return noExponent;
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
    if (this.#step !== null) {
      if (this.#plain) return digits.remainder === 0n ? { from, to } : noExponent;
      const twos = this.#twos - valuation(digits.remainder, 2n, this.#twos);
      const fives = this.#fives - valuation(digits.remainder, 5n, this.#fives);
      from = Math.max(from, Math.max(twos, fives) + this.#step.exponent - digits.zeros + fractionDigits);
    }
    return { from, to };
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
    if (this.#step === null) return { ...next, zeros: 0, remainder: 0n, running: 0n, significand: 0n };
    const running = (digits.running * 10n + BigInt(digit)) % this.#modulus;
    if (digit === 0 && !this.#plain) {
      const { remainder, significand } = digits;
      return { ...next, zeros: digits.zeros + 1, remainder, running, significand };
    }
    const significand = this.#grid === null ? 0n : digits.significand * powerOfTen(digits.zeros + 1) + BigInt(digit);
    return { ...next, zeros: 0, remainder: running, running, significand };
  }

  #holdsAny(): boolean {
    if (this.#high === null) return true;
    if (this.#grid !== null) return hasMultiple(this.#grid, this.#grid.low, this.#grid.high);
    if (this.#low === null) return true;
    const order = compareDecimals(this.#low.value, this.#high.value);
    return order < 0 || (order === 0 && !this.#low.exclusive && !this.#high.exclusive);
  }

  /** Is a multiple of the step in the range whose first digits are `digits`, and the first one at 10^place? */
  #hasMultipleAt(digits: Digits, place: number, grid: Grid): boolean {
    if (this.#plain && place < digits.scale) return false;
    const length = digits.significand.toString().length;
    const last = place - length + 1;
    const step = this.#plain ? 0 : this.#step!.exponent;
    if (last < step) return false;
    const first = digits.significand * powerOfTen(last - grid.unit);
    // Where trailing zeros fill the digits below the step's own, no more than the number itself is left.
    const spread = last - digits.zeros < step ? 0n : powerOfTen(last - digits.zeros - grid.unit) - 1n;
    return hasMultiple(grid, first, first + spread);
  }
}

function gridOf(step: Decimal, low: BoundDigits | null, high: BoundDigits): Grid {
  const unit = Math.min(step.exponent, 0, low?.value.exponent ?? 0, high.value.exponent);
  return {
    unit,
    step: inUnits(step, unit),
    low: low === null ? 1n : inUnits(low.value, unit) + (low.exclusive ? 1n : 0n),
    high: inUnits(high.value, unit) - (high.exclusive ? 1n : 0n),
  };
}

/** Is there a multiple from `first` to `last` within the grid's bounds? */
function hasMultiple(grid: Grid, first: bigint, last: bigint): boolean {
  const from = first > grid.low ? first : grid.low;
  const to = last < grid.high ? last : grid.high;
  return from <= to && to - (to % grid.step) >= from;
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
