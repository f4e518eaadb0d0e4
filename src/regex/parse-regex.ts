// Text → AST, ECMA-262 §22.2.1 and Annex B.1.2. The engine's own RegExp is asked first whether, and as which of the
// two syntaxes (with flag u, or legacy), the text is a regex at all, so the reader below mostly has to read, and what
// it rejects serves to find the place of an error. regexp-tree isn't used: it is quadratic (80 s for 100 kB), cuts
// non-BMP characters in two, and misreads much of Annex B (\8, \377, \c, [\w-a], quantified lookaheads).
import { ConstraintError, type ErrorCode } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import { type CodePoints, pairs } from "../term/code-points.ts";
import { edge, emptyWord, type RegexNode, type Span, wordBoundary } from "./ast.ts";
import { CharacterClasses, type Flags, lineTerminators } from "./character-class.ts";
import { scalarValues, type UnicodeTables } from "./unicode-tables.ts";

/**
 * The AST of `pattern` under `flags` (ECMAScript's letters; d and g mean nothing here). Whatever the syntax, the
 * pattern is a sequence of code points, as with flag u. Throws ConstraintError: "syntax" if it isn't a regex;
 * "unsupported" at a backreference, a modifier group, or for the flags v and y; "limit" for a pattern too long or too
 * deep. Linear in the pattern.
 */
export function parseRegex(pattern: string, flags: string, limits: Limits, tables: UnicodeTables): RegexNode {
  const { unicode, ...meaning } = readFlags(flags);
  if (pattern.length > limits.maxPatternLength) {
    throw new ConstraintError(
      "limit",
      `The pattern is longer than ${limits.maxPatternLength} characters (limits.maxPatternLength)`,
    );
  }
  const shape = scan(pattern, limits.maxDepth);
  const read = (legacy: boolean): RegexNode =>
    new Reader(pattern, legacy, shape, meaning, new CharacterClasses(meaning, tables)).read();
  const complaint = rejection(pattern, "u");
  if (complaint === undefined) return read(false);
  if (!unicode && rejection(pattern, "") === undefined) return read(true);
  // Not a regex. The legacy reader is the more tolerant one: what it trips over is the real error.
  if (!unicode) read(true);
  read(false);
  throw new ConstraintError("syntax", complaint, locate(pattern, 0, pattern.length));
}

function readFlags(flags: string): Flags & { unicode: boolean } {
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]!;
    if (!"dgimsuvy".includes(flag)) throw new ConstraintError("syntax", `Unknown flag ${flag}`, locate(flags, i));
    if (flags.indexOf(flag) < i) throw new ConstraintError("syntax", `Flag ${flag} twice`, locate(flags, i));
    if (flag === "v" || flag === "y") {
      throw new ConstraintError("unsupported", `Flag ${flag} isn't supported`, locate(flags, i));
    }
  }
  return {
    unicode: flags.includes("u"),
    ignoreCase: flags.includes("i"),
    multiline: flags.includes("m"),
    dotAll: flags.includes("s"),
  };
}

/** Why the engine doesn't take the pattern, or undefined if it does. */
function rejection(pattern: string, flags: string): string | undefined {
  try {
    new RegExp(pattern, flags);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "Invalid regular expression";
  }
}

interface Shape {
  readonly captures: number;
  readonly hasNames: boolean;
}

/** What must be known before reading: how many groups capture, and whether any has a name. Checks the depth. */
function scan(pattern: string, maxDepth: number): Shape {
  let captures = 0;
  let hasNames = false;
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === "\\") i++;
    else if (inClass) inClass = char !== "]";
    else if (char === "[") inClass = true;
    else if (char === ")") depth--;
    else if (char === "(") {
      if (++depth > maxDepth) {
        throw new ConstraintError("limit", `Groups nest deeper than ${maxDepth} (maxDepth)`, locate(pattern, i));
      }
      const named = /^\?<[^=!]/.test(pattern.slice(i + 1, i + 4));
      if (named) hasNames = true;
      if (named || pattern[i + 1] !== "?") captures++;
    }
  }
  return { captures, hasNames };
}

/** What stands for one character: a code point (which may begin or end a range of a class), or a set. */
type Atom = number | CodePoints;

const controls: Readonly<Record<string, number>> = { f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b };

class Reader {
  readonly #text: string;
  readonly #legacy: boolean;
  readonly #shape: Shape;
  readonly #flags: Flags;
  readonly #classes: CharacterClasses;
  /** One node for each character that the pattern names. */
  readonly #characters = new Map<number, RegexNode>();
  #at = 0;

  constructor(text: string, legacy: boolean, shape: Shape, flags: Flags, classes: CharacterClasses) {
    this.#text = text;
    this.#legacy = legacy;
    this.#shape = shape;
    this.#flags = flags;
    this.#classes = classes;
  }

  read(): RegexNode {
    const node = this.#disjunction();
    if (this.#at < this.#text.length) this.#fail("syntax", "Unmatched )", this.#at);
    return node;
  }

  #disjunction(): RegexNode {
    const branches = [this.#alternative()];
    while (this.#eat("|")) branches.push(this.#alternative());
    return branches.length === 1 ? branches[0]! : { kind: "alt", items: branches };
  }

  #alternative(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#text.length && this.#peek() !== "|" && this.#peek() !== ")") items.push(this.#term());
    return items.length === 0 ? emptyWord : items.length === 1 ? items[0]! : { kind: "cat", items };
  }

  #term(): RegexNode {
    const start = this.#at;
    const assertion = this.#assertion();
    if (assertion !== undefined) {
      const quantifiable = this.#legacy && assertion.kind === "look" && !assertion.behind && this.#text[start] === "(";
      return quantifiable ? this.#quantified(assertion) : assertion;
    }
    return this.#quantified(this.#atom());
  }

  #assertion(): RegexNode | undefined {
    const start = this.#at;
    if (this.#eat("^") || this.#eat("$")) {
      const lines = this.#flags.multiline ? lineTerminators : undefined;
      return edge(this.#text[start] === "^", scalarValues, lines, { offset: start, length: 1 });
    }
    if (this.#eat("\\b") || this.#eat("\\B")) {
      return wordBoundary(this.#text[start + 1] === "B", this.#classes.word(), { offset: start, length: 2 });
    }
    const opening = ["(?=", "(?!", "(?<=", "(?<!"].find((each) => this.#text.startsWith(each, start));
    if (opening === undefined) return undefined;
    this.#at += opening.length;
    const item = this.#groupRest(start);
    const at: Span = { offset: start, length: this.#at - start };
    return { kind: "look", behind: opening.includes("<"), negative: opening.endsWith("!"), item, at };
  }

  #groupRest(start: number): RegexNode {
    const node = this.#disjunction();
    if (!this.#eat(")")) this.#fail("syntax", "This group isn't closed", start);
    return node;
  }

  #quantified(item: RegexNode): RegexNode {
    const start = this.#at;
    const bounds = this.#bounds();
    if (bounds === undefined) return item;
    this.#eat("?");
    const [min, max] = bounds;
    if (min > max) this.#fail("syntax", `A repetition from ${min} to ${max} times`, start, this.#at - start);
    if (max !== Infinity && !Number.isSafeInteger(max))
      this.#fail("limit", "A count above 2^53", start, this.#at - start);
    if (!Number.isSafeInteger(min)) this.#fail("limit", "A count above 2^53", start, this.#at - start);
    return min === 1 && max === 1 ? item : { kind: "repeat", item, min, max };
  }

  /** A quantifier but for its laziness. A brace that doesn't begin one is a literal in the legacy syntax. */
  #bounds(): [number, number] | undefined {
    if (this.#eat("*")) return [0, Infinity];
    if (this.#eat("+")) return [1, Infinity];
    if (this.#eat("?")) return [0, 1];
    const braces = this.#match(/\{(\d+)(,?)(\d*)\}/y);
    if (braces === undefined) return undefined;
    const min = Number(braces[1]);
    if (braces[2] === "") {
      if (braces[3] === "") return [min, min];
      this.#fail("syntax", "Incomplete quantifier", this.#at);
    }
    return [min, braces[3] === "" ? Infinity : Number(braces[3])];
  }

  #atom(): RegexNode {
    const start = this.#at;
    if (this.#eat("(")) return this.#group(start);
    if (this.#eat("[")) return { kind: "set", set: this.#class(start) };
    if (this.#eat(".")) return { kind: "set", set: this.#classes.dot() };
    if (this.#eat("\\")) return this.#single(this.#atomEscape(start));
    const char = this.#peek();
    const isQuantifier = "*+?".includes(char) || this.#bounds() !== undefined;
    if (isQuantifier) this.#fail("syntax", "Nothing to repeat", start);
    if (!this.#legacy && "{}]".includes(char)) this.#fail("syntax", `Lone ${char}: write \\${char}`, start);
    return this.#single(this.#codePoint());
  }

  #single(atom: Atom): RegexNode {
    if (typeof atom !== "number") return { kind: "set", set: this.#classes.folded(atom) };
    let node = this.#characters.get(atom);
    if (node === undefined) {
      node = { kind: "set", set: this.#classes.bracket([[atom, atom]], false) };
      this.#characters.set(atom, node);
    }
    return node;
  }

  #group(start: number): RegexNode {
    if (this.#eat("?")) {
      if (this.#eat("<")) {
        if (this.#match(/[^>()|]+>/y) === undefined) this.#fail("syntax", "Invalid name of a group", start);
      } else if (this.#match(/[ims]+(?:-[ims]*)?:|-[ims]+:/y) !== undefined) {
        this.#fail("unsupported", "Modifiers of a group aren't supported", start, this.#at - start);
      } else if (!this.#eat(":")) {
        const opening = this.#text.slice(start, this.#at + 1);
        this.#fail("syntax", `ECMAScript has no group ${opening}…`, start, opening.length);
      }
    }
    return this.#groupRest(start);
  }

  /** After a backslash outside of a class. */
  #atomEscape(start: number): Atom {
    const number = this.#match(/[1-9]\d*/y)?.[0];
    if (number !== undefined) {
      const exists = Number(number) <= this.#shape.captures;
      if (exists) this.#fail("unsupported", `A backreference isn't regular: \\${number}`, start, number.length + 1);
      if (!this.#legacy) this.#fail("syntax", `There is no group ${number}`, start, number.length + 1);
      this.#at = start + 1;
    }
    if (this.#peek() === "k" && (!this.#legacy || this.#shape.hasNames)) {
      const name = this.#match(/k<[^>]*>/y)?.[0];
      if (name === undefined) this.#fail("syntax", "Invalid named reference", start, 2);
      this.#fail("unsupported", `A backreference isn't regular: \\${name}`, start, name.length + 1);
    }
    return this.#characterEscape(start, false);
  }

  #characterEscape(start: number, inClass: boolean): Atom {
    const char = this.#peek();
    if (char === "") this.#fail("syntax", "\\ at the end of the pattern", start);
    if (/[dDsSwW]/.test(char)) {
      this.#at++;
      return this.#classes.escape(char);
    }
    if (!this.#legacy && /[pP]/.test(char)) return this.#property(start);
    const control = Object.hasOwn(controls, char) ? controls[char] : undefined;
    if (control !== undefined) {
      this.#at++;
      return control;
    }
    if (inClass && this.#eat("b")) return 0x08;
    if (char === "c") return this.#controlLetter(start, inClass);
    const hex = this.#match(/x([0-9a-fA-F]{2})/y) ?? this.#match(/u([0-9a-fA-F]{4})/y);
    if (hex !== undefined) return this.#joined(Number.parseInt(hex[1]!, 16));
    if (!this.#legacy) {
      const braced = this.#match(/u\{([0-9a-fA-F]+)\}/y);
      if (braced !== undefined) {
        const codePoint = Number.parseInt(braced[1]!, 16);
        if (codePoint > 0x10ffff) this.#fail("syntax", "No such code point", start, this.#at - start);
        return codePoint;
      }
    }
    const octal = this.#match(this.#legacy ? /[0-3][0-7]{0,2}|[4-7][0-7]?/y : /0(?!\d)/y);
    if (octal !== undefined) return Number.parseInt(octal[0], 8);
    if (!this.#legacy && !/[$^\\.*+?()[\]{}|/]/.test(char) && !(inClass && char === "-")) {
      this.#fail("syntax", `Invalid escape \\${char}`, start, 2);
    }
    return this.#codePoint();
  }

  /**
   * `\cX`. In the legacy syntax, without a letter (in a class: or digit, or _), the backslash is a character and c is
   * the next.
   */
  #controlLetter(start: number, inClass: boolean): number {
    const letter = this.#match(this.#legacy && inClass ? /c([a-zA-Z0-9_])/y : /c([a-zA-Z])/y);
    if (letter !== undefined) return letter[1]!.charCodeAt(0) % 32;
    if (!this.#legacy) this.#fail("syntax", "\\c needs a letter", start, 2);
    return 0x5c;
  }

  /** `\ud83d\ude00` is one code point. */
  #joined(unit: number): number {
    if (unit < 0xd800 || unit > 0xdbff) return unit;
    const low = this.#match(/\\u([dD][c-fC-F][0-9a-fA-F]{2})/y);
    return low === undefined ? unit : 0x10000 + ((unit - 0xd800) << 10) + (Number.parseInt(low[1]!, 16) - 0xdc00);
  }

  #property(start: number): CodePoints {
    const expression = this.#match(/[pP]\{([^}]*)\}/y);
    const negated = this.#text[start + 1] === "P";
    const set = expression === undefined ? undefined : this.#classes.property(expression[1]!, negated);
    if (set === undefined) this.#fail("syntax", "Unknown Unicode property", start, Math.max(2, this.#at - start));
    return set;
  }

  #class(start: number): CodePoints {
    const negated = this.#eat("^");
    const ranges: (readonly [number, number])[] = [];
    const add = (atom: Atom): void => {
      if (typeof atom === "number") ranges.push([atom, atom]);
      else for (const pair of pairs(atom)) ranges.push(pair);
    };
    while (!this.#eat("]")) {
      if (this.#at >= this.#text.length) this.#fail("syntax", "This class isn't closed", start);
      const from = this.#at;
      const first = this.#classAtom();
      if (this.#peek() !== "-" || this.#text[this.#at + 1] === "]" || this.#at + 1 >= this.#text.length) {
        add(first);
        continue;
      }
      this.#at++;
      const last = this.#classAtom();
      if (typeof first === "number" && typeof last === "number") {
        if (first > last) this.#fail("syntax", "A range the wrong way round", from, this.#at - from);
        ranges.push([first, last]);
      } else {
        if (!this.#legacy) this.#fail("syntax", "A class can't be the end of a range", from, this.#at - from);
        add(first);
        add(0x2d);
        add(last);
      }
    }
    return this.#classes.bracket(ranges, negated);
  }

  #classAtom(): Atom {
    const start = this.#at;
    return this.#eat("\\") ? this.#characterEscape(start, true) : this.#codePoint();
  }

  #codePoint(): number {
    const codePoint = this.#text.codePointAt(this.#at)!;
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #eat(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  /** Matches a sticky expression here and goes behind it. */
  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #fail(code: ErrorCode, message: string, offset: number, length = 1): never {
    throw new ConstraintError(code, message, locate(this.#text, offset, length));
  }
}
