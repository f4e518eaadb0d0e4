// The schema as a graph: every subschema once for each dynamic scope that can change its meaning, with its pointer and the
// resource that its references are relative to. Documents: schema-documents.ts; scopes: dynamic-scope.ts.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { DroppedKeywords } from "../keywords/dropped-keywords.ts";
import { ignoresRefSiblings, knowsKeyword } from "./draft.ts";
import { type Scope, Scopes } from "./dynamic-scope.ts";
import { at, escapeSegment, type JsonNode } from "./json-text.ts";
import { type PassedDocuments, type Place, type Resource, SchemaDocuments } from "./schema-documents.ts";

/** A subschema, or (`isValue`) the schema that only allows `json` itself. */
export interface SchemaNode extends Place {
  readonly id: number;
  readonly isValue: boolean;
  readonly scope: Scope;
}

/** Owned by one lowering. */
export class SchemaGraph {
  readonly root: SchemaNode;
  /** What is left out of it. */
  readonly dropped = new DroppedKeywords();
  private readonly documents: SchemaDocuments;
  private readonly scopes: Scopes;
  private readonly maxNodes: number;
  private readonly nodes: SchemaNode[] = [];
  private readonly byScope = new Map<Scope, Map<JsonNode, SchemaNode>>();
  private readonly ends = new Map<SchemaNode, SchemaNode>();
  private endsVersion = 0;
  private readonly valueByJson = new Map<JsonNode, SchemaNode>();

  /** Indexes and checks every subschema of `root`. Throws "invalid", "unsupported" or "limit" with a pointer. */
  constructor(root: JsonNode, documents: PassedDocuments | undefined, limits: Limits) {
    this.maxNodes = limits.maxTermNodes;
    this.documents = new SchemaDocuments(root, documents, limits);
    const resource = this.documents.root;
    const place = { json: root, pointer: "", resource };
    this.scopes = new Scopes(place, this.documents, limits);
    this.root = this.nodeAt(place, this.scopes.empty);
  }

  node(id: number): SchemaNode {
    return this.nodes[id]!;
  }

  /** The value of a keyword that means something in `node`, and isn't dropped. */
  get({ json, resource }: SchemaNode, keyword: string): JsonNode | undefined {
    if (json.kind !== "object" || !knowsKeyword(resource.draft, keyword)) return undefined;
    return this.dropped.has(json, keyword) ? undefined : json.entries.get(keyword);
  }

  /** The node of the subschema `child`, found at `path` under `parent`. */
  child(parent: SchemaNode, child: JsonNode, ...path: string[]): SchemaNode {
    const pointer = parent.pointer + path.map((segment) => `/${escapeSegment(segment)}`).join("");
    const resource = this.documents.resourceAt(child, parent.resource);
    return this.nodeAt({ json: child, pointer, resource }, parent.scope);
  }

  /** The schema that allows `json` and nothing else. */
  valueNode(parent: SchemaNode, json: JsonNode): SchemaNode {
    let node = this.valueByJson.get(json);
    if (node === undefined) {
      const { pointer, resource } = parent;
      this.valueByJson.set(json, (node = this.add({ json, pointer, resource }, true, this.scopes.empty)));
    }
    return node;
  }

  /**
   * What the value `ref` of `keyword` in `from` points to, in `from`'s dynamic scope where the keyword asks for it. Throws "invalid" where there is
   * nothing, "unsupported" where it is in a document that wasn't passed, and what is wrong with the document.
   */
  resolve(from: SchemaNode, ref: JsonNode & { kind: "string" }, keyword: string): SchemaNode {
    const target = this.documents.resolve(from, ref, keyword);
    const name = target.dynamicName;
    const outermost = name === undefined ? undefined : from.scope.bindings.get(name);
    const place = outermost === undefined ? target : placeOfAnchor(outermost, name!);
    return this.nodeAt(place, from.scope);
  }

  /** Where the chain of subschemas that are nothing but a `$ref` ends, `node` itself where it is no such. Throws as `resolve`, "invalid" on a cycle. */
  follow(node: SchemaNode): SchemaNode {
    const passed = new Set<SchemaNode>();
    if (this.endsVersion !== this.dropped.version) this.ends.clear();
    this.endsVersion = this.dropped.version;
    let target = node;
    for (;;) {
      const { json } = target;
      if (target.isValue || json.kind !== "object") break;
      const ref = this.get(target, "$ref");
      if (ref?.kind !== "string" || !(json.entries.size === 1 || ignoresRefSiblings(target.resource.draft))) break;
      if (passed.has(target)) {
        throw new ConstraintError("invalid", "The reference leads back to itself", at(node.pointer));
      }
      passed.add(target);
      target = this.ends.get(target) ?? this.resolve(target, ref, "$ref");
    }
    for (const each of passed) this.ends.set(each, target);
    return target;
  }

  private nodeAt(place: Place, outer: Scope): SchemaNode {
    const scope = this.scopes.enter(outer, place.json, place.resource);
    let nodes = this.byScope.get(scope);
    if (nodes === undefined) this.byScope.set(scope, (nodes = new Map()));
    let node = nodes.get(place.json);
    if (node === undefined) nodes.set(place.json, (node = this.add(place, false, scope)));
    return node;
  }

  private add({ json, pointer, resource }: Place, isValue: boolean, scope: Scope): SchemaNode {
    if (this.nodes.length >= this.maxNodes) {
      throw new ConstraintError("limit", `The schema has more than ${this.maxNodes} subschemas in their scopes`);
    }
    const node = { id: this.nodes.length, json, pointer, resource, isValue, scope };
    this.nodes.push(node);
    return node;
  }
}

function placeOfAnchor(resource: Resource, name: string): Place {
  return { ...resource.dynamicAnchors.get(name)!, resource };
}
