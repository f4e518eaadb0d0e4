// What unevaluatedProperties and unevaluatedItems look at: which properties or items the other keywords of a schema object have
// evaluated, in place, to any depth (JSON Schema core 2020-12, sections 7.7.1.1 and 11). That depends on which subschemas hold, so
// the answer is a list of choices, each with what must hold for it. More evaluated is a weaker constraint: what is evaluated under a
// choice whose conditions hold is never more than what really is, and what really is is one of the choices. So an instance satisfies
// the keyword if and only if there is a choice whose conditions hold and which leaves only what the keyword's schema allows.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { containsEvaluates, ignoresRefSiblings, readsItemLists } from "./draft.ts";
import { at, escapeSegment, type JsonNode } from "./json-text.ts";
import type { SchemaGraph, SchemaNode } from "./schema-graph.ts";

export const unevaluatedKeywords = ["unevaluatedProperties", "unevaluatedItems"] as const;
export type UnevaluatedKeyword = (typeof unevaluatedKeywords)[number];

/** A subschema that holds or doesn't, or a key that is there. */
export type Condition =
  | { readonly kind: "holds" | "fails"; readonly node: SchemaNode }
  | { readonly kind: "present"; readonly key: string };

/** A property's name, a pattern of names (with its pointer), or the items that a `contains` matches. */
export type Evaluated =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "pattern"; readonly pattern: string; readonly place: string }
  | { readonly kind: "contains"; readonly node: SchemaNode };

/** What is evaluated if the conditions hold. */
export interface Evaluation {
  readonly conditions: ReadonlyMap<string, Condition>;
  readonly isAll: boolean;
  /** Items from the first on. */
  readonly prefix: number;
  readonly evaluated: ReadonlyMap<string, Evaluated>;
}

const nothing: Evaluation = { conditions: new Map(), isAll: false, prefix: 0, evaluated: new Map() };
const everything: Evaluation = { ...nothing, isAll: true };

const references = ["$ref", "$recursiveRef", "$dynamicRef"];

/** Conditions and names that one schema's choices may compare. */
const maxWork = 20_000_000;
/** Keywords that evaluate properties, each counted for every way that leads to it. */
const maxContributions = 20_000;

/** Owned by one lowering; memoised. */
export class Evaluations {
  private readonly graph: SchemaGraph;
  private readonly limits: Limits;
  private readonly known = { unevaluatedProperties: new Memo(), unevaluatedItems: new Memo() };
  private readonly inPlace = new Set<SchemaNode>();
  private work = 0;

  constructor(graph: SchemaGraph, limits: Limits) {
    this.graph = graph;
    this.limits = limits;
  }

  /**
   * What the keywords of `node` other than `keyword` evaluate of what `keyword` is about. One choice has no conditions; none is
   * implied by another. Throws "invalid" on a loop of references, "limit" where there are too many choices.
   */
  beside(node: SchemaNode, keyword: UnevaluatedKeyword): readonly Evaluation[] {
    return this.walk(node, keyword);
  }

  /**
   * The same for properties, one by one: what each keyword evaluates, and under which conditions. All of it together, where its conditions hold, is
   * what is evaluated. Throws as `beside`.
   */
  contributions(node: SchemaNode): readonly Evaluation[] {
    return this.collect(node, node);
  }

  private collect(node: SchemaNode, top: SchemaNode): readonly Evaluation[] {
    if (node !== top && this.get(node, "unevaluatedProperties") !== undefined) return [everything];
    return this.within(node, () => {
      const found: Evaluation[] = [];
      for (const each of this.contributionsOf(node, top)) {
        if (found.push(each) > maxContributions) throw tooMany(top, "unevaluatedProperties");
      }
      return found;
    });
  }

  private *contributionsOf(node: SchemaNode, top: SchemaNode): Generator<Evaluation> {
    const of = (json: JsonNode, ...path: string[]) => this.collect(this.graph.child(node, json, ...path), top);
    for (const reference of references) {
      const ref = this.get(node, reference);
      if (ref?.kind === "string") yield* this.collect(this.graph.resolve(node, ref, reference), top);
    }
    if (node.json.kind === "object" && node.json.entries.has("$ref") && ignoresRefSiblings(node.resource.draft)) return;
    yield this.ownProperties(node);
    for (const part of this.list(node, "allOf")) yield* this.collect(part, top);
    for (const part of [...this.list(node, "anyOf"), ...this.list(node, "oneOf")]) {
      for (const each of this.collect(part, top)) yield under({ kind: "holds", node: part }, `+${part.id}`, each);
    }
    const test = this.get(node, "if");
    if (test !== undefined) {
      const tested = this.graph.child(node, test, "if");
      const branch = (name: string) => {
        const json = this.get(node, name);
        return json === undefined ? [] : of(json, name);
      };
      for (const each of [...this.collect(tested, top), ...branch("then")]) {
        yield under({ kind: "holds", node: tested }, `+${tested.id}`, each);
      }
      for (const each of branch("else")) yield under({ kind: "fails", node: tested }, `-${tested.id}`, each);
    }
    for (const [dependencies, key, json] of this.dependencies(node)) {
      for (const each of of(json, dependencies, key)) yield under({ kind: "present", key }, `=${key}`, each);
    }
  }

  /** The subschemas that apply where a key is there: keyword, key, subschema. */
  private *dependencies(node: SchemaNode): Generator<[keyword: string, key: string, json: JsonNode]> {
    for (const keyword of ["dependentSchemas", "dependencies"]) {
      const value = this.get(node, keyword);
      if (value?.kind !== "object") continue;
      for (const [key, json] of value.entries) if (json.kind !== "array") yield [keyword, key, json];
    }
  }

  private of(node: SchemaNode, keyword: UnevaluatedKeyword): readonly Evaluation[] {
    // Whatever is left for the keyword itself, it evaluates.
    if (this.get(node, keyword) !== undefined) return [everything];
    let found = this.known[keyword].get(node);
    if (found === undefined) this.known[keyword].set(node, (found = this.walk(node, keyword)));
    return found;
  }

  private get(node: SchemaNode, keyword: string): JsonNode | undefined {
    return this.graph.get(node, keyword);
  }

  private walk(node: SchemaNode, keyword: UnevaluatedKeyword): readonly Evaluation[] {
    return this.within(node, () => {
      let choices: readonly Evaluation[] = [nothing];
      for (const options of this.optionsOf(node, keyword)) choices = this.combine(choices, options, node, keyword);
      return choices;
    });
  }

  private within<T>(node: SchemaNode, work: () => T): T {
    if (this.inPlace.has(node)) {
      throw new ConstraintError("invalid", "The references here lead back to this place itself", at(node.pointer));
    }
    if (this.inPlace.size >= this.limits.maxDepth) {
      throw new ConstraintError("limit", `More than ${this.limits.maxDepth} subschemas in one place`, at(node.pointer));
    }
    this.inPlace.add(node);
    try {
      return work();
    } finally {
      this.inPlace.delete(node);
    }
  }

  /** For each part of `node`, the ways in which it can contribute. They are independent of each other. */
  private *optionsOf(node: SchemaNode, keyword: UnevaluatedKeyword): Generator<readonly Evaluation[]> {
    const child = (json: JsonNode, ...path: string[]) => this.graph.child(node, json, ...path);
    for (const reference of references) {
      const ref = this.get(node, reference);
      if (ref?.kind === "string") yield this.of(this.graph.resolve(node, ref, reference), keyword);
    }
    if (node.json.kind === "object" && node.json.entries.has("$ref") && ignoresRefSiblings(node.resource.draft)) return;
    yield [keyword === "unevaluatedItems" ? this.ownItems(node) : this.ownProperties(node)];
    for (const part of this.list(node, "allOf")) yield this.of(part, keyword);
    for (const part of this.list(node, "anyOf")) yield [nothing, ...this.ifHolds(part, keyword)];
    // That one holds is for oneOf itself to see to.
    yield [nothing, ...this.list(node, "oneOf").flatMap((part) => this.ifHolds(part, keyword))];
    const test = this.get(node, "if");
    if (test !== undefined) {
      const tested = child(test, "if");
      const branch = (name: string) => {
        const json = this.get(node, name);
        return json === undefined ? [nothing] : this.of(child(json, name), keyword);
      };
      const yes = this.combine(this.ifHolds(tested, keyword), branch("then"), node, keyword);
      const no = branch("else").map((each) => under({ kind: "fails", node: tested }, `-${tested.id}`, each));
      yield [nothing, ...yes, ...no];
    }
    // They apply to objects only.
    if (keyword === "unevaluatedItems") return;
    for (const [dependencies, key, json] of this.dependencies(node)) {
      const choices = this.of(child(json, dependencies, key), keyword);
      yield [nothing, ...choices.map((each) => under({ kind: "present", key }, `=${key}`, each))];
    }
  }

  private list(node: SchemaNode, name: string): SchemaNode[] {
    const value = this.get(node, name);
    return value?.kind === "array" ? value.items.map((item, i) => this.graph.child(node, item, name, String(i))) : [];
  }

  private ifHolds(node: SchemaNode, keyword: UnevaluatedKeyword): Evaluation[] {
    return this.of(node, keyword).map((each) => under({ kind: "holds", node }, `+${node.id}`, each));
  }

  private ownProperties(node: SchemaNode): Evaluation {
    if (this.get(node, "additionalProperties") !== undefined) return everything;
    const evaluated = new Map<string, Evaluated>();
    const properties = this.get(node, "properties");
    if (properties?.kind === "object") {
      for (const name of properties.entries.keys()) evaluated.set(`=${name}`, { kind: "name", name });
    }
    const patterns = this.get(node, "patternProperties");
    if (patterns?.kind === "object") {
      for (const pattern of patterns.entries.keys()) {
        const place = `${node.pointer}/patternProperties/${escapeSegment(pattern)}`;
        evaluated.set(`~${pattern}`, { kind: "pattern", pattern, place });
      }
    }
    return { ...nothing, evaluated };
  }

  private ownItems(node: SchemaNode): Evaluation {
    const { draft } = node.resource;
    const items = this.get(node, "items");
    const isList = items?.kind === "array" && readsItemLists(draft);
    if (isList ? this.get(node, "additionalItems") !== undefined : items !== undefined) return everything;
    const prefix = isList ? items : this.get(node, "prefixItems");
    const evaluated = new Map<string, Evaluated>();
    const contains = containsEvaluates(draft) ? this.get(node, "contains") : undefined;
    if (contains !== undefined) {
      const item = this.graph.child(node, contains, "contains");
      evaluated.set(String(item.id), { kind: "contains", node: item });
    }
    return { ...nothing, prefix: prefix?.kind === "array" ? prefix.items.length : 0, evaluated };
  }

  /** One of `a` and one of `b` together, without those that another one implies. */
  private combine(
    a: readonly Evaluation[],
    b: readonly Evaluation[],
    node: SchemaNode,
    keyword: UnevaluatedKeyword,
  ): readonly Evaluation[] {
    let kept: Evaluation[] = [];
    for (const x of a) {
      for (const y of b) {
        const both = x === nothing ? y : y === nothing ? x : together(x, y);
        this.work += (kept.length + 1) * (1 + both.conditions.size + both.evaluated.size);
        if (this.work > maxWork) throw tooMany(node, keyword);
        if (kept.some((other) => implies(both, other))) continue;
        kept = kept.filter((other) => !implies(other, both));
        kept.push(both);
      }
    }
    return kept;
  }
}

function tooMany(node: SchemaNode, keyword: UnevaluatedKeyword): ConstraintError {
  return new ConstraintError(
    "limit",
    `${keyword} sees too many choices of subschemas`,
    at(`${node.pointer}/${keyword}`),
  );
}

class Memo extends Map<SchemaNode, readonly Evaluation[]> {}

function under(condition: Condition, key: string, evaluation: Evaluation): Evaluation {
  return { ...evaluation, conditions: new Map([...evaluation.conditions, [key, condition]]) };
}

function together(a: Evaluation, b: Evaluation): Evaluation {
  const conditions = new Map([...a.conditions, ...b.conditions]);
  if (a.isAll || b.isAll) return { ...everything, conditions };
  const prefix = Math.max(a.prefix, b.prefix);
  return { conditions, isAll: false, prefix, evaluated: new Map([...a.evaluated, ...b.evaluated]) };
}

/** Does whatever `a` allows come under `b` as well: does `b` ask for no more, and evaluate no less? */
function implies(a: Evaluation, b: Evaluation): boolean {
  if (b.conditions.size > a.conditions.size || !isWithin(b.conditions, a.conditions)) return false;
  if (b.isAll) return true;
  return !a.isAll && a.prefix <= b.prefix && isWithin(a.evaluated, b.evaluated);
}

function isWithin(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size > b.size) return false;
  for (const key of a.keys()) if (!b.has(key)) return false;
  return true;
}
