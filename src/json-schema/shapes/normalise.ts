// From conjunctions of subschemas to their normal form. A schema is the conjunction of its keywords, its negation the union
// of theirs negated, down to the types; oneOf is "one and none of the others", with the others left out where two branches
// are provably disjoint. References inside properties and items stay conjunctions, so recursion costs nothing here.
import { ConstraintError } from "../../base/errors.ts";
import { type Assertion, conjunctionOf, type KeywordContext, readKeywords } from "../keywords/keywords.ts";
import { readUnevaluated } from "../keywords/unevaluated.ts";
import { one, parseDecimal } from "../numbers/decimal.ts";
import { at, type JsonNode, type JsonObject } from "../reading/json-text.ts";
import type { SchemaNode } from "../reading/schema-graph.ts";
import { anyArray, isArrayWithin, negateArray, trimArray } from "./array-shape.ts";
import { type Conjunction, literalOf } from "./conjunction.ts";
import { joinObjects } from "./join-objects.ts";
import { anyNumber, negateNumber, singleNumber } from "./number-shape.ts";
import { anyObject, intersectObjects, isObjectWithin, negateObject, type ObjectShape } from "./object-shape.ts";
import { BreachSettler } from "./settle-breaches.ts";
import { isNothing, noShapes, ShapeAlgebra, type Shapes } from "./shapes.ts";
import { anyString, isSpellable, negateString, sortTexts } from "./string-shape.ts";

/** How deep the search for emptiness goes before it gives up (and a place counts as not provably empty). */
const maxEmptinessDepth = 40;
/** Pairs of branches of all `oneOf` that are told apart. */
const maxComparisons = 200_000;
/** Shapes of a union that are compared with each other. */
const maxCompared = 100;

/** Owned by one lowering; everything is memoised. */
export class Normaliser {
  readonly context: KeywordContext;
  private readonly algebra: ShapeAlgebra;
  private readonly byLiteral = new Map<number, Shapes>();
  private readonly byConjunction = new Map<Conjunction, Shapes>();
  private readonly assertions = new Map<SchemaNode, readonly Assertion[]>();
  private readonly emptiness = new Map<Conjunction, boolean>();
  private readonly asking = new Set<Conjunction>();
  private readonly idleless = new Map<Conjunction, Conjunction>();
  private readonly settler: BreachSettler;
  private comparisons = 0;
  private readonly joins = new Map<readonly ObjectShape[], ObjectShape | undefined>();
  /** Literals being normalised in one place of the instance: meeting one again is a loop. */
  private inPlace = new Set<number>();

  constructor(context: KeywordContext) {
    this.context = context;
    this.algebra = new ShapeAlgebra(context.conjunctions, context.limits);
    this.settler = new BreachSettler(context, (value) => this.isEmpty(value));
  }

  /** The values that satisfy `conjunction`. Throws with the place of what can't be done. */
  shapesOf(conjunction: Conjunction): Shapes {
    if (conjunction.isFalse) return noShapes;
    let shapes = this.byConjunction.get(conjunction);
    if (shapes === undefined) {
      // Those with few alternatives first: they may leave others fewer.
      const parts = conjunction.literals.map((literal) => this.literalShapes(literal));
      if (parts.length > 2) parts.sort((a, b) => countAlternatives(a) - countAlternatives(b));
      shapes = parts.reduce((a, b) => this.intersect(a, b), this.algebra.any);
      this.byConjunction.set(conjunction, shapes);
    }
    return shapes;
  }

  /** Is it proven that nothing satisfies `conjunction`? */
  isEmpty(conjunction: Conjunction): boolean {
    if (conjunction.isFalse) return true;
    const known = this.emptiness.get(conjunction);
    if (known !== undefined) return known;
    // On a way that leads back here nothing finite is found by going round again; not proven is the safe answer.
    if (this.asking.has(conjunction) || this.asking.size >= maxEmptinessDepth) return false;
    const outer = this.inPlace;
    this.inPlace = new Set();
    this.asking.add(conjunction);
    try {
      const isEmpty = isNothing(this.shapesOf(conjunction));
      this.emptiness.set(conjunction, isEmpty);
      return isEmpty;
    } finally {
      this.asking.delete(conjunction);
      this.inPlace = outer;
    }
  }

  /** The negation of a conjunction of at most one literal. */
  negate(conjunction: Conjunction): Conjunction {
    const { conjunctions } = this.context;
    if (conjunction.isFalse) return conjunctions.true;
    if (conjunction.literals.length === 0) return conjunctions.false;
    if (conjunction.literals.length > 1) throw new ConstraintError("unsupported", "This negation isn't supported");
    return conjunctions.of([conjunction.literals[0]! ^ 1]);
  }

  private literalShapes(literal: number): Shapes {
    const known = this.byLiteral.get(literal);
    if (known !== undefined) return known;
    const node = this.context.graph.node(literal >> 1);
    if (this.inPlace.has(literal)) {
      throw new ConstraintError("invalid", "The references here lead back to this place itself", at(node.pointer));
    }
    const { maxDepth } = this.context.limits;
    if (this.inPlace.size >= maxDepth) {
      throw new ConstraintError("limit", `More than ${maxDepth} subschemas in one place`, at(node.pointer));
    }
    this.inPlace.add(literal);
    const isNegated = (literal & 1) === 1;
    let shapes: Shapes;
    if (node.isValue || node.json.kind !== "object") {
      shapes = isNegated ? this.notValues(node, [node.json]) : this.values(node, [node.json]);
    } else {
      shapes = isNegated ? this.negated(node) : this.asserted(node, node.json);
    }
    this.inPlace.delete(literal);
    this.byLiteral.set(literal, shapes);
    return shapes;
  }

  private asserted(node: SchemaNode, json: JsonObject): Shapes {
    let shapes = this.algebra.any;
    const assert = (each: Assertion) => {
      const before = shapes;
      shapes = this.located(each, () => this.intersect(before, this.positive(each, node)));
    };
    const read = readKeywords(node, json, this.context);
    read.forEach(assert);
    const beside = shapes.arrays;
    const unevaluated = readUnevaluated(node, this.context, (conditions, minItems) => {
      const longer = { ...anyArray(this.context.conjunctions), min: minItems };
      const start = this.settled(
        this.algebra.intersect({ ...noShapes, arrays: beside }, { ...noShapes, arrays: [longer] }),
      );
      const both = conditions.reduce((a, each) => this.intersect(a, this.positive(each, node)), start);
      return both.arrays.length > 0;
    });
    unevaluated.forEach(assert);
    this.assertions.set(node, [...read, ...unevaluated]);
    return shapes;
  }

  private negated(node: SchemaNode): Shapes {
    const positive = this.literalShapes(literalOf(node.id));
    if (isSimple(positive)) return this.negateShapes(positive);
    const read = this.assertions.get(node)!;
    return this.algebra.union(read.map((each) => this.located(each, () => this.negative(each, node))));
  }

  /** Errors that don't know their place get that of the keyword. */
  private located<T>(assertion: Assertion, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConstraintError) || error.location !== undefined) throw error;
      throw new ConstraintError(error.code, error.message, at(assertion.place));
    }
  }

  private intersect(a: Shapes, b: Shapes): Shapes {
    const product = this.algebra.intersect(a, b);
    if (product === a || product === b) return product;
    const both = this.settled(product);
    // Alternatives that don't tell each other apart multiply: then one of the unions is better said in one.
    if (both.objects.length <= a.objects.length + b.objects.length) return both;
    const [larger, smaller] = a.objects.length > b.objects.length ? [a, b] : [b, a];
    for (const [one, other] of [
      [larger, smaller],
      [smaller, larger],
    ] as const) {
      const joined = this.joined(one.objects);
      if (joined === undefined) continue;
      const objects = this.algebra.intersect(
        { ...noShapes, objects: [joined] },
        { ...noShapes, objects: other.objects },
      );
      return { ...both, objects: this.settled(objects).objects };
    }
    return both;
  }

  /** A union as one shape; undefined where that can't be said. */
  private joined(shapes: readonly ObjectShape[]): ObjectShape | undefined {
    if (this.joins.has(shapes)) return this.joins.get(shapes);
    const joined = joinObjects(shapes, this.context);
    this.joins.set(shapes, joined);
    return joined;
  }

  /** The same, with its objects as one shape where that leaves nothing to be fulfilled, or (`isWanted`) wherever it can be said. */
  private joinedUnion(parts: readonly Shapes[], isWanted = false): Shapes {
    let union = this.algebra.union(parts);
    union = { ...union, objects: withoutAbsorbed(union.objects, isObjectWithin) };
    const joined = union.objects.length > 1 ? this.joined(union.objects) : undefined;
    if (joined === undefined) return union;
    const { objects } = this.settled({ ...noShapes, objects: [joined] });
    return isWanted || objects.every((shape) => shape.breaches.length === 0) ? { ...union, objects } : union;
  }

  /** Without negations of what the rest excludes anyway, so that more shapes are seen to be within others. */
  private withoutIdle(item: Conjunction): Conjunction {
    const { conjunctions } = this.context;
    if (item.literals.length < 2) return item;
    let needed = this.idleless.get(item);
    if (needed === undefined) {
      const { literals } = item;
      const isIdle = (literal: number) =>
        (literal & 1) === 1 &&
        this.isEmpty(
          conjunctions.of(literals.flatMap((each) => (each === literal ? [each ^ 1] : (each & 1) === 1 ? [] : [each]))),
        );
      needed = conjunctions.of(literals.filter((literal) => !isIdle(literal)));
      this.idleless.set(item, needed);
    }
    return needed;
  }

  /** Without shapes that are provably empty. */
  private settled(shapes: Shapes): Shapes {
    const { languages } = this.context;
    return {
      ...shapes,
      strings: shapes.strings.filter((shape) => !languages.isEmpty(shape)),
      arrays: withoutAbsorbed(
        shapes.arrays.flatMap((shape) => {
          const prefix = shape.prefix.map((item) => this.withoutIdle(item));
          const trimmed = trimArray({ ...shape, prefix }, (item) => item.literals.length !== 1 && this.isEmpty(item));
          return trimmed === undefined ? [] : [trimmed];
        }),
        isArrayWithin,
      ),
      objects: shapes.objects.flatMap((shape) => {
        const settled = this.settler.settle(shape);
        return settled === undefined ? [] : [settled];
      }),
    };
  }

  private positive(assertion: Assertion, node: SchemaNode): Shapes {
    const { any } = this.algebra;
    switch (assertion.kind) {
      case "types":
        return this.ofTypes(assertion.types, node);
      case "values":
        return this.values(node, assertion.values);
      case "number":
        return { ...any, numbers: [assertion.shape] };
      case "string":
        return { ...any, strings: [assertion.shape] };
      case "array":
        return { ...any, arrays: [assertion.shape] };
      case "object":
        return { ...any, objects: [assertion.shape] };
      case "all":
        return assertion.parts.map((part) => this.shapesOf(part)).reduce((a, b) => this.intersect(a, b), any);
      case "any":
        return this.algebra.union(assertion.parts.map((part) => this.shapesOf(part)));
      case "one":
        return this.exactlyOne(assertion.parts);
      case "not":
        return this.shapesOf(this.negate(assertion.part));
      case "if": {
        const { test, then, otherwise } = assertion;
        const { conjunctions } = this.context;
        const yes = this.shapesOf(conjunctions.and(test, then));
        return this.joinedUnion([yes, this.shapesOf(conjunctions.and(this.negate(test), otherwise))]);
      }
      case "dependent":
        return this.dependent(assertion.key, assertion.part);
      case "some":
        return this.joinedUnion(
          assertion.choices.map((choice) =>
            choice.map((each) => this.positive(each, node)).reduce((a, b) => this.intersect(a, b), any),
          ),
        );
    }
  }

  /** Without the key, or with it as `part` asks. */
  private dependent(key: string, part: Conjunction): Shapes {
    const { layers, conjunctions } = this.context;
    const { any } = this.algebra;
    const having = { ...any, objects: this.having(key).objects };
    const absent = layers.ofKey(key, conjunctions.false, conjunctions);
    const without = { ...any, objects: [{ ...anyObject(conjunctions), layers: [absent] }] };
    return this.joinedUnion([without, this.intersect(having, this.shapesOf(part))], true);
  }

  private negative(assertion: Assertion, node: SchemaNode): Shapes {
    const { conjunctions, layers } = this.context;
    const negate = (part: Conjunction) => this.negate(part);
    switch (assertion.kind) {
      case "types":
        return this.notTypes(assertion.types, node);
      case "values":
        return this.notValues(node, assertion.values);
      case "number":
        return { ...noShapes, numbers: negateNumber(assertion.shape) };
      case "string":
        return { ...noShapes, strings: negateString(assertion.shape) };
      case "array":
        return { ...noShapes, arrays: negateArray(assertion.shape, conjunctions, negate) };
      case "object":
        return { ...noShapes, objects: negateObject(assertion.shape, conjunctions, layers) };
      case "all":
        return this.algebra.union(assertion.parts.map((part) => this.shapesOf(this.negate(part))));
      case "any":
        return this.shapesOf(this.allOf(assertion.parts.map(negate)));
      case "one":
        return this.notExactlyOne(assertion.parts);
      case "not":
        return this.shapesOf(assertion.part);
      case "if": {
        const { test, then, otherwise } = assertion;
        const yes = this.shapesOf(conjunctions.and(test, this.negate(then)));
        return this.algebra.union([yes, this.shapesOf(this.allOf([this.negate(test), this.negate(otherwise)]))]);
      }
      case "dependent":
        return this.intersect(this.having(assertion.key), this.shapesOf(this.negate(assertion.part)));
      case "some":
        return assertion.choices
          .map((choice) => this.algebra.union(choice.map((each) => this.negative(each, node))))
          .reduce((a, b) => this.intersect(a, b), this.algebra.any);
    }
  }

  private allOf(parts: readonly Conjunction[]): Conjunction {
    const { conjunctions } = this.context;
    if (parts.some((part) => part.isFalse)) return conjunctions.false;
    return conjunctions.of(parts.flatMap((part) => part.literals));
  }

  private having(key: string): Shapes {
    return { ...noShapes, objects: [{ ...anyObject(this.context.conjunctions), required: [key] }] };
  }

  private exactlyOne(parts: readonly Conjunction[]): Shapes {
    const overlapping: Conjunction[][] = parts.map(() => []);
    parts.forEach((part, i) => {
      for (let k = 0; k < i; k++) {
        const other = parts[k]!;
        if (other !== part && this.areDisjoint(part, other)) continue;
        overlapping[i]!.push(other);
        overlapping[k]!.push(part);
      }
    });
    const alternatives = parts.map((part, i) =>
      this.shapesOf(this.allOf([part, ...overlapping[i]!.map((other) => this.negate(other))])),
    );
    return this.algebra.union(alternatives);
  }

  private notExactlyOne(parts: readonly Conjunction[]): Shapes {
    const { conjunctions } = this.context;
    const some: Shapes[] = [this.shapesOf(this.allOf(parts.map((part) => this.negate(part))))];
    for (let i = 0; i < parts.length; i++) {
      for (let k = i + 1; k < parts.length; k++) {
        if (!this.areDisjoint(parts[i]!, parts[k]!)) some.push(this.shapesOf(conjunctions.and(parts[i]!, parts[k]!)));
      }
    }
    return this.algebra.union(some);
  }

  private areDisjoint(a: Conjunction, b: Conjunction): boolean {
    const [x, y] = [this.shapesOf(a), this.shapesOf(b)];
    // A list of texts, each with a description beside it, may be long.
    const text = onlyText(x);
    if (text !== undefined && text === onlyText(y)) return false;
    if (text !== undefined && onlyText(y) !== undefined) return true;
    if (++this.comparisons > maxComparisons) {
      throw new ConstraintError(
        "limit",
        `The branches of oneOf make more than ${maxComparisons} pairs to tell apart: use fewer, or anyOf where no value fits two`,
      );
    }
    const shareObjects = x.objects.length > 0 && y.objects.length > 0;
    if (!shareOtherType(x, y)) {
      if (!shareObjects) return true;
      // Mostly a key that both require tells them apart.
      if (x.objects.every((each) => y.objects.every((other) => this.areKeysDisjoint(each, other)))) return true;
    }
    return this.isEmpty(this.context.conjunctions.and(a, b));
  }

  private areKeysDisjoint(a: ObjectShape, b: ObjectShape): boolean {
    const both = intersectObjects(a, b, this.context.conjunctions);
    return both === undefined || this.settler.hasEmptyKey(both);
  }

  private ofTypes(types: ReadonlySet<string>, node: SchemaNode): Shapes {
    const { any } = this.algebra;
    const integers = types.has("integer") ? [this.integer(node)] : [];
    return {
      allowsNull: types.has("null"),
      allowsFalse: types.has("boolean"),
      allowsTrue: types.has("boolean"),
      numbers: types.has("number") ? any.numbers : integers,
      strings: types.has("string") ? any.strings : [],
      arrays: types.has("array") ? any.arrays : [],
      objects: types.has("object") ? any.objects : [],
    };
  }

  private integer(node: SchemaNode) {
    // In draft 4 an integer is one by its spelling; from draft 6 on by its value.
    if (node.resource.draft.version === 4) return { ...anyNumber, integerSyntax: true };
    return { ...anyNumber, multiples: [one] };
  }

  private notTypes(types: ReadonlySet<string>, node: SchemaNode): Shapes {
    const { any } = this.algebra;
    const numbers = types.has("number") ? [] : types.has("integer") ? negateNumber(this.integer(node)) : any.numbers;
    return {
      allowsNull: !types.has("null"),
      allowsFalse: !types.has("boolean"),
      allowsTrue: !types.has("boolean"),
      numbers,
      strings: types.has("string") ? [] : any.strings,
      arrays: types.has("array") ? [] : any.arrays,
      objects: types.has("object") ? [] : any.objects,
    };
  }

  /** The values equal to one of `values`: numbers by value, objects in any key order. */
  private values(node: SchemaNode, values: readonly JsonNode[]): Shapes {
    const { conjunctions, graph, layers } = this.context;
    const conjunction = (json: JsonNode) => conjunctionOf(graph.valueNode(node, json), this.context);
    const texts = values.flatMap((json) => (json.kind === "string" && isSpellable(json.value) ? [json.value] : []));
    const shapeOf = (json: JsonNode): Shapes => {
      switch (json.kind) {
        case "null":
          return { ...noShapes, allowsNull: true };
        case "boolean":
          return json.value ? { ...noShapes, allowsTrue: true } : { ...noShapes, allowsFalse: true };
        case "number":
          return { ...noShapes, numbers: [singleNumber(parseDecimal(json.text))] };
        case "string":
          return noShapes;
        case "array": {
          const length = json.items.length;
          const items = json.items.map(conjunction);
          const shape = {
            ...anyArray(conjunctions),
            prefix: items,
            rest: conjunctions.false,
            min: length,
            max: length,
          };
          return { ...noShapes, arrays: [shape] };
        }
        case "object": {
          const properties = new Map([...json.entries].map(([key, item]) => [key, conjunction(item)]));
          const required = [...properties.keys()].sort();
          const layer = layers.of(properties, [], conjunctions.false);
          return { ...noShapes, objects: [{ ...anyObject(conjunctions), layers: [layer], required }] };
        }
      }
    };
    const strings = texts.length === 0 ? [] : [{ ...anyString, texts: sortTexts(texts) }];
    return this.algebra.union([...values.map(shapeOf), { ...noShapes, strings }]);
  }

  private notValues(node: SchemaNode, values: readonly JsonNode[]): Shapes {
    return this.negateShapes(this.values(node, values));
  }

  /** Cost: each shape negated is a union, and these are multiplied. */
  private negateShapes(shapes: Shapes): Shapes {
    const { conjunctions, layers } = this.context;
    const { any } = this.algebra;
    const negate = (part: Conjunction) => this.negate(part);
    let negated: Shapes = {
      ...any,
      allowsNull: !shapes.allowsNull,
      allowsFalse: !shapes.allowsFalse,
      allowsTrue: !shapes.allowsTrue,
    };
    const exclude = (part: Partial<Shapes>) => {
      negated = this.intersect(negated, { ...any, ...part });
    };
    for (const each of shapes.numbers) exclude({ numbers: negateNumber(each) });
    for (const each of shapes.strings) exclude({ strings: negateString(each) });
    for (const each of shapes.arrays) exclude({ arrays: negateArray(each, conjunctions, negate) });
    for (const each of shapes.objects) exclude({ objects: negateObject(each, conjunctions, layers) });
    return negated;
  }
}

/** Without what is within another one. Cost: all pairs, so long unions are left as they are. */
function withoutAbsorbed<T>(shapes: readonly T[], isWithin: (a: T, b: T) => boolean): readonly T[] {
  if (shapes.length < 2 || shapes.length > maxCompared) return shapes;
  const kept: T[] = [];
  for (const shape of shapes) {
    if (kept.some((other) => isWithin(shape, other))) continue;
    kept.splice(0, kept.length, ...kept.filter((other) => !isWithin(other, shape)), shape);
  }
  return kept;
}

/** Of each type one shape at most, whose negation has a form and doesn't multiply. */
function isSimple(shapes: Shapes): boolean {
  return countAlternatives(shapes) <= 1 && shapes.arrays.every(({ rest }) => rest.literals.length <= 1);
}

/** How many alternatives are there of the type that has most? */
function countAlternatives({ numbers, strings, arrays, objects }: Shapes): number {
  return Math.max(numbers.length, strings.length, arrays.length, objects.length);
}

/** The text that is all there is; undefined where there may be something else. */
function onlyText(shapes: Shapes): string | undefined {
  const { allowsNull, allowsFalse, allowsTrue, numbers, strings, arrays, objects } = shapes;
  if (allowsNull || allowsFalse || allowsTrue || numbers.length + arrays.length + objects.length > 0) return undefined;
  return strings.length === 1 && strings[0]!.texts?.length === 1 ? strings[0]!.texts[0] : undefined;
}

/** Is there a type apart from object that both allow? */
function shareOtherType(a: Shapes, b: Shapes): boolean {
  return (
    (a.allowsNull && b.allowsNull) ||
    (a.allowsFalse && b.allowsFalse) ||
    (a.allowsTrue && b.allowsTrue) ||
    (a.numbers.length > 0 && b.numbers.length > 0) ||
    (a.strings.length > 0 && b.strings.length > 0) ||
    (a.arrays.length > 0 && b.arrays.length > 0)
  );
}
