// The format "regex": the texts that ECMA-262 (15th edition, section 22.2.1, with its early errors) takes for a pattern with the
// flag u, without annex B. That flag, because JSON Schema (2020-12, core, section 6.4) asks for it, and because without it nearly
// any text is a pattern: the official suite wants `\a` refused.
//
// Method. A state is what the grammar still wants here (a few numbers) inside an "outer" part: the open groups, the names used
// and those that \k wants, how many groups there are and how many a back reference wants. For each state the least number of
// characters that end the pattern is known exactly; a state without such an end isn't made. Any pattern may be followed by
// one more letter, so every greater number of characters will do as well.
//
// A long file: for each thing that may come next, what may follow it, the least end and what may be forgotten are kept side by side.
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import { uncertain } from "../../term/procedure.ts";
import type { CharacterMachine } from "./character-machine.ts";
import { propertyExpressions } from "./regex-properties.ts";

// What may come next.
const term = 1; // no quantifier: at a start, after an assertion or a quantifier
const atom = 2; // something that may be repeated stands before
const lazy = 3; // a quantifier stands before
const afterZero = 4; // after \0: an atom, but no digit may follow
const reference = 5; // after \N: an atom, but digits go on; a: N
const group = 6; // after (
const groupMark = 7; // after (?
const groupAngle = 8; // after (?<
const brace = 9; // after {
const low = 10; // in {n; a: n
const comma = 11; // after {n,; a: n
const high = 12; // in {n,m; a: n, b: m
const name = 13; // a: text so far, b: place
const nameHigh = 14; // after an escaped high surrogate in a name; a: text so far, b: place, c: the surrogate
const nameOpen = 15; // after \k
const classStart = 16; // after [
// In a class b is 1 after \0: no digit may follow.
const classFresh = 17; // nothing before that may begin a range
const classAtom = 18; // a: the character before, or `forgotten`
const classHigh = 19; // after an escaped high surrogate; a: the character that begins its range or −1, c: the surrogate
const classSet = 20; // after \d and the like
const classRange = 21; // after a- ; a: the character
const classSetDash = 22; // after \d-
// Escapes; a and c as in the state before, b: place. d: value · 8 + number of digits, or a text.
const slash = 23;
const control = 24; // after \c
const byteEscape = 25; // after \x
const unit = 26; // after \u
const braced = 27; // after \u{
const property = 28; // after \p
const propertyText = 29; // after \p{

// Where an escape or a name stands.
const outside = 0;
const inClass = 1;
const inGroupName = 2;
const inReference = 3;

const captureGroup = 0;
const plainGroup = 1;
const lookaround = 2;

/** As many groups as JavaScript engines allow (V8: 2^16 − 1). */
const maxGroups = 65_535;
const maxNames = 1000;
const none = -1;
/** Stands for a name's text, or a character, in blind states. */
const forgotten = -2;
const isIdStart = /^[$_\p{ID_Start}]$/u;
const isIdContinue = /^(?:[$\p{ID_Continue}]|\u200c|\u200d)$/u;
const anyIdStart = /[$_\p{ID_Start}]/u;
const anyIdContinue = /[$\p{ID_Continue}]|\u200c|\u200d/u;
const syntaxCharacters = new Set([..."^$\\.*+?()[]{}|"].map((each) => each.codePointAt(0)!));

const dollar = 0x24;
const parenthesisOpen = 0x28;
const parenthesisClose = 0x29;
const asterisk = 0x2a;
const plus = 0x2b;
const commaSign = 0x2c;
const dash = 0x2d;
const slashSign = 0x2f;
const colon = 0x3a;
const lessThan = 0x3c;
const equals = 0x3d;
const greaterThan = 0x3e;
const questionMark = 0x3f;
const exclamationMark = 0x21;
const bracketOpen = 0x5b;
const backslash = 0x5c;
const bracketClose = 0x5d;
const caret = 0x5e;
const braceOpen = 0x7b;
const bar = 0x7c;
const braceClose = 0x7d;

/** Open groups. */
interface Stack {
  readonly id: number;
  readonly parent: Stack | null;
  /** What the innermost open group is; −1 at the top. */
  readonly kind: number;
  readonly depth: number;
}

interface Inner {
  readonly mode: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly stack: Stack;
  readonly names: Names;
  /** Capturing groups so far, and how many a back reference wants. */
  readonly captures: number;
  readonly wanted: number;
}

/** Names of groups. */
interface Names {
  readonly id: number;
  readonly used: ReadonlySet<string>;
  /** Named by \k, and by no group yet. */
  readonly pending: ReadonlySet<string>;
}

export class RegexMachine implements CharacterMachine {
  readonly start: number;
  readonly plain = Uint8Array.from({ length: 512 }, (_, at) => (at >= 256 && isPlain(at - 256) ? 1 : 0));
  readonly #maxStates: number;
  readonly #ids = new Interner();
  /** By state; 0 where not known yet. */
  #rests = new Float64Array(64);
  readonly #stacks: Stack[] = [{ id: 0, parent: null, kind: none, depth: 0 }];
  readonly #stackIds = new Map<string, Stack>();
  readonly #names: Names[] = [];
  readonly #nameIds = new Map<string, Names>();
  readonly #texts: string[] = [""];
  readonly #textIds = new Map<string, number>([["", 0]]);
  readonly #tuple = new Int32Array(9);

  /** @throws from `step`, ConstraintError "limit" over `maxStates` states. */
  constructor(maxStates: number) {
    this.#maxStates = maxStates;
    this.#ids.intern([]);
    const names = this.#namesOf(new Set(), new Set());
    const stack = this.#stacks[0]!;
    this.start = this.#make({ mode: term, a: 0, b: 0, c: none, d: 0, stack, names, captures: 0, wanted: 0 });
  }

  get work(): number {
    return this.#ids.size;
  }

  step(state: number, codePoint: number): number {
    return state === 0 ? 0 : this.#read(this.#state(state), codePoint);
  }

  isAccepting(state: number): boolean {
    return this.#rests[state] === 0 && state !== 0;
  }

  rest(state: number): number {
    return this.#rests[state]!;
  }

  canEnd(state: number, _least: number, most: number): boolean {
    return this.#rests[state]! <= most;
  }

  afterOthers(state: number): number {
    const s = this.#state(state);
    const isPlain = s.mode !== name && s.mode !== groupAngle && (s.mode < classStart || s.mode >= slash);
    return isPlain || (s.mode === classAtom && s.a === forgotten) ? this.#read(s, 0xa0) : none;
  }

  readsBetween(state: number, first: number, last: number): boolean {
    const s = this.#state(state);
    if (s.mode === classRange) return last >= s.a;
    if (s.mode !== name && s.mode !== groupAngle) return this.#read(s, 0xa0) !== 0;
    return firstIdentifierCharacter(s.mode === groupAngle || s.a === 0, first, last) >= 0;
  }

  blind(state: number, isAlone: boolean): number {
    const s = this.#state(state);
    if (s.mode === classAtom && s.a !== forgotten) return this.#make({ ...s, a: forgotten });
    if (s.mode !== name || s.a <= 0 || (s.b === inReference && !isAlone)) return state;
    const text = this.#texts[s.a]!;
    for (const known of s.names.used) if (known.startsWith(text)) return state;
    for (const known of s.names.pending) if (known.startsWith(text)) return state;
    return this.#make({ ...s, a: forgotten });
  }

  plainState(): number {
    return 1;
  }

  end(state: number): string | null {
    const s = this.#state(state);
    const end = this.#ownEnd(s);
    if (end === null) return null;
    const isGroup = s.mode === group || (s.mode === name && s.b === inGroupName);
    const missing = s.wanted - s.captures - s.names.pending.size - (isGroup ? 1 : 0);
    const named = [...s.names.pending].map((each) => `(?<${each}>)`).join("");
    return `${end}${named}${"()".repeat(Math.max(0, missing))}${")".repeat(s.stack.depth)}`;
  }

  /** The part of `end` that ends what has been begun, but for open groups and what back references want. */
  #ownEnd(s: Inner): string | null {
    const isClass = s.mode < slash ? s.mode >= classStart : s.b === inClass;
    const close = isClass ? "]" : "";
    // The end of a range, or of a surrogate pair, can't be just any character.
    if (isClass && (s.mode >= slash ? s.a !== none || s.c !== none : s.mode === classHigh)) {
      return s.mode === slash && s.c === none ? `u{10ffff}${close}` : null;
    }
    switch (s.mode) {
      case group:
        return ")";
      case groupMark:
        return ":)";
      case groupAngle:
        return "=)";
      case brace:
        return "1}";
      case low:
      case comma:
        return "}";
      case high:
        return `${"9".repeat(this.#digitsWanted(s))}}`;
      case name: {
        if (s.a === forgotten) return s.b === inGroupName ? ">)" : null;
        const text = this.#texts[s.a]!;
        if (s.b === inReference) return referenceEnd(s.names, text);
        return `${"a".repeat(missingLetters(s.names, text))}>)`;
      }
      case nameOpen:
        return `<${referenceEnd(s.names, "")}`;
      case nameHigh:
        return null;
      case propertyText:
        return `${propertyExpressions().end(this.#texts[s.d]!)}}${close}`;
      case property:
        return `{L}${close}`;
      case byteEscape:
      case unit:
      case braced:
        if (isInName(s)) return null;
        if (s.mode === braced) return `${(s.d & 7) === 0 ? "1" : ""}}${close}`;
        return `${"a".repeat((s.mode === unit ? 4 : 2) - (s.d & 7))}${close}`;
      case slash:
        return isInName(s) ? null : `d${close}`;
      case control:
        return `a${close}`;
      default:
        return close;
    }
  }

  #state(id: number): Inner {
    const { items } = this.#ids;
    const at = this.#ids.start(id);
    return {
      mode: items[at]!,
      a: items[at + 1]!,
      b: items[at + 2]!,
      c: items[at + 3]!,
      d: items[at + 4]!,
      stack: this.#stacks[items[at + 5]!]!,
      names: this.#names[items[at + 6]!]!,
      captures: items[at + 7]!,
      wanted: items[at + 8]!,
    };
  }

  #read(s: Inner, c: number): number {
    switch (s.mode) {
      case group:
        if (c === questionMark) return this.#make({ ...s, mode: groupMark });
        return this.#readTerm({ ...this.#open(s, captureGroup), captures: s.captures + 1 }, c, false);
      case groupMark:
        if (c === colon) return this.#make(this.#open(s, plainGroup));
        if (c === equals || c === exclamationMark) return this.#make(this.#open(s, lookaround));
        return c === lessThan ? this.#make({ ...s, mode: groupAngle }) : 0;
      case groupAngle:
        if (c === equals || c === exclamationMark) return this.#make(this.#open(s, lookaround));
        return this.#readName({ ...s, mode: name, a: 0, b: inGroupName }, c);
      case brace:
        return isDigit(c) ? this.#make({ ...s, mode: low, a: this.#digit(0, c) }) : 0;
      case low:
        if (isDigit(c)) return this.#make({ ...s, a: this.#digit(s.a, c) });
        if (c === commaSign) return this.#make({ ...s, mode: comma });
        return c === braceClose ? this.#make(plain(s, lazy)) : 0;
      case comma:
        if (isDigit(c)) return this.#make({ ...s, mode: high, b: this.#digit(0, c) });
        return c === braceClose ? this.#make(plain(s, lazy)) : 0;
      case high:
        if (isDigit(c)) return this.#make({ ...s, b: this.#digit(s.b, c) });
        return c === braceClose && this.#digitsWanted(s) === 0 ? this.#make(plain(s, lazy)) : 0;
      case name:
        return this.#readName(s, c);
      case nameHigh:
        return c === backslash ? this.#make({ ...s, mode: slash, d: 0 }) : 0;
      case nameOpen:
        return c === lessThan ? this.#make({ ...s, mode: name, a: 0, b: inReference }) : 0;
      case term:
      case atom:
      case lazy:
        return this.#readTerm(s, c, s.mode === atom);
      case afterZero:
        return isDigit(c) ? 0 : this.#readTerm(s, c, true);
      case reference: {
        if (!isDigit(c)) return this.#readTerm(s, c, true);
        const value = s.a * 10 + (c - 0x30);
        return value > maxGroups ? 0 : this.#make({ ...s, a: value, wanted: Math.max(s.wanted, value) });
      }
      case slash:
      case control:
      case byteEscape:
      case unit:
      case braced:
      case property:
      case propertyText:
        return this.#readEscape(s, c);
      default:
        return this.#readClass(s, c);
    }
  }

  #readTerm(s: Inner, c: number, mayRepeat: boolean): number {
    switch (c) {
      case asterisk:
      case plus:
        return mayRepeat ? this.#make(plain(s, lazy)) : 0;
      case questionMark:
        return mayRepeat ? this.#make(plain(s, lazy)) : s.mode === lazy ? this.#make(plain(s, term)) : 0;
      case braceOpen:
        return mayRepeat ? this.#make(plain(s, brace)) : 0;
      case bar:
      case caret:
      case dollar:
        return this.#make(plain(s, term));
      case parenthesisOpen:
        return this.#make(plain(s, group));
      case parenthesisClose: {
        const { parent, kind } = s.stack;
        return parent === null ? 0 : this.#make({ ...plain(s, kind === lookaround ? term : atom), stack: parent });
      }
      case bracketOpen:
        return this.#make(plain(s, classStart));
      case backslash:
        return this.#make({ ...plain(s, slash), b: outside });
      case bracketClose:
      case braceClose:
        return 0;
      default:
        return this.#make(plain(s, atom));
    }
  }

  #open(s: Inner, kind: number): Inner {
    const key = `${s.stack.id} ${kind}`;
    let stack = this.#stackIds.get(key);
    if (stack === undefined) {
      stack = { id: this.#stacks.length, parent: s.stack, kind, depth: s.stack.depth + 1 };
      this.#stacks.push(stack);
      this.#stackIds.set(key, stack);
    }
    return { ...plain(s, term), stack };
  }

  #readName(s: Inner, c: number): number {
    if (s.a === forgotten) {
      if (c === backslash || c === greaterThan) return uncertain;
      return isIdentifierCharacter(false, c) ? this.#make(s) : 0;
    }
    const text = this.#texts[s.a]!;
    if (c === backslash) return this.#make({ ...s, mode: slash, c: none, d: 0 });
    if (c === greaterThan && text !== "") return this.#endName(s, text);
    return isIdentifierCharacter(text === "", c) ? this.#make({ ...s, mode: name, a: this.#text(text, c) }) : 0;
  }

  #endName(s: Inner, text: string): number {
    const { used, pending } = s.names;
    if (s.b === inReference) {
      const names = used.has(text) || pending.has(text) ? s.names : this.#namesOf(used, new Set([...pending, text]));
      return this.#make({ ...plain(s, atom), names });
    }
    if (used.has(text)) return 0;
    const names = this.#namesOf(new Set([...used, text]), without(pending, text));
    return this.#make({ ...this.#open(s, captureGroup), names, captures: s.captures + 1 });
  }

  #readClass(s: Inner, c: number): number {
    if (s.mode === classHigh && s.a > s.c && c !== backslash) return 0;
    if (s.b === 1 && isDigit(c)) return 0;
    if (c === bracketClose) return this.#make(plain(s, atom));
    if (s.mode === classSetDash) return 0;
    const fresh = plain(s, classFresh);
    if (c === backslash) {
      const { a, c: before } = s.mode === classRange || s.mode === classHigh ? s : { a: none, c: none };
      return this.#make({ ...fresh, mode: slash, a, b: inClass, c: before });
    }
    switch (s.mode) {
      case classStart:
        if (c === caret) return this.#make(fresh);
        break;
      case classAtom:
        if (c !== dash) break;
        return s.a === forgotten ? uncertain : this.#make({ ...fresh, mode: classRange, a: s.a });
      case classHigh:
        if (c === dash && s.a === none) return this.#make({ ...fresh, mode: classRange, a: s.c });
        break;
      case classSet:
        if (c === dash) return this.#make({ ...fresh, mode: classSetDash });
        break;
      case classRange:
        return c < s.a ? 0 : this.#make(fresh);
    }
    return this.#make({ ...fresh, mode: classAtom, a: c });
  }

  #readEscape(s: Inner, c: number): number {
    switch (s.mode) {
      case slash:
        return this.#readSlash(s, c);
      case control:
        return isLetter(c) ? this.#character(s, c & 31, false) : 0;
      case byteEscape:
      case unit: {
        const digit = hexDigit(c);
        if (s.mode === unit && c === braceOpen && s.d === 0 && !isLowDue(s)) return this.#make({ ...s, mode: braced });
        if (digit < 0) return 0;
        const [value, count] = [(s.d >> 3) * 16 + digit, (s.d & 7) + 1];
        if (count < (s.mode === unit ? 4 : 2)) return this.#make({ ...s, d: value * 8 + count });
        return this.#character(s, value, s.mode === unit);
      }
      case braced: {
        if (c === braceClose) return s.d === 0 ? 0 : this.#character(s, s.d >> 3, false);
        const value = (s.d >> 3) * 16 + hexDigit(c);
        return hexDigit(c) < 0 || value > 0x10ffff ? 0 : this.#make({ ...s, d: value * 8 + 1 });
      }
      case property:
        return c === braceOpen ? this.#make({ ...s, mode: propertyText }) : 0;
      default: {
        const text = this.#texts[s.d]!;
        if (c !== braceClose) return c < 128 ? this.#make({ ...s, d: this.#text(text, c) }) : 0;
        return propertyExpressions().remaining(text) === 0 ? this.#set(s) : 0;
      }
    }
  }

  #readSlash(s: Inner, c: number): number {
    if (c === 0x75 /* u */) return this.#make({ ...s, mode: unit, d: 0 });
    if (s.b === inGroupName || s.b === inReference || isLowDue(s)) return 0;
    switch (String.fromCodePoint(c)) {
      case "c":
        return this.#make({ ...s, mode: control });
      case "x":
        return this.#make({ ...s, mode: byteEscape, d: 0 });
      case "p":
      case "P":
        return s.b === inClass && rangeStart(s) !== none ? 0 : this.#make({ ...s, mode: property, d: 0 });
      case "d":
      case "D":
      case "s":
      case "S":
      case "w":
      case "W":
        return this.#set(s);
      case "t":
        return this.#character(s, 9, false);
      case "n":
        return this.#character(s, 10, false);
      case "v":
        return this.#character(s, 11, false);
      case "f":
        return this.#character(s, 12, false);
      case "r":
        return this.#character(s, 13, false);
    }
    if (c === slashSign || syntaxCharacters.has(c)) return this.#character(s, c, false);
    if (s.b === inClass) {
      if (c === 0x62 /* b */) return this.#character(s, 8, false);
      if (c === dash) return this.#character(s, c, false);
      return c === 0x30 ? this.#zero(s) : 0;
    }
    if (c === 0x62 || c === 0x42 /* b, B */) return this.#make(plain(s, term));
    if (c === 0x6b /* k */) return this.#make(plain(s, nameOpen));
    if (c === 0x30) return this.#make(plain(s, afterZero));
    if (!isDigit(c)) return 0;
    const value = c - 0x30;
    return this.#make({ ...plain(s, reference), a: value, wanted: Math.max(s.wanted, value) });
  }

  /** After an escape for one character; `isUnit`: one of the form \uXXXX. */
  #character(s: Inner, value: number, isUnit: boolean): number {
    const pair = isUnit && s.c !== none && isLow(value) ? pairOf(s.c, value) : none;
    if (s.b === outside) return this.#make(plain(s, atom));
    if (s.b === inClass) {
      if (pair !== none) {
        if (s.a === none) return this.#make({ ...plain(s, classAtom), a: pair });
        return pair < s.a ? 0 : this.#make(plain(s, classFresh));
      }
      if (isLowDue(s)) return 0;
      const from = rangeStart(s);
      if (isUnit && isHigh(value)) return this.#make({ ...plain(s, classHigh), a: from, c: value });
      if (from === none) return this.#make({ ...plain(s, classAtom), a: value });
      return value < from ? 0 : this.#make(plain(s, classFresh));
    }
    if (s.c !== none) return pair === none ? 0 : this.#nameCharacter(s, pair);
    return isUnit && isHigh(value)
      ? this.#make({ ...s, mode: nameHigh, c: value, d: 0 })
      : this.#nameCharacter(s, value);
  }

  /** After \0 in a class. */
  #zero(s: Inner): number {
    const from = rangeStart(s);
    if (from > 0) return 0;
    return this.#make(from === none ? { ...plain(s, classAtom), b: 1 } : { ...plain(s, classFresh), b: 1 });
  }

  #nameCharacter(s: Inner, value: number): number {
    const text = this.#texts[s.a]!;
    if (!isIdentifierCharacter(text === "", value)) return 0;
    return this.#make({ ...s, mode: name, a: this.#text(text, value), c: none, d: 0 });
  }

  /** After an escape for a set of characters. */
  #set(s: Inner): number {
    if (s.b === outside) return this.#make(plain(s, atom));
    return rangeStart(s) !== none || isLowDue(s) ? 0 : this.#make(plain(s, classSet));
  }

  #make(s: Inner): number {
    const t = this.#tuple;
    t[0] = s.mode;
    t[1] = s.a;
    t[2] = s.b;
    t[3] = s.c;
    t[4] = s.d;
    t[5] = s.stack.id;
    t[6] = s.names.id;
    t[7] = s.captures;
    t[8] = s.wanted;
    const known = this.#ids.size;
    const id = this.#ids.intern(t);
    if (id < known) return this.#rests[id] === Infinity ? 0 : id;
    if (id > this.#maxStates) {
      throw new ConstraintError("limit", `The regexes in a string needed more than ${this.#maxStates} states`);
    }
    if (id >= this.#rests.length) {
      const longer = new Float64Array(2 * this.#rests.length);
      longer.set(this.#rests);
      this.#rests = longer;
    }
    const rest = this.#restOf(s);
    this.#rests[id] = rest;
    return rest === Infinity ? 0 : id;
  }

  #text(text: string, c: number): number {
    const longer = text + String.fromCodePoint(c);
    let id = this.#textIds.get(longer);
    if (id === undefined) {
      id = this.#texts.push(longer) - 1;
      this.#textIds.set(longer, id);
    }
    return id;
  }

  /** A number's digits, without leading zeros. */
  #digit(digits: number, c: number): number {
    const text = this.#texts[digits]!;
    return text === "" && c === 0x30 ? 0 : this.#text(text, c);
  }

  #namesOf(used: ReadonlySet<string>, pending: ReadonlySet<string>): Names {
    const key = JSON.stringify([[...used].sort(), [...pending].sort()]);
    let names = this.#nameIds.get(key);
    if (names === undefined) {
      if (used.size + pending.size > maxNames) {
        throw new ConstraintError("limit", `A regex in a string has more than ${maxNames} names of groups`);
      }
      names = { id: this.#names.length, used, pending };
      this.#names.push(names);
      this.#nameIds.set(key, names);
    }
    return names;
  }

  /** The least number of characters that make a pattern of what has been read; Infinity where none do. */
  #restOf(s: Inner): number {
    const end = ending(s, 0, 0);
    switch (s.mode) {
      case term:
      case atom:
      case lazy:
      case afterZero:
      case reference:
        return end;
      case group:
        return Math.min(1 + ending(s, 0, 1), 2 + this.#nameRest(s, "", inGroupName));
      case groupMark:
        return Math.min(2 + end, 1 + this.#nameRest(s, "", inGroupName));
      case groupAngle:
        return Math.min(2 + end, this.#nameRest(s, "", inGroupName));
      case brace:
        return 2 + end;
      case low:
      case comma:
        return 1 + end;
      case high:
        return this.#digitsWanted(s) + 1 + end;
      case name:
        return this.#nameRest(s, s.a === forgotten ? null : this.#texts[s.a]!, s.b);
      case nameOpen:
        return 1 + this.#nameRest(s, "", inReference);
      case nameHigh:
        return 2 + this.#spell(s, { ...s, mode: unit, d: 0 });
      case classHigh:
        return (s.a > s.c ? 6 : 0) + 1 + end;
      default:
        return s.mode >= slash ? this.#escapeRest(s, end) : 1 + end;
    }
  }

  #digitsWanted(s: Inner): number {
    const [from, to] = [this.#texts[s.a]!, this.#texts[s.b]!];
    if (to.length > from.length) return 0;
    const count = from.length - to.length;
    return to + "9".repeat(count) >= from ? count : count + 1;
  }

  #escapeRest(s: Inner, end: number): number {
    if (isInName(s)) return s.mode === slash ? 1 + this.#spell(s, { ...s, mode: unit, d: 0 }) : this.#spell(s, s);
    const outer = end + (s.b === inClass ? 1 : 0);
    const from = s.b === inClass ? rangeStart(s) : none;
    switch (s.mode) {
      case control:
        return from > 26 ? Infinity : 1 + outer;
      case property:
        return 1 + propertyExpressions().remaining("") + 1 + outer;
      case propertyText:
        return propertyExpressions().remaining(this.#texts[s.d]!) + 1 + outer;
      case slash: {
        if (isLowDue(s)) return 5 + outer;
        if (from <= 0x7d) return 1 + outer;
        return from <= 0xff ? 3 + outer : 1 + least({ ...s, mode: unit, d: 0 }, from) + outer;
      }
      default:
        return least(s, isLowDue(s) ? s.a : from) + outer;
    }
  }

  /** In a name: the least number of characters after which `escaped` has become one that may stand there, and the pattern has ended. */
  #spell(s: Inner, escaped: Inner): number {
    const text = this.#texts[s.a]!;
    let found = Infinity;
    for (const { from, to, cost } of spellings(escaped)) {
      for (const c of this.#nextCharacters(s, text, from, to)) {
        found = Math.min(found, cost + this.#nameRest(s, text + String.fromCodePoint(c), s.b));
      }
    }
    return found;
  }

  /** Of the characters that may follow `text` in a name: those that lead to known names, and one that makes a new one. */
  #nextCharacters(s: Inner, text: string, from: number, to: number): number[] {
    const { used, pending } = s.names;
    const out: number[] = [];
    for (const known of [...used, ...pending]) {
      const c = known.length > text.length && known.startsWith(text) ? known.codePointAt(text.length)! : none;
      if (c >= from && c <= to) out.push(c);
    }
    let fresh = firstIdentifierCharacter(text === "", from, to);
    while (fresh >= 0 && used.has(text + String.fromCodePoint(fresh))) {
      fresh = firstIdentifierCharacter(text === "", fresh + 1, to);
    }
    if (fresh >= 0) out.push(fresh);
    return out;
  }

  /** The same after `text` in a name; null: one that no known name begins with. */
  #nameRest(s: Inner, text: string | null, place: number): number {
    const { used, pending } = s.names;
    let found = Infinity;
    const extend = (known: string, cost: number) => {
      if (text !== null && known.startsWith(text)) {
        found = Math.min(found, lengthOf(known) - lengthOf(text) + 1 + cost);
      }
    };
    // A new name needs a character if there is none yet, or what there is is taken.
    const more = text === null || (text !== "" && !used.has(text)) ? 0 : 1;
    if (place === inReference) {
      for (const known of used) extend(known, ending(s, 0, 0));
      for (const known of pending) extend(known, ending(s, 0, 0));
      // A forgotten name's length isn't known; see `blind`.
      if (text === null) return 1;
      return Math.min(found, more + 1 + ending(s, 1, 0) + lengthOf(text) + more + groupSigns);
    }
    for (const known of pending) extend(known, 1 + ending(s, -1, 1) - lengthOf(known) - groupSigns);
    return Math.min(found, more + 2 + ending(s, 0, 1));
  }
}

/** The characters of a group's `(?<`, `>` and `)`. */
const groupSigns = 5;

/** Characters that close all groups, and add those that are wanted, if `pending` more (of no length) are, and there are `captures` more. */
function ending(s: Inner, pending: number, captures: number): number {
  let count = s.stack.depth;
  for (const each of s.names.pending) count += lengthOf(each) + groupSigns;
  return count + 2 * Math.max(0, s.wanted - s.captures - captures - s.names.pending.size - pending);
}

function plain(s: Inner, mode: number): Inner {
  return { ...s, mode, a: 0, b: 0, c: none, d: 0 };
}

function without(set: ReadonlySet<string>, text: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== text));
}

/** How many more letters a make `text` a name that isn't known. */
function missingLetters({ used, pending }: Names, text: string): number {
  let count = text === "" ? 1 : 0;
  const at = () => text + "a".repeat(count);
  while (used.has(at()) || pending.has(at())) count++;
  return count;
}

/** An end of the reference \k<`text`, with a group of that name where there is none. */
function referenceEnd(names: Names, text: string): string {
  if (names.used.has(text) || names.pending.has(text)) return ">";
  const letters = "a".repeat(missingLetters(names, text));
  return `${letters}>(?<${text}${letters}>)`;
}

/** In a class: the character that begins the range which the escape ends; −1 where it is none's end. */
function rangeStart(s: Inner): number {
  return s.c === none ? s.a : none;
}

/** Must the other half of a surrogate pair come? */
function isLowDue(s: Inner): boolean {
  return s.c !== none && (isInName(s) || (s.b === inClass && s.a > s.c));
}

function isInName(s: Inner): boolean {
  return s.b === inGroupName || s.b === inReference;
}

/** The least number of characters that end the escape `s` (\x, \u) with a character from `from` on. */
function least(s: Inner, from: number): number {
  let found = Infinity;
  for (const { to, cost } of spellings(s)) if (to >= from) found = Math.min(found, cost);
  return found;
}

/** Characters that an escape may end with, and by how many characters. */
interface Spelling {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** What the hexadecimal escape `s` may still become. Surrogates stand for themselves. */
function spellings(s: Inner): Spelling[] {
  const [value, count] = [s.d >> 3, s.d & 7];
  if (s.mode === braced) return bracedSpellings(value, count);
  const missing = (s.mode === unit ? 4 : 2) - count;
  const from = value << (4 * missing);
  const to = from + (1 << (4 * missing)) - 1;
  if (s.mode === byteEscape) return [{ from, to, cost: missing }];
  if (isLowDue(s)) {
    const [first, last] = [Math.max(from, 0xdc00), Math.min(to, 0xdfff)];
    return first > last ? [] : [{ from: pairOf(s.c, first), to: pairOf(s.c, last), cost: missing }];
  }
  const out: Spelling[] = [{ from, to, cost: missing }];
  const [first, last] = [Math.max(from, 0xd800), Math.min(to, 0xdbff)];
  // The other half of the pair is six characters more.
  if (first <= last) out.push({ from: pairOf(first, 0xdc00), to: pairOf(last, 0xdfff), cost: missing + 6 });
  if (count === 0) out.push(...bracedSpellings(0, 0).map((each) => ({ ...each, cost: each.cost + 1 })));
  return out;
}

function bracedSpellings(value: number, count: number): Spelling[] {
  const out: Spelling[] = [];
  for (let digits = count === 0 ? 1 : 0; digits <= 6; digits++) {
    const from = value * 16 ** digits;
    if (from <= 0x10ffff) out.push({ from, to: Math.min(from + 16 ** digits - 1, 0x10ffff), cost: digits + 1 });
  }
  return out;
}

/** The first one from `from` to `to` that may begin, or go on, a name; −1 where there is none. */
function firstIdentifierCharacter(isFirst: boolean, from: number, to: number): number {
  for (let first = from; first <= to; first += 64) {
    const last = Math.min(first + 63, to);
    let text = "";
    for (let c = first; c <= last; c++) text += c >= 0xd800 && c <= 0xdfff ? " " : String.fromCodePoint(c);
    const found = (isFirst ? anyIdStart : anyIdContinue).exec(text);
    if (found !== null) return found[0].codePointAt(0)!;
  }
  return none;
}

function isIdentifierCharacter(isFirst: boolean, c: number): boolean {
  return (isFirst ? isIdStart : isIdContinue).test(String.fromCodePoint(c));
}

function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function pairOf(high: number, low: number): number {
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

function isHigh(value: number): boolean {
  return value >= 0xd800 && value <= 0xdbff;
}

function isLow(value: number): boolean {
  return value >= 0xdc00 && value <= 0xdfff;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isLetter(c: number): boolean {
  return (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
}

function hexDigit(c: number): number {
  if (isDigit(c)) return c - 0x30;
  return (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1;
}

/** No digits: after a back reference they would go on with it. */
function isPlain(byte: number): boolean {
  return byte >= 0x80 || !(syntaxCharacters.has(byte) || isDigit(byte));
}
