// Whether many values satisfy a conjunction, without counting them: what arrays of different items ask.

import { compareDecimals, type Decimal, decimal, isMultipleOf } from "../numbers/decimal.ts";
import { valueOfKey } from "../objects/object-keys.ts";
import type { ArrayShape } from "../shapes/array-shape.ts";
import type { Conjunction } from "../shapes/conjunction.ts";
import type { Normaliser } from "../shapes/normalise.ts";
import type { NumberShape } from "../shapes/number-shape.ts";
import type { ObjectShape } from "../shapes/object-shape.ts";
import type { StringShape } from "../shapes/string-shape.ts";

/** Properties and items are looked into so deep. */
const maxDepth = 4;

/** Do surely more than `count` values satisfy `conjunction`, which some do? False where that isn't plain. */
export function hasMoreValues(conjunction: Conjunction, count: number, normaliser: Normaliser): boolean {
  if (hasMore(conjunction, count, normaliser, 0)) return true;
  const { allowsNull, allowsTrue, allowsFalse, numbers, strings, arrays, objects } = normaliser.shapesOf(conjunction);
  const isObject =
    ![allowsNull, allowsTrue, allowsFalse].includes(true) && numbers.length + strings.length + arrays.length === 0;
  // Whichever of them isn't empty: no end of keys may be added, and those keep nothing from being fulfilled.
  return isObject && objects.every((shape) => shape.max === Number.POSITIVE_INFINITY && isOpen(shape, normaliser));
}

function hasMore(conjunction: Conjunction, count: number, normaliser: Normaliser, depth: number): boolean {
  if (depth > maxDepth) return false;
  const { allowsNull, allowsTrue, allowsFalse, numbers, strings, arrays, objects } = normaliser.shapesOf(conjunction);
  const named = [allowsNull, allowsTrue, allowsFalse].filter((each) => each).length;
  return (
    named > count ||
    numbers.some((shape) => hasMoreNumbers(shape, count)) ||
    strings.some((shape) => hasMoreStrings(shape, count, normaliser)) ||
    arrays.some((shape) => hasMoreArrays(shape, count, normaliser, depth)) ||
    objects.some((shape) => hasMoreObjects(shape, count, normaliser, depth))
  );
}

/** By the lengths that they may have. */
function hasMoreArrays(shape: ArrayShape, count: number, normaliser: Normaliser, depth: number): boolean {
  const { min, max, prefix, rest, contains, unique, repeats } = shape;
  if (repeats || contains.length > 0) return false;
  if (unique) {
    // The empty one, and one for each item.
    if (prefix.length > 0 || min > 0 || max === 0 || count > maxDepth) return false;
    return count === 0 || hasMore(rest, count - 1, normaliser, depth);
  }
  if (max - Math.max(min, prefix.length) < count) return false;
  return [...prefix, rest].every((item) => hasMore(item, 0, normaliser, depth + 1));
}

function hasMoreNumbers({ low, high, multiples, nonMultiples, nonIntegerSyntax }: NumberShape, count: number): boolean {
  if (nonMultiples.length > 0 || nonIntegerSyntax) return false;
  if (low === undefined || high === undefined) return true;
  // One step more at each end than there may be.
  const step = multiples.reduce<Decimal>(
    (lcm, each) => (isMultipleOf(lcm, each) ? lcm : multiply(lcm, each)),
    multiples[0] ?? decimal(0n),
  );
  if (step.mantissa === 0n) return compareDecimals(low.value, high.value) < 0;
  return compareDecimals(add(low.value, multiply(step, decimal(BigInt(count + 2)))), high.value) <= 0;
}

function hasMoreStrings(shape: StringShape, count: number, { context }: Normaliser): boolean {
  if (shape.texts !== undefined) return shape.languages.length === 0 && shape.texts.length > count;
  // 2^16 texts and more of each length.
  if (shape.languages.length === 0) return shape.max > 0 && count + shape.excluded.length < 2 ** 16;
  return context.languages.hasMoreTexts(shape, count);
}

function hasMoreObjects(shape: ObjectShape, count: number, normaliser: Normaliser, depth: number): boolean {
  const { context } = normaliser;
  const isPlain =
    shape.breaches.length === 0 &&
    shape.dependencies.length === 0 &&
    shape.min <= shape.required.length &&
    shape.names === context.conjunctions.true;
  if (!isPlain) return false;
  const valueAt = (key: string) => valueOfKey(shape.layers, key, context);
  if (!shape.required.every((key) => hasMore(valueAt(key), 0, normaliser, depth + 1))) return false;
  const canGrow = shape.max > shape.required.length;
  if (canGrow && isOpen(shape, normaliser)) return true;
  const keys = new Set([...shape.required, ...shape.layers.flatMap((layer) => [...layer.properties.keys()])]);
  for (const key of keys) {
    if (!canGrow && !shape.required.includes(key)) continue;
    if (hasMore(valueAt(key), count, normaliser, depth + 1)) return true;
  }
  return false;
}

/** May any key be added that isn't named? */
function isOpen({ layers, names }: ObjectShape, { context: { conjunctions } }: Normaliser): boolean {
  const { true: anything } = conjunctions;
  return names === anything && layers.every((layer) => layer.patterns.length === 0 && layer.additional === anything);
}

function multiply(a: Decimal, b: Decimal): Decimal {
  return decimal(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (each: Decimal) => each.mantissa * 10n ** BigInt(each.exponent - exponent);
  return decimal(scaled(a) + scaled(b), exponent);
}
