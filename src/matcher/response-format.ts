// `response_format` as chat-completion requests spell it, {type: "json_schema", json_schema: {name, description, schema, strict}}, to
// the flat spec. Fields as OpenAI's API reference gives them; one that isn't known is refused, since it may ask for something.
import { ConstraintError } from "../base/errors.ts";
import type { JsonSchemaSpec, ResponseFormatSpec } from "./lower-spec.ts";

export interface ResponseSchema {
  /** What the format is called: up to 64 of a-z, A-Z, 0-9, _ and -. It doesn't change the constraint. */
  readonly name: string;
  /** What it is for: told to the model, not to the constraint. */
  readonly description?: string | null | undefined;
  /** A parsed value, or its text. */
  readonly schema: unknown;
  /** OpenAI's subset of JSON Schema is asked for, and keys come in the schema's order. */
  readonly strict?: boolean | null | undefined;
}

const fields = new Set(["name", "description", "schema", "strict"]);

/** Throws "invalid" with the field's pointer into the spec. */
export function readResponseFormat({ json_schema: format, ...options }: ResponseFormatSpec): JsonSchemaSpec {
  if (typeof format !== "object" || format === null) throw invalid("", "json_schema must be an object");
  for (const field of ["schema", "strict"]) {
    if (field in options) throw new ConstraintError("usage", `${field} beside json_schema: it belongs in there`);
  }
  for (const field of Object.keys(format)) {
    if (!fields.has(field)) throw invalid(`/${field}`, `json_schema has no field ${JSON.stringify(field)}`);
  }
  const { name, description, schema, strict } = format;
  if (typeof name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    throw invalid("/name", "json_schema.name must be 1 to 64 of the characters a-z, A-Z, 0-9, _ and -");
  }
  if (description !== undefined && description !== null && typeof description !== "string") {
    throw invalid("/description", "json_schema.description must be a string");
  }
  if (schema === undefined || schema === null) throw invalid("/schema", "json_schema.schema is missing");
  if (strict !== undefined && strict !== null && typeof strict !== "boolean") {
    throw invalid("/strict", "json_schema.strict must be a boolean");
  }
  return { ...options, schema, strict: strict === true };
}

function invalid(pointer: string, message: string): ConstraintError {
  return new ConstraintError("invalid", message, { pointer: `/json_schema${pointer}` });
}
