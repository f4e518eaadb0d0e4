// Objects that keep a conjunction of constraints: the normal form's part for `type: object`. Each subschema's properties,
// patternProperties and additionalProperties stay together as a layer, because what is additional depends on the others
// beside it; a key's value must satisfy every layer.
import { ConstraintError } from "../base/errors.ts";
import type { Conjunction, Conjunctions } from "./conjunction.ts";

export interface Layer {
  readonly id: number;
  readonly properties: ReadonlyMap<string, Conjunction>;
  /** Keys in that language (a key of `StringLanguages`). */
  readonly patterns: readonly { readonly language: string; readonly value: Conjunction }[];
  /** The keys that are neither. */
  readonly additional: Conjunction;
}

export interface ObjectShape {
  /** Sorted by id, distinct. */
  readonly layers: readonly Layer[];
  readonly required: readonly string[];
  readonly min: number;
  readonly max: number;
  /** What each key, as a string, must satisfy. */
  readonly names: Conjunction;
  /** Keys that call for other keys. Sorted. */
  readonly dependencies: readonly { readonly key: string; readonly needs: readonly string[] }[];
  /** Of each of these layers, at least one key not in its properties has a value that the layer doesn't allow. */
  readonly violated: readonly Layer[];
}

/** Layers interned by content. Owned by one lowering. */
export class Layers {
  private readonly byKey = new Map<string, Layer>();

  of(properties: ReadonlyMap<string, Conjunction>, patterns: Layer["patterns"], additional: Conjunction): Layer {
    const key = JSON.stringify([
      [...properties].map(([name, value]) => [name, value.id]),
      patterns.map(({ language, value }) => [language, value.id]),
      additional.id,
    ]);
    let layer = this.byKey.get(key);
    if (layer === undefined) {
      layer = { id: this.byKey.size, properties, patterns, additional };
      this.byKey.set(key, layer);
    }
    return layer;
  }
}

export function anyObject(conjunctions: Conjunctions): ObjectShape {
  return {
    layers: [],
    required: [],
    min: 0,
    max: Number.POSITIVE_INFINITY,
    names: conjunctions.true,
    dependencies: [],
    violated: [],
  };
}

export function keyOfObject(shape: ObjectShape): string {
  const ids = (layers: readonly Layer[]) => layers.map((layer) => layer.id);
  const max = shape.max === Number.POSITIVE_INFINITY ? -1 : shape.max;
  const { required, min, names, dependencies } = shape;
  return JSON.stringify([ids(shape.layers), required, min, max, names.id, dependencies, ids(shape.violated)]);
}

/** Undefined where it is plain that no object is in both. */
export function intersectObjects(a: ObjectShape, b: ObjectShape, conjunctions: Conjunctions): ObjectShape | undefined {
  const required = mergeLists(a.required, b.required, (key) => key);
  const min = Math.max(a.min, b.min, required.length);
  const max = Math.min(a.max, b.max);
  if (min > max) return undefined;
  return {
    layers: mergeLists(a.layers, b.layers, (layer) => layer.id),
    required,
    min: Math.max(a.min, b.min),
    max,
    names: conjunctions.and(a.names, b.names),
    dependencies: mergeLists(a.dependencies, b.dependencies, (each) => JSON.stringify(each)),
    violated: mergeLists(a.violated, b.violated, (layer) => layer.id),
  };
}

/** The objects outside, as a union. `negate` gives the negation of one literal's conjunction. */
export function negateObject(
  shape: ObjectShape,
  conjunctions: Conjunctions,
  layers: Layers,
  negate: (value: Conjunction) => Conjunction,
): ObjectShape[] {
  if (shape.names !== conjunctions.true) {
    throw new ConstraintError("unsupported", "The negation of propertyNames isn't supported");
  }
  if (shape.violated.length > 0) throw new ConstraintError("unsupported", "A double negation here isn't supported");
  const any = anyObject(conjunctions);
  const only = (name: string, value: Conjunction): readonly Layer[] => [
    layers.of(new Map([[name, value]]), [], conjunctions.true),
  ];
  const out: ObjectShape[] = [];
  for (const layer of shape.layers) {
    for (const [name, value] of layer.properties) {
      if (value === conjunctions.true) continue;
      const isForbidden = value.isFalse;
      out.push({ ...any, layers: isForbidden ? [] : only(name, negate(value)), required: [name] });
    }
    if (layer.patterns.length > 0 || layer.additional !== conjunctions.true) {
      if (layer.patterns.length > 0 && layer.properties.size > 0) {
        throw new ConstraintError("unsupported", "The negation of properties beside patternProperties isn't supported");
      }
      out.push({ ...any, violated: [layer] });
    }
  }
  for (const name of shape.required) out.push({ ...any, layers: only(name, conjunctions.false) });
  if (shape.min > 0) out.push({ ...any, max: shape.min - 1 });
  if (shape.max !== Number.POSITIVE_INFINITY) out.push({ ...any, min: shape.max + 1 });
  for (const { key, needs } of shape.dependencies) {
    for (const need of needs) out.push({ ...any, layers: only(need, conjunctions.false), required: [key] });
  }
  return out;
}

function mergeLists<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string | number): readonly T[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const byKey = new Map([...a, ...b].map((item) => [keyOf(item), item]));
  return [...byKey].sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0)).map(([, item]) => item);
}
