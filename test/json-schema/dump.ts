// JSON text of a typed tree, numbers as spelled.
import type { JsonNode } from "../../src/json-schema/json-text.ts";

/** As Python's json.dumps(data, ensure_ascii=False) writes it, or with no whitespace at all. */
export function dump(node: JsonNode, isCompact = false): string {
  const [comma, colon] = isCompact ? [",", ":"] : [", ", ": "];
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "number":
      return node.text;
    case "string":
      return JSON.stringify(node.value);
    case "array":
      return `[${node.items.map((item) => dump(item, isCompact)).join(comma)}]`;
    case "object": {
      const entries = [...node.entries].map(([key, item]) => `${JSON.stringify(key)}${colon}${dump(item, isCompact)}`);
      return `{${entries.join(comma)}}`;
    }
  }
}
