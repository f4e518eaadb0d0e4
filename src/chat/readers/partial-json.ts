// JSON that comes in pieces (structured output, arguments of tool calls), read as it comes: RFC 8259, as JSON.parse reads it, wherever the text
// is cut. What is read is told in events, and kept as a value that grows. Iterative: depth costs no stack.
import { ConstraintError, type ErrorCode } from "../../base/errors.ts";
import { locate } from "../../base/source.ts";
import { simpleEscapes } from "../../json-schema/reading/json-text.ts";

/** Keys and indices from the root. */
export type JsonPath = readonly (string | number)[];

/** Each with the path of the value that it is about. */
export type PartialJsonEvent =
  | { readonly type: "object_start" | "object_end" | "array_start" | "array_end"; readonly path: JsonPath }
  /** A member's key; its value comes next. */
  | { readonly type: "key"; readonly path: JsonPath; readonly key: string }
  /** The next characters of a string, decoded; never half a surrogate pair, unless the text has no other half. */
  | { readonly type: "string_delta"; readonly path: JsonPath; readonly text: string }
  /** A string, number or word is complete. `text`: a number as it is spelled. */
  | { readonly type: "value"; readonly path: JsonPath; readonly value: string | boolean | null }
  | { readonly type: "value"; readonly path: JsonPath; readonly value: number; readonly text: string };

export interface PartialJsonOptions {
  /** Objects and arrays within each other; default 512. An event's path is as long as it is deep. */
  readonly maxDepth?: number;
}

type Container = Record<string, unknown> | unknown[];

/** Where the reading stands: what must come next, or what it is within. */
type State =
  | "value"
  | "first item"
  | "first key"
  | "key"
  | "colon"
  | "comma"
  | "end"
  | "string"
  | "escape"
  | "number"
  | "word";

const expectations: Record<State, string> = {
  value: "a value",
  "first item": "a value or ]",
  "first key": "a key or }",
  key: "a key",
  colon: "a colon",
  comma: "a comma or the end of the object or array",
  end: "nothing more",
  string: "the rest of a string",
  escape: "the rest of an escape",
  number: "the rest of a number",
  word: "true, false or null",
};

const words = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

const space = /[ \t\r\n]*/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const numeric = /[-+.0-9eE]*/y;
const unicodeEscape = /^u[0-9a-fA-F]{0,4}$/;
const validNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const maxExcerpt = 100;

function isWordBeginning(text: string): boolean {
  return [...words.keys()].some((word) => word.startsWith(text));
}

export class PartialJson {
  private readonly maxDepth: number;
  private state: State = "value";
  private readonly containers: Container[] = [];
  /** One entry for each container that has a member. */
  private readonly path: (string | number)[] = [];
  private root: unknown;
  private isKey = false;
  /** The string (decoded), number or word that is being read, as far as it has come. */
  private token = "";
  /** What has come of an escape, behind the backslash. */
  private escape = "";
  /** The part of `token` that deltas have told. */
  private told = 0;
  private piece = "";
  private at = 0;
  /** Where the piece begins in the whole, and the end of the line before it. */
  private readonly before = { offset: 0, line: 1, column: 0, text: "" };
  private events: PartialJsonEvent[] = [];
  private error: ConstraintError | undefined;

  constructor({ maxDepth = 512 }: PartialJsonOptions = {}) {
    this.maxDepth = maxDepth;
  }

  /**
   * What has come so far, as JSON.parse would give it: strings as far as they go, numbers and words once they are complete; undefined before
   * there is anything. It is the same object each time, and grows.
   */
  get value(): unknown {
    return this.root;
  }

  /** Has the whole value been read? A number by itself is complete at the end only. */
  get isComplete(): boolean {
    return this.state === "end";
  }

  /** The next piece. Throws a ConstraintError with the place, "syntax" for what isn't JSON, "limit" for what is too deep; from then on, always the same. */
  feed(text: string): PartialJsonEvent[] {
    this.begin(text);
    while (this.at < text.length) this.step();
    if (this.state === "string" || this.state === "escape") this.tellString(false);
    this.goBehindPiece();
    return this.takeEvents();
  }

  /** Nothing more comes. Throws as `feed` does, where the value isn't complete. */
  end(): PartialJsonEvent[] {
    this.begin("");
    if (this.state === "number") this.endNumber();
    if (this.state !== "end") this.fail("syntax", `The JSON ends where ${expectations[this.state]} should follow`);
    return this.takeEvents();
  }

  private begin(piece: string): void {
    if (this.error !== undefined) throw this.error;
    this.piece = piece;
    this.at = 0;
  }

  private takeEvents(): PartialJsonEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  private step(): void {
    const { state } = this;
    if (state === "string") this.readString();
    else if (state === "escape") this.readEscape();
    else if (state === "word") this.readWord();
    else if (state === "number") {
      this.token += this.take(numeric);
      if (this.at < this.piece.length) this.endNumber();
    } else {
      this.take(space);
      if (this.at < this.piece.length) this.readSign(this.piece[this.at]!);
    }
  }

  /** The first character of a value or key, or one between them. */
  private readSign(sign: string): void {
    const { state } = this;
    const container = this.containers.at(-1);
    if (sign === "," && state === "comma") this.nextMember(container!);
    else if (sign === ":" && state === "colon") this.goOn("value");
    else if (sign === "}" && (state === "first key" || (state === "comma" && !Array.isArray(container)))) {
      this.close("object_end");
    } else if (sign === "]" && (state === "first item" || (state === "comma" && Array.isArray(container)))) {
      this.close("array_end");
    } else if (sign === '"' && (state === "key" || state === "first key")) this.startString(true);
    else if (state === "value" || state === "first item") {
      if (state === "first item") this.path.push(0);
      this.startValue(sign);
    } else this.unexpected();
  }

  private startValue(sign: string): void {
    this.token = "";
    if (sign === "{") this.open({}, "object_start", "first key");
    else if (sign === "[") this.open([], "array_start", "first item");
    else if (sign === '"') this.startString(false);
    else if (sign === "-" || (sign >= "0" && sign <= "9")) this.state = "number";
    else if (sign >= "a" && sign <= "z") this.state = "word";
    else this.unexpected();
  }

  private open(container: Container, type: "object_start" | "array_start", state: State): void {
    if (this.containers.length >= this.maxDepth) {
      this.fail("limit", `The JSON nests deeper than ${this.maxDepth}`);
    }
    this.put(container);
    this.events.push({ type, path: [...this.path] });
    this.containers.push(container);
    this.goOn(state);
  }

  private close(type: "object_end" | "array_end"): void {
    if (this.state === "comma") this.path.pop();
    this.containers.pop();
    this.events.push({ type, path: [...this.path] });
    this.at++;
    this.endValue();
  }

  private nextMember(container: Container): void {
    const last = this.path.pop()!;
    if (Array.isArray(container)) this.path.push((last as number) + 1);
    this.goOn(Array.isArray(container) ? "value" : "key");
  }

  private startString(isKey: boolean): void {
    this.isKey = isKey;
    this.token = "";
    this.told = 0;
    if (!isKey) this.put("");
    this.goOn("string");
  }

  private readString(): void {
    this.token += this.take(plain);
    if (this.at === this.piece.length) return;
    const sign = this.piece[this.at]!;
    if (sign === "\\") {
      this.escape = "";
      this.goOn("escape");
    } else if (sign === '"') {
      this.at++;
      this.endString();
    } else this.fail("syntax", "A control character in a string must be escaped");
  }

  private readEscape(): void {
    this.escape += this.piece[this.at]!;
    const character = simpleEscapes.get(this.escape);
    if (character === undefined && !unicodeEscape.test(this.escape)) {
      this.fail("syntax", `\\${this.escape} is no escape`);
    }
    this.at++;
    if (character !== undefined) this.token += character;
    else if (this.escape.length === 5) this.token += String.fromCharCode(Number.parseInt(this.escape.slice(1), 16));
    else return;
    this.state = "string";
  }

  private endString(): void {
    if (!this.isKey) {
      this.tellString(true);
      this.events.push({ type: "value", path: [...this.path], value: this.token });
      this.endValue();
      return;
    }
    this.path.push(this.token);
    this.events.push({ type: "key", path: [...this.path], key: this.token });
    this.state = "colon";
  }

  /** Tells what is new of a string, but for the first half of a pair whose second half may come. */
  private tellString(isWhole: boolean): void {
    if (this.isKey) return;
    const isHalf = !isWhole && /[\uD800-\uDBFF]$/.test(this.token);
    const end = this.token.length - (isHalf ? 1 : 0);
    if (end > this.told) {
      this.events.push({ type: "string_delta", path: [...this.path], text: this.token.slice(this.told, end) });
      this.told = end;
    }
    this.put(this.token.slice(0, end));
  }

  private endNumber(): void {
    const text = this.token;
    if (!validNumber.test(text)) this.fail("syntax", `${text} is no number`);
    const value = Number(text);
    this.put(value);
    this.events.push({ type: "value", path: [...this.path], value, text });
    this.endValue();
  }

  private readWord(): void {
    this.token += this.piece[this.at]!;
    const value = words.get(this.token);
    if (!isWordBeginning(this.token)) this.unexpected();
    this.at++;
    if (value === undefined) return;
    this.put(value);
    this.events.push({ type: "value", path: [...this.path], value });
    this.endValue();
  }

  private endValue(): void {
    this.state = this.containers.length === 0 ? "end" : "comma";
  }

  /** Behind one character. */
  private goOn(state: State): void {
    this.at++;
    this.state = state;
  }

  private put(value: unknown): void {
    const container = this.containers.at(-1);
    const key = this.path.at(-1)!;
    if (container === undefined) this.root = value;
    // An ordinary assignment would set the prototype.
    else if (key === "__proto__") {
      Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
    } else (container as Record<string | number, unknown>)[key] = value;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.piece)![0];
    this.at += text.length;
    return text;
  }

  private unexpected(): never {
    const sign = String.fromCodePoint(this.piece.codePointAt(this.at)!);
    this.fail("syntax", `${JSON.stringify(sign)} where ${expectations[this.state]} is expected`);
  }

  private fail(code: ErrorCode, message: string): never {
    const { offset, line, column, text } = this.before;
    const here = locate(text + this.piece, text.length + this.at);
    this.error = new ConstraintError(code, message, {
      line: line + here.line - 1,
      column: here.line === 1 ? column - text.length + here.column : here.column,
      offset: offset + this.at,
      excerpt: here.excerpt,
    });
    throw this.error;
  }

  private goBehindPiece(): void {
    const { before, piece } = this;
    const lineBreak = piece.lastIndexOf("\n");
    before.offset += piece.length;
    before.line += piece.split("\n").length - 1;
    before.column = lineBreak < 0 ? before.column + piece.length : piece.length - lineBreak - 1;
    before.text = (lineBreak < 0 ? before.text + piece : piece.slice(lineBreak + 1)).slice(-maxExcerpt);
  }
}
