// The documents that a schema can refer to: itself, and those the caller passed. Nothing is fetched. A document is read when a
// reference or a dialect needs it; its resources, anchors and dialects are found in one walk, which also checks its keywords.
// Identification and static references: JSON Schema core 2020-12, sections 8.2 and 9.1; URIs: RFC 3986.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { checkKeywords } from "./check-keywords.ts";
import { type Draft, declaredDraft, defaultDraft, idKeyword, ignoresRefSiblings, knowsKeyword } from "./draft.ts";
import { at, escapeSegment, type JsonNode, type JsonObject, jsonOfValue, parseJsonText } from "./json-text.ts";
import { eachSubschema } from "./subschemas.ts";

/** Schemas by absolute URI, each a parsed value or (a string) its JSON text. */
export type PassedDocuments = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** A schema with a URI of its own, and what is embedded in it up to the next such schema. */
export interface Resource {
  readonly id: number;
  readonly uri: string;
  readonly root: JsonNode;
  readonly pointer: string;
  readonly draft: Draft;
  readonly document: SchemaDocument;
  readonly anchors: Map<string, Anchor>;
  /** By name; `recursiveAnchor` where 2019-09's `$recursiveAnchor` is true. */
  readonly dynamicAnchors: Map<string, Anchor>;
}

interface Anchor {
  readonly json: JsonNode;
  readonly pointer: string;
}

/** No anchor has this name. */
export const recursiveAnchor = "";

/** A subschema, or anything that a reference points to. */
export interface Place {
  readonly json: JsonNode;
  readonly pointer: string;
  readonly resource: Resource;
}

export interface Target extends Place {
  /** The name under which the dynamic scope may know another target. */
  readonly dynamicName: string | undefined;
}

/** Where a document without a URI is thought to be, so that its references can be relative. */
const defaultBase = "schema:///";

/** A value made when it is first asked for; what that throws is thrown each time. */
class Once<T> {
  private readonly make: () => T;
  private made: { readonly value: T } | ConstraintError | undefined;

  constructor(make: () => T) {
    this.make = make;
  }

  get(): T {
    if (this.made === undefined) {
      try {
        this.made = { value: this.make() };
      } catch (error) {
        if (!(error instanceof ConstraintError)) throw error;
        this.made = error;
      }
    }
    if (this.made instanceof ConstraintError) throw this.made;
    return this.made.value;
  }
}

class SchemaDocument {
  readonly uri: string;
  /** Of its root: "" for the schema itself, `uri#` for a passed document. */
  readonly pointer: string;
  readonly resources = new Map<string, Resource>();
  /** The first thing found to be wrong with it. */
  problem: ConstraintError | undefined;
  isIndexed = false;
  private readonly tree: Once<JsonNode>;

  constructor(uri: string, pointer: string, read: () => JsonNode) {
    this.uri = uri;
    this.pointer = pointer;
    this.tree = new Once(() => locatedIn(pointer, read));
  }

  /** Throws what reading it threw, with the document as the place. */
  get json(): JsonNode {
    return this.tree.get();
  }
}

export type { SchemaDocument };

export class SchemaDocuments {
  readonly root: Resource;
  private readonly limits: Limits;
  private readonly own: SchemaDocument;
  private readonly passed = new Map<string, SchemaDocument>();
  private readonly resourceOf = new Map<JsonNode, Resource>();
  private readonly targets = new Map<JsonNode, Target | ConstraintError>();
  private rootDraft: Draft = defaultDraft;
  private resourceCount = 0;
  private readonly embedded = new Once(() => this.embeddedResources());
  private readonly byRootId = new Once(() => this.documentsByRootId());

  /** Throws what is wrong with the schema itself, and "invalid" for passed documents that have no absolute URI of their own. */
  constructor(root: JsonNode, passed: PassedDocuments | undefined, limits: Limits) {
    this.limits = limits;
    this.own = new SchemaDocument(defaultBase, "", () => root);
    for (const [uri, schema] of entriesOf(passed)) {
      const absolute = absoluteUri(uri);
      if (this.passed.has(absolute)) {
        throw new ConstraintError("invalid", `documents has ${JSON.stringify(absolute)} twice`);
      }
      const read = () => (typeof schema === "string" ? parseJsonText(schema, limits) : jsonOfValue(schema, limits));
      this.passed.set(absolute, new SchemaDocument(absolute, `${absolute}#`, read));
    }
    this.index(this.own);
    if (this.own.problem !== undefined) throw this.own.problem;
    this.root = this.resourceOf.get(root)!;
  }

  /** The resource of the subschema `child` under a subschema of `outer`. */
  resourceAt(child: JsonNode, outer: Resource): Resource {
    return this.resourceOf.get(child) ?? outer;
  }

  /**
   * What the value `ref` of `keyword` in `from` points to by the text alone. Throws "invalid" where that is nothing, "unsupported" where it is a
   * document that wasn't passed, and what is wrong with the document that it is in.
   */
  resolve(from: Place, ref: JsonNode & { kind: "string" }, keyword: string): Target {
    let target = this.targets.get(ref);
    if (target === undefined) {
      try {
        target = this.find(from, ref.value, keyword);
      } catch (error) {
        if (!(error instanceof ConstraintError)) throw error;
        target = error;
      }
      this.targets.set(ref, target);
    }
    if (target instanceof ConstraintError) throw target;
    return target;
  }

  private find(from: Place, ref: string, keyword: string): Target {
    const fail = (code: "invalid" | "unsupported", message: string): never => {
      const place = at(`${from.pointer}/${keyword}`);
      throw new ConstraintError(code, `${keyword} ${JSON.stringify(ref)} ${message}`, place);
    };
    const [uri, rawFragment] = splitFragment(ref);
    let resource: Resource | undefined = from.resource;
    if (uri !== "") {
      const absolute = resolveUri(uri, resource.uri);
      if (absolute === undefined) return fail("invalid", "isn't a URI reference");
      resource = this.resourceOfUri(absolute, resource);
      if (resource === undefined) {
        return fail("unsupported", `points to a document that wasn't passed: give it in \`documents\` as ${absolute}`);
      }
    }
    let fragment: string;
    try {
      fragment = decodeURIComponent(rawFragment);
    } catch {
      return fail("invalid", "isn't a URI reference");
    }
    const place =
      fragment === "" || fragment.startsWith("/") ? follow(this, resource, fragment) : anchor(resource, fragment);
    if (place === undefined) return fail("invalid", "points to nothing");
    const { json, pointer } = place;
    if (json.kind !== "object" && json.kind !== "boolean")
      return fail("invalid", "points to something that is no schema");
    if (!this.resourceOf.has(json)) {
      this.walk(json, pointer, place.resource, 0, true);
      if (resource.document.problem !== undefined) throw resource.document.problem;
    }
    const own = this.resourceAt(json, place.resource);
    return { json, pointer, resource: own, dynamicName: dynamicName(own, json, fragment, keyword) };
  }

  /** Its own document comes first, then the schema itself, retrieval URIs, and identifiers anywhere. */
  private resourceOfUri(uri: string, from: Resource): Resource | undefined {
    if (uri === from.uri) return from;
    const near = from.document.resources.get(uri) ?? this.own.resources.get(uri);
    if (near !== undefined) return near;
    const document = this.passed.get(uri);
    const found = document === undefined ? this.embedded.get().get(uri) : this.rootOf(document);
    if (found?.document.problem !== undefined) throw found.document.problem;
    return found;
  }

  private rootOf(document: SchemaDocument): Resource {
    this.index(document);
    return this.resourceOf.get(document.json)!;
  }

  private embeddedResources(): Map<string, Resource> {
    const all = new Map<string, Resource>();
    for (const document of this.passed.values()) {
      this.index(document);
      for (const [uri, resource] of document.resources) if (!all.has(uri)) all.set(uri, resource);
    }
    return all;
  }

  private documentsByRootId(): Map<string, SchemaDocument> {
    const all = new Map<string, SchemaDocument>();
    for (const document of [this.own, ...this.passed.values()]) {
      const id = document.json.kind === "object" ? document.json.entries.get("$id") : undefined;
      const uri = id?.kind === "string" ? resolveUri(splitFragment(id.value)[0], document.uri) : undefined;
      if (uri !== undefined && !all.has(uri)) all.set(uri, document);
    }
    return all;
  }

  /** By retrieval URI, or by the `$id` of a document's root. */
  private metaschema(uri: string): SchemaDocument | undefined {
    const absolute = resolveUri(splitFragment(uri)[0], defaultBase);
    return absolute === undefined ? undefined : (this.passed.get(absolute) ?? this.byRootId.get().get(absolute));
  }

  /** Finds what is in `document`; what is wrong with it is kept as its problem. Throws only where it can't be read at all. */
  private index(document: SchemaDocument): void {
    const { json } = document;
    if (document.isIndexed) return;
    document.isIndexed = true;
    const draft = this.draftAt(json, document.pointer, document) ?? this.rootDraft;
    if (document === this.own) this.rootDraft = draft;
    const resource = this.resource(document.uri, { json, pointer: document.pointer }, draft, document);
    document.resources.set(document.uri, resource);
    this.walk(json, document.pointer, resource, 0, false);
  }

  private resource(uri: string, { json, pointer }: Anchor, draft: Draft, document: SchemaDocument): Resource {
    const id = this.resourceCount++;
    return { id, uri, root: json, pointer, draft, document, anchors: new Map(), dynamicAnchors: new Map() };
  }

  /** Undefined where none is declared, or none that is known: then that is the document's problem. */
  private draftAt(json: JsonNode, pointer: string, document: SchemaDocument): Draft | undefined {
    try {
      return declaredDraft(json, pointer, (uri) => this.metaschema(uri));
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      document.problem ??= error;
      return undefined;
    }
  }

  /** `isStray`: what no keyword makes a schema, so that identifiers in it are none for anybody else. */
  private walk(json: JsonNode, pointer: string, outer: Resource, depth: number, isStray: boolean): void {
    const { document } = outer;
    if (this.resourceOf.has(json)) return;
    if (depth > this.limits.maxDepth) {
      document.problem ??= new ConstraintError(
        "limit",
        `The schema nests deeper than ${this.limits.maxDepth}`,
        at(pointer),
      );
      return;
    }
    if (json.kind !== "object") {
      if (json.kind !== "boolean") {
        document.problem ??= new ConstraintError("invalid", "A schema must be an object or a boolean", at(pointer));
      }
      this.resourceOf.set(json, outer);
      return;
    }
    const resource = this.identify(json, pointer, outer, isStray);
    this.resourceOf.set(json, resource);
    if (document.problem === undefined) {
      try {
        checkKeywords(json, pointer, resource.draft);
      } catch (error) {
        if (!(error instanceof ConstraintError)) throw error;
        document.problem = error;
      }
    }
    const isStrayBelow = isStray && resource === outer;
    eachSubschema(json, resource.draft, (child, path) => {
      this.walk(child, pointer + path, resource, depth + 1, isStrayBelow);
    });
  }

  /** The resource that `json` belongs to: a new one where it has an id. Records its anchors. */
  private identify(json: JsonObject, pointer: string, outer: Resource, isStray: boolean): Resource {
    const { document } = outer;
    const here = { json, pointer };
    let resource = outer;
    let draft = outer.draft;
    if (json !== outer.root && json.entries.has("$schema")) draft = this.embeddedDraft(here, outer);
    const id = json.entries.get(idKeyword(draft));
    if (id?.kind === "string" && !(json.entries.has("$ref") && ignoresRefSiblings(draft))) {
      const [uri, fragment] = splitFragment(id.value);
      const resolved = uri === "" ? undefined : resolveUri(uri, outer.uri);
      if (resolved !== undefined) {
        resource = this.resource(resolved, here, draft, document);
        if (!isStray && !document.resources.has(resolved)) document.resources.set(resolved, resource);
        // The document's own URI names the root as well as its retrieval URI does.
        if (pointer === document.pointer) document.resources.set(document.uri, resource);
      }
      if (fragment !== "" && draft.version <= 7) addTo(resource.anchors, fragment, here, isStray && resource === outer);
    }
    const isForNobody = isStray && resource === outer;
    for (const keyword of ["$anchor", "$dynamicAnchor"]) {
      const name = json.entries.get(keyword);
      if (name?.kind !== "string" || name.value === "" || !knowsKeyword(resource.draft, keyword)) continue;
      addTo(resource.anchors, name.value, here, isForNobody);
      if (keyword === "$dynamicAnchor") addTo(resource.dynamicAnchors, name.value, here, isForNobody);
    }
    const isRecursive = json.entries.get("$recursiveAnchor");
    if (json === resource.root && isRecursive?.kind === "boolean" && isRecursive.value) {
      if (knowsKeyword(resource.draft, "$recursiveAnchor"))
        addTo(resource.dynamicAnchors, recursiveAnchor, here, false);
    }
    return resource;
  }

  /**
   * `$schema` says something only at the root of a resource; whether it is one may depend on it. Where no dialect is declared around it, a relative
   * `id` makes none: in older schemas such stand below names that `#/definitions/…` goes through.
   */
  private embeddedDraft({ json, pointer }: { json: JsonObject; pointer: string }, outer: Resource): Draft {
    const id = json.entries.get("id");
    const isOld = id?.kind === "string" && (outer.draft.declared || resolveUri(id.value, "") !== undefined);
    if (!isOld && json.entries.get("$id")?.kind !== "string") return outer.draft;
    return this.draftAt(json, pointer, outer.document) ?? outer.draft;
  }
}

function addTo(anchors: Map<string, Anchor>, name: string, anchor: Anchor, isForNobody: boolean): void {
  if (!isForNobody && !anchors.has(name)) anchors.set(name, anchor);
}

function follow(documents: SchemaDocuments, resource: Resource, fragment: string): Place | undefined {
  let json = resource.root;
  let { pointer } = resource;
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
    inner = documents.resourceAt(json, inner);
  }
  return { json, pointer, resource: inner };
}

function anchor(resource: Resource, name: string): Place | undefined {
  const found = resource.anchors.get(name);
  return found === undefined ? undefined : { ...found, resource };
}

/** Core 2020-12, section 8.2.3.2, and 2019-09, section 8.2.4.2.2: only what is itself a dynamic anchor gives way to an outer one. */
function dynamicName(resource: Resource, json: JsonNode, fragment: string, keyword: string): string | undefined {
  if (keyword === "$ref") return undefined;
  const name = keyword === "$recursiveRef" ? recursiveAnchor : fragment;
  if (name === recursiveAnchor && keyword !== "$recursiveRef") return undefined;
  return resource.dynamicAnchors.get(name)?.json === json ? name : undefined;
}

function locatedIn<T>(document: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const { code, message, location } = error;
    if (location === undefined) throw new ConstraintError(code, message, at(document));
    if ("pointer" in location) throw new ConstraintError(code, message, at(document + location.pointer));
    throw new ConstraintError(code, message, { pointer: document, text: location });
  }
}

function entriesOf(passed: PassedDocuments | undefined): Iterable<readonly [string, unknown]> {
  if (passed === undefined) return [];
  if (passed instanceof Map) return passed;
  if (typeof passed !== "object" || passed === null || Array.isArray(passed)) {
    throw new ConstraintError("invalid", "documents must be an object or a Map from URIs to schemas");
  }
  return Object.entries(passed);
}

function absoluteUri(uri: unknown): string {
  const [base, fragment] = splitFragment(String(uri));
  const absolute = fragment === "" ? parseUri(base) : undefined;
  if (absolute !== undefined) return absolute;
  throw new ConstraintError("invalid", `documents has a key that isn't an absolute URI: ${JSON.stringify(uri)}`);
}

function splitFragment(uri: string): [uri: string, fragment: string] {
  const hash = uri.indexOf("#");
  return hash < 0 ? [uri, ""] : [uri.slice(0, hash), uri.slice(hash + 1)];
}

function resolveUri(uri: string, base: string): string | undefined {
  // A URN and the like as base: only equal references meet.
  return parseUri(uri, base) ?? (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(uri) ? uri : undefined);
}

/** Normalised: percent-encoded letters, digits, `-._~` stand for themselves (RFC 3986, section 6.2.2.2). */
function parseUri(uri: string, base?: string): string | undefined {
  try {
    return new URL(uri, base).href.replace(/%[0-9a-fA-F]{2}/g, (code) => {
      const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
    });
  } catch {
    return undefined;
  }
}
