// What unevaluatedProperties and unevaluatedItems look at: which properties or items the other keywords of a schema object evaluate, in place,
// to any depth (JSON Schema core 2020-12, sections 7.7.1.1 and 11). That depends on which subschemas hold, so the answer is a list: what each keyword
// evaluates, and what must hold for it. What these come to: unevaluated.ts.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { containsEvaluates, ignoresRefSiblings, readsItemLists } from "../reading/draft.ts";
import { at, escapeSegment, type JsonNode } from "../reading/json-text.ts";
import type { SchemaGraph, SchemaNode } from "../reading/schema-graph.ts";

export type UnevaluatedKeyword = "unevaluatedProperties" | "unevaluatedItems";

/** A subschema that holds or doesn't, or a key that is there. */
export type Condition =
  | { readonly kind: "holds" | "fails"; readonly node: SchemaNode }
  | { readonly kind: "present"; readonly key: string };

/** What is evaluated if the conditions, by keys of their own, hold. */
export interface Evaluation {
  readonly conditions: ReadonlyMap<string, Condition>;
  /** All there is. */
  readonly isAll: boolean;
  /** Properties. */
  readonly names: readonly string[];
  /** Properties by a pattern; `place` is its pointer. */
  readonly patterns: readonly { readonly pattern: string; readonly place: string }[];
  /** Items from the first on. */
  readonly prefix: number;
  /** The items that one of these matches. */
  readonly contains: readonly SchemaNode[];
}

const nothing: Evaluation = { conditions: new Map(), isAll: false, names: [], patterns: [], prefix: 0, contains: [] };
const everything: Evaluation = { ...nothing, isAll: true };

const references = ["$ref", "$recursiveRef", "$dynamicRef"];

/** Keywords that evaluate something, each counted for every way that leads to it. */
const maxEvaluations = 20_000;

/** Owned by one lowering. */
export class Evaluations {
  private readonly graph: SchemaGraph;
  private readonly limits: Limits;
  private readonly inPlace = new Set<SchemaNode>();

  constructor(graph: SchemaGraph, limits: Limits) {
    this.graph = graph;
    this.limits = limits;
  }

  /**
   * What the keywords of `node` other than `keyword` evaluate of what `keyword` is about: all of it together, where its conditions hold. Throws "invalid"
   * on a loop of references, "limit" where it is too much.
   */
  beside(node: SchemaNode, keyword: UnevaluatedKeyword): readonly Evaluation[] {
    return this.within(node, () => this.limited(this.find(node, keyword), node, keyword));
  }

  private of(node: SchemaNode, keyword: UnevaluatedKeyword): readonly Evaluation[] {
    // Whatever is left for the keyword itself, it evaluates.
    if (this.get(node, keyword) !== undefined) return [everything];
    return this.within(node, () => this.limited(this.find(node, keyword), node, keyword));
  }

  private limited(found: Iterable<Evaluation>, node: SchemaNode, keyword: UnevaluatedKeyword): Evaluation[] {
    const out: Evaluation[] = [];
    for (const each of found) {
      if (out.push(each) <= maxEvaluations) continue;
      throw new ConstraintError("limit", `More than ${maxEvaluations} keywords for ${keyword}`, at(node.pointer));
    }
    return out;
  }

  private *find(node: SchemaNode, keyword: UnevaluatedKeyword): Generator<Evaluation> {
    for (const reference of references) {
      const ref = this.get(node, reference);
      if (ref?.kind === "string") yield* this.of(this.graph.resolve(node, ref, reference), keyword);
    }
    if (node.json.kind === "object" && node.json.entries.has("$ref") && ignoresRefSiblings(node.resource.draft)) return;
    yield keyword === "unevaluatedItems" ? this.ownItems(node) : this.ownProperties(node);
    for (const part of this.list(node, "allOf")) yield* this.of(part, keyword);
    for (const part of [...this.list(node, "anyOf"), ...this.list(node, "oneOf")])
      yield* this.ifHolds(part, part, keyword);
    const test = this.get(node, "if");
    if (test !== undefined) {
      const tested = this.graph.child(node, test, "if");
      yield* this.ifHolds(tested, tested, keyword);
      const branch = (name: string) => {
        const json = this.get(node, name);
        return json === undefined ? undefined : this.graph.child(node, json, name);
      };
      const [then, otherwise] = [branch("then"), branch("else")];
      if (then !== undefined) yield* this.ifHolds(tested, then, keyword);
      if (otherwise !== undefined) {
        for (const each of this.of(otherwise, keyword)) {
          yield under({ kind: "fails", node: tested }, `-${tested.id}`, each);
        }
      }
    }
    // They apply to objects only.
    if (keyword === "unevaluatedItems") return;
    for (const dependencies of ["dependentSchemas", "dependencies"]) {
      const value = this.get(node, dependencies);
      if (value?.kind !== "object") continue;
      for (const [key, json] of value.entries) {
        if (json.kind === "array") continue;
        const found = this.of(this.graph.child(node, json, dependencies, key), keyword);
        for (const each of found) yield under({ kind: "present", key }, `=${key}`, each);
      }
    }
  }

  private *ifHolds(test: SchemaNode, part: SchemaNode, keyword: UnevaluatedKeyword): Generator<Evaluation> {
    for (const each of this.of(part, keyword)) {
      // An item that a lone `contains` matches makes it hold.
      const isImplied = part === test && each.contains.length > 0 && isLoneContains(part);
      yield isImplied ? each : under({ kind: "holds", node: test }, `+${test.id}`, each);
    }
  }

  private get(node: SchemaNode, keyword: string): JsonNode | undefined {
    return this.graph.get(node, keyword);
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

  private list(node: SchemaNode, name: string): SchemaNode[] {
    const value = this.get(node, name);
    return value?.kind === "array" ? value.items.map((item, i) => this.graph.child(node, item, name, String(i))) : [];
  }

  private ownProperties(node: SchemaNode): Evaluation {
    if (this.get(node, "additionalProperties") !== undefined) return everything;
    const keysOf = (keyword: string) => {
      const value = this.get(node, keyword);
      return value?.kind === "object" ? [...value.entries.keys()] : [];
    };
    const patterns = keysOf("patternProperties").map((pattern) => ({
      pattern,
      place: `${node.pointer}/patternProperties/${escapeSegment(pattern)}`,
    }));
    return { ...nothing, names: keysOf("properties"), patterns };
  }

  private ownItems(node: SchemaNode): Evaluation {
    const { draft } = node.resource;
    const items = this.get(node, "items");
    const isList = items?.kind === "array" && readsItemLists(draft);
    if (isList ? this.get(node, "additionalItems") !== undefined : items !== undefined) return everything;
    const prefix = isList ? items : this.get(node, "prefixItems");
    const contains = containsEvaluates(draft) ? this.get(node, "contains") : undefined;
    return {
      ...nothing,
      prefix: prefix?.kind === "array" ? prefix.items.length : 0,
      contains: contains === undefined ? [] : [this.graph.child(node, contains, "contains")],
    };
  }
}

function under(condition: Condition, key: string, evaluation: Evaluation): Evaluation {
  return { ...evaluation, conditions: new Map([...evaluation.conditions, [key, condition]]) };
}

function isLoneContains({ json }: SchemaNode): boolean {
  return json.kind === "object" && json.entries.size === 1 && json.entries.has("contains");
}
