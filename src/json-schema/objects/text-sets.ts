// Sets of texts that only grow, as tries whose equal parts are one: a set is an integer, equal sets are equal integers, and so is
// what a set holds behind a beginning. Adding a text copies the path to it and nothing else (hash consing; Goto, "Monocopy
// and associative algorithms in an extended Lisp", 1974).
import { Interner } from "../../base/interner.ts";

/** No text. */
export const noTexts = 0;

export class TextSets {
  /** Sequences: 1 where the empty text is in the set, then pairs byte, set of what follows it, by bytes. */
  private readonly sets = new Interner();
  private readonly sizes: number[] = [0];

  constructor() {
    this.sets.intern([0]);
  }

  /** How many texts. */
  sizeOf(set: number): number {
    return this.sizes[set]!;
  }

  hasEmptyText(set: number): boolean {
    return this.sets.items[this.sets.start(set)] === 1;
  }

  /** What follows `byte` in the texts that begin with it. Cost: linear in the bytes that texts begin with. */
  after(set: number, byte: number): number {
    const { items } = this.sets;
    const end = this.sets.end(set);
    for (let i = this.sets.start(set) + 1; i < end; i += 2) if (items[i] === byte) return items[i + 1]!;
    return noTexts;
  }

  /** The set with `text`, which must not be in it. */
  with(set: number, text: readonly number[]): number {
    const path = [set];
    for (const byte of text) path.push(this.after(path[path.length - 1]!, byte));
    let made = this.intern([1, ...this.pairs(path[text.length]!)], path[text.length]!);
    for (let i = text.length - 1; i >= 0; i--) {
      const byte = text[i]!;
      const from = path[i]!;
      const pairs = this.pairs(from);
      let at = 0;
      while (at < pairs.length && pairs[at]! < byte) at += 2;
      pairs.splice(at, pairs[at] === byte ? 2 : 0, byte, made);
      made = this.intern([this.hasEmptyText(from) ? 1 : 0, ...pairs], from);
    }
    return made;
  }

  private pairs(set: number): number[] {
    return Array.from(this.sets.items.subarray(this.sets.start(set) + 1, this.sets.end(set)));
  }

  /** `sequence` is that of the set `without`, and one text more. */
  private intern(sequence: readonly number[], without: number): number {
    const set = this.sets.intern(sequence);
    if (set === this.sizes.length) this.sizes.push(this.sizes[without]! + 1);
    return set;
  }
}
