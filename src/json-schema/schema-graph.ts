// The schema as a graph: every subschema once, by identity of its JSON, with its pointer and the resource that its
// references are relative to. Resolution as in JSON Schema core (2020-12, section 8), over one document: nothing is fetched.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { checkKeywords } from "./check-keywords.ts";
import { type Draft, draftOf, idKeyword, ignoresRefSiblings, knowsKeyword } from "./draft.ts";
import { at, escapeSegment, type JsonNode, type JsonObject } from "./json-text.ts";

/** A subschema, or (`isValue`) the schema that only allows `json` itself. */
export interface SchemaNode {
  readonly id: number;
  readonly json: JsonNode;
  readonly isValue: boolean;
  readonly pointer: string;
  readonly resource: Resource;
}

/** A schema with a URI of its own, and what is embedded in it up to the next such schema. */
export interface Resource {
  readonly uri: string;
  readonly root: JsonNode;
  readonly pointer: string;
  readonly anchors: Map<string, { readonly json: JsonNode; readonly pointer: string }>;
}

/** Where subschemas stand: directly under a keyword, in an array, or in an object. */
const schemaKeywords = new Set([
  "additionalProperties",
  "additionalItems",
  "items",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const listKeywords = new Set(["allOf", "anyOf", "oneOf", "prefixItems", "items"]);
const mapKeywords = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
  "dependencies",
]);

const defaultBase = "schema:///";

export class SchemaGraph {
  readonly draft: Draft;
  readonly root: SchemaNode;
  private readonly nodes: SchemaNode[] = [];
  private readonly byJson = new Map<JsonNode, SchemaNode>();
  private readonly valueByJson = new Map<JsonNode, SchemaNode>();
  private readonly resources = new Map<string, Resource>();
  private readonly resourceOf = new Map<JsonNode, Resource>();
  private readonly maxDepth: number;

  /** Indexes and checks every subschema of `root`. Throws "invalid", "unsupported" or "limit" with a pointer. */
  constructor(root: JsonNode, limits: Limits) {
    this.draft = draftOf(root);
    this.maxDepth = limits.maxDepth;
    const resource: Resource = { uri: defaultBase, root, pointer: "", anchors: new Map() };
    this.resources.set(resource.uri, resource);
    this.index(root, "", resource, 0);
    this.root = this.nodeAt(root, "", this.resourceOf.get(root) ?? resource);
  }

  node(id: number): SchemaNode {
    return this.nodes[id]!;
  }

  /** The node of the subschema `child`, found at `path` under `parent`. */
  child(parent: SchemaNode, child: JsonNode, ...path: string[]): SchemaNode {
    const pointer = parent.pointer + path.map((segment) => `/${escapeSegment(segment)}`).join("");
    return this.nodeAt(child, pointer, this.resourceOf.get(child) ?? parent.resource);
  }

  /** The schema that allows `json` and nothing else. */
  valueNode(parent: SchemaNode, json: JsonNode): SchemaNode {
    let node = this.valueByJson.get(json);
    if (node === undefined) {
      node = { id: this.nodes.length, json, isValue: true, pointer: parent.pointer, resource: parent.resource };
      this.nodes.push(node);
      this.valueByJson.set(json, node);
    }
    return node;
  }

  /** What the reference `ref` in `from` points to. Throws "invalid" where there is nothing, "unsupported" on other documents. */
  resolve(from: SchemaNode, ref: string, keyword: string): SchemaNode {
    const place = at(`${from.pointer}/${keyword}`);
    const hash = ref.indexOf("#");
    const uri = hash < 0 ? ref : ref.slice(0, hash);
    const rawFragment = hash < 0 ? "" : ref.slice(hash + 1);
    const resource = uri === "" ? from.resource : this.resources.get(resolveUri(uri, from.resource.uri) ?? "");
    if (resource === undefined) {
      throw new ConstraintError("unsupported", `${keyword} ${JSON.stringify(ref)} points to another document`, place);
    }
    let fragment: string;
    try {
      fragment = decodeURIComponent(rawFragment);
    } catch {
      throw new ConstraintError("invalid", `${keyword} ${JSON.stringify(ref)} isn't a URI reference`, place);
    }
    const target =
      fragment === "" || fragment.startsWith("/") ? this.follow(resource, fragment) : this.anchor(resource, fragment);
    if (target === undefined) {
      throw new ConstraintError("invalid", `${keyword} ${JSON.stringify(ref)} points to nothing`, place);
    }
    if (target.json.kind !== "object" && target.json.kind !== "boolean") {
      throw new ConstraintError(
        "invalid",
        `${keyword} ${JSON.stringify(ref)} points to something that is no schema`,
        place,
      );
    }
    if (!this.resourceOf.has(target.json)) this.index(target.json, target.pointer, target.resource, 0);
    return this.nodeAt(target.json, target.pointer, this.resourceOf.get(target.json) ?? target.resource);
  }

  /** Is the document one resource, so that dynamic scope can't change what a dynamic reference means? */
  get isSingleResource(): boolean {
    return new Set(this.resources.values()).size === 1;
  }

  private nodeAt(json: JsonNode, pointer: string, resource: Resource): SchemaNode {
    let node = this.byJson.get(json);
    if (node === undefined) {
      node = { id: this.nodes.length, json, isValue: false, pointer, resource };
      this.nodes.push(node);
      this.byJson.set(json, node);
    }
    return node;
  }

  private follow(
    resource: Resource,
    fragment: string,
  ): { json: JsonNode; pointer: string; resource: Resource } | undefined {
    let json = resource.root;
    let pointer = resource.pointer;
    let inner = resource;
    for (const escaped of fragment.split("/").slice(1)) {
      const segment = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
      const next =
        json.kind === "object"
          ? json.entries.get(segment)
          : json.kind === "array" && /^(0|[1-9][0-9]*)$/.test(segment)
            ? json.items[Number(segment)]
            : undefined;
      if (next === undefined) return undefined;
      json = next;
      pointer += `/${escapeSegment(segment)}`;
      inner = this.resourceOf.get(json) ?? inner;
    }
    return { json, pointer, resource: inner };
  }

  private anchor(
    resource: Resource,
    name: string,
  ): { json: JsonNode; pointer: string; resource: Resource } | undefined {
    const found = resource.anchors.get(name);
    return found === undefined ? undefined : { ...found, resource };
  }

  private index(json: JsonNode, pointer: string, outer: Resource, depth: number): void {
    if (depth > this.maxDepth) {
      throw new ConstraintError("limit", `The schema nests deeper than ${this.maxDepth}`, at(pointer));
    }
    if (json.kind === "boolean") {
      this.resourceOf.set(json, outer);
      return;
    }
    if (json.kind !== "object")
      throw new ConstraintError("invalid", "A schema must be an object or a boolean", at(pointer));
    if (this.resourceOf.has(json)) return;
    const resource = this.identify(json, pointer, outer);
    this.resourceOf.set(json, resource);
    checkKeywords(json, pointer, this.draft);
    for (const [keyword, value] of json.entries) {
      const place = `${pointer}/${escapeSegment(keyword)}`;
      if (listKeywords.has(keyword) && value.kind === "array") {
        value.items.forEach((item, i) => {
          this.index(item, `${place}/${i}`, resource, depth + 1);
        });
      } else if (schemaKeywords.has(keyword)) {
        if (knowsKeyword(this.draft, keyword)) this.index(value, place, resource, depth + 1);
      } else if (mapKeywords.has(keyword) && value.kind === "object") {
        for (const [name, item] of value.entries) {
          if (keyword === "dependencies" && item.kind === "array") continue;
          this.index(item, `${place}/${escapeSegment(name)}`, resource, depth + 1);
        }
      }
    }
  }

  /** The resource that `json` belongs to: a new one where it has an id. Records its anchors. */
  private identify(json: JsonObject, pointer: string, outer: Resource): Resource {
    const id = json.entries.get(idKeyword(this.draft));
    let resource = outer;
    const isIgnored = json.entries.has("$ref") && ignoresRefSiblings(this.draft);
    if (id?.kind === "string" && !isIgnored) {
      const hash = id.value.indexOf("#");
      const uri = hash < 0 ? id.value : id.value.slice(0, hash);
      const fragment = hash < 0 ? "" : id.value.slice(hash + 1);
      const resolved = uri === "" ? undefined : resolveUri(uri, outer.uri);
      if (resolved !== undefined) {
        resource = { uri: resolved, root: json, pointer, anchors: new Map() };
        if (!this.resources.has(resolved)) this.resources.set(resolved, resource);
        // The document's own URI names the root as well as its retrieval URI does.
        if (pointer === "") this.resources.set(defaultBase, resource);
      }
      if (fragment !== "" && this.draft.version <= 7) resource.anchors.set(fragment, { json, pointer });
    }
    for (const keyword of ["$anchor", "$dynamicAnchor"]) {
      const anchor = json.entries.get(keyword);
      if (anchor?.kind === "string" && knowsKeyword(this.draft, keyword))
        resource.anchors.set(anchor.value, { json, pointer });
    }
    return resource;
  }
}

function resolveUri(uri: string, base: string): string | undefined {
  try {
    return new URL(uri, base).href;
  } catch {
    // A URN and the like as base: only equal references meet.
    return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(uri) ? uri : undefined;
  }
}
