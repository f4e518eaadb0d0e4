// The normal form of a place in an instance: for each type, a union of shapes, each a conjunction of constraints.
// Intersection is pairwise, so allOf, siblings of $ref and the branches of oneOf all come down to merging shapes.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { type ArrayShape, anyArray, intersectArrays, keyOfArray } from "./array-shape.ts";
import type { Conjunctions } from "./conjunction.ts";
import { anyNumber, intersectNumbers, keyOfNumber, type NumberShape } from "./number-shape.ts";
import { anyObject, intersectObjects, keyOfObject, type ObjectShape } from "./object-shape.ts";
import { anyString, countTexts, intersectStrings, keyOfString, type StringShape } from "./string-shape.ts";

export interface Shapes {
  readonly allowsNull: boolean;
  readonly allowsFalse: boolean;
  readonly allowsTrue: boolean;
  readonly numbers: readonly NumberShape[];
  readonly strings: readonly StringShape[];
  readonly arrays: readonly ArrayShape[];
  readonly objects: readonly ObjectShape[];
}

export const noShapes: Shapes = {
  allowsNull: false,
  allowsFalse: false,
  allowsTrue: false,
  numbers: [],
  strings: [],
  arrays: [],
  objects: [],
};

/** Shapes that one union may have, and pairs that one schema may try. */
const maxUnion = 20_000;
const maxPairs = 1_000_000;

/** The operations, with what they share and their budget. Owned by one lowering. */
export class ShapeAlgebra {
  readonly any: Shapes;
  private readonly conjunctions: Conjunctions;
  private readonly limits: Limits;
  private pairs = 0;

  constructor(conjunctions: Conjunctions, limits: Limits) {
    this.conjunctions = conjunctions;
    this.limits = limits;
    this.any = {
      allowsNull: true,
      allowsFalse: true,
      allowsTrue: true,
      numbers: [anyNumber],
      strings: [anyString],
      arrays: [anyArray(conjunctions)],
      objects: [anyObject(conjunctions)],
    };
  }

  /** Throws "limit" where the product is too large. Shapes that are plainly empty are left out. */
  intersect(a: Shapes, b: Shapes): Shapes {
    if (a === this.any) return b;
    if (b === this.any) return a;
    const { conjunctions, limits } = this;
    return {
      allowsNull: a.allowsNull && b.allowsNull,
      allowsFalse: a.allowsFalse && b.allowsFalse,
      allowsTrue: a.allowsTrue && b.allowsTrue,
      numbers: this.product(a.numbers, b.numbers, keyOfNumber, (x, y) => intersectNumbers(x, y, limits)),
      strings: this.product(a.strings, b.strings, keyOfString, (x, y) => {
        conjunctions.work.spendOnMerging(countTexts(x) + countTexts(y));
        return intersectStrings(x, y);
      }),
      arrays: this.product(a.arrays, b.arrays, keyOfArray, (x, y) => intersectArrays(x, y, conjunctions)),
      objects: this.product(a.objects, b.objects, keyOfObject, (x, y) => intersectObjects(x, y, conjunctions)),
    };
  }

  union(parts: readonly Shapes[]): Shapes {
    if (parts.length === 0) return noShapes;
    if (parts.length === 1) return parts[0]!;
    return {
      allowsNull: parts.some((part) => part.allowsNull),
      allowsFalse: parts.some((part) => part.allowsFalse),
      allowsTrue: parts.some((part) => part.allowsTrue),
      numbers: this.merge(
        parts.flatMap((part) => part.numbers),
        keyOfNumber,
        this.any.numbers,
      ),
      strings: this.merge(mergeTexts(parts.flatMap((part) => part.strings)), keyOfString, this.any.strings),
      arrays: this.merge(
        parts.flatMap((part) => part.arrays),
        keyOfArray,
        this.any.arrays,
      ),
      objects: this.merge(
        parts.flatMap((part) => part.objects),
        keyOfObject,
        this.any.objects,
      ),
    };
  }

  private product<T>(
    a: readonly T[],
    b: readonly T[],
    keyOf: (shape: T) => string,
    intersect: (x: T, y: T) => T | undefined,
  ): readonly T[] {
    if (a.length === 0 || b.length === 0) return [];
    this.pairs += a.length * b.length;
    if (this.pairs > maxPairs) throw new ConstraintError("limit", "The schema's alternatives multiply to too many");
    const out: T[] = [];
    for (const x of a) {
      for (const y of b) {
        const both = intersect(x, y);
        if (both !== undefined) out.push(both);
      }
    }
    return this.merge(out, keyOf, []);
  }

  private merge<T>(shapes: readonly T[], keyOf: (shape: T) => string, any: readonly T[]): readonly T[] {
    if (shapes.length <= 1) return shapes;
    if (shapes.length > maxUnion) {
      throw new ConstraintError("limit", `The schema has more than ${maxUnion} alternatives in one place`);
    }
    const byKey = new Map<string, T>();
    for (const shape of shapes) {
      const key = keyOf(shape);
      this.conjunctions.work.spendOnMerging(key.length);
      byKey.set(key, shape);
    }
    return any.length > 0 && byKey.has(keyOf(any[0]!)) ? any : [...byKey.values()];
  }
}

export function isNothing(shapes: Shapes): boolean {
  return (
    !shapes.allowsNull &&
    !shapes.allowsFalse &&
    !shapes.allowsTrue &&
    shapes.numbers.length + shapes.strings.length + shapes.arrays.length + shapes.objects.length === 0
  );
}

/** Plain lists of texts become one list: an anyOf of consts is an enum. */
function mergeTexts(shapes: readonly StringShape[]): readonly StringShape[] {
  const plain = shapes.filter((shape) => shape.texts !== undefined && shape.languages.length === 0);
  if (plain.length <= 1) return shapes;
  const texts = [...new Set(plain.flatMap((shape) => shape.texts!))].sort();
  return [...shapes.filter((shape) => !plain.includes(shape)), { ...anyString, texts }];
}
