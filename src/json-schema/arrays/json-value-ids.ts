// JSON values by number: equal values have equal numbers, whatever their spelling (keys in any order, numbers by value; JSON Schema core,
// section 4.2.2).
import type { Limits } from "../../base/limits.ts";
import { parseDecimal } from "../numbers/decimal.ts";
import { type JsonNode, parseJsonText } from "../reading/json-text.ts";

/** Owned by one lowering. */
export class JsonValueIds {
  private readonly limits: Limits;
  private readonly byKey = new Map<string, number>();
  private readonly nodes: JsonNode[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** The number of the value that `text`, a JSON text, writes. Throws "limit" for what nests too deep or has numbers too large. */
  idOf(text: string): number {
    const node = parseJsonText(text, this.limits);
    const key = keyOf(node);
    let id = this.byKey.get(key);
    if (id === undefined) {
      this.byKey.set(key, (id = this.nodes.length));
      this.nodes.push(node);
    }
    return id;
  }

  node(id: number): JsonNode {
    return this.nodes[id]!;
  }
}

function keyOf(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "number": {
      const { mantissa, exponent } = parseDecimal(node.text);
      return `${mantissa}e${exponent}`;
    }
    case "string":
      return JSON.stringify(node.value);
    case "array":
      return `[${node.items.map(keyOf).join()}]`;
    case "object": {
      const entries = [...node.entries].map(([key, value]) => `${JSON.stringify(key)}:${keyOf(value)}`);
      return `{${entries.sort().join()}}`;
    }
  }
}
