// A union of object shapes as one shape, where it is one: unions multiply with each other, shapes just merge. A shape is a conjunction of clauses,
// each "this key is away, or that one's value isn't so, or …", which is what a breach says; so a union is the conjunction of all clauses
// that join one of each shape's. Mostly few are left: those that always hold are dropped, and settle-breaches.ts writes the rest out as properties
// and required keys.
import type { KeywordContext } from "../keywords/keywords.ts";
import { valueOfKey } from "../objects/object-keys.ts";
import { mergeLists, sortById } from "./merge-lists.ts";
import { anyObject, type Breach, constrainsOthers, type ObjectShape } from "./object-shape.ts";

/** Clauses that a union of two may come to; of more shapes fewer, since those are mostly better told apart. Before any is dropped: maxJoins. */
const maxClauses = 16;
const maxJoins = 256;

/** Undefined where clauses can't say it, or too many would have to: what is asked of infinitely many keys must be common to all shapes. */
export function joinObjects(shapes: readonly ObjectShape[], context: KeywordContext): ObjectShape | undefined {
  const [first, ...others] = shapes;
  if (first === undefined) return undefined;
  if (others.some(({ min, max, names }) => min !== first.min || max !== first.max || names !== first.names)) {
    return undefined;
  }
  const common: ObjectShape = {
    ...first,
    layers: first.layers.filter((layer) => others.every((each) => each.layers.includes(layer))),
    required: first.required.filter((key) => others.every((each) => each.required.includes(key))),
    breaches: first.breaches.filter((breach) => others.every((each) => each.breaches.includes(breach))),
    dependencies: [],
  };
  let clauses: Breach[] = [];
  for (const [i, shape] of shapes.entries()) {
    const own = clausesOf(shape, common, context);
    if (own === undefined || own.length * Math.max(1, clauses.length) > maxJoins) return undefined;
    clauses = i === 0 ? own : joinClauses(clauses, own, context);
  }
  if (clauses.length * (shapes.length - 1) > maxClauses) return undefined;
  return { ...common, breaches: mergeLists(common.breaches, sortById(clauses), (breach) => breach.id) };
}

/** What `shape` asks for beyond `common`. */
function clausesOf(
  shape: ObjectShape,
  common: ObjectShape,
  { conjunctions, layers }: KeywordContext,
): Breach[] | undefined {
  const any = anyObject(conjunctions);
  const out = shape.breaches.filter((breach) => !common.breaches.includes(breach));
  const isPresent = (key: string) => [layers.ofKey(key, conjunctions.false, conjunctions)];
  for (const layer of shape.layers) {
    if (common.layers.includes(layer)) continue;
    if (constrainsOthers(layer, conjunctions.true)) return undefined;
    for (const [key, value] of layer.properties) {
      if (value.isFalse) out.push(layers.breachOf({ ...any, required: [key] }, conjunctions));
      for (const literal of value.literals) {
        const broken = layers.ofKey(key, conjunctions.of([literal ^ 1]), conjunctions);
        out.push(layers.breachOf({ ...any, required: [key], layers: [broken] }, conjunctions));
      }
    }
  }
  for (const key of shape.required) {
    if (!common.required.includes(key)) out.push(layers.breachOf({ ...any, layers: isPresent(key) }, conjunctions));
  }
  for (const { key, needs } of shape.dependencies) {
    for (const need of needs)
      out.push(layers.breachOf({ ...any, required: [key], layers: isPresent(need) }, conjunctions));
  }
  return out;
}

function joinClauses(a: readonly Breach[], b: readonly Breach[], context: KeywordContext): Breach[] {
  const { conjunctions, layers } = context;
  const joined = new Set<Breach>();
  for (const x of a) {
    for (const y of b) {
      const both = {
        layers: mergeLists(x.layers, y.layers, (layer) => layer.id),
        required: mergeLists(x.required, y.required, (key) => key),
        names: conjunctions.and(x.names, y.names),
      };
      // There is always a way: that key stays away, or its value is one that breaks this.
      if (both.required.some((key) => valueOfKey(both.layers, key, context).isFalse)) continue;
      joined.add(layers.breachOf(both, conjunctions));
    }
  }
  return withoutImplied([...joined]);
}

/** Without clauses that offer all that another one does. */
function withoutImplied(clauses: readonly Breach[]): Breach[] {
  const implies = (x: Breach, y: Breach) =>
    x !== y &&
    x.names === y.names &&
    x.layers.every((layer) => y.layers.includes(layer)) &&
    x.required.every((key) => y.required.includes(key));
  return clauses.filter((clause) => !clauses.some((other) => implies(other, clause)));
}
