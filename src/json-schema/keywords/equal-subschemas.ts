// Of subschemas with the same content only the first is lowered. Schemas that tools have written out repeat the same places hundreds of
// times, and what they mean depends on nothing but the content, the resource that references are relative to, and the scope.
import type { JsonNode } from "../reading/json-text.ts";
import type { SchemaNode } from "../reading/schema-graph.ts";

/** Owned by one lowering. */
export class EqualSubschemas {
  private readonly contents = new Map<JsonNode, number>();
  private readonly byKey = new Map<string, number>();
  /** By content: of each resource and scope one. */
  private readonly firsts: SchemaNode[][] = [];

  /** The first node asked for that is equal to `node`. Cost: linear in what is below, once. */
  firstOf(node: SchemaNode): SchemaNode {
    const content = this.contentOf(node.json);
    this.firsts[content] ??= [];
    const firsts = this.firsts[content];
    const { resource, scope, isValue } = node;
    const first = firsts.find((each) => each.resource === resource && each.scope === scope && each.isValue === isValue);
    if (first === undefined) firsts.push(node);
    return first ?? node;
  }

  /** A number for all that is written alike, keys in the same order. */
  private contentOf(json: JsonNode): number {
    let content = this.contents.get(json);
    if (content === undefined) this.contents.set(json, (content = this.intern(this.keyOf(json))));
    return content;
  }

  private keyOf(json: JsonNode): string {
    switch (json.kind) {
      case "null":
        return "null";
      case "boolean":
        return String(json.value);
      case "number":
        return json.text;
      case "string":
        return `"${json.value}`;
      case "array":
        return `[${json.items.map((item) => this.contentOf(item)).join()}`;
      case "object": {
        const parts: number[] = [];
        for (const [key, value] of json.entries) parts.push(this.intern(`"${key}`), this.contentOf(value));
        return `{${parts.join()}`;
      }
    }
  }

  private intern(key: string): number {
    let id = this.byKey.get(key);
    if (id === undefined) this.byKey.set(key, (id = this.byKey.size));
    return id;
  }
}
