// Is a schema in the subset that OpenAI's Structured Outputs take with `strict: true`? Every rule that it breaks is told, not only the
// first. Rules and limits: platform.openai.com/docs/guides/structured-outputs, "Supported schemas", as of 2026; where that page leaves
// something open, this is how it is read here:
//   - A keyword is in if the page names it as supported, or as unsupported by fine-tuned models alone (minLength, maxLength), or if it
//     asserts nothing and isn't `default`, which the API refuses. So oneOf, prefixItems and uniqueItems are out; patternProperties, too,
//     whose keys can't be required.
//   - A subschema says what it allows (type, enum, const, anyOf or $ref), and an array what its items are: all else would let in objects
//     that aren't closed.
//   - Levels of nesting are objects within objects, the outermost being the first; references aren't followed.
import { ConstraintError, type Violation } from "../../base/errors.ts";
import { type Draft, knowsKeyword } from "./draft.ts";
import { at, escapeSegment, type JsonNode, type JsonObject } from "./json-text.ts";

const supported = new Set([
  ...["type", "enum", "const", "anyOf", "$ref", "$defs", "definitions"],
  ...["properties", "required", "additionalProperties", "items", "minItems", "maxItems"],
  ...["pattern", "format", "minLength", "maxLength"],
  ...["multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
]);
const annotations = new Set([
  ...["title", "description", "examples", "$comment", "deprecated", "readOnly", "writeOnly", "$schema"],
]);
/** Where subschemas stand, in an object or in a list. */
const mapKeywords = new Set(["properties", "patternProperties", "$defs", "definitions"]);
const listKeywords = new Set(["anyOf", "allOf", "oneOf", "prefixItems", "items"]);
const definitions = new Set(["$defs", "definitions"]);
const formats = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

const most = { properties: 5000, levels: 10, characters: 120_000, values: 1000 };
/** An enum of more strings than `values` may have so many characters in all. */
const largeEnum = { values: 250, characters: 15_000 };

/** Pointers may be as long as the schema: so many characters of them are kept, and so many violations told in the message. */
const maxPointerCharacters = 10_000_000;
const maxTold = 100;

/**
 * Throws "invalid" with all `violations` where the schema breaks a rule. `root` is well-formed: its keywords were checked. Cost: linear.
 */
export function checkStrictSubset(root: JsonNode, draft: Draft): void {
  const violations = new SubsetWalk(draft).violationsOf(root);
  const [first] = violations;
  if (first === undefined) return;
  const told = violations.slice(0, maxTold).map(({ location, rule }) => `#${location.pointer}: ${rule}`);
  if (violations.length > maxTold) told.push(`and ${violations.length - maxTold} more`);
  const message = `The schema isn't in the strict subset: ${told.join("; ")}`;
  throw new ConstraintError("invalid", message, first.location, violations);
}

class SubsetWalk {
  private readonly draft: Draft;
  private readonly violations: Violation[] = [];
  private pointerCharacters = 0;
  private readonly walked = new Set<JsonNode>();
  private readonly references: { readonly ref: string; readonly pointer: string }[] = [];
  private properties = 0;
  private levels = 0;
  private characters = 0;
  private values = 0;

  constructor(draft: Draft) {
    this.draft = draft;
  }

  violationsOf(root: JsonNode): readonly Violation[] {
    const entries = root.kind === "object" ? root.entries : new Map<string, JsonNode>();
    if (textOf(entries.get("type")) !== "object") this.add("", "type", 'the root must have type "object"');
    if (entries.has("anyOf")) this.add("/anyOf", "anyOf", "the root must not be an anyOf");
    this.schema(root, "", 0);
    for (const { ref, pointer } of this.references) this.reference(root, ref, pointer);
    this.atMost(this.properties, most.properties, "properties", "properties in all");
    this.atMost(this.levels, most.levels, "properties", "levels of nested objects");
    this.atMost(this.values, most.values, "enum", "enum values in all");
    const names = "characters of property names, definition names, enum and const values in all";
    this.atMost(this.characters, most.characters, "enum", names);
    return this.violations;
  }

  private add(pointer: string, keyword: string, rule: string): void {
    this.pointerCharacters += pointer.length + rule.length;
    if (this.pointerCharacters > maxPointerCharacters) return;
    this.violations.push({ location: at(pointer), keyword, rule });
  }

  private atMost(count: number, limit: number, keyword: string, what: string): void {
    if (count > limit) this.add("", keyword, `at most ${limit} ${what}; there are ${count}`);
  }

  private schema(json: JsonNode, pointer: string, level: number): void {
    this.walked.add(json);
    if (json.kind !== "object") {
      this.add(pointer, "type", "a subschema must be an object, not true or false");
      return;
    }
    for (const keyword of json.entries.keys()) {
      const isIn = annotations.has(keyword) || (supported.has(keyword) && knowsKeyword(this.draft, keyword));
      if (!isIn) this.add(`${pointer}/${escapeSegment(keyword)}`, keyword, `${keyword} isn't supported`);
    }
    const get = (keyword: string) => (knowsKeyword(this.draft, keyword) ? json.entries.get(keyword) : undefined);
    if (["type", "enum", "const", "anyOf", "$ref"].every((keyword) => get(keyword) === undefined)) {
      this.add(pointer, "type", "a subschema must have a type, an enum, a const, an anyOf or a $ref");
    }
    const types = namesIn(get("type"));
    let inner = level;
    if (types.includes("object") || get("properties") !== undefined) {
      inner++;
      this.levels = Math.max(this.levels, inner);
      this.object(json, pointer);
    }
    if (types.includes("array") && get("items") === undefined) {
      this.add(pointer, "items", "an array must have items");
    }
    const format = textOf(get("format"));
    if (format !== undefined && !formats.includes(format)) {
      const names = formats.join(", ");
      this.add(`${pointer}/format`, "format", `the format ${JSON.stringify(format)} isn't supported: only ${names}`);
    }
    if (get("items")?.kind === "array") this.add(`${pointer}/items`, "items", "items must be one schema, not a list");
    this.countValues(get("enum"), get("const"), pointer);
    const ref = textOf(get("$ref"));
    if (ref !== undefined) this.references.push({ ref, pointer: `${pointer}/$ref` });
    this.subschemas(json, pointer, inner);
  }

  /** Under keywords that aren't supported, too, where subschemas stand as they do under supported ones. */
  private subschemas(json: JsonObject, pointer: string, level: number): void {
    for (const [keyword, value] of json.entries) {
      const place = `${pointer}/${keyword}`;
      if (mapKeywords.has(keyword) && value.kind === "object") {
        for (const [name, item] of value.entries) {
          this.characters += countCharacters(name);
          this.schema(item, `${place}/${escapeSegment(name)}`, definitions.has(keyword) ? 0 : level);
        }
      } else if (listKeywords.has(keyword) && value.kind === "array") {
        for (const [i, item] of value.items.entries()) this.schema(item, `${place}/${i}`, level);
      } else if (keyword === "items" || (keyword === "additionalProperties" && value.kind === "object")) {
        this.schema(value, place, level);
      }
    }
  }

  private object(json: JsonObject, pointer: string): void {
    const closed = json.entries.get("additionalProperties");
    if (closed?.kind !== "boolean" || closed.value) {
      const place = closed === undefined ? pointer : `${pointer}/additionalProperties`;
      this.add(place, "additionalProperties", "an object must have additionalProperties: false");
    }
    const properties = json.entries.get("properties");
    const declared = properties?.kind === "object" ? properties.entries : new Map<string, JsonNode>();
    this.properties += declared.size;
    const required = new Set(namesIn(json.entries.get("required")));
    for (const name of declared.keys()) {
      if (required.has(name)) continue;
      const rule = "all properties must be required (for one that may be absent, allow null)";
      this.add(`${pointer}/properties/${escapeSegment(name)}`, "required", rule);
    }
    for (const name of required) {
      if (declared.has(name)) continue;
      this.add(`${pointer}/required`, "required", `${JSON.stringify(name)} is required, and isn't in properties`);
    }
  }

  private countValues(list: JsonNode | undefined, value: JsonNode | undefined, pointer: string): void {
    this.characters += countCharacters(textOf(value) ?? "");
    if (list?.kind !== "array") return;
    this.values += list.items.length;
    const characters = list.items.reduce((sum, item) => sum + countCharacters(textOf(item) ?? ""), 0);
    this.characters += characters;
    if (list.items.length > largeEnum.values && characters > largeEnum.characters) {
      const rule = `at most ${largeEnum.characters} characters in an enum of more than ${largeEnum.values} values; there are ${characters}`;
      this.add(`${pointer}/enum`, "enum", rule);
    }
  }

  /** A reference may only lead to what was walked: elsewhere in the document the rules may be broken unseen. */
  private reference(root: JsonNode, ref: string, pointer: string): void {
    const target = ref.startsWith("#") ? follow(root, ref.slice(1)) : undefined;
    if (target === undefined || !this.walked.has(target)) {
      this.add(pointer, "$ref", '$ref must be "#", or lead by a JSON Pointer to a definition or another subschema');
    }
  }
}

/** What a URI's fragment, read as a JSON Pointer, leads to. */
function follow(root: JsonNode, fragment: string): JsonNode | undefined {
  let json: JsonNode | undefined = root;
  const [first, ...segments] = decodeFragment(fragment).split("/");
  if (first !== "") return undefined;
  for (const escaped of segments) {
    const segment = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    if (json?.kind === "object") json = json.entries.get(segment);
    else json = json?.kind === "array" ? json.items[Number(segment)] : undefined;
  }
  return json;
}

function textOf(json: JsonNode | undefined): string | undefined {
  return json?.kind === "string" ? json.value : undefined;
}

/** `type` and `required`: a name, or a list of names. */
function namesIn(json: JsonNode | undefined): string[] {
  if (json?.kind === "array") return json.items.flatMap((item) => textOf(item) ?? []);
  return [textOf(json) ?? []].flat();
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A malformed one leads nowhere. */
function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
