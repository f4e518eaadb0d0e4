// Numbers that keep a conjunction of bounds: the normal form's part for `type: number` and `integer`. All arithmetic is on
// exact decimals.
import type { Limits } from "../../base/limits.ts";
import type { Procedure } from "../../term/procedure.ts";
import {
  compareDecimals,
  type Decimal,
  decimal,
  equalDecimals,
  formatDecimal,
  inUnits,
  isMultipleOf,
  leastCommonMultiple,
  one,
  zero,
} from "../numbers/decimal.ts";
import { ExcludingNumberProcedure } from "../numbers/excluding-number-procedure.ts";
import { type NumberBounds, numberProcedure } from "../numbers/number-procedure.ts";

export interface Bound {
  readonly value: Decimal;
  readonly exclusive: boolean;
}

export interface NumberShape {
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
  /** Multiples of each of these; 1 stands for integers. Sorted by spelling, distinct. */
  readonly multiples: readonly Decimal[];
  /** Of none of these. */
  readonly nonMultiples: readonly Decimal[];
  /** Draft 4's integers, by spelling: no fraction, no exponent. */
  readonly integerSyntax: boolean;
  /** Not one of draft 4's integers. */
  readonly nonIntegerSyntax: boolean;
}

export const anyNumber: NumberShape = {
  low: undefined,
  high: undefined,
  multiples: [],
  nonMultiples: [],
  integerSyntax: false,
  nonIntegerSyntax: false,
};

export function singleNumber(value: Decimal): NumberShape {
  const bound = { value, exclusive: false };
  return { ...anyNumber, low: bound, high: bound };
}

export function keyOfNumber(shape: NumberShape): string {
  const bound = (each: Bound | undefined) =>
    each === undefined ? "" : `${each.exclusive ? "!" : "="}${formatDecimal(each.value)}`;
  const list = (each: readonly Decimal[]) => each.map(formatDecimal).join();
  return `${bound(shape.low)}|${bound(shape.high)}|${list(shape.multiples)}|${list(shape.nonMultiples)}|${shape.integerSyntax}|${shape.nonIntegerSyntax}`;
}

/** Undefined where no number is in both. */
export function intersectNumbers(a: NumberShape, b: NumberShape, limits: Limits): NumberShape | undefined {
  const both: NumberShape = {
    low: tighter(a.low, b.low, 1),
    high: tighter(a.high, b.high, -1),
    multiples: mergeDecimals(a.multiples, b.multiples),
    nonMultiples: mergeDecimals(a.nonMultiples, b.nonMultiples),
    integerSyntax: a.integerSyntax || b.integerSyntax,
    nonIntegerSyntax: a.nonIntegerSyntax || b.nonIntegerSyntax,
  };
  return isEmptyNumber(both, limits) ? undefined : both;
}

/** The numbers outside, as a union. */
export function negateNumber(shape: NumberShape): NumberShape[] {
  const out: NumberShape[] = [];
  if (shape.integerSyntax) out.push({ ...anyNumber, nonIntegerSyntax: true });
  if (shape.nonIntegerSyntax) out.push({ ...anyNumber, integerSyntax: true });
  const { low, high } = shape;
  if (low !== undefined) out.push({ ...anyNumber, high: { value: low.value, exclusive: !low.exclusive } });
  if (high !== undefined) out.push({ ...anyNumber, low: { value: high.value, exclusive: !high.exclusive } });
  for (const multiple of shape.multiples) out.push({ ...anyNumber, nonMultiples: [multiple] });
  for (const multiple of shape.nonMultiples) out.push({ ...anyNumber, multiples: [multiple] });
  return out;
}

/** Multiples within two bounds are listed up to this number, where they mustn't be multiples of something else. */
const maxListed = 2000;

/**
 * The same numbers as a union in which non-multiples can be told quickly: 0, a multiple of everything, and bounds that are
 * multiples are taken out, and a bounded set of multiples is listed. What is left has a non-multiple near every number.
 */
export function separateMultiples(shape: NumberShape, limits: Limits): NumberShape[] {
  const { nonMultiples } = shape;
  if (nonMultiples.length === 0) return [shape];
  const isExcluded = (value: Decimal) => nonMultiples.some((each) => isMultipleOf(value, each));
  const open = (bound: Bound | undefined) =>
    bound !== undefined && isExcluded(bound.value) ? { ...bound, exclusive: true } : bound;
  const parts = [
    { ...anyNumber, high: { value: zero, exclusive: true } },
    { ...anyNumber, low: { value: zero, exclusive: true } },
  ];
  return parts.flatMap((part) => {
    const signed = intersectNumbers({ ...shape, low: open(shape.low), high: open(shape.high) }, part, limits);
    if (signed === undefined) return [];
    return (
      listMultiples(signed)
        ?.filter((value) => !isExcluded(value))
        .map(singleNumber) ?? [signed]
    );
  });
}

/** All multiples within the bounds; undefined where there are no two bounds, or too many multiples. */
function listMultiples({ low, high, multiples, integerSyntax }: NumberShape): Decimal[] | undefined {
  if (low === undefined || high === undefined || multiples.length === 0 || integerSyntax) return undefined;
  const step = multiples.reduce(leastCommonMultiple);
  const unit = Math.min(low.value.exponent, high.value.exponent, step.exponent);
  const [from, to, by] = [inUnits(low.value, unit), inUnits(high.value, unit), inUnits(step, unit)];
  if ((to - from) / by > BigInt(maxListed)) return undefined;
  const values: Decimal[] = [];
  let at = (from / by) * by;
  if (at < from) at += by;
  for (; at <= to; at += by) {
    if ((at === from && low.exclusive) || (at === to && high.exclusive)) continue;
    values.push(decimal(at, unit));
  }
  return values;
}

/** The procedure of the spellings of the numbers of `shape`. */
export function procedureOfNumber(shape: NumberShape, limits: Limits): Procedure {
  const included = numberProcedure(boundsOfNumber(shape), limits);
  const excluded = shape.nonMultiples.map((each) => numberProcedure({ integer: false, multipleOf: [each] }, limits));
  if (shape.nonIntegerSyntax) excluded.push(numberProcedure({ integer: true, integerSpelling: "syntax" }, limits));
  return excluded.length === 0 ? included : new ExcludingNumberProcedure(included, excluded);
}

/** What is required of the numbers; what they must not be is left out. */
function boundsOfNumber(shape: NumberShape): NumberBounds {
  return {
    integer: shape.integerSyntax || shape.multiples.some((each) => equalDecimals(each, one)),
    minimum: shape.low?.value,
    exclusiveMinimum: shape.low?.exclusive ?? false,
    maximum: shape.high?.value,
    exclusiveMaximum: shape.high?.exclusive ?? false,
    multipleOf: shape.multiples.filter((each) => !equalDecimals(each, one)),
    integerSpelling: shape.integerSyntax ? "syntax" : "value",
  };
}

/**
 * Fewer shapes for the same union: single integers that follow each other become a range (an enum of many numbers).
 */
export function joinNumbers(shapes: readonly NumberShape[]): NumberShape[] {
  const rest: NumberShape[] = [];
  const integers: bigint[] = [];
  for (const shape of shapes) {
    const value = shape.low?.value;
    const isSingle =
      value !== undefined &&
      shape.high !== undefined &&
      equalDecimals(value, shape.high.value) &&
      !shape.integerSyntax &&
      value.exponent >= 0 &&
      value.exponent < 20 &&
      !shape.nonIntegerSyntax &&
      shape.nonMultiples.length === 0;
    if (isSingle) integers.push(value.mantissa * 10n ** BigInt(value.exponent));
    else rest.push(shape);
  }
  integers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (let i = 0; i < integers.length; ) {
    let end = i + 1;
    while (end < integers.length && integers[end]! <= integers[end - 1]! + 1n) end++;
    const low = { value: decimal(integers[i]!), exclusive: false };
    const high = { value: decimal(integers[end - 1]!), exclusive: false };
    rest.push({ ...anyNumber, low, high, multiples: [one] });
    i = end;
  }
  return rest;
}

function isEmptyNumber(shape: NumberShape, limits: Limits): boolean {
  const { low, high } = shape;
  if (low !== undefined && high !== undefined) {
    const order = compareDecimals(low.value, high.value);
    if (order > 0 || (order === 0 && (low.exclusive || high.exclusive))) return true;
    if (order === 0 && shape.nonMultiples.some((each) => isMultipleOf(low.value, each))) return true;
  }
  if (shape.integerSyntax && shape.nonIntegerSyntax) return true;
  const steps = shape.integerSyntax ? [one, ...shape.multiples] : shape.multiples;
  if (steps.length > 0) {
    const step = steps.reduce(leastCommonMultiple);
    if (shape.nonMultiples.some((each) => isMultipleOf(step, each))) return true;
  }
  if (low === undefined || high === undefined) return false;
  return !numberProcedure(boundsOfNumber(shape), limits).canComplete();
}

/** `sign` 1: the larger of two lower bounds; −1: the smaller of two upper ones. */
function tighter(a: Bound | undefined, b: Bound | undefined, sign: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const order = compareDecimals(a.value, b.value) * sign;
  return order > 0 || (order === 0 && a.exclusive) ? a : b;
}

function mergeDecimals(a: readonly Decimal[], b: readonly Decimal[]): readonly Decimal[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const byKey = new Map([...a, ...b].map((each) => [formatDecimal(each), each]));
  return [...byKey].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, each]) => each);
}
