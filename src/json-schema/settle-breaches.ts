// What a shape already settles of the breaches that it asks for: one that it always has is dropped, one with a single way left is
// written as properties and required keys, and where there is no way left the shape is empty. Most branches of a discriminated `oneOf` come out
// of this without any.
import type { Conjunction } from "./conjunction.ts";
import type { KeywordContext } from "./keywords.ts";
import { valueOfKey } from "./object-keys.ts";
import { type Breach, keyOfDependency, type Layer, mergeLists, type ObjectShape } from "./object-shape.ts";

type IsEmpty = (value: Conjunction) => boolean;

/** The same objects; undefined where it is plain that there are none. `isEmpty`: proven to be. */
export function settleBreaches(shape: ObjectShape, context: KeywordContext, isEmpty: IsEmpty): ObjectShape | undefined {
  let settled: ObjectShape | undefined = withoutIdle(shape, context, isEmpty);
  if (settled.layers.length > 0 && hasEmptyKey(settled, context, isEmpty)) return undefined;
  // Each round uses up a breach.
  for (let more = true; more && settled !== undefined; ) {
    more = false;
    for (const breach of settled.breaches) {
      const outcome: ObjectShape | "none" | "open" = settle(settled, breach, context, isEmpty);
      if (outcome === "open") continue;
      if (outcome === "none") return undefined;
      settled = outcome;
      more = true;
      break;
    }
  }
  return settled;
}

/** Without layers that exclude of one key what others do anyway: the other kinds, where it is known which kind it is. */
function withoutIdle(shape: ObjectShape, context: KeywordContext, isEmpty: IsEmpty): ObjectShape {
  const byKey = new Map<string, Layer[]>();
  for (const layer of shape.layers) {
    if (layer.properties.size !== 1 || constrainsOthers(layer, context.conjunctions.true)) continue;
    for (const [key, { literals }] of layer.properties) {
      if (literals.length === 1 && (literals[0]! & 1) === 1) byKey.set(key, [...(byKey.get(key) ?? []), layer]);
    }
  }
  let { layers } = shape;
  for (const [key, excluding] of byKey) {
    for (const layer of excluding) {
      const others = layers.filter((each) => each !== layer);
      const value = valueOfKey(others, key, context);
      const excluded = context.conjunctions.of([layer.properties.get(key)!.literals[0]! ^ 1]);
      if (value.literals.length > 0 && isEmpty(context.conjunctions.and(value, excluded))) layers = others;
    }
  }
  return layers === shape.layers ? shape : { ...shape, layers };
}

/** Is there a required key that plainly has no value? */
export function hasEmptyKey(shape: ObjectShape, context: KeywordContext, isEmpty: IsEmpty): boolean {
  return shape.required.some((key) => {
    const value = valueOfKey(shape.layers, key, context);
    return value.literals.length !== 1 && isEmpty(value);
  });
}

/** The shape without the breach, or "none" where no object has it, or "open" where it can't be said without. */
function settle(
  shape: ObjectShape,
  breach: Breach,
  context: KeywordContext,
  isEmpty: IsEmpty,
): ObjectShape | "none" | "open" {
  const { conjunctions, layers } = context;
  const without = { ...shape, breaches: shape.breaches.filter((each) => each !== breach) };
  for (const key of shape.required) {
    const kept = valueOfKey(breach.layers, key, context);
    if (kept === conjunctions.true) continue;
    const value = valueOfKey(shape.layers, key, context);
    if (isEmpty(conjunctions.and(value, kept))) return without;
  }
  const ways: Way[] = [];
  const names = new Set([...breach.required, ...breach.layers.flatMap((layer) => [...layer.properties.keys()])]);
  for (const key of names) {
    const kept = valueOfKey(breach.layers, key, context);
    const value = valueOfKey(shape.layers, key, context);
    const mayStayAway = breach.required.includes(key) && !shape.required.includes(key);
    const inside = conjunctions.and(value, kept);
    const isAlwaysBroken = isEmpty(inside);
    if (mayStayAway && isAlwaysBroken) return without;
    const broken: Conjunction[] = [];
    let rest = value;
    for (const literal of isAlwaysBroken ? [-1] : kept.literals) {
      const other = literal < 0 ? conjunctions.true : conjunctions.of([literal ^ 1]);
      if (!isEmpty(conjunctions.and(rest, other))) broken.push(other);
      if (literal >= 0) rest = conjunctions.and(rest, conjunctions.of([literal]));
    }
    if (!mayStayAway && broken.length === 0) continue;
    if (ways.length === 2 || broken.length > 1) return "open";
    ways.push({ key, mayStayAway, broken: broken[0] });
  }
  if (breach.names !== conjunctions.true || breach.layers.some((layer) => constrainsOthers(layer, conjunctions.true))) {
    return "open";
  }
  const [only, other] = ways;
  if (only === undefined) return "none";
  if (other !== undefined) return withDependency(without, only, other, conjunctions.true) ?? "open";
  const layer = layers.ofKey(only.key, only.broken ?? conjunctions.false, conjunctions);
  return requiring(without, only.mayStayAway ? [] : [only.key], layer);
}

/** How one key can bring a breach about: by staying away, or by a value that is `broken`. */
interface Way {
  readonly key: string;
  readonly mayStayAway: boolean;
  readonly broken: Conjunction | undefined;
}

/** One key stays away, or the other one is there. */
function withDependency(shape: ObjectShape, a: Way, b: Way, anything: Conjunction): ObjectShape | undefined {
  const [away, there] = a.broken === undefined ? [a, b] : [b, a];
  if (away.broken !== undefined || there.mayStayAway || there.broken !== anything) return undefined;
  const dependency = [{ key: away.key, needs: [there.key] }];
  return { ...shape, dependencies: mergeLists(shape.dependencies, dependency, keyOfDependency) };
}

/** Does the layer ask anything of keys that aren't among its properties? */
export function constrainsOthers(layer: Layer, anything: Conjunction): boolean {
  return layer.additional !== anything || layer.patterns.some(({ value }) => value !== anything);
}

function requiring(shape: ObjectShape, keys: readonly string[], layer: Layer): ObjectShape {
  const required = [...new Set([...shape.required, ...keys])].sort();
  const layers = [...shape.layers.filter((each) => each !== layer), layer].sort((a, b) => a.id - b.id);
  return { ...shape, required, layers };
}
