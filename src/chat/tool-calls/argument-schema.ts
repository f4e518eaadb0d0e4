// The schema of a function's arguments, which are an object whether or not its parameters say so.
import type { ToolFunction } from "./dialect.ts";

/** A schema as a value or as its text, as it was given. */
export function argumentSchema({ parameters }: ToolFunction): unknown {
  const schema = parsedSchema(parameters);
  if (typeof schema !== "object" || schema === null) return schema === false ? false : { type: "object" };
  return "type" in schema || "$ref" in schema ? parameters : { ...schema, type: "object" };
}

/** Undefined for what isn't JSON: the compiler says what is wrong with it. */
export function parsedSchema(schema: unknown): unknown {
  if (typeof schema !== "string") return schema;
  try {
    return JSON.parse(schema);
  } catch {
    return undefined;
  }
}
