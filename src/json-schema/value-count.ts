// Whether many values satisfy a conjunction, without counting them: what arrays of different items ask.
import { itemAt } from "./array-shape.ts";
import type { Conjunction } from "./conjunction.ts";
import { compareDecimals, type Decimal, decimal, isMultipleOf } from "./decimal.ts";
import type { Normaliser } from "./normalise.ts";
import type { NumberShape } from "./number-shape.ts";
import { valueOfKey } from "./object-keys.ts";
import type { ObjectShape } from "./object-shape.ts";
import type { StringShape } from "./string-shape.ts";

/** Properties and items are looked into so deep. */
const maxDepth = 4;

/** Do surely more than `count` values satisfy `conjunction`? False where that isn't plain. */
export function hasMoreValues(conjunction: Conjunction, count: number, normaliser: Normaliser, depth = 0): boolean {
  if (depth > maxDepth) return false;
  const { allowsNull, allowsTrue, allowsFalse, numbers, strings, arrays, objects } = normaliser.shapesOf(conjunction);
  const named = [allowsNull, allowsTrue, allowsFalse].filter((each) => each).length;
  return (
    named > count ||
    numbers.some((shape) => hasMoreNumbers(shape, count)) ||
    strings.some((shape) => hasMoreStrings(shape, count, normaliser)) ||
    // Arrays of so many lengths.
    arrays.some(
      (shape) =>
        !shape.unique &&
        shape.contains.length === 0 &&
        shape.max - Math.max(shape.min, shape.prefix.length) >= count &&
        !normaliser.isEmpty(shape.rest) &&
        hasMoreValues(shape.rest, 0, normaliser, depth + 1) &&
        shape.prefix.every((_, i) => hasMoreValues(itemAt(shape, i), 0, normaliser, depth + 1)),
    ) ||
    objects.some((shape) => hasMoreObjects(shape, count, normaliser, depth))
  );
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
  if (!shape.required.every((key) => hasMoreValues(valueAt(key), 0, normaliser, depth + 1))) return false;
  const canGrow = shape.max > shape.required.length;
  const isOpen = shape.layers.every(
    (layer) => layer.patterns.length === 0 && layer.additional === context.conjunctions.true,
  );
  if (canGrow && isOpen) return true;
  const keys = new Set([...shape.required, ...shape.layers.flatMap((layer) => [...layer.properties.keys()])]);
  for (const key of keys) {
    if (!canGrow && !shape.required.includes(key)) continue;
    if (hasMoreValues(valueAt(key), count, normaliser, depth + 1)) return true;
  }
  return false;
}

function multiply(a: Decimal, b: Decimal): Decimal {
  return decimal(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (each: Decimal) => each.mantissa * 10n ** BigInt(each.exponent - exponent);
  return decimal(scaled(a) + scaled(b), exponent);
}
