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
 * `JSON.stringify` does; a bigint is a number. Parts that stand in several places count in each, as in a text. Throws, with a pointer, "invalid" on
 * anything that isn't JSON or can't be read, "limit" on too deep a value (a cycle), and on one whose text would be too long, or hold over `maxNodes` values.
 */
export function jsonOfValue(value: unknown, limits: Limits, maxNodes = Number.POSITIVE_INFINITY): JsonNode {
  return new ValueReader(limits, maxNodes).read(value);
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
    case "array": {
      let text = "";
      for (const item of node.items) text += `${text === "" ? "" : ","}${printJson(item)}`;
      return `[${text}]`;
    }
    case "object": {
      let text = "";
      for (const [key, item] of node.entries)
        text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${printJson(item)}`;
      return `{${text}}`;
    }
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

/** Digits, in base 16, of a bigint: far more than any number may have, and few enough to be written in base 10. */
const maxBigintDigits = 100_000;

class ValueReader {
  private readonly maxLength: number;
  private readonly maxDepth: number;
  private readonly maxNodes: number;
  /** Of the text so far. */
  private length = 0;
  private nodes = 0;
  /** To the value that is being read. */
  private readonly path: string[] = [];

  constructor(limits: Limits, maxNodes: number) {
    this.maxLength = limits.maxSourceLength;
    this.maxDepth = maxJsonDepth(limits);
    this.maxNodes = maxNodes;
  }

  read(value: unknown): JsonNode {
    try {
      return this.node(value);
    } catch (error) {
      if (error instanceof ConstraintError) throw error;
      // A getter or a proxy: nothing else here throws.
      throw this.error("invalid", "This value can't be read: a getter or a proxy throws");
    }
  }

  private node(value: unknown): JsonNode {
    if (this.path.length > this.maxDepth) throw this.error("limit", `The value nests deeper than ${this.maxDepth}`);
    if (++this.nodes > this.maxNodes) throw this.error("limit", `The value holds more than ${this.maxNodes} values`);
    switch (typeof value) {
      case "boolean":
        this.spend(4);
        return { kind: "boolean", value };
      case "string":
        this.spend(value.length + 2);
        return { kind: "string", value };
      case "bigint":
        if (value.toString(16).length > maxBigintDigits) throw this.error("limit", "A bigint is too large");
        return this.number(value);
      case "number":
        if (Number.isFinite(value)) return this.number(value);
        throw this.error("invalid", `${value} is not JSON`);
      case "object":
        if (value === null) {
          this.spend(4);
          return { kind: "null" };
        }
        return Array.isArray(value) ? this.array(value) : this.object(value);
      default:
        throw this.error("invalid", value === undefined ? "undefined is not JSON" : `A ${typeof value} is not JSON`);
    }
  }

  private number(value: number | bigint): JsonNode {
    const text = String(value).replace("e+", "e");
    this.spend(text.length);
    return { kind: "number", text };
  }

  private array(array: readonly unknown[]): JsonNode {
    this.spend(1);
    const items: JsonNode[] = [];
    // Not by `map`, which leaves out what isn't there.
    for (let i = 0; i < array.length; i++) {
      this.path.push(String(i));
      this.spend(1);
      items.push(this.node(array[i]));
      this.path.pop();
    }
    return { kind: "array", items };
  }

  private object(object: object): JsonNode {
    this.spend(1);
    const kind = Object.prototype.toString.call(object);
    if (kind !== "[object Object]") throw this.error("invalid", `A ${kind.slice("[object ".length, -1)} is not JSON`);
    if (typeof (object as { toJSON?: unknown }).toJSON === "function") {
      throw this.error("invalid", "An object with a method toJSON is not JSON, what that returns may be");
    }
    const entries = new Map<string, JsonNode>();
    for (const key of Object.keys(object)) {
      this.path.push(key);
      const value: unknown = object[key as keyof typeof object];
      if (value !== undefined) {
        // With its quotes, the colon, and what follows the value.
        this.spend(key.length + 4);
        entries.set(key, this.node(value));
      }
      this.path.pop();
    }
    return { kind: "object", entries };
  }

  private spend(characters: number): void {
    this.length += characters;
    if (this.length > this.maxLength) {
      throw this.error("limit", `The value is longer than ${this.maxLength} characters of JSON`);
    }
  }

  private error(code: "invalid" | "limit", message: string): ConstraintError {
    return new ConstraintError(code, message, at(pointerOf(this.path)));
  }
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
