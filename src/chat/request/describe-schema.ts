// What a schema of request.schema.json allows, in words that go on from "must be".

/** The keywords that request.schema.json says values with. */
export interface RequestSubschema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: { readonly [name: string]: RequestSubschema | true };
  readonly $ref?: string;
  readonly "x-must-be"?: string;
}

/** "a number from 0 to 2"; "anything" for a schema that says nothing. That a field may be null instead isn't told. */
export function describeSchema(schema: RequestSubschema): string {
  if (schema["x-must-be"] !== undefined) return schema["x-must-be"];
  const values = schema.enum ?? ("const" in schema ? [schema.const] : undefined);
  if (values !== undefined)
    return anyOf(values.filter((value) => value !== null).map((value) => JSON.stringify(value)));
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  return types.length === 0 ? "anything" : anyOf(types.map((type) => describeType(type, schema)));
}

function describeType(type: string, schema: RequestSubschema): string {
  switch (type) {
    case "string":
      return `a string${schema.minLength === 1 ? " that isn't empty" : ""}${atMost(schema.maxLength, "characters")}`;
    case "array":
      return `an array${schema.minItems === 1 ? " that isn't empty" : ""}${atMost(schema.maxItems, "items")}`;
    case "object":
      return `an object${atMost(schema.maxProperties, "keys")}`;
    case "integer":
      return `an integer${range(schema)}`;
    case "number":
      return `a number${range(schema)}`;
    default:
      return `a ${type}`;
  }
}

function range({ minimum, exclusiveMinimum, maximum }: RequestSubschema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}, up to ${maximum}`;
  return minimum === undefined ? "" : ` from ${minimum} to ${maximum}`;
}

function atMost(limit: number | undefined, unit: string): string {
  return limit === undefined ? "" : ` of at most ${limit} ${unit}`;
}

function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
