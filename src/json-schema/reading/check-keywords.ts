// Is each keyword of a schema object of the form that the drafts' metaschemas give it? By hand rather than by a metaschema
// run, so that the error has the pointer and that what is harmless (an empty `required`) isn't refused.
import { ConstraintError } from "../../base/errors.ts";
import { type Draft, knowsKeyword, readsBooleanExclusive, readsItemLists, readsNumericExclusive } from "./draft.ts";
import { at, escapeSegment, type JsonNode, type JsonObject } from "./json-text.ts";

type Check = (value: JsonNode, draft: Draft) => string | undefined;

export const typeNames = ["null", "boolean", "integer", "number", "string", "array", "object"] as const;
export type TypeName = (typeof typeNames)[number];

const isTypeName = (value: JsonNode): boolean =>
  value.kind === "string" && (typeNames as readonly string[]).includes(value.value);

const string: Check = (value) => (value.kind === "string" ? undefined : "a string");
const number: Check = (value) => (value.kind === "number" ? undefined : "a number");
const boolean: Check = (value) => (value.kind === "boolean" ? undefined : "a boolean");
const schema: Check = (value) => (value.kind === "object" || value.kind === "boolean" ? undefined : "a schema");
const count: Check = (value) => (countOf(value) === undefined ? "a non-negative integer" : undefined);
const schemaList: Check = (value) =>
  value.kind === "array" && value.items.length > 0 && value.items.every((item) => schema(item, none) === undefined)
    ? undefined
    : "a non-empty array of schemas";
const schemaMap: Check = (value) =>
  value.kind === "object" && [...value.entries.values()].every((item) => schema(item, none) === undefined)
    ? undefined
    : "an object of schemas";
const isStringList = (value: JsonNode): boolean =>
  value.kind === "array" && value.items.every((item) => item.kind === "string");
const stringList: Check = (value) => (isStringList(value) ? undefined : "an array of strings");
const exclusive: Check = (value, draft) => {
  if (value.kind === "boolean" && readsBooleanExclusive(draft)) return undefined;
  if (value.kind === "number" && readsNumericExclusive(draft)) return undefined;
  return draft.version === 4 ? "a boolean" : "a number";
};

const none: Draft = { version: 2020, declared: false };

const checks = new Map<string, Check>([
  [
    "type",
    (value) =>
      isTypeName(value) || (value.kind === "array" && value.items.length > 0 && value.items.every(isTypeName))
        ? undefined
        : `one of the types ${typeNames.join(", ")}, or an array of them`,
  ],
  ["enum", (value) => (value.kind === "array" ? undefined : "an array")],
  ["multipleOf", (value) => (value.kind === "number" && isPositive(value.text) ? undefined : "a number above 0")],
  ["minimum", number],
  ["maximum", number],
  ["exclusiveMinimum", exclusive],
  ["exclusiveMaximum", exclusive],
  ["minLength", count],
  ["maxLength", count],
  ["pattern", string],
  ["format", string],
  ["minItems", count],
  ["maxItems", count],
  ["minContains", count],
  ["maxContains", count],
  ["uniqueItems", boolean],
  ["minProperties", count],
  ["maxProperties", count],
  ["required", stringList],
  ["properties", schemaMap],
  ["patternProperties", schemaMap],
  ["additionalProperties", schema],
  ["unevaluatedProperties", schema],
  ["propertyNames", schema],
  ["dependentSchemas", schemaMap],
  [
    "dependentRequired",
    (value) =>
      value.kind === "object" && [...value.entries.values()].every(isStringList)
        ? undefined
        : "an object of arrays of strings",
  ],
  [
    "dependencies",
    (value) =>
      value.kind === "object" &&
      [...value.entries.values()].every((item) => isStringList(item) || schema(item, none) === undefined)
        ? undefined
        : "an object of schemas or arrays of strings",
  ],
  [
    "items",
    (value, draft) => {
      if (value.kind !== "array") return schema(value, draft);
      if (!readsItemLists(draft)) return "a schema (a list of schemas is prefixItems in this draft)";
      return value.items.every((item) => schema(item, none) === undefined)
        ? undefined
        : "a schema, or an array of schemas";
    },
  ],
  ["prefixItems", schemaList],
  ["additionalItems", schema],
  ["unevaluatedItems", schema],
  ["contains", schema],
  ["allOf", schemaList],
  ["anyOf", schemaList],
  ["oneOf", schemaList],
  ["not", schema],
  ["if", schema],
  ["then", schema],
  ["else", schema],
  ["definitions", schemaMap],
  ["$defs", schemaMap],
  ["$ref", string],
  ["$recursiveRef", (value) => (value.kind === "string" && value.value === "#" ? undefined : '"#"')],
  ["$dynamicRef", string],
]);

/** Throws "invalid", with the keyword's pointer, at the first keyword of the wrong form. Keywords that the draft doesn't know may be anything. */
export function checkKeywords(json: JsonObject, pointer: string, draft: Draft): void {
  for (const [keyword, value] of json.entries) {
    const check = checks.get(keyword);
    if (check === undefined || !knowsKeyword(draft, keyword)) continue;
    const wanted = check(value, draft);
    if (wanted !== undefined) {
      throw new ConstraintError("invalid", `${keyword} must be ${wanted}`, at(`${pointer}/${escapeSegment(keyword)}`));
    }
  }
}

/** A count as JSON numbers spell it (`2`, `2.0`, `1e3`); anything above 2^53 counts as Infinity. Undefined where it is no count. */
export function countOf(value: JsonNode): number | undefined {
  if (value.kind !== "number") return undefined;
  const number = Number(value.text);
  if (number > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY;
  return Number.isInteger(number) && number >= 0 ? number : undefined;
}

function isPositive(text: string): boolean {
  return !text.startsWith("-") && /[1-9]/.test(text.split(/[eE]/)[0]!);
}
