// The keywords of a schema that are left out, each with the reason: none in the strict mode, what lenient.ts finds in the other.
import type { ErrorCode } from "../../base/errors.ts";
import { escapeSegment, type JsonNode } from "../reading/json-text.ts";
import type { SchemaNode } from "../reading/schema-graph.ts";

/** A keyword that isn't enforced: its JSON Pointer, and the error that it would have been. */
export interface DroppedKeyword {
  readonly pointer: string;
  readonly keyword: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Drop {
  readonly node: SchemaNode;
  readonly keyword: string;
  /** Only `oneOf`: it is read as `anyOf`. */
  readonly isWeakened: boolean;
}

/** Owned by one lowering. */
export class DroppedKeywords {
  private readonly byJson = new Map<JsonNode, Map<string, Drop>>();
  private readonly list: Drop[] = [];
  /** Another number after each change. */
  version = 0;

  get drops(): readonly Drop[] {
    return this.list;
  }

  /** Is `keyword` of the schema object `json` left out? */
  has(json: JsonNode, keyword: string): boolean {
    return this.byJson.get(json)?.get(keyword)?.isWeakened === false;
  }

  /** Is the schema object's `oneOf` read as `anyOf`? */
  isAnyOf(json: JsonNode): boolean {
    return this.byJson.get(json)?.has("oneOf") === true;
  }

  /** A `oneOf` is weakened first, dropped the second time. False where there is nothing to drop any more. */
  add(node: SchemaNode, keyword: string): boolean {
    const { json } = node;
    if (json.kind !== "object" || !json.entries.has(keyword) || this.has(json, keyword)) return false;
    this.version++;
    const isWeakened = keyword === "oneOf" && !this.isAnyOf(json);
    this.list.push({ node, keyword, isWeakened });
    this.put(this.list[this.list.length - 1]!);
    return true;
  }

  /** Takes back all but the first `length` drops. */
  truncate(length: number): void {
    this.version++;
    this.list.length = length;
    this.byJson.clear();
    for (const drop of this.list) this.put(drop);
  }

  private put(drop: Drop): void {
    let keywords = this.byJson.get(drop.node.json);
    if (keywords === undefined) this.byJson.set(drop.node.json, (keywords = new Map()));
    keywords.set(drop.keyword, drop);
  }
}

export function pointerOfDrop({ node, keyword }: Drop): string {
  return `${node.pointer}/${escapeSegment(keyword)}`;
}
