// What a shape already settles of the breaches that it asks for: one that it always has is dropped, one that speaks of a single key (or makes one key call
// for another) is written as properties, required keys and dependencies, and where there is no way left the shape is empty. Most branches of a
// discriminated `oneOf` come out of this without any.

import type { KeywordContext } from "../keywords/keywords.ts";
import { valueOfKey } from "../objects/object-keys.ts";
import type { Conjunction } from "./conjunction.ts";
import { mergeLists } from "./merge-lists.ts";
import { type Breach, constrainsOthers, keyOfDependency, type Layer, type ObjectShape } from "./object-shape.ts";

/** How one key can bring a breach about: by staying away, or by a value that is `broken`. */
interface Way {
  readonly key: string;
  readonly mayStayAway: boolean;
  readonly broken: Conjunction | undefined;
}

/** Owned by one normaliser. */
export class BreachSettler {
  private readonly context: KeywordContext;
  private readonly isEmpty: (value: Conjunction) => boolean;
  /** What the keys of a breach were where it stayed open. */
  private readonly open = new Map<Breach, Set<string>>();
  /** `valueOfKey`, remembered as long as the layers stay the same. */
  private readonly values = new Map<string, Conjunction>();
  private valuesOf: readonly Layer[] = [];

  /** `isEmpty`: proven to be. */
  constructor(context: KeywordContext, isEmpty: (value: Conjunction) => boolean) {
    this.context = context;
    this.isEmpty = isEmpty;
  }

  /** The same objects; undefined where it is plain that there are none. */
  settle(shape: ObjectShape): ObjectShape | undefined {
    const { work } = this.context.conjunctions;
    work.spend(shape.layers.length);
    let settled = this.withoutIdle(shape);
    if (settled.layers.length > 0 && this.hasEmptyKey(settled)) return undefined;
    // What one leaves may settle another.
    for (let before: ObjectShape | undefined; before !== settled; ) {
      before = settled;
      for (const breach of before.breaches) {
        work.spend(2 * (1 + breach.keys.length));
        const outcome = this.settleOne(settled, breach);
        if (outcome === "none") return undefined;
        if (outcome !== "open") settled = outcome;
      }
    }
    return settled;
  }

  /** Is there a required key that plainly has no value? */
  hasEmptyKey(shape: ObjectShape): boolean {
    return shape.required.some((key) => {
      const value = this.valueIn(shape, key);
      return value.literals.length !== 1 && this.isEmpty(value);
    });
  }

  private valueIn({ layers }: ObjectShape, key: string): Conjunction {
    if (layers !== this.valuesOf) this.values.clear();
    this.valuesOf = layers;
    let value = this.values.get(key);
    if (value === undefined) this.values.set(key, (value = valueOfKey(layers, key, this.context)));
    return value;
  }

  /** Without layers that exclude of one key what others do anyway: the other kinds, where it is known which kind it is. */
  private withoutIdle(shape: ObjectShape): ObjectShape {
    const { conjunctions } = this.context;
    const excluding: [key: string, layer: Layer][] = [];
    for (const layer of shape.layers) {
      if (layer.properties.size !== 1 || constrainsOthers(layer, conjunctions.true)) continue;
      for (const [key, { literals }] of layer.properties) {
        if (literals.length === 1 && (literals[0]! & 1) === 1) excluding.push([key, layer]);
      }
    }
    if (excluding.length === 0) return shape;
    let { layers } = shape;
    const isWide = layers.some((layer) => constrainsOthers(layer, conjunctions.true));
    const times = new Map<string, number>();
    for (const each of layers) for (const key of each.properties.keys()) times.set(key, (times.get(key) ?? 0) + 1);
    for (const [key, layer] of excluding) {
      // Nothing else is said of it.
      if (!isWide && times.get(key) === 1) continue;
      const others = layers.filter((each) => each !== layer);
      const value = valueOfKey(others, key, this.context);
      const excluded = conjunctions.of([layer.properties.get(key)!.literals[0]! ^ 1]);
      if (value.literals.length > 0 && this.isEmpty(conjunctions.and(value, excluded))) layers = others;
    }
    return layers === shape.layers ? shape : { ...shape, layers };
  }

  /** The shape without the breach, or "none" where no object has it, or "open" where it can't be said without. */
  private settleOne(shape: ObjectShape, breach: Breach): ObjectShape | "none" | "open" {
    if (breach.isWide) return this.decide(shape, breach);
    let key = "";
    for (const name of breach.keys)
      key += `${this.valueIn(shape, name).id}${shape.required.includes(name) ? "!" : "?"}`;
    let open = this.open.get(breach);
    if (open === undefined) this.open.set(breach, (open = new Set()));
    if (open.has(key)) return "open";
    const outcome = this.decide(shape, breach);
    if (outcome === "open") open.add(key);
    return outcome;
  }

  private decide(shape: ObjectShape, breach: Breach): ObjectShape | "none" | "open" {
    const { conjunctions, layers } = this.context;
    const without = () => ({ ...shape, breaches: shape.breaches.filter((each) => each !== breach) });
    for (const key of shape.required) {
      const kept = valueOfKey(breach.layers, key, this.context);
      if (kept === conjunctions.true) continue;
      if (this.isEmpty(conjunctions.and(this.valueIn(shape, key), kept))) return without();
    }
    const ways: Way[] = [];
    for (const key of breach.keys) {
      const kept = valueOfKey(breach.layers, key, this.context);
      const value = this.valueIn(shape, key);
      const mayStayAway = breach.required.includes(key) && !shape.required.includes(key);
      const isAlwaysBroken = this.isEmpty(conjunctions.and(value, kept));
      if (mayStayAway && isAlwaysBroken) return without();
      const broken: Conjunction[] = [];
      let rest = value;
      for (const literal of isAlwaysBroken ? [-1] : kept.literals) {
        const other = literal < 0 ? conjunctions.true : conjunctions.of([literal ^ 1]);
        if (!this.isEmpty(conjunctions.and(rest, other))) broken.push(other);
        if (literal >= 0) rest = conjunctions.and(rest, conjunctions.of([literal]));
      }
      if (!mayStayAway && broken.length === 0) continue;
      if (ways.length === 2 || broken.length > 1) return "open";
      ways.push({ key, mayStayAway, broken: broken[0] });
    }
    if (breach.isWide) return "open";
    const [only, other] = ways;
    if (only === undefined) return "none";
    if (other !== undefined) return withDependency(without(), only, other, conjunctions.true) ?? "open";
    const layer = layers.ofKey(only.key, only.broken ?? conjunctions.false, conjunctions);
    return requiring(without(), only.mayStayAway ? [] : [only.key], layer);
  }
}

/** One key stays away, or the other one is there. */
function withDependency(shape: ObjectShape, a: Way, b: Way, anything: Conjunction): ObjectShape | undefined {
  const [away, there] = a.broken === undefined ? [a, b] : [b, a];
  if (away.broken !== undefined || there.mayStayAway || there.broken !== anything) return undefined;
  const dependency = [{ key: away.key, needs: [there.key] }];
  return { ...shape, dependencies: mergeLists(shape.dependencies, dependency, keyOfDependency) };
}

function requiring(shape: ObjectShape, keys: readonly string[], layer: Layer): ObjectShape {
  const required = [...new Set([...shape.required, ...keys])].sort();
  const layers = [...shape.layers.filter((each) => each !== layer), layer].sort((a, b) => a.id - b.id);
  return { ...shape, required, layers };
}
