// The schema of a function's arguments, which are an object whether or not its parameters say so.
import type { ToolFunction } from "./dialect.ts";

/** A schema as a value or as its text, as it was given. */
export function argumentSchema({ parameters }: ToolFunction): unknown {
  const schema = parsedSchema(parameters);
  if (typeof schema !== "object" || schema === null) return schema === false ? false : { type: "object" };
  return "type" in schema || "$ref" in schema ? parameters : { ...schema, type: "object" };
}

/**
 * The same, closed where the schema leaves it open what other arguments there may be: for styles in which the text of an argument of which nothing
 * is known may mean a string or something else.
 */
export function closedArgumentSchema(tool: ToolFunction): unknown {
  const schema = argumentSchema(tool);
  const parsed = parsedSchema(schema);
  if (typeof parsed !== "object" || parsed === null || openings.some((key) => key in parsed)) return schema;
  return { ...parsed, additionalProperties: false };
}

/** Keywords by which an object's schema says what else may be in it, or that elsewhere more is said. */
const openings = [
  "additionalProperties",
  "patternProperties",
  "unevaluatedProperties",
  "$ref",
  "$dynamicRef",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
];

/** Undefined for what isn't JSON: the compiler says what is wrong with it. */
export function parsedSchema(schema: unknown): unknown {
  if (typeof schema !== "string") return schema;
  try {
    return JSON.parse(schema);
  } catch {
    return undefined;
  }
}
