// A JSON Schema validator as the specification tells it (core 2020-12, sections 7.7 and 10 to 11): each schema says whether it holds
// and what it evaluated. Slow and plain, for the keywords of the tests of unevaluated* and of the lenient mode: Ajv goes by what the schema looks like, and
// is wrong where that differs.
import type { Json } from "./json.ts";

/** The keys (of an object) or indices (of an array) that were evaluated; undefined where the schema doesn't hold. */
type Evaluated = ReadonlySet<string> | undefined;

/** Is `json` valid? References are pointers into `root`; `draft` decides about lists of items and `contains`. */
export function isValid(root: unknown, json: Json, draft: 2019 | 2020): boolean {
  return new Validator(root, draft).evaluate(root, json) !== undefined;
}

class Validator {
  private readonly root: unknown;
  private readonly draft: 2019 | 2020;

  constructor(root: unknown, draft: 2019 | 2020) {
    this.root = root;
    this.draft = draft;
  }

  evaluate(schema: unknown, json: Json): Evaluated {
    if (typeof schema === "boolean") return schema ? new Set() : undefined;
    const object = schema as Record<string, unknown>;
    const seen = new Set<string>();
    let holds = true;
    const need = (condition: boolean) => {
      holds &&= condition;
    };
    /** A subschema in the same place: its evaluations count where it holds. */
    const inPlace = (sub: unknown): boolean => {
      const evaluated = this.evaluate(sub, json);
      for (const each of evaluated ?? []) seen.add(each);
      return evaluated !== undefined;
    };
    const list = (keyword: string) => object[keyword] as unknown[];
    const map = (keyword: string) => Object.entries(object[keyword] as object);
    const has = (keyword: string) => Object.hasOwn(object, keyword);

    if (has("$ref")) need(inPlace(this.resolve(object["$ref"] as string)));
    if (has("const")) need(json === object["const"]);
    if (has("enum")) need(list("enum").includes(json));
    if (has("type")) need([object["type"]].flat().some((type) => isOfType(json, type as string)));
    if (has("pattern") && typeof json === "string") need(new RegExp(object["pattern"] as string, "u").test(json));
    if (has("allOf")) for (const sub of list("allOf")) need(inPlace(sub));
    if (has("anyOf")) need(list("anyOf").filter(inPlace).length > 0);
    if (has("oneOf")) need(list("oneOf").filter(inPlace).length === 1);
    if (has("not")) need(this.evaluate(object["not"], json) === undefined);
    if (has("if")) {
      const branch = inPlace(object["if"]) ? "then" : "else";
      if (has(branch)) need(inPlace(object[branch]));
    }
    if (Array.isArray(json)) this.evaluateItems(object, json, seen, need);
    else if (typeof json === "object" && json !== null) {
      const keys = Object.keys(json);
      if (has("required")) for (const key of list("required")) need(keys.includes(key as string));
      if (has("dependentSchemas")) {
        for (const [key, sub] of map("dependentSchemas")) if (keys.includes(key)) need(inPlace(sub));
      }
      if (has("propertyNames")) for (const key of keys) need(this.evaluate(object["propertyNames"], key) !== undefined);
      const own = new Set<string>();
      const apply = (key: string, sub: unknown, into: Set<string>) => {
        need(this.evaluate(sub, json[key]!) !== undefined);
        into.add(key);
      };
      if (has("properties")) for (const [key, sub] of map("properties")) if (keys.includes(key)) apply(key, sub, own);
      if (has("patternProperties")) {
        for (const [pattern, sub] of map("patternProperties")) {
          for (const key of keys) if (new RegExp(pattern, "u").test(key)) apply(key, sub, own);
        }
      }
      if (has("additionalProperties")) {
        for (const key of keys.filter((each) => !own.has(each))) apply(key, object["additionalProperties"], own);
      }
      for (const key of own) seen.add(key);
      if (has("unevaluatedProperties")) {
        for (const key of keys.filter((each) => !seen.has(each))) apply(key, object["unevaluatedProperties"], seen);
      }
    }
    return holds ? seen : undefined;
  }

  private evaluateItems(
    object: Record<string, unknown>,
    json: readonly Json[],
    seen: Set<string>,
    need: (condition: boolean) => void,
  ): void {
    const apply = (index: number, sub: unknown) => {
      need(this.evaluate(sub, json[index]!) !== undefined);
      seen.add(String(index));
    };
    const isList = this.draft === 2019 && Array.isArray(object["items"]);
    const own = this.draft === 2020 ? object["prefixItems"] : undefined;
    const prefix = ((isList ? object["items"] : own) ?? []) as unknown[];
    const rest = isList ? object["additionalItems"] : object["items"];
    json.forEach((_, i) => {
      if (i < prefix.length) apply(i, prefix[i]);
      else if (rest !== undefined) apply(i, rest);
    });
    if (Object.hasOwn(object, "contains")) {
      const matches = json.flatMap((item, i) => (this.evaluate(object["contains"], item) === undefined ? [] : [i]));
      need(matches.length >= Number(object["minContains"] ?? 1));
      need(matches.length <= Number(object["maxContains"] ?? matches.length));
      if (this.draft === 2020) for (const i of matches) seen.add(String(i));
    }
    if (Object.hasOwn(object, "minItems")) need(json.length >= Number(object["minItems"]));
    if (object["uniqueItems"] === true) need(new Set(json.map((item) => canonical(item))).size === json.length);
    if (Object.hasOwn(object, "unevaluatedItems")) {
      json.forEach((_, i) => {
        if (!seen.has(String(i))) apply(i, object["unevaluatedItems"]);
      });
    }
  }

  private resolve(ref: string): unknown {
    let at = this.root;
    for (const segment of ref.split("/").slice(1)) at = (at as Record<string, unknown>)[segment];
    return at;
  }
}

function isOfType(json: Json, type: string): boolean {
  if (json === null) return type === "null";
  if (Array.isArray(json)) return type === "array";
  if (typeof json === "number") return type === "number" || (type === "integer" && Number.isInteger(json));
  return type === typeof json;
}

function canonical(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join()}]`;
  if (typeof json !== "object" || json === null) return JSON.stringify(json);
  const entries = Object.entries(json).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.sort().join()}}`;
}
