// Objects that keep a conjunction of constraints: the normal form's part for `type: object`. Each subschema's properties,
// patternProperties and additionalProperties stay together as a layer, because what is additional depends on the others
// beside it; a key's value must satisfy every layer.
import { type Conjunction, type Conjunctions, isWithin } from "./conjunction.ts";
import { mergeLists } from "./merge-lists.ts";

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
  /** Keys that call for other keys. Sorted, distinct. */
  readonly dependencies: readonly Dependency[];
  /** Sorted by id, distinct. */
  readonly breaches: readonly Breach[];
}

export interface Dependency {
  readonly key: string;
  readonly needs: readonly string[];
}

/**
 * What an object must break: by a key whose value or name isn't as these layers and names ask, or by leaving a required key away. It stays
 * whole, because a union of the ways to break it multiplies with every other negation, and a branch of a `oneOf` has as many as there are others.
 */
export interface Breach {
  readonly id: number;
  readonly layers: readonly Layer[];
  readonly required: readonly string[];
  readonly names: Conjunction;
  /** The keys that are named in it; `isWide`: others matter, too. */
  readonly keys: readonly string[];
  readonly isWide: boolean;
}

/** Layers and breaches interned by content. Owned by one lowering. */
export class Layers {
  private readonly byKey = new Map<string, Layer>();
  private readonly breaches = new Map<string, Breach>();

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

  /** The layer that says one thing of one key. */
  ofKey(name: string, value: Conjunction, conjunctions: Conjunctions): Layer {
    return this.of(new Map([[name, value]]), [], conjunctions.true);
  }

  breachOf(
    { layers, required, names }: Pick<ObjectShape, "layers" | "required" | "names">,
    { true: anything }: Conjunctions,
  ): Breach {
    const key = JSON.stringify([layers.map((layer) => layer.id), required, names.id]);
    let breach = this.breaches.get(key);
    if (breach === undefined) {
      const keys = [...new Set([...required, ...layers.flatMap((layer) => [...layer.properties.keys()])])];
      const isWide = names !== anything || layers.some((layer) => constrainsOthers(layer, anything));
      breach = { id: this.breaches.size, layers, required, names, keys, isWide };
      this.breaches.set(key, breach);
    }
    return breach;
  }
}

/** Does the layer ask anything of keys that aren't among its properties? */
export function constrainsOthers(layer: Layer, anything: Conjunction): boolean {
  return layer.additional !== anything || layer.patterns.some(({ value }) => value !== anything);
}

export function anyObject(conjunctions: Conjunctions): ObjectShape {
  return {
    layers: [],
    required: [],
    min: 0,
    max: Number.POSITIVE_INFINITY,
    names: conjunctions.true,
    dependencies: [],
    breaches: [],
  };
}

export function keyOfObject(shape: ObjectShape): string {
  const ids = (layers: readonly Layer[]) => layers.map((layer) => layer.id);
  const max = shape.max === Number.POSITIVE_INFINITY ? -1 : shape.max;
  const { required, min, names, dependencies } = shape;
  return JSON.stringify([
    ids(shape.layers),
    required,
    min,
    max,
    names.id,
    dependencies,
    shape.breaches.map((breach) => breach.id),
  ]);
}

export function keyOfDependency(dependency: Dependency): string {
  return JSON.stringify([dependency.key, dependency.needs]);
}

/** Sorted as shapes keep them. */
export function sortDependencies(dependencies: readonly Dependency[]): readonly Dependency[] {
  const byKey = new Map(dependencies.map((each) => [keyOfDependency(each), each]));
  return [...byKey].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, each]) => each);
}

/** Undefined where it is plain that no object is in both. */
export function intersectObjects(a: ObjectShape, b: ObjectShape, conjunctions: Conjunctions): ObjectShape | undefined {
  conjunctions.work.spendOnMerging(sizeOf(a) + sizeOf(b));
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
    dependencies: mergeLists(a.dependencies, b.dependencies, keyOfDependency),
    breaches: mergeLists(a.breaches, b.breaches, (breach) => breach.id),
  };
}

/** What merging it takes: dependencies are compared as text. */
function sizeOf({ layers, required, dependencies, breaches }: ObjectShape): number {
  return layers.length + required.length + 8 * dependencies.length + breaches.length;
}

/** Is it plain that all objects of `a` are in `b`? */
export function isObjectWithin(a: ObjectShape, b: ObjectShape): boolean {
  const hasDependency = (key: string) => a.dependencies.some((each) => keyOfDependency(each) === key);
  return (
    a.min >= b.min &&
    a.max <= b.max &&
    isWithin(a.names, b.names) &&
    b.required.every((key) => a.required.includes(key)) &&
    b.breaches.every((breach) => a.breaches.includes(breach)) &&
    b.dependencies.every((each) => hasDependency(keyOfDependency(each))) &&
    b.layers.every((layer) => a.layers.some((other) => isLayerWithin(other, layer)))
  );
}

/** Do both speak of the same keys, and `a` asks no less of each? */
function isLayerWithin(a: Layer, b: Layer): boolean {
  if (a === b) return true;
  if (a.properties.size !== b.properties.size || a.patterns.length !== b.patterns.length) return false;
  for (const [name, value] of b.properties) {
    const own = a.properties.get(name);
    if (own === undefined || !isWithin(own, value)) return false;
  }
  const hasPattern = ({ language, value }: Layer["patterns"][number]) =>
    a.patterns.some((each) => each.language === language && isWithin(each.value, value));
  return b.patterns.every(hasPattern) && isWithin(a.additional, b.additional);
}

/** The objects outside, as a union. */
export function negateObject(shape: ObjectShape, conjunctions: Conjunctions, layers: Layers): ObjectShape[] {
  const any = anyObject(conjunctions);
  const out: ObjectShape[] = [];
  if (shape.layers.length > 0 || shape.required.length > 0 || shape.names !== conjunctions.true) {
    out.push({ ...any, breaches: [layers.breachOf(shape, conjunctions)] });
  }
  if (shape.min > 0) out.push({ ...any, max: shape.min - 1 });
  if (shape.max !== Number.POSITIVE_INFINITY) out.push({ ...any, min: shape.max + 1 });
  for (const { key, needs } of shape.dependencies) {
    const breach = layers.breachOf({ ...any, required: needs }, conjunctions);
    out.push({ ...any, required: [key], breaches: [breach] });
  }
  for (const breach of shape.breaches) {
    out.push({ ...any, layers: breach.layers, required: breach.required, names: breach.names });
  }
  return out;
}
