// Exact decimal numbers, because JSON numbers are decimal spellings: bounds, multipleOf and equality are decided on what is
// written, never on a rounded double (0.07 is no double). A value is a BigInt mantissa times a power of ten, kept in lowest
// terms, so that equal values have equal parts. Spelling: RFC 8259, section 6.
import { ConstraintError } from "../../base/errors.ts";

/** mantissa × 10^exponent; the mantissa doesn't end in a decimal 0, and zero is 0 × 10^0 (so −0 is 0). */
export interface Decimal {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Digits of a mantissa, and size of a power of ten, that `parseDecimal` reads. A double needs 767 and 324. */
export const maxDecimalDigits = 10_000;

export const zero: Decimal = { mantissa: 0n, exponent: 0 };
export const one: Decimal = { mantissa: 1n, exponent: 0 };

const spelling = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)0*([0-9]+))?$/;

/**
 * The exact value of a JSON number spelling.
 * @throws ConstraintError "syntax" if `text` isn't one, "limit" if it is longer, or its power of ten larger, than `maxDecimalDigits`.
 */
export function parseDecimal(text: string): Decimal {
  if (text.length > 3 * maxDecimalDigits) throw tooLarge(text);
  const match = spelling.exec(text);
  if (match === null) throw new ConstraintError("syntax", `not a JSON number: ${excerpt(text)}`);
  const [, sign, whole, fraction = "", exponentSign, exponentDigits = "0"] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  if (digits === "") return zero;
  if (digits.length > maxDecimalDigits || exponentDigits.length > 6) throw tooLarge(text);
  const written = Number(exponentDigits);
  const exponent = (exponentSign === "-" ? -written : written) - fraction.length;
  if (Math.abs(exponent) > maxDecimalDigits) throw tooLarge(text);
  const mantissa = BigInt(digits);
  return decimal(sign === "-" ? -mantissa : mantissa, exponent);
}

const halvingPowers = Array.from({ length: 13 }, (_, i) => [4096 >> i, 10n ** BigInt(4096 >> i)] as const);

/** mantissa × 10^exponent in lowest terms. */
export function decimal(mantissa: bigint, exponent = 0): Decimal {
  if (mantissa === 0n) return zero;
  let [rest, power] = [mantissa, exponent];
  // Halving steps, so that 1 followed by n zeros takes log n divisions of big numbers, not n.
  for (const [step, divisor] of halvingPowers) {
    while (rest % divisor === 0n) {
      rest /= divisor;
      power += step;
    }
  }
  return { mantissa: rest, exponent: power };
}

/** Negative, 0 or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [signA, signB] = [signOf(a), signOf(b)];
  if (signA !== signB || signA === 0) return signA - signB;
  // Far apart: the power of the first digit decides, without multiplying out.
  const [scaleA, scaleB] = [scaleOf(a), scaleOf(b)];
  if (scaleA !== scaleB) return scaleA < scaleB ? -signA : signA;
  const unit = Math.min(a.exponent, b.exponent);
  const [x, y] = [inUnits(a, unit), inUnits(b, unit)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function equalDecimals(a: Decimal, b: Decimal): boolean {
  return a.mantissa === b.mantissa && a.exponent === b.exponent;
}

export function signOf(a: Decimal): -1 | 0 | 1 {
  return a.mantissa < 0n ? -1 : a.mantissa > 0n ? 1 : 0;
}

export function negateDecimal(a: Decimal): Decimal {
  return { mantissa: -a.mantissa, exponent: a.exponent };
}

export function isIntegerDecimal(a: Decimal): boolean {
  return a.exponent >= 0;
}

/** Is `a` an integer times `of`? `of` isn't 0. */
export function isMultipleOf(a: Decimal, of: Decimal): boolean {
  const unit = Math.min(a.exponent, of.exponent);
  return inUnits(a, unit) % inUnits(of, unit) === 0n;
}

/** The least positive value that is a multiple of both, which aren't 0: what is a multiple of both is a multiple of it, and conversely. */
export function leastCommonMultiple(a: Decimal, b: Decimal): Decimal {
  const unit = Math.min(a.exponent, b.exponent);
  const [x, y] = [absolute(inUnits(a, unit)), absolute(inUnits(b, unit))];
  return decimal((x / greatestCommonDivisor(x, y)) * y, unit);
}

/** One spelling for each value: a key for maps, and text for messages. Short values are written out, others with an exponent. */
export function formatDecimal(a: Decimal): string {
  const digits = absolute(a.mantissa).toString();
  const minus = a.mantissa < 0n ? "-" : "";
  if (a.exponent >= 0) {
    if (digits.length + a.exponent > 21) return `${minus}${digits}e${a.exponent}`;
    return `${minus}${digits}${"0".repeat(a.exponent)}`;
  }
  const whole = digits.length + a.exponent;
  if (whole > 0) return `${minus}${digits.slice(0, whole)}.${digits.slice(whole)}`;
  if (whole > -7) return `${minus}0.${"0".repeat(-whole)}${digits}`;
  return `${minus}${digits}e${a.exponent}`;
}

/** The power of ten of the first digit: 2 for 345, −3 for 0.00123. `a` isn't 0. */
export function scaleOf(a: Decimal): number {
  return absolute(a.mantissa).toString().length - 1 + a.exponent;
}

/** a / 10^unit, which must be an integer: unit ≤ a's exponent, unless a is 0. */
export function inUnits(a: Decimal, unit: number): bigint {
  return a.mantissa === 0n ? 0n : a.mantissa * powerOfTen(a.exponent - unit);
}

export function powerOfTen(n: number): bigint {
  return 10n ** BigInt(n);
}

export function absolute(a: bigint): bigint {
  return a < 0n ? -a : a;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function tooLarge(text: string): ConstraintError {
  return new ConstraintError("limit", `number ${excerpt(text)} has more than ${maxDecimalDigits} digits`);
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
