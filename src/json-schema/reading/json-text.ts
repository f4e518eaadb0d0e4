// A JSON reader for schemas, and for requests that hold them. `JSON.parse` would round numbers (bounds are exact decimals here), reorder integer-like keys,
// drop the first of two equal keys and give `__proto__` a meaning; this one keeps a typed tree instead (RFC 8259).
import { ConstraintError, type PointerLocation } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { locate } from "../../base/source.ts";

/** A JSON value as written: numbers by their spelling, object entries in source order, keys and strings decoded. */
export type JsonNode =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, JsonNode> };

export type JsonObject = Extract<JsonNode, { kind: "object" }>;

/** The tree of a JSON text of at most `maxNodes` values. Throws "syntax" (with line and column) or "limit". Cost: linear. */
export function parseJsonText(text: string, limits: Limits, maxNodes = Number.POSITIVE_INFINITY): JsonNode {
  if (text.length > limits.maxSourceLength) {
    throw new ConstraintError("limit", `The JSON text is longer than ${limits.maxSourceLength} characters`);
  }
  return new Reader(text, maxJsonDepth(limits), maxNodes).document();
}

/**
 * The tree of a value as `JSON.parse` gives it. Own enumerable properties only; `undefined` properties are left out, as
 * `JSON.stringify` does; a bigint is a number. Throws "invalid" (with a pointer) on anything that isn't JSON, "limit" on too deep a value (a cycle).
 */
export function jsonOfValue(value: unknown, limits: Limits): JsonNode {
  const maxDepth = maxJsonDepth(limits);
  let budget = limits.maxSourceLength;
  const convert = (part: unknown, path: readonly string[]): JsonNode => {
    if (path.length > maxDepth) throw new ConstraintError("limit", `The value nests deeper than ${maxDepth}`);
    if (--budget < 0) throw new ConstraintError("limit", `The value has more than ${limits.maxSourceLength} parts`);
    if (part === null) return { kind: "null" };
    if (typeof part === "boolean") return { kind: "boolean", value: part };
    if (typeof part === "string") return { kind: "string", value: part };
    if (typeof part === "bigint" || (typeof part === "number" && Number.isFinite(part))) {
      return { kind: "number", text: String(part).replace("e+", "e") };
    }
    if (Array.isArray(part)) {
      return { kind: "array", items: part.map((item, i) => convert(item, [...path, String(i)])) };
    }
    if (typeof part === "object") {
      const entries = new Map<string, JsonNode>();
      for (const [key, item] of Object.entries(part)) {
        if (item !== undefined) entries.set(key, convert(item, [...path, key]));
      }
      return { kind: "object", entries };
    }
    throw new ConstraintError("invalid", `A ${typeof part} is not JSON`, at(pointerOf(path)));
  };
  return convert(value, []);
}

/** A JSON text of the tree, without spaces: entries in their order, numbers as they were spelled. `parseJsonText` gives the same tree. */
export function printJson(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "null";
    case "number":
      return node.text;
    case "boolean":
    case "string":
      return JSON.stringify(node.value);
    case "array":
      return `[${node.items.map(printJson).join(",")}]`;
    case "object":
      return `{${[...node.entries].map(([key, item]) => `${JSON.stringify(key)}:${printJson(item)}`).join(",")}}`;
  }
}

/** The value that `JSON.parse` would give; of each array and object at most the first `maxItems` items. */
export function valueOfJson(node: JsonNode, maxItems = Number.POSITIVE_INFINITY): unknown {
  switch (node.kind) {
    case "null":
      return null;
    case "number":
      return Number(node.text);
    case "boolean":
    case "string":
      return node.value;
    case "array":
      return node.items.slice(0, maxItems).map((item) => valueOfJson(item, maxItems));
    case "object": {
      // fromEntries defines properties, so that `__proto__` is a key like any other.
      const entries = [...node.entries].slice(0, maxItems);
      return Object.fromEntries(entries.map(([key, item]) => [key, valueOfJson(item, maxItems)]));
    }
  }
}

/** An RFC 6901 pointer of unescaped segments. */
export function pointerOf(path: readonly string[]): string {
  return path.map((segment) => `/${escapeSegment(segment)}`).join("");
}

export function escapeSegment(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

export function at(pointer: string): PointerLocation {
  return { pointer };
}

// A subschema takes up to two levels of JSON (`properties`, then the name), and a value in an enum may nest as well.
function maxJsonDepth(limits: Limits): number {
  return 2 * limits.maxDepth + 2;
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plainPattern = /[^"\\\u0000-\u001f]*/y;
const spacePattern = /[ \t\n\r]*/y;

/** What stands behind a backslash, and what it means; `u` apart. */
export const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

class Reader {
  private offset = 0;
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly maxNodes: number;
  private nodes = 0;

  constructor(text: string, maxDepth: number, maxNodes: number) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.maxNodes = maxNodes;
  }

  document(): JsonNode {
    const node = this.value(0);
    this.skipSpace();
    if (this.offset < this.text.length) this.fail("Text after the end of the JSON value");
    return node;
  }

  private value(depth: number): JsonNode {
    if (depth > this.maxDepth) {
      throw new ConstraintError("limit", `The JSON nests deeper than ${this.maxDepth}`, locate(this.text, this.offset));
    }
    if (++this.nodes > this.maxNodes) {
      throw new ConstraintError(
        "limit",
        `The JSON holds more than ${this.maxNodes} values`,
        locate(this.text, this.offset),
      );
    }
    this.skipSpace();
    const first = this.text[this.offset];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') return { kind: "string", value: this.string() };
    if (this.takeWord("null")) return { kind: "null" };
    if (this.takeWord("true")) return { kind: "boolean", value: true };
    if (this.takeWord("false")) return { kind: "boolean", value: false };
    const number = this.take(numberPattern);
    if (number !== "") return { kind: "number", text: number };
    return this.fail(first === undefined ? "The JSON ends too early" : "A JSON value was expected");
  }

  private object(depth: number): JsonNode {
    const entries = new Map<string, JsonNode>();
    this.offset++;
    this.skipSpace();
    if (this.takeWord("}")) return { kind: "object", entries };
    do {
      this.skipSpace();
      const keyOffset = this.offset;
      if (this.text[this.offset] !== '"') this.fail("A property name in quotes was expected");
      const key = this.string();
      if (entries.has(key)) this.fail(`The property ${JSON.stringify(key)} is there twice`, keyOffset);
      this.skipSpace();
      if (!this.takeWord(":")) this.fail('":" was expected');
      entries.set(key, this.value(depth + 1));
      this.skipSpace();
    } while (this.takeWord(","));
    if (!this.takeWord("}")) this.fail('"," or "}" was expected');
    return { kind: "object", entries };
  }

  private array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.offset++;
    this.skipSpace();
    if (this.takeWord("]")) return { kind: "array", items };
    do {
      items.push(this.value(depth + 1));
      this.skipSpace();
    } while (this.takeWord(","));
    if (!this.takeWord("]")) this.fail('"," or "]" was expected');
    return { kind: "array", items };
  }

  private string(): string {
    const parts: string[] = [];
    this.offset++;
    for (;;) {
      parts.push(this.take(plainPattern));
      const next = this.text[this.offset];
      if (next === '"') {
        this.offset++;
        return parts.join("");
      }
      if (next !== "\\") this.fail(next === undefined ? "The string has no end" : "A control character in a string");
      parts.push(this.escape());
    }
  }

  private escape(): string {
    const letter = this.text[this.offset + 1] ?? "";
    const simple = simpleEscapes.get(letter);
    if (simple !== undefined) {
      this.offset += 2;
      return simple;
    }
    const hex = this.text.slice(this.offset + 2, this.offset + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.fail("No such escape");
    this.offset += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  private skipSpace(): void {
    this.take(spacePattern);
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.text)?.[0] ?? "";
    this.offset += match.length;
    return match;
  }

  private takeWord(word: string): boolean {
    if (!this.text.startsWith(word, this.offset)) return false;
    this.offset += word.length;
    return true;
  }

  private fail(message: string, offset = this.offset): never {
    throw new ConstraintError("syntax", message, locate(this.text, offset));
  }
}
