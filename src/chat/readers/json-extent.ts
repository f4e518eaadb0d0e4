// Where a JSON value ends in text that comes in pieces: brackets and strings are followed, nothing is checked, so that the
// value can be passed on as it stands. A special token can't be part of JSON: it ends the value too.
import { isCodeAt } from "./special-token-codes.ts";

const plainInString = /[^"\\\uDC00-\uDDFF]*/y;
const scalarEnd = /[\s,\]}]/;

export class JsonExtent {
  private kind: "unknown" | "scalar" | "nested" = "unknown";
  private depth = 0;
  private inString = false;
  private isEscaped = false;

  /**
   * Reads on from `from`, which is the value's first character at first. The index behind the value's last character, or −1
   * where it goes on behind `to`. A number or a word ends before what can't be part of it.
   */
  advance(text: string, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      if (isCodeAt(text, at)) return at;
      if (this.inString) {
        at = this.skipString(text, at);
        if (!this.inString && this.depth === 0) return at + 1;
        continue;
      }
      const character = text[at]!;
      if (this.kind === "scalar") {
        if (scalarEnd.test(character)) return at;
      } else if (character === '"') {
        this.kind = "nested";
        this.inString = true;
      } else if (character === "{" || character === "[") {
        this.kind = "nested";
        this.depth++;
      } else if (character === "}" || character === "]") {
        if (--this.depth <= 0) return this.depth === 0 ? at + 1 : at;
      } else if (this.kind === "unknown") this.kind = "scalar";
    }
    return -1;
  }

  /** One step in a string: the index of its last character. */
  private skipString(text: string, at: number): number {
    if (this.isEscaped) {
      this.isEscaped = false;
      return at;
    }
    if (text[at] === '"') this.inString = false;
    else if (text[at] === "\\") this.isEscaped = true;
    else {
      plainInString.lastIndex = at;
      plainInString.test(text);
      return Math.max(at, plainInString.lastIndex - 1);
    }
    return at;
  }
}
