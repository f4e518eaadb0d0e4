// From one schema object to its assertions, each with its meaning under the schema's draft: what the normal form is built
// from. A keyword that asserts something and isn't supported is an error with its place, never dropped.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { type Decimal, one, parseDecimal } from "../numbers/decimal.ts";
import { countOf } from "../reading/check-keywords.ts";
import { ignoresRefSiblings, readsItemLists } from "../reading/draft.ts";
import { at, escapeSegment, type JsonNode, type JsonObject } from "../reading/json-text.ts";
import type { SchemaGraph, SchemaNode } from "../reading/schema-graph.ts";
import { type ArrayShape, anyArray, type Contains } from "../shapes/array-shape.ts";
import { type Conjunction, type Conjunctions, literalOf } from "../shapes/conjunction.ts";
import { anyNumber, type Bound, type NumberShape } from "../shapes/number-shape.ts";
import {
  anyObject,
  type Dependency,
  type Layer,
  type Layers,
  type ObjectShape,
  sortDependencies,
} from "../shapes/object-shape.ts";
import { anyString, type LanguageUse, type StringShape } from "../shapes/string-shape.ts";
import type { StringLanguages } from "../strings/string-languages.ts";
import type { EqualSubschemas } from "./equal-subschemas.ts";
import type { Evaluations } from "./evaluations.ts";

export type TypeSet = ReadonlySet<string>;

/** One thing that a schema object asserts; `place` is the pointer of the keyword. */
export type Assertion = { readonly place: string } & (
  | { readonly kind: "types"; readonly types: TypeSet }
  | { readonly kind: "values"; readonly values: readonly JsonNode[] }
  | { readonly kind: "number"; readonly shape: NumberShape }
  | { readonly kind: "string"; readonly shape: StringShape }
  | { readonly kind: "array"; readonly shape: ArrayShape }
  | { readonly kind: "object"; readonly shape: ObjectShape }
  | { readonly kind: "all" | "any" | "one"; readonly parts: readonly Conjunction[] }
  | { readonly kind: "not"; readonly part: Conjunction }
  | { readonly kind: "if"; readonly test: Conjunction; readonly then: Conjunction; readonly otherwise: Conjunction }
  | { readonly kind: "dependent"; readonly key: string; readonly part: Conjunction }
  /** All of at least one of these. */
  | { readonly kind: "some"; readonly choices: readonly (readonly Assertion[])[] }
);

/** What reading keywords needs. */
export interface KeywordContext {
  readonly graph: SchemaGraph;
  /** Null: every place is looked at for itself, since it may become another. */
  readonly equals: EqualSubschemas | null;
  readonly conjunctions: Conjunctions;
  readonly layers: Layers;
  readonly evaluations: Evaluations;
  readonly languages: StringLanguages;
  readonly limits: Limits;
  readonly format: "assert" | "annotate";
  readonly unknownFormat: "annotate" | "refuse";
}

/** The assertions of a schema object, but for unevaluated* (unevaluated.ts). Throws "unsupported" or "invalid" with the keyword's pointer. */
export function readKeywords(node: SchemaNode, json: JsonObject, context: KeywordContext): Assertion[] {
  return new KeywordReader(node, json, context).read();
}

/** The conjunction of one subschema: true and false schemas are recognised, a lone `$ref` stands for its target. */
export function conjunctionOf(node: SchemaNode, context: KeywordContext): Conjunction {
  const { graph, equals, conjunctions } = context;
  const target = graph.follow(node);
  const { json, isValue } = target;
  if (!isValue && json.kind === "boolean") return json.value ? conjunctions.true : conjunctions.false;
  if (!isValue && json.kind === "object" && json.entries.size === 0) return conjunctions.true;
  return conjunctions.of([literalOf((equals?.firstOf(target) ?? target).id)]);
}

/** Errors of `read` are at `pointer`. */
export function locatedAt<T>(pointer: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const text = error.location !== undefined && "offset" in error.location ? { text: error.location } : {};
    throw new ConstraintError(error.code, error.message, { pointer, ...text });
  }
}

class KeywordReader {
  private readonly node: SchemaNode;
  private readonly json: JsonObject;
  private readonly context: KeywordContext;
  private readonly out: Assertion[] = [];

  constructor(node: SchemaNode, json: JsonObject, context: KeywordContext) {
    this.node = node;
    this.json = json;
    this.context = context;
  }

  read(): Assertion[] {
    this.readReferences();
    if (this.json.entries.has("$ref") && ignoresRefSiblings(this.node.resource.draft)) return this.out;
    this.readTypes();
    this.readNumbers();
    this.readStrings();
    this.readArrays();
    this.readObjects();
    this.readApplicators();
    return this.out;
  }

  private get(keyword: string): JsonNode | undefined {
    return this.context.graph.get(this.node, keyword);
  }

  private place(keyword: string): string {
    return `${this.node.pointer}/${escapeSegment(keyword)}`;
  }

  private unsupported(keyword: string, message = `${keyword} isn't supported`): never {
    throw new ConstraintError("unsupported", message, at(this.place(keyword)));
  }

  private conjunction(json: JsonNode, ...path: string[]): Conjunction {
    return conjunctionOf(this.context.graph.child(this.node, json, ...path), this.context);
  }

  private count(keyword: string, otherwise: number): number {
    const value = this.get(keyword);
    return value === undefined ? otherwise : (countOf(value) ?? otherwise);
  }

  private strings(value: JsonNode): string[] {
    return value.kind === "array" ? value.items.flatMap((item) => (item.kind === "string" ? [item.value] : [])) : [];
  }

  private schemaList(keyword: string): Conjunction[] {
    const value = this.get(keyword);
    return value?.kind === "array" ? value.items.map((item, i) => this.conjunction(item, keyword, String(i))) : [];
  }

  private readReferences(): void {
    const { graph } = this.context;
    for (const keyword of ["$ref", "$recursiveRef", "$dynamicRef"]) {
      const ref = this.get(keyword);
      if (ref?.kind !== "string") continue;
      const target = graph.resolve(this.node, ref, keyword);
      this.out.push({ kind: "all", parts: [conjunctionOf(target, this.context)], place: this.place(keyword) });
    }
  }

  private readTypes(): void {
    const type = this.get("type");
    if (type !== undefined) {
      const names = type.kind === "string" ? [type.value] : this.strings(type);
      this.out.push({ kind: "types", types: new Set(names), place: this.place("type") });
    }
    const values = this.get("enum");
    if (values?.kind === "array") this.out.push({ kind: "values", values: values.items, place: this.place("enum") });
    const value = this.get("const");
    if (value !== undefined) this.out.push({ kind: "values", values: [value], place: this.place("const") });
  }

  private readNumbers(): void {
    const low = this.bound("minimum", "exclusiveMinimum");
    if (low !== undefined) this.number("minimum", { ...anyNumber, low: low[0] });
    if (low?.[1] !== undefined) this.number("exclusiveMinimum", { ...anyNumber, low: low[1] });
    const high = this.bound("maximum", "exclusiveMaximum");
    if (high !== undefined) this.number("maximum", { ...anyNumber, high: high[0] });
    if (high?.[1] !== undefined) this.number("exclusiveMaximum", { ...anyNumber, high: high[1] });
    const multiple = this.decimal("multipleOf");
    if (multiple !== undefined) this.number("multipleOf", { ...anyNumber, multiples: [multiple] });
  }

  private number(keyword: string, shape: NumberShape): void {
    if (shape.low === undefined && shape.high === undefined && shape.multiples.length === 0) return;
    this.out.push({ kind: "number", shape, place: this.place(keyword) });
  }

  private bound(inclusive: string, exclusive: string): [Bound | undefined, Bound | undefined] | undefined {
    const flag = this.get(exclusive);
    const value = this.decimal(inclusive);
    const isExclusive = flag?.kind === "boolean" && flag.value;
    const own = flag?.kind === "number" ? this.decimal(exclusive) : undefined;
    return [
      value === undefined ? undefined : { value, exclusive: isExclusive },
      own === undefined ? undefined : { value: own, exclusive: true },
    ];
  }

  private decimal(keyword: string): Decimal | undefined {
    const value = this.get(keyword);
    return value?.kind === "number" ? this.located(keyword, () => parseDecimal(value.text)) : undefined;
  }

  private located<T>(keyword: string, read: () => T): T {
    return locatedAt(this.place(keyword), read);
  }

  private readStrings(): void {
    const min = this.count("minLength", 0);
    const max = this.count("maxLength", Number.POSITIVE_INFINITY);
    if (min > 0) this.string("minLength", { ...anyString, min });
    if (max !== Number.POSITIVE_INFINITY) this.string("maxLength", { ...anyString, max });
    const pattern = this.get("pattern");
    if (pattern?.kind === "string") {
      const key = this.located("pattern", () => this.context.languages.pattern(pattern.value));
      this.string("pattern", { ...anyString, languages: [{ key, negated: false }] });
    }
    this.readFormat();
  }

  private string(keyword: string, shape: StringShape): void {
    this.out.push({ kind: "string", shape, place: this.place(keyword) });
  }

  private readFormat(): void {
    const format = this.get("format");
    const isAsked = this.node.resource.draft.assertsFormat === true;
    if (format?.kind !== "string" || (this.context.format === "annotate" && !isAsked)) return;
    const range = integerFormats.get(format.value);
    if (range !== undefined) {
      const low = { value: parseDecimal(range[0]), exclusive: false };
      const high = { value: parseDecimal(range[1]), exclusive: false };
      this.number("format", { ...anyNumber, low, high, multiples: [one] });
      return;
    }
    const known = this.context.languages.format(format.value);
    if (known !== undefined) {
      const languages: LanguageUse[] = [{ key: known.key, negated: false }];
      this.string("format", { ...anyString, languages, max: known.maxLength });
    } else if ((this.context.unknownFormat === "refuse" || isAsked) && !plainFormats.has(format.value)) {
      this.unsupported("format", `The format ${JSON.stringify(format.value)} isn't known`);
    }
  }

  private readArrays(): void {
    const { conjunctions } = this.context;
    const any = anyArray(conjunctions);
    let prefix = this.schemaList("prefixItems");
    let rest: Conjunction | undefined;
    const items = this.get("items");
    if (items?.kind === "array" && readsItemLists(this.node.resource.draft)) {
      if (prefix.length > 0) this.unsupported("items", "A list in items beside prefixItems isn't supported");
      prefix = items.items.map((item, i) => this.conjunction(item, "items", String(i)));
      const additional = this.get("additionalItems");
      if (additional !== undefined) rest = this.conjunction(additional, "additionalItems");
    } else if (items !== undefined) {
      rest = this.conjunction(items, "items");
    }
    if (prefix.length > 0 || rest !== undefined) {
      this.array("items", { ...any, prefix, rest: rest ?? conjunctions.true });
    }
    const min = this.count("minItems", 0);
    const max = this.count("maxItems", Number.POSITIVE_INFINITY);
    if (min > 0) this.array("minItems", { ...any, min });
    if (max !== Number.POSITIVE_INFINITY) this.array("maxItems", { ...any, max });
    const unique = this.get("uniqueItems");
    if (unique?.kind === "boolean" && unique.value) this.array("uniqueItems", { ...any, unique: true });
    const contained = this.get("contains");
    if (contained !== undefined) {
      const item = this.conjunction(contained, "contains");
      const contains: Contains = {
        from: 0,
        item,
        min: this.count("minContains", 1),
        max: this.count("maxContains", Number.POSITIVE_INFINITY),
      };
      if (contains.min > 0 || contains.max !== Number.POSITIVE_INFINITY) {
        this.array("contains", { ...any, contains: [contains] });
      }
    }
  }

  private array(keyword: string, shape: ArrayShape): void {
    this.out.push({ kind: "array", shape, place: this.place(keyword) });
  }

  private readObjects(): void {
    const { conjunctions, layers } = this.context;
    const any = anyObject(conjunctions);
    const properties = this.schemaMap("properties");
    const patterns: Layer["patterns"] = [...this.schemaMap("patternProperties")].map(([pattern, value]) => ({
      language: locatedAt(`${this.place("patternProperties")}/${escapeSegment(pattern)}`, () =>
        this.context.languages.pattern(pattern),
      ),
      value,
    }));
    const additional = this.get("additionalProperties");
    if (properties.size > 0 || patterns.length > 0 || additional !== undefined) {
      const rest = additional === undefined ? conjunctions.true : this.conjunction(additional, "additionalProperties");
      this.object("properties", { ...any, layers: [layers.of(properties, patterns, rest)] });
    }
    const required = this.get("required");
    if (required !== undefined) {
      const keys = [...new Set(this.strings(required))].sort();
      if (keys.length > 0) this.object("required", { ...any, required: keys });
    }
    const min = this.count("minProperties", 0);
    const max = this.count("maxProperties", Number.POSITIVE_INFINITY);
    if (min > 0) this.object("minProperties", { ...any, min });
    if (max !== Number.POSITIVE_INFINITY) this.object("maxProperties", { ...any, max });
    const names = this.get("propertyNames");
    if (names !== undefined) this.object("propertyNames", { ...any, names: this.conjunction(names, "propertyNames") });
    this.readDependencies(any);
  }

  private object(keyword: string, shape: ObjectShape): void {
    this.out.push({ kind: "object", shape, place: this.place(keyword) });
  }

  private readDependencies(any: ObjectShape): void {
    for (const keyword of ["dependencies", "dependentRequired", "dependentSchemas"]) {
      const value = this.get(keyword);
      if (value?.kind !== "object") continue;
      const dependencies: Dependency[] = [];
      for (const [key, item] of value.entries) {
        if (item.kind === "array") {
          const needs = [...new Set(this.strings(item))].filter((need) => need !== key).sort();
          if (needs.length > 0) dependencies.push({ key, needs });
        } else {
          const part = this.conjunction(item, keyword, key);
          this.out.push({ kind: "dependent", key, part, place: this.place(keyword) });
        }
      }
      if (dependencies.length > 0) this.object(keyword, { ...any, dependencies: sortDependencies(dependencies) });
    }
  }

  private schemaMap(keyword: string): Map<string, Conjunction> {
    const value = this.get(keyword);
    const out = new Map<string, Conjunction>();
    if (value?.kind !== "object") return out;
    for (const [name, item] of value.entries) out.set(name, this.conjunction(item, keyword, name));
    return out;
  }

  private readApplicators(): void {
    const { conjunctions } = this.context;
    for (const [keyword, kind] of [
      ["allOf", "all"],
      ["anyOf", "any"],
      ["oneOf", "one"],
    ] as const) {
      const parts = this.schemaList(keyword);
      if (this.get(keyword)?.kind !== "array") continue;
      const isAnyOf = kind === "one" && this.context.graph.dropped.isAnyOf(this.json);
      this.out.push({ kind: isAnyOf ? "any" : kind, parts, place: this.place(keyword) });
    }
    const negated = this.get("not");
    if (negated !== undefined) {
      this.out.push({ kind: "not", part: this.conjunction(negated, "not"), place: this.place("not") });
    }
    const test = this.get("if");
    if (test === undefined) return;
    const branch = (keyword: string) => {
      const value = this.get(keyword);
      return value === undefined ? conjunctions.true : this.conjunction(value, keyword);
    };
    const then = branch("then");
    const otherwise = branch("else");
    if (then === conjunctions.true && otherwise === conjunctions.true) return;
    this.out.push({ kind: "if", test: this.conjunction(test, "if"), then, otherwise, place: this.place("if") });
  }
}

const integerFormats = new Map<string, readonly [string, string]>([
  ["int32", ["-2147483648", "2147483647"]],
  ["int64", ["-9223372036854775808", "9223372036854775807"]],
]);

/** Known, and without anything to assert beyond the type. */
const plainFormats = new Set(["float", "double", "password", "binary"]);
