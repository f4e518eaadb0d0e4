// What every engine's test decodes, with judges that know nothing of grammask. Lengths are bounded: the tiny models never want to stop.
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonSchemaSpec, RegexSpec } from "../../src/index.ts";

const schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Za-z ]{1,12}$" },
    age: { type: "integer", minimum: 0, maximum: 150 },
    tags: { type: "array", items: { enum: ["red", "green", "blau", "größe"] }, maxItems: 3 },
    ok: { type: "boolean" },
  },
  required: ["name", "age", "tags", "ok"],
  additionalProperties: false,
};

export const schemaSpec: JsonSchemaSpec = { type: "json_schema", schema, whitespace: "compact" };
export const zipSpec: RegexSpec = { type: "regex", pattern: "[0-9]{5}(-[0-9]{4})? [A-Z][a-z]{2,9}" };

const validate = new Ajv2020().compile(schema);

/** What is wrong with a text; empty where it is valid. */
export function violations(spec: JsonSchemaSpec | RegexSpec, text: string): string[] {
  if (spec.type === "regex") return new RegExp(`^(?:${spec.pattern})$`, "u").test(text) ? [] : [`no match: ${text}`];
  try {
    return validate(JSON.parse(text)) ? [] : validate.errors!.map(({ message }) => `${message}: ${text}`);
  } catch (error) {
    return [`${error}: ${text}`];
  }
}
