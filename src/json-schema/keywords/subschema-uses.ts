// How the subschemas of a schema are used: which keyword leads to which, whether in the same place of the instance, and whether more
// valid values (and more evaluated ones) there can only mean more valid values here. Not so for `not`, `if`, `oneOf`, and `contains`
// beside maxContains. What is reached through one of those, in any way, is used in both directions and must not be widened.
import { ConstraintError } from "../../base/errors.ts";
import { ignoresRefSiblings } from "../reading/draft.ts";
import type { JsonNode } from "../reading/json-text.ts";
import type { SchemaGraph, SchemaNode } from "../reading/schema-graph.ts";

/** From a subschema to one that a keyword of it applies. */
export interface Use {
  readonly from: SchemaNode;
  readonly keyword: string;
  readonly to: SchemaNode;
  readonly isInPlace: boolean;
  /** Where more valid values don't just mean more valid values: the keyword without which there is no such use. */
  readonly turning: string | undefined;
}

const references = ["$ref", "$recursiveRef", "$dynamicRef"];
const inPlaceKeywords = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
const childKeywords = [
  ...["properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties"],
  ...["prefixItems", "items", "additionalItems", "contains", "unevaluatedItems"],
];

/** The uses that are left with what is dropped now. Cost: linear in the schema. */
export class SubschemaUses {
  private readonly usesOf = new Map<JsonNode, Use[]>();
  private readonly byPointer = new Map<string, SchemaNode>();
  private readonly unsafe = new Set<JsonNode>();
  private readonly graph: SchemaGraph;

  constructor(graph: SchemaGraph) {
    this.graph = graph;
    const seen = new Set([graph.root]);
    const turned: SchemaNode[] = [];
    const all = new Map<SchemaNode, Use[]>();
    for (const node of seen) {
      this.byPointer.set(node.pointer, node);
      const uses = [...this.from(node)];
      all.set(node, uses);
      for (const use of uses) {
        const known = this.usesOf.get(use.to.json);
        if (known === undefined) this.usesOf.set(use.to.json, [use]);
        else known.push(use);
        seen.add(use.to);
        if (use.turning !== undefined) turned.push(use.to);
      }
    }
    const reached = new Set(turned);
    for (const node of reached) {
      this.unsafe.add(node.json);
      for (const use of all.get(node)!) reached.add(use.to);
    }
  }

  at(pointer: string): SchemaNode | undefined {
    return this.byPointer.get(pointer);
  }

  isUsed(node: SchemaNode): boolean {
    return node === this.graph.root || this.usesOf.has(node.json);
  }

  /** Does widening `node` only widen the whole? */
  isSafe(node: SchemaNode): boolean {
    return !this.unsafe.has(node.json);
  }

  /** The nearest use on the way to the unsafe `node` that turns the direction: one in a safe place, if there is one. */
  turningPoint(node: SchemaNode): Use | undefined {
    let other: Use | undefined;
    const seen = new Set([node]);
    for (const each of seen) {
      for (const use of this.usesOf.get(each.json) ?? []) {
        if (use.turning !== undefined) {
          if (this.isSafe(use.from)) return use;
          other ??= use;
        }
        seen.add(use.from);
      }
    }
    return other;
  }

  /** `node`, and whatever applies it in the same place. */
  around(node: SchemaNode): Iterable<SchemaNode> {
    const seen = new Set([node]);
    for (const each of seen) {
      for (const use of this.usesOf.get(each.json) ?? []) if (use.isInPlace) seen.add(use.from);
    }
    return seen;
  }

  /** What a keyword of `node` applies in the same place and in the same direction. */
  parts(node: SchemaNode, keyword: string): SchemaNode[] {
    const uses = [...this.from(node)];
    return uses.flatMap((use) =>
      use.keyword === keyword && use.isInPlace && use.turning === undefined ? [use.to] : [],
    );
  }

  /** The value of a keyword that means something, and isn't dropped. */
  get(node: SchemaNode, keyword: string): JsonNode | undefined {
    const { json, resource } = node;
    const isIgnored = json.kind === "object" && json.entries.has("$ref") && ignoresRefSiblings(resource.draft);
    return isIgnored && keyword !== "$ref" ? undefined : this.graph.get(node, keyword);
  }

  private *from(node: SchemaNode): Generator<Use> {
    if (node.isValue || node.json.kind !== "object") return;
    for (const keyword of references) {
      const ref = this.get(node, keyword);
      const to = ref?.kind === "string" ? this.target(node, ref, keyword) : undefined;
      if (to !== undefined) yield { from: node, keyword, to, isInPlace: true, turning: undefined };
    }
    for (const keyword of [...inPlaceKeywords, ...childKeywords]) {
      const isInPlace = inPlaceKeywords.includes(keyword);
      const turning = this.turning(node, keyword);
      for (const to of this.children(node, keyword)) yield { from: node, keyword, to, isInPlace, turning };
    }
  }

  private turning(node: SchemaNode, keyword: string): string | undefined {
    switch (keyword) {
      case "not":
      case "if":
        return keyword;
      case "oneOf":
        return this.graph.dropped.isAnyOf(node.json) ? undefined : keyword;
      case "contains":
        return this.get(node, "maxContains") === undefined ? undefined : "maxContains";
      default:
        return undefined;
    }
  }

  private *children(node: SchemaNode, keyword: string): Generator<SchemaNode> {
    const value = this.get(node, keyword);
    if (value === undefined) return;
    if ((keyword === "then" || keyword === "else") && this.get(node, "if") === undefined) return;
    if (value.kind === "array") {
      for (const [i, item] of value.items.entries()) yield this.graph.child(node, item, keyword, String(i));
    } else if (mapKeywords.has(keyword) && value.kind === "object") {
      for (const [name, item] of value.entries) {
        if (item.kind !== "array") yield this.graph.child(node, item, keyword, name);
      }
    } else {
      yield this.graph.child(node, value, keyword);
    }
  }

  /** Undefined where the reference leads nowhere: reading it tells. */
  private target(node: SchemaNode, ref: JsonNode & { kind: "string" }, keyword: string): SchemaNode | undefined {
    try {
      return this.graph.resolve(node, ref, keyword);
    } catch (error) {
      if (error instanceof ConstraintError) return undefined;
      throw error;
    }
  }
}

const mapKeywords: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "dependencies",
]);
