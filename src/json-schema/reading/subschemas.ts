// Where subschemas stand in a schema object: directly under a keyword, in an array, or in an object. Only there is `$id` an
// identifier and `$anchor` an anchor (JSON Schema core 2020-12, section 9.4.2); one table for all who walk a schema.
import { type Draft, ignoresRefSiblings, knowsKeyword } from "./draft.ts";
import { escapeSegment, type JsonNode, type JsonObject } from "./json-text.ts";

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
const mapKeywords = new Set(["properties", "patternProperties", "dependentSchemas", "dependencies"]);
/** Schemas that apply only where something refers to them. */
const definitionKeywords = new Set(["definitions", "$defs"]);

type Visit = (child: JsonNode, path: string) => void;

/** Calls `visit` for each subschema of `json`, with its pointer below `json`. What stands there may be no schema at all. */
export function eachSubschema(json: JsonObject, draft: Draft, visit: Visit): void {
  each(json, draft, true, visit);
}

/** As `eachSubschema`, for those subschemas only that apply where `json` does. */
export function eachApplied(json: JsonObject, draft: Draft, visit: Visit): void {
  if (json.entries.has("$ref") && ignoresRefSiblings(draft)) return;
  each(json, draft, false, visit);
}

function each(json: JsonObject, draft: Draft, definitions: boolean, visit: Visit): void {
  for (const [keyword, value] of json.entries) {
    if (listKeywords.has(keyword) && value.kind === "array") {
      if (knowsKeyword(draft, keyword)) value.items.forEach((item, i) => visit(item, `/${keyword}/${i}`));
    } else if (schemaKeywords.has(keyword)) {
      if (knowsKeyword(draft, keyword)) visit(value, `/${keyword}`);
    } else if (
      value.kind === "object" &&
      (mapKeywords.has(keyword) || (definitions && definitionKeywords.has(keyword)))
    ) {
      if (!knowsKeyword(draft, keyword)) continue;
      for (const [name, item] of value.entries) {
        if (keyword === "dependencies" && item.kind === "array") continue;
        visit(item, `/${keyword}/${escapeSegment(name)}`);
      }
    }
  }
}
