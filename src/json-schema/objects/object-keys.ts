// Which values an object's keys may have: a declared key by name, any other by the class that the object's patterns put it
// in. Classes are the states of a product of the patterns' DFAs, so overlapping patternProperties need no special case.
import { ConstraintError } from "../../base/errors.ts";
import type { KeywordContext } from "../keywords/keywords.ts";
import type { Conjunction } from "../shapes/conjunction.ts";
import type { Layer, ObjectShape } from "../shapes/object-shape.ts";

/** A value that a key may have, and which of the shape's breaches it is one of (a bit set). */
export interface KeyValue {
  readonly value: Conjunction;
  readonly breaks: number;
}

/** How many kinds of values one key may have. */
const maxValues = 1000;

/** What a key's name is in. */
export interface KeyMembership {
  /** In the language of a pattern? */
  isIn(language: string): boolean;
  /** Does the name satisfy the schema of a propertyNames? */
  isNamed(names: Conjunction): boolean;
}

/** The keys that are named anywhere in the shape, in the order of the source, then the required ones that aren't in it. */
export function declaredKeys(shape: ObjectShape): string[] {
  const keys = new Set<string>();
  for (const { layers, required } of [shape, ...shape.breaches]) {
    for (const layer of layers) for (const key of layer.properties.keys()) keys.add(key);
    for (const key of required) keys.add(key);
  }
  for (const { key, needs } of shape.dependencies) {
    keys.add(key);
    for (const need of needs) keys.add(need);
  }
  return [...keys];
}

/** The pattern languages that tell the shape's keys apart, each once, sorted. */
export function patternLanguages(shape: ObjectShape): string[] {
  const layers = [shape, ...shape.breaches].flatMap((part) => part.layers);
  return [...new Set(layers.flatMap((layer) => layer.patterns.map((each) => each.language)))].sort();
}

/** What the value of `key` must satisfy by these layers. Cost: runs the key through each pattern. */
export function valueOfKey(layers: readonly Layer[], key: string, context: KeywordContext): Conjunction {
  const { languages } = context;
  return valueInLayers(layers, key, (each) => languages.contains(each, key), context);
}

/**
 * The values of a key, told apart by what they break, empty ones left out; `key` undefined: one that isn't declared. Cost: by the number of them, which
 * values that exclude each other (a discriminator's) keep small. Throws "limit" where there are too many.
 */
export function valuesOfKey(
  shape: ObjectShape,
  key: string | undefined,
  { isIn, isNamed }: KeyMembership,
  context: KeywordContext,
  isEmpty: (value: Conjunction) => boolean,
): KeyValue[] {
  const { conjunctions } = context;
  const base = valueInLayers(shape.layers, key, isIn, context);
  if (base.isFalse || !isNamed(shape.names)) return [];
  let always = 0;
  const byValue = new Map<Conjunction, number>();
  shape.breaches.forEach((breach, i) => {
    const kept = valueInLayers(breach.layers, key, isIn, context);
    if (kept.isFalse || !isNamed(breach.names)) always |= 1 << i;
    else byValue.set(kept, (byValue.get(kept) ?? 0) | (1 << i));
  });
  let values: KeyValue[] = [{ value: base, breaks: always }];
  for (const [kept, bits] of byValue) {
    values = values.flatMap(({ value, breaks }) => {
      const inside = conjunctions.and(value, kept);
      if (inside === value) return [{ value, breaks }];
      if (isEmpty(inside)) return [{ value, breaks: breaks | bits }];
      const parts: KeyValue[] = [];
      let rest = value;
      for (const literal of kept.literals) {
        const outside = conjunctions.and(rest, conjunctions.of([literal ^ 1]));
        if (!isEmpty(outside)) parts.push({ value: outside, breaks: breaks | bits });
        rest = conjunctions.and(rest, conjunctions.of([literal]));
      }
      return [{ value: parts.length === 0 ? value : inside, breaks }, ...parts];
    });
    if (values.length > maxValues) {
      throw new ConstraintError("limit", `The negations here tell more than ${maxValues} values of a key apart`);
    }
  }
  return values;
}

function valueInLayers(
  layers: readonly Layer[],
  key: string | undefined,
  isIn: (language: string) => boolean,
  context: KeywordContext,
): Conjunction {
  let value = context.conjunctions.true;
  for (const layer of layers) value = context.conjunctions.and(value, valueInLayer(layer, key, isIn, context));
  return value;
}

function valueInLayer(
  layer: Layer,
  key: string | undefined,
  isIn: (language: string) => boolean,
  { conjunctions }: KeywordContext,
): Conjunction {
  const own = key === undefined ? undefined : layer.properties.get(key);
  let value = own ?? conjunctions.true;
  let isMatched = own !== undefined;
  for (const { language, value: more } of layer.patterns) {
    if (!isIn(language)) continue;
    value = conjunctions.and(value, more);
    isMatched = true;
  }
  return isMatched ? value : layer.additional;
}
