// The sets behind \d \w \s and the dot, and how the flags change them. ECMA-262 §22.2.2.9 (CharacterClassEscape),
// §22.2.2.7.3 (Canonicalize). Flag i folds as with u always, because a text is code points here: \w then holds ſ and
// K (Kelvin) too.
import { type CodePoints, codePoints, complementCodePoints, intersectCodePoints } from "../term/code-points.ts";
import { scalarValues, type UnicodeTables } from "./unicode-tables.ts";

export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const digits: CodePoints = [0x30, 0x39];
const wordCharacters: CodePoints = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const whiteSpace: CodePoints = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f,
  0x3000, 0x3000, 0xfeff, 0xfeff,
];
export const lineTerminators: CodePoints = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];

/** What classes and escapes mean under some flags. Sets hold scalar values only: a lone surrogate matches nothing. */
export class CharacterClasses {
  readonly #flags: Flags;
  readonly #tables: UnicodeTables;
  #word: CodePoints | undefined;

  constructor(flags: Flags, tables: UnicodeTables) {
    this.#flags = flags;
    this.#tables = tables;
  }

  /** `\w`, with what folds to it under flag i. */
  word(): CodePoints {
    this.#word ??= this.folded(wordCharacters);
    return this.#word;
  }

  /** What `\d`, `\D`, `\s`, `\S`, `\w` or `\W` stands for, by its letter. */
  escape(letter: string): CodePoints {
    const lower = letter.toLowerCase();
    const set = lower === "d" ? digits : lower === "s" ? whiteSpace : this.word();
    return letter === lower ? set : complementOf(set);
  }

  /** `\p{expression}`, or undefined if there is no such property. */
  property(expression: string, negated: boolean): CodePoints | undefined {
    const set = this.#tables.property(expression);
    return set !== undefined && negated ? complementOf(set) : set;
  }

  dot(): CodePoints {
    return this.#flags.dotAll ? scalarValues : complementOf(lineTerminators);
  }

  /** What one character of `set` matches: itself, and under flag i what folds like it. */
  folded(set: CodePoints): CodePoints {
    return this.#flags.ignoreCase ? this.#tables.closeOverCase(set) : set;
  }

  /** `[…]` with those items, `[^…]` where `negated`. */
  bracket(ranges: readonly (readonly [number, number])[], negated: boolean): CodePoints {
    const set = this.folded(intersectCodePoints(codePoints(ranges), scalarValues));
    return negated ? complementOf(set) : set;
  }
}

function complementOf(set: CodePoints): CodePoints {
  return intersectCodePoints(complementCodePoints(set), scalarValues);
}
