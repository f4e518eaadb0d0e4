// Arrays that keep a conjunction of constraints: the normal form's part for `type: array`.
import { type Conjunction, type Conjunctions, isWithin } from "./conjunction.ts";

/** At least `min` and at most `max` of the items from index `from` on satisfy `item`, which is one literal. */
export interface Contains {
  readonly from: number;
  readonly item: Conjunction;
  readonly min: number;
  readonly max: number;
}

export interface ArrayShape {
  /** By index; where the array is shorter, they don't matter. */
  readonly prefix: readonly Conjunction[];
  /** The items after the prefix. */
  readonly rest: Conjunction;
  readonly min: number;
  readonly max: number;
  readonly contains: readonly Contains[];
  readonly unique: boolean;
  /** Do two items have to be equal? */
  readonly repeats: boolean;
}

export function anyArray(conjunctions: Conjunctions): ArrayShape {
  return {
    prefix: [],
    rest: conjunctions.true,
    min: 0,
    max: Number.POSITIVE_INFINITY,
    contains: [],
    unique: false,
    repeats: false,
  };
}

export function keyOfArray(shape: ArrayShape): string {
  const contains = shape.contains.map(keyOfContains).join(";");
  return `${shape.prefix.map((item) => item.id).join()}|${shape.rest.id}|${shape.min}|${shape.max}|${contains}|${shape.unique}|${shape.repeats}`;
}

export function itemAt(shape: ArrayShape, index: number): Conjunction {
  return shape.prefix[index] ?? shape.rest;
}

/** Undefined where it is plain that no array is in both. */
export function intersectArrays(a: ArrayShape, b: ArrayShape, conjunctions: Conjunctions): ArrayShape | undefined {
  const length = Math.max(a.prefix.length, b.prefix.length);
  const contains = new Map([...a.contains, ...b.contains].map((each) => [keyOfContains(each), each]));
  return trimArray({
    prefix: Array.from({ length }, (_, i) => conjunctions.and(itemAt(a, i), itemAt(b, i))),
    rest: conjunctions.and(a.rest, b.rest),
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    contains: [...contains.values()],
    unique: a.unique || b.unique,
    repeats: a.repeats || b.repeats,
  });
}

/** Is it plain that all arrays of `a` are in `b`? */
export function isArrayWithin(a: ArrayShape, b: ArrayShape): boolean {
  const length = Math.min(Math.max(a.prefix.length, b.prefix.length) + 1, a.max);
  for (let i = 0; i < length; i++) if (!isWithin(itemAt(a, i), itemAt(b, i))) return false;
  return (
    a.min >= b.min &&
    a.max <= b.max &&
    (a.unique || !b.unique) &&
    (a.repeats || !b.repeats) &&
    b.contains.every((each) => a.contains.some((other) => keyOfContains(other) === keyOfContains(each)))
  );
}

/** The same arrays with the length that impossible items leave; undefined where none is left. */
export function trimArray(shape: ArrayShape, isEmpty = (item: Conjunction) => item.isFalse): ArrayShape | undefined {
  let { prefix, rest, max } = shape;
  const impossible = prefix.findIndex(isEmpty);
  if (impossible >= 0) {
    max = Math.min(max, impossible);
  } else if (isEmpty(rest)) {
    max = Math.min(max, prefix.length);
  }
  if (prefix.length > max) prefix = prefix.slice(0, max);
  while (prefix.length > 0 && prefix[prefix.length - 1] === rest) prefix = prefix.slice(0, -1);
  if (shape.unique && shape.repeats) return undefined;
  if (shape.min > max || shape.contains.some((each) => each.min > each.max)) return undefined;
  return { ...shape, prefix, rest, max };
}

/** The arrays outside, as a union. `negate` gives the negation of one literal's conjunction. */
export function negateArray(
  shape: ArrayShape,
  conjunctions: Conjunctions,
  negate: (item: Conjunction) => Conjunction,
): ArrayShape[] {
  const any = anyArray(conjunctions);
  const out: (ArrayShape | undefined)[] = [];
  if (shape.min > 0) out.push({ ...any, max: shape.min - 1 });
  if (shape.max !== Number.POSITIVE_INFINITY) out.push({ ...any, min: shape.max + 1 });
  if (shape.unique) out.push({ ...any, repeats: true, min: 2 });
  if (shape.repeats) out.push({ ...any, unique: true });
  shape.prefix.forEach((item, i) => {
    if (item === conjunctions.true) return;
    for (const broken of item.isFalse
      ? [conjunctions.true]
      : item.literals.map((each) => conjunctions.of([each ^ 1]))) {
      const prefix = Array.from({ length: i + 1 }, (_, k) => (k < i ? conjunctions.true : broken));
      out.push({ ...any, prefix, min: i + 1 });
    }
  });
  if (shape.rest.isFalse) out.push({ ...any, min: shape.prefix.length + 1 });
  else if (shape.rest !== conjunctions.true) {
    const contains = { from: shape.prefix.length, item: negate(shape.rest), min: 1, max: Number.POSITIVE_INFINITY };
    out.push({ ...any, contains: [contains] });
  }
  for (const each of shape.contains) {
    if (each.min > 0) out.push({ ...any, contains: [{ ...each, min: 0, max: each.min - 1 }] });
    if (each.max !== Number.POSITIVE_INFINITY) {
      out.push({ ...any, contains: [{ ...each, min: each.max + 1, max: Number.POSITIVE_INFINITY }] });
    }
  }
  return out.filter((each) => each !== undefined);
}

function keyOfContains(each: Contains): string {
  return `${each.from}:${each.item.id}:${each.min}:${each.max}`;
}
