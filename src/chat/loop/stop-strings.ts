// Stop strings in a text that is still being written: what may yet become one is held back. One Knuth-Morris-Pratt automaton a
// string, so a character costs a step in each, however long they are.

/** What can be given on, and the stop string that ends the text, if one does. */
export interface Scanned {
  readonly text: string;
  readonly matched?: string;
}

export class StopStrings {
  private readonly stops: readonly string[];
  private readonly keep: boolean;
  /** Per stop string and length of a beginning, up to the longest that the text has held: the longest shorter beginning that ends it. */
  private readonly borders: readonly number[][];
  /** Per stop string: how much of it the text so far ends with. */
  private readonly matched: number[];
  private held = "";

  /** `keep`: the stop string that ends the text is part of it. */
  constructor(stops: readonly string[], keep: boolean) {
    this.stops = stops;
    this.keep = keep;
    this.borders = stops.map(() => [0, 0]);
    this.matched = stops.map(() => 0);
  }

  /**
   * The text goes on by `text`. A stop string that is complete ends it, unless `mayEnd` says no: it is asked with what would be cut off the
   * end. Then it was text like any other.
   */
  push(text: string, mayEnd: (cutOff: string) => boolean): Scanned {
    if (this.stops.length === 0) return { text };
    const all = this.held + text;
    for (let at = this.held.length; at < all.length; at++) {
      const code = all.charCodeAt(at);
      for (let i = 0; i < this.stops.length; i++) {
        const stop = this.stops[i]!;
        if (this.advance(i, code) < stop.length) continue;
        const end = this.keep ? at + 1 : at + 1 - stop.length;
        if (mayEnd(all.slice(end))) return { text: all.slice(0, end), matched: stop };
        this.matched[i] = this.border(i, stop.length);
      }
    }
    const end = all.length - Math.max(...this.matched);
    this.held = all.slice(end);
    return { text: all.slice(0, end) };
  }

  /** What was held back, when something other than text follows, or nothing. */
  flush(): string {
    const { held } = this;
    this.held = "";
    this.matched.fill(0);
    return held;
  }

  private advance(i: number, code: number): number {
    const stop = this.stops[i]!;
    let length = this.matched[i]!;
    while (length > 0 && stop.charCodeAt(length) !== code) length = this.border(i, length);
    if (stop.charCodeAt(length) === code) length++;
    this.matched[i] = length;
    return length;
  }

  /** Worked out up to there when it is first asked for: a stop string may be far longer than any answer. */
  private border(i: number, length: number): number {
    const stop = this.stops[i]!;
    const borders = this.borders[i]!;
    for (let known = borders.length - 1; known < length; known++) {
      let border = borders[known]!;
      while (border > 0 && stop.charCodeAt(border) !== stop.charCodeAt(known)) border = borders[border]!;
      borders.push(stop.charCodeAt(border) === stop.charCodeAt(known) ? border + 1 : border);
    }
    return borders[length]!;
  }
}
