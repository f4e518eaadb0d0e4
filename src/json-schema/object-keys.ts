// Which values an object's keys may have: a declared key by name, any other by the class that the object's patterns put it
// in. Classes are the states of a product of the patterns' DFAs, so overlapping patternProperties need no special case.
import type { Conjunction } from "./conjunction.ts";
import type { KeywordContext } from "./keywords.ts";
import type { Layer, ObjectShape } from "./object-shape.ts";

/** A value that a key may have, and which of the shape's `violated` layers it violates (a bit set). */
export interface KeyValue {
  readonly value: Conjunction;
  readonly violates: number;
}

/** The keys that are named anywhere in the shape, in the order of the source, then the required ones that aren't in it. */
export function declaredKeys(shape: ObjectShape): string[] {
  const keys = new Set<string>();
  for (const layer of shape.layers) for (const key of layer.properties.keys()) keys.add(key);
  for (const layer of shape.violated) for (const key of layer.properties.keys()) keys.add(key);
  for (const key of shape.required) keys.add(key);
  for (const { key, needs } of shape.dependencies) {
    keys.add(key);
    for (const need of needs) keys.add(need);
  }
  return [...keys];
}

/** The pattern languages of the shape's layers, each once. */
export function patternLanguages(shape: ObjectShape): string[] {
  return [
    ...new Set([...shape.layers, ...shape.violated].flatMap((layer) => layer.patterns.map((each) => each.language))),
  ];
}

/** What the value of the declared or undeclared `key` must satisfy. Cost: runs the key through each pattern. */
export function valueOfKey(shape: ObjectShape, key: string, context: KeywordContext): Conjunction {
  const { conjunctions, languages } = context;
  let value = conjunctions.true;
  for (const layer of shape.layers) {
    value = conjunctions.and(
      value,
      valueInLayer(layer, key, (each) => languages.contains(each, key), context),
    );
  }
  return value;
}

/** The values of a key that is in exactly the languages that `isIn` says; `key` undefined: one that isn't declared. */
export function valuesOfKey(
  shape: ObjectShape,
  key: string | undefined,
  isIn: (language: string) => boolean,
  context: KeywordContext,
): KeyValue[] {
  const { conjunctions } = context;
  let base = conjunctions.true;
  for (const layer of shape.layers) base = conjunctions.and(base, valueInLayer(layer, key, isIn, context));
  let values: KeyValue[] = [{ value: base, violates: 0 }];
  shape.violated.forEach((layer, i) => {
    if (key !== undefined && layer.properties.has(key)) return;
    const inLayer = valueInLayer(layer, key, isIn, context);
    const bit = 1 << i;
    if (inLayer.isFalse) {
      values = values.map(({ value, violates }) => ({ value, violates: violates | bit }));
    } else {
      const more = inLayer.literals.flatMap((literal) =>
        values.map(({ value, violates }) => ({
          value: conjunctions.and(value, conjunctions.of([literal ^ 1])),
          violates: violates | bit,
        })),
      );
      values = [...values, ...more];
    }
  });
  return values.filter(({ value }) => !value.isFalse);
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
