// The fields of a spec, by their types: it may have come from outside, and TypeScript's types bind nobody there. What a schema, a format or a grammar says
// is its front-end's matter.
import { ConstraintError } from "../base/errors.ts";
import { Fields } from "../structural-tag/fields.ts";

const options: { readonly [name: string]: readonly string[] } = {
  propertyOrder: ["any", "schema"],
  format: ["assert", "annotate"],
  schemaFormat: ["assert", "annotate"],
  unknownFormat: ["annotate", "refuse"],
};

/** Throws "usage" for a type that isn't known, "invalid" with the place for a field of the wrong type. */
export function checkSpec(spec: unknown): void {
  const fields = new Fields(spec, "");
  const type = fields.has("type") ? fields.required("type") : undefined;
  switch (type) {
    case "json_schema":
    case "json_object":
      checkOptions(fields, "propertyOrder", "format", "unknownFormat");
      fields.boolean("strict");
      fields.boolean("lenient");
      break;
    case "structural_tag":
      checkOptions(fields, "propertyOrder", "schemaFormat", "unknownFormat");
      fields.boolean("lenient");
      break;
    case "regex":
      fields.string("pattern");
      if (fields.has("flags")) fields.string("flags");
      fields.boolean("search");
      break;
    case "ebnf":
      fields.string("grammar");
      if (fields.has("root")) fields.string("root");
      break;
    case "choice":
    case "text":
      break;
    default:
      throw new ConstraintError(
        "usage",
        typeof type === "string" ? `unknown constraint type ${JSON.stringify(type)}` : "a spec's type must be a text",
      );
  }
}

function checkOptions(fields: Fields, ...names: readonly string[]): void {
  for (const name of names) {
    if (!fields.has(name) || options[name]!.includes(fields.string(name))) continue;
    throw fields.invalid(`/${name}`, `${name} must be one of ${options[name]!.join(", ")}`);
  }
}
