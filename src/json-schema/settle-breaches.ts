// What a shape already settles of the breaches that it asks for: one that it always has is dropped, one with a single way left is
// written as properties and required keys, and where there is no way left the shape is empty. Most branches of a discriminated `oneOf` come out
// of this without any.
import type { Conjunction } from "./conjunction.ts";
import type { KeywordContext } from "./keywords.ts";
import { valueOfKey } from "./object-keys.ts";
import type { Breach, Layer, ObjectShape } from "./object-shape.ts";

type IsEmpty = (value: Conjunction) => boolean;

/** The same objects; undefined where it is plain that there are none. `isEmpty`: proven to be. */
export function settleBreaches(shape: ObjectShape, context: KeywordContext, isEmpty: IsEmpty): ObjectShape | undefined {
  let settled: ObjectShape | undefined = shape;
  if (shape.layers.length > 0 && hasEmptyKey(shape, context, isEmpty)) return undefined;
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

/** Is there a required key that plainly has no value? */
export function hasEmptyKey(shape: ObjectShape, context: KeywordContext, isEmpty: IsEmpty): boolean {
  return shape.required.some((key) => {
    const value = valueOfKey(shape.layers, key, context);
    return value.literals.length !== 1 && isEmpty(value);
  });
}

/** The shape without the breach, or "none" where no object has it, or "open" where more than one way is left. */
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
  let ways = 0;
  let only: ObjectShape | undefined;
  const add = (way: ObjectShape) => {
    ways++;
    only = way;
  };
  for (const key of breach.required) {
    if (shape.required.includes(key)) continue;
    if (valueOfKey(shape.layers, key, context).isFalse) return without;
    add(requiring(without, [], layers.ofKey(key, conjunctions.false, conjunctions)));
    if (ways > 1) return "open";
  }
  const names = new Set(breach.layers.flatMap((layer) => [...layer.properties.keys()]));
  for (const key of names) {
    const kept = valueOfKey(breach.layers, key, context);
    const value = valueOfKey(shape.layers, key, context);
    let rest = value;
    for (const literal of kept.isFalse ? [-1] : kept.literals) {
      const broken = literal < 0 ? conjunctions.true : conjunctions.of([literal ^ 1]);
      if (!isEmpty(conjunctions.and(rest, broken))) {
        add(requiring(without, [key], layers.ofKey(key, broken, conjunctions)));
        if (ways > 1) return "open";
      }
      if (literal >= 0) rest = conjunctions.and(rest, conjunctions.of([literal]));
    }
  }
  if (breach.names !== conjunctions.true || breach.layers.some((layer) => constrainsOthers(layer, conjunctions.true))) {
    return "open";
  }
  return only ?? "none";
}

/** Does the layer ask anything of keys that aren't among its properties? */
function constrainsOthers(layer: Layer, anything: Conjunction): boolean {
  return layer.additional !== anything || layer.patterns.some(({ value }) => value !== anything);
}

function requiring(shape: ObjectShape, keys: readonly string[], layer: Layer): ObjectShape {
  const required = [...new Set([...shape.required, ...keys])].sort();
  const layers = [...shape.layers.filter((each) => each !== layer), layer].sort((a, b) => a.id - b.id);
  return { ...shape, required, layers };
}
