// Does a term without calls have a word? Slow and plain, to check the engine and the front-ends by: for every node
// and every place in the word, the set of places where a match of the node that begins there can end. Shares nothing
// with the engine.
import { hasByte } from "../../src/base/byte-set.ts";
import type { Term } from "../../src/term/term.ts";

/** Is `bytes` a word of `term`? Throws on calls and special tokens. About cubic in the word. */
export function matches(term: Term, bytes: Uint8Array): boolean {
  return new Recogniser(bytes).ends(term, 0).has(bytes.length);
}

class Recogniser {
  readonly #bytes: Uint8Array;
  readonly #memo = new Map<Term, Map<number, ReadonlySet<number>>>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The places where a match that begins at `start` can end. */
  ends(term: Term, start: number): ReadonlySet<number> {
    let byStart = this.#memo.get(term);
    if (byStart === undefined) this.#memo.set(term, (byStart = new Map()));
    let ends = byStart.get(start);
    if (ends === undefined) byStart.set(start, (ends = this.#compute(term, start)));
    return ends;
  }

  #compute(term: Term, start: number): ReadonlySet<number> {
    switch (term.kind) {
      case "empty":
        return new Set();
      case "epsilon":
        return new Set([start]);
      case "bytes":
        return new Set(start < this.#bytes.length && hasByte(term.set, this.#bytes[start]!) ? [start + 1] : []);
      case "words":
        return new Set(
          term.words
            .filter(
              (word) => start + word.length <= this.#bytes.length && word.every((b, i) => this.#bytes[start + i] === b),
            )
            .map((word) => start + word.length),
        );
      case "cat":
        return term.items.reduce<ReadonlySet<number>>((places, item) => this.#after(places, item), new Set([start]));
      case "alt":
        return new Set(term.items.flatMap((item) => [...this.ends(item, start)]));
      case "repeat":
        return this.#repeated(term.item, term.min, term.max, start);
      case "and": {
        const [first, ...others] = term.items.map((item) => this.ends(item, start));
        return new Set([...first!].filter((place) => others.every((each) => each.has(place))));
      }
      case "not": {
        const ends = this.ends(term.item, start);
        const all = Array.from({ length: this.#bytes.length - start + 1 }, (_, i) => start + i);
        return new Set(all.filter((place) => !ends.has(place)));
      }
      case "call":
      case "token":
        throw new Error(`The recogniser has no ${term.kind}`);
    }
  }

  /** The ends of the matches of `item` that begin at one of `places`. */
  #after(places: ReadonlySet<number>, item: Term): ReadonlySet<number> {
    return new Set([...places].flatMap((place) => [...this.ends(item, place)]));
  }

  /**
   * After k rounds the places either move right, so that none is left after the word's length, or (an item with the
   * empty word) only become more, so that they stay the same after it.
   */
  #repeated(item: Term, min: number, max: number, start: number): ReadonlySet<number> {
    const enough = this.#bytes.length + 1;
    let places: ReadonlySet<number> = new Set([start]);
    for (let k = 0; k < Math.min(min, enough); k++) places = this.#after(places, item);
    const ends = new Set(places);
    for (let k = 0; k < Math.min(max - min, enough); k++) {
      places = this.#after(places, item);
      for (const place of places) ends.add(place);
    }
    return ends;
  }
}
