// response_format, regex and ebnf to one format. Schemas become JSON texts, so that the compiler sees keys in their order and numbers as
// they were spelled.
import { type JsonNode, type JsonObject, printJson, valueOfJson } from "../../json-schema/reading/json-text.ts";
import type { StructuralFormat, TagFormat } from "../../structural-tag/format.ts";
import type { OutputFormat } from "./normalised-request.ts";
import type { ChatCompletionRequest } from "./request.ts";
import { nodeAt } from "./request-place.ts";

/** Of a request that has been checked. */
export function normaliseFormat(tree: JsonObject, request: ChatCompletionRequest): OutputFormat {
  const { response_format: format, regex, ebnf } = request;
  if (typeof regex === "string") return { type: "regex", pattern: regex };
  if (typeof ebnf === "string") return { type: "ebnf", grammar: ebnf };
  switch (format?.type) {
    case undefined:
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json_object" };
    case "json_schema": {
      const { name, description, strict } = format.json_schema;
      const schema = printJson(nodeAt(tree, ["response_format", "json_schema", "schema"])!);
      return { type: "json_schema", name, description: description ?? undefined, schema, strict: strict ?? false };
    }
    case "structural_tag": {
      const node = tree.entries.get("response_format") as JsonObject;
      const isOlder = "structures" in format;
      return {
        type: "structural_tag",
        format: isOlder ? triggeredTags(node) : withSchemaTexts(node.entries.get("format")!),
      };
    }
  }
}

/** The older spelling: each structure is a tag around a schema's instance, and nothing else may follow its trigger. */
function triggeredTags(node: JsonObject): StructuralFormat {
  const { structures, triggers } = valueOfJson(node) as {
    structures: { begin: string; end: string }[];
    triggers: string[];
  };
  const tags = structures.map(({ begin, end }, i): TagFormat => {
    const schema = nodeAt(node, ["structures", i, "schema"]);
    return {
      type: "tag",
      begin,
      content: { type: "json_schema", json_schema: schema === undefined ? true : printJson(schema) },
      end,
    };
  });
  return { type: "triggered_tags", triggers, tags };
}

/** The format with the schemas of its `json_schema` parts as texts. */
function withSchemaTexts(node: JsonNode): StructuralFormat {
  return convert(node) as StructuralFormat;
}

function convert(node: JsonNode): unknown {
  if (node.kind === "array") return node.items.map(convert);
  if (node.kind !== "object") return valueOfJson(node);
  const type = node.entries.get("type");
  const holdsSchema = type?.kind === "string" && type.value === "json_schema";
  return Object.fromEntries(
    [...node.entries].map(([key, item]) => [
      key,
      holdsSchema && key === "json_schema" ? printJson(item) : convert(item),
    ]),
  );
}
