// What a model has said so far, for readers that are written as straight code: a script is a generator that yields where it
// needs more than has come, and writes events as soon as they are certain. A script may try a reading and go back.
import { JsonExtent } from "./json-extent.ts";
import type { MarkerScanner } from "./marker-scanner.ts";
import type { OutputEvent } from "./output-events.ts";
import { type OutputPiece, SpecialTokenCodes, withoutLoneSurrogates } from "./special-token-codes.ts";

/** Yields where more text is needed, and is resumed when it has come, or won't come. */
export type Script<Result = void> = Generator<void, Result, void>;

/** A reading that is still undecided after so many characters has failed: neither what is held back nor the time to read it again grows on. */
const maxAttempt = 65_536;

const space = /[ \t\r\n]/;

export class Incoming {
  /** Text, with codes for special tokens; what was read is dropped now and then. */
  private buffer = "";
  private at = 0;
  private isClosed = false;
  private attempts = 0;
  /** Where the outermost attempt sees the text end. */
  private limit = Infinity;
  private calls = 0;
  private events: OutputEvent[] = [];
  private readonly codes = new SpecialTokenCodes();

  push(text: string): void {
    this.append(withoutLoneSurrogates(text));
  }

  pushSpecial(name: string): void {
    this.append(this.codes.codeOf(name));
  }

  /** Nothing more will come. */
  close(): void {
    this.isClosed = true;
  }

  takeEvents(): OutputEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  /** How a special token looks in the text. */
  codeOf(name: string): string {
    return this.codes.codeOf(name);
  }

  /** What was read, with special tokens by their names. */
  decode(text: string): string {
    return this.codes.decode(text);
  }

  // Reading. An end of the text is what a script sees as the end: within an attempt it comes sooner.

  /** The next character (or code, in halves), unread; "" at the end. */
  *peek(): Script<string> {
    while (this.at >= this.end) {
      if (this.isComplete) return "";
      yield;
    }
    return this.buffer[this.at]!;
  }

  /** Reads `literal` if it stands here. */
  *take(literal: string): Script<boolean> {
    while (this.end - this.at < literal.length) {
      if (this.isComplete || !literal.startsWith(this.buffer.slice(this.at, this.end))) return false;
      yield;
    }
    if (!this.buffer.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  /** Reads the first of the words that stands here: longer ones come before their beginnings. */
  *takeOneOf(words: readonly string[]): Script<string | undefined> {
    for (const word of words) if (yield* this.take(word)) return word;
    return undefined;
  }

  /** Reads characters as long as they are of a kind; gives them. */
  *takeAll(kind: RegExp): Script<string> {
    let text = "";
    for (let next = yield* this.peek(); next !== "" && kind.test(next); next = yield* this.peek()) {
      text += next;
      this.at++;
    }
    return text;
  }

  skipSpace(): Script<string> {
    return this.takeAll(space);
  }

  /** Passes on the text before the next marker, which it gives, unread; undefined: the text ended without one. */
  *until(scanner: MarkerScanner, pass: (text: string) => void): Script<string | undefined> {
    for (;;) {
      const { end, marker } = scanner.scan(this.buffer, this.at, this.end, this.isComplete);
      this.passTo(end, pass);
      if (marker !== undefined || (this.isComplete && this.at >= this.end)) return marker;
      yield;
    }
  }

  /** Passes on a JSON value as it stands: to where its brackets close, or to a special token, which can't be in it. */
  *jsonValue(pass: (text: string) => void): Script {
    const extent = new JsonExtent();
    for (;;) {
      const stop = extent.advance(this.buffer, this.at, this.end);
      this.passTo(stop === -1 ? this.end : stop, pass);
      if (stop !== -1 || this.isComplete) return;
      yield;
    }
  }

  /** Whether the text ends here. */
  *isAtEnd(): Script<boolean> {
    return (yield* this.peek()) === "";
  }

  /** Reads by a script that may find that the text isn't what it looked like (undefined): then nothing was read. It must write no events. */
  *attempt<Result>(script: () => Script<Result | undefined>): Script<Result | undefined> {
    const start = this.at;
    if (this.attempts++ === 0) this.limit = start + maxAttempt;
    const result = yield* script();
    if (--this.attempts === 0) this.limit = Infinity;
    if (result === undefined) this.at = start;
    return result;
  }

  /** Looks ahead: whatever the script finds, nothing was read. */
  *ahead(script: () => Script<boolean>): Script<boolean> {
    let found = false;
    yield* this.attempt(function* () {
      found = yield* script();
      return undefined;
    });
    return found;
  }

  /** All that has come and isn't read yet, in the pieces in which a reader gets it. */
  takeRest(): OutputPiece[] {
    const rest = this.codes.split(this.buffer.slice(this.at));
    this.at = this.buffer.length;
    return rest;
  }

  // Writing.

  content(text: string): void {
    this.write({ type: "content", text: this.codes.decode(text) });
  }

  reasoning(text: string): void {
    this.write({ type: "reasoning", text: this.codes.decode(text) });
  }

  /** A new call begins; `arguments` are its own from here. */
  call(name: string, id: string | undefined): void {
    this.events.push({ type: "tool_call", index: this.calls++, name, ...(id === undefined ? {} : { id }) });
  }

  arguments(text: string): void {
    this.write({ type: "arguments", index: this.calls - 1, text: this.codes.decode(text) });
  }

  private write(event: Exclude<OutputEvent, { type: "tool_call" }>): void {
    if (event.text === "") return;
    const last = this.events.at(-1);
    if (last?.type === event.type) this.events[this.events.length - 1] = { ...event, text: last.text + event.text };
    else this.events.push(event);
  }

  private get end(): number {
    return Math.min(this.buffer.length, this.limit);
  }

  private get isComplete(): boolean {
    return this.isClosed || this.buffer.length >= this.limit;
  }

  private append(text: string): void {
    // Nobody goes back outside of attempts.
    if (this.attempts === 0) {
      this.buffer = this.buffer.slice(this.at);
      this.at = 0;
    }
    this.buffer += text;
  }

  private passTo(end: number, pass: (text: string) => void): void {
    const text = this.buffer.slice(this.at, end);
    this.at = end;
    pass(text);
  }
}
