// The dynamic scope: which resource binds each dynamic anchor, the outermost of those that evaluation is in (JSON Schema core
// 2020-12, section 7.1). The path of references determines it, so a subschema's meaning is that of (its JSON, its scope). Of a
// scope only the names are kept that a dynamic reference below asks for, so subschemas without any have one meaning only.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { knowsKeyword } from "./draft.ts";
import type { JsonNode } from "./json-text.ts";
import type { Place, Resource, SchemaDocuments } from "./schema-documents.ts";
import { eachApplied } from "./subschemas.ts";

/** Interned: the same bindings are the same object. */
export interface Scope {
  readonly bindings: ReadonlyMap<string, Resource>;
}

/** Where every scope meets every other one, they are as many as the subsets of the resources. */
const maxScopes = 10_000;
/** Bindings that may be looked at, all scopes together. */
const maxWork = 5_000_000;

/** Owned by one lowering. */
export class Scopes {
  readonly empty: Scope = { bindings: new Map() };
  private readonly byKey = new Map<string, Scope>([["", this.empty]]);
  private readonly names: ReadonlyMap<JsonNode, ReadonlySet<string>>;
  private work = 0;

  /** `root` is where evaluation begins. Cost: linear in what is reached from there, times the dynamic anchors asked for. */
  constructor(root: Place, documents: SchemaDocuments, limits: Limits) {
    this.names = new NameSearch(documents, limits).run(root);
  }

  /** The scope at the subschema `json` in `resource`, come to from `outer`. Throws "limit" where there are too many. */
  enter(outer: Scope, json: JsonNode, resource: Resource): Scope {
    const names = this.names.get(json);
    if (names === undefined) return this.empty;
    this.work += names.size;
    if (this.work > maxWork || this.byKey.size > maxScopes)
      throw new ConstraintError("limit", "The dynamic references can mean too many things");
    const bindings = new Map<string, Resource>();
    for (const name of names) {
      const bound = outer.bindings.get(name) ?? (resource.dynamicAnchors.has(name) ? resource : undefined);
      if (bound !== undefined) bindings.set(name, bound);
    }
    const key = JSON.stringify([...bindings].map(([name, { id }]) => [name, id]).sort());
    let scope = this.byKey.get(key);
    if (scope === undefined) this.byKey.set(key, (scope = { bindings }));
    return scope;
  }
}

/** The subschemas that bind a name, and what refers to them by it. */
interface Name {
  readonly places: Place[];
  isAsked: boolean;
}

/** Which names each subschema asks for, itself or by what it applies: backwards along the references from those that do. */
class NameSearch {
  private readonly documents: SchemaDocuments;
  private readonly limits: Limits;
  private readonly names = new Map<string, Name>();
  private readonly users = new Map<JsonNode | Name, (JsonNode | Name)[]>();
  private readonly met = new Set<JsonNode | Resource>();
  private readonly todo: Place[] = [];
  private readonly asking: (readonly [JsonNode, string])[] = [];

  constructor(documents: SchemaDocuments, limits: Limits) {
    this.documents = documents;
    this.limits = limits;
  }

  run(root: Place): ReadonlyMap<JsonNode, ReadonlySet<string>> {
    this.meet(root);
    for (let place = this.todo.pop(); place !== undefined; place = this.todo.pop()) this.visit(place);
    return this.spread();
  }

  private meet(place: Place): void {
    if (this.met.has(place.json)) return;
    this.met.add(place.json);
    this.todo.push(place);
  }

  private visit({ json, pointer, resource }: Place): void {
    if (json.kind !== "object") return;
    this.enter(resource);
    eachApplied(json, resource.draft, (child, path) => {
      const inner = this.documents.resourceAt(child, resource);
      this.link(json, { json: child, pointer: pointer + path, resource: inner });
    });
    for (const keyword of ["$ref", "$recursiveRef", "$dynamicRef"]) {
      const ref = json.entries.get(keyword);
      if (ref?.kind !== "string" || !knowsKeyword(resource.draft, keyword)) continue;
      try {
        const target = this.documents.resolve({ json, pointer, resource }, ref, keyword);
        this.link(json, target);
        if (target.dynamicName !== undefined) this.ask(json, target.dynamicName);
      } catch (error) {
        // Whoever gets there is told.
        if (!(error instanceof ConstraintError)) throw error;
      }
    }
  }

  private link(user: JsonNode | Name, place: Place): void {
    this.use(user, place.json);
    this.meet(place);
  }

  private use(user: JsonNode | Name, used: JsonNode | Name): void {
    const users = this.users.get(used);
    if (users === undefined) this.users.set(used, [user]);
    else users.push(user);
  }

  private enter(resource: Resource): void {
    if (this.met.has(resource)) return;
    this.met.add(resource);
    for (const [text, anchor] of resource.dynamicAnchors) {
      const name = this.name(text);
      const place = { ...anchor, resource };
      name.places.push(place);
      if (name.isAsked) this.link(name, place);
    }
  }

  private ask(json: JsonNode, text: string): void {
    const name = this.name(text);
    this.asking.push([json, text]);
    this.use(json, name);
    if (name.isAsked) return;
    name.isAsked = true;
    for (const place of name.places) this.link(name, place);
  }

  private name(text: string): Name {
    let name = this.names.get(text);
    if (name === undefined) this.names.set(text, (name = { places: [], isAsked: false }));
    return name;
  }

  private spread(): Map<JsonNode, Set<string>> {
    const found = new Map<JsonNode | Name, Set<string>>();
    // A name that only one resource binds has one meaning in every scope.
    const asking = this.asking.filter(([, text]) => this.name(text).places.length > 1);
    const todo: (readonly [JsonNode | Name, string])[] = asking;
    let pairs = 0;
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [json, name] = next;
      let names = found.get(json);
      if (names === undefined) found.set(json, (names = new Set()));
      if (names.has(name)) continue;
      names.add(name);
      if (++pairs > this.limits.maxTermNodes) {
        throw new ConstraintError("limit", "The dynamic references have too many names");
      }
      for (const user of this.users.get(json) ?? []) todo.push([user, name]);
    }
    return found as Map<JsonNode, Set<string>>;
  }
}
