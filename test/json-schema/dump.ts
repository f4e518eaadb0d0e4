// JSON text of a typed tree, numbers as spelled: as Python's json.dumps(ensure_ascii=False) writes it.
import type { JsonNode } from "../../src/json-schema/json-text.ts";

export function dump(node: JsonNode): string {
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
      return `[${node.items.map(dump).join(", ")}]`;
    case "object":
      return `{${[...node.entries].map(([key, item]) => `${JSON.stringify(key)}: ${dump(item)}`).join(", ")}}`;
  }
}
