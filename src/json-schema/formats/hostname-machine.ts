// The formats "hostname" (RFC 1123, section 2.1, with A-labels as RFC 5891, section 4.4, makes them) and "idn-hostname" (that, or RFC 5890,
// section 2.3.2.3: a mixture of A-labels, U-labels and other LDH labels without "--" at their third place), read character by character.
// Both keep the Bidi rule (RFC 5893) in all labels of a name that has a label from right to left, an A-label counting as its
// U-label. A label has at most 63 octets, a name 253, U-labels counted as A-labels. The dots of "idn-hostname" are those of RFC 3490, section 3.1.
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import { uncertain } from "../../term/procedure.ts";
import { ALabels, maxALabel, plainEnd } from "./a-label.ts";
import { aceLength, acePrefix, staysTooLong } from "./ace-length.ts";
import type { CharacterMachine } from "./character-machine.ts";
import { codePointEnd, IdnaCodePoints } from "./idna-code-points.ts";
import { appendToLabel, emptyLabel, kindAhead, kindOfLabel, type Label, type LabelKind } from "./idna-label.ts";
import { asciiEnd } from "./punycode.ts";

const maxLabel = 63;
export const maxName = 253;

// What has been seen of a name. The first two exclude each other, and so do the others: a name with "--" at a label's third place
// is RFC 1123's only.
const unruly = 1;
const rightToLeft = 2;
const reserved = 4;
const international = 8;
/** Of a blind state, whose octets are an upper bound. */
const isBlind = 16;

// A state: what has been seen before the label, octets up to its beginning, the kind of the label so far, and two fields by that kind.
const seenField = 0;
const octetsField = 1;
const kindField = 2;
/** ASCII: what is the rest of an LDH label to its end. Fields: id of an `Ldh`, id of the `Label` that it would be of a U-label. */
const ldh = 0;
/** Behind "xn--". Field: id of its text. */
const aLabel = 1;
/** With other characters. Fields: id of its text, id of its `Label`. In blind states, for the text, how many characters are ASCII, and how many others: · 64. */
const uLabel = 2;
const firstField = 3;
const secondField = 4;

/** Of an LDH label. */
interface Ldh {
  readonly length: number;
  readonly endsInHyphen: boolean;
  readonly startsWithLetter: boolean;
  /** How many characters of "xn--" there are, where there is nothing else. */
  readonly prefix: number;
  readonly isReserved: boolean;
}

const prefixText = "xn--";
const maxDigits = 7;
const dot = 0x2e;
const otherDots: ReadonlySet<number> = new Set([0x3002, 0xff0e, 0xff61]);
// States of `plain`: before a dot; at a label's start, after x, xn and xn-; in any other label; the same again where no label may start with a digit.
const plainClosed = 1;
const plainStart = 2;
const plainOther = 6;
const plainOrdered = 6;

/** Behind a label that lacks something, one of these mostly ends it; the first ones need the fewest octets. */
const endings = ["", "a", "l", "α", "0", "ب", "א", "ア", "一", "ᠠ", "ꡀ", "αア", "ᠠア", "ߊ", "𐫀"].map(codePointsOf);

export class HostnameMachine implements CharacterMachine {
  readonly start: number;
  readonly plain: Uint8Array;
  readonly #isInternational: boolean;
  readonly #maxStates: number;
  #steps = 0;
  readonly #codePoints = new IdnaCodePoints();
  readonly #aLabels = new ALabels(this.#codePoints);
  readonly #states = new Interner();
  /** By state: does it lead to an end? Undefined where that isn't known yet. */
  readonly #aliveness: (boolean | undefined)[] = [false];
  readonly #labels = new Values<Label>();
  readonly #ldhs = new Values<Ldh>();
  readonly #texts = new Values<string>();
  /** By the label · 2^21 + the character. */
  readonly #labelsAfter = new Map<number, number>();
  /** By the first one of a block: the code points of it that some label may have. */
  readonly #blocks = new Map<string, readonly number[]>();

  /** @throws from `step`, ConstraintError "limit" over `maxStates` states, or where it can't be decided in time what may follow. */
  constructor(isInternational: boolean, maxStates: number) {
    this.#isInternational = isInternational;
    this.plain = plainLabels(isInternational);
    this.#maxStates = maxStates;
    this.#states.intern([]);
    this.start = this.#atLabel(0, 0);
  }

  get work(): number {
    return this.#steps + this.#aLabels.tried;
  }

  step(state: number, codePoint: number): number {
    if (state === 0) return 0;
    this.#steps++;
    const next = this.#read(state, codePoint);
    if (next <= 0 || this.#isAlive(next)) return next;
    return (this.#field(next, seenField) & isBlind) !== 0 && !this.#isExcluded(next) ? uncertain : 0;
  }

  isAccepting(state: number): boolean {
    return state !== 0 && this.#after(state) !== undefined;
  }

  rest(state: number): number {
    return !this.#isAlive(state) ? Infinity : this.#after(state) === undefined ? 1 : 0;
  }

  canEnd(state: number, least: number, most: number): boolean {
    return state !== 0 && this.#ends(state, least, most);
  }

  afterOthers(state: number): number {
    return this.#isInternational && this.#field(state, kindField) !== aLabel ? -1 : 0;
  }

  readsBetween(state: number, first: number, last: number): boolean | undefined {
    let isUncertain = false;
    for (const codePoint of this.#block(first, last)) {
      const next = this.step(state, codePoint);
      if (next > 0) return true;
      if (next === uncertain) isUncertain = true;
    }
    return isUncertain ? undefined : false;
  }

  end(state: number): string | null {
    if (this.isAccepting(state)) return "";
    if (this.#field(state, kindField) !== aLabel) return this.isAccepting(this.step(state, 0x61 /* a */)) ? "a" : null;
    const end = plainEnd(this.#texts.get(this.#field(state, firstField)));
    let after = state;
    for (const codePoint of codePointsOf(end)) after = this.step(after, codePoint);
    return this.isAccepting(after) ? end : null;
  }

  plainState(state: number): number {
    const offset = (this.#field(state, seenField) & rightToLeft) !== 0 ? plainOrdered : 0;
    if (this.#field(state, kindField) !== ldh) return offset + plainClosed;
    const { length, prefix } = this.#ldhs.get(this.#field(state, firstField));
    return offset + (prefix === length && this.isAccepting(state) ? plainStart + prefix : plainOther);
  }

  /** Forgets what the label is, all but what is asked of what follows, where there is room enough whatever it is. */
  blind(state: number, isAlone: boolean): number {
    if (!this.#isInternational || !isAlone || state === 0) return state;
    const seen = this.#field(state, seenField);
    const kind = this.#field(state, kindField);
    const octets = 64 * Math.ceil(this.#field(state, octetsField) / 64);
    if ((seen & isBlind) !== 0 || kind === aLabel || octets > 128) return state;
    const first = this.#field(state, firstField);
    let forgotten: number;
    if (kind === ldh) {
      const own = this.#ldhs.get(first);
      const length = own.length < prefixText.length ? own.length : 8 * Math.ceil(own.length / 8);
      forgotten = this.#ldhs.id({ ...own, length });
    } else {
      const text = codePointsOf(this.#texts.get(first));
      const ascii = text.filter((codePoint) => codePoint < asciiEnd).length;
      forgotten = 4 * Math.ceil(ascii / 4) + 64 * (text.length - ascii);
    }
    const blind = this.#make(seen | isBlind, octets, kind, forgotten, this.#field(state, secondField));
    return this.#isAlive(blind) ? blind : state;
  }

  #field(state: number, field: number): number {
    return this.#states.items[this.#states.start(state) + field]!;
  }

  #make(...fields: readonly number[]): number {
    const id = this.#states.intern(fields);
    if (id > this.#maxStates) {
      throw new ConstraintError("limit", `A host name needed more than ${this.#maxStates} states (limits.maxStates)`);
    }
    return id;
  }

  #atLabel(seen: number, octets: number): number {
    const start = { length: 0, endsInHyphen: false, startsWithLetter: false, prefix: 0, isReserved: false };
    const label = this.#isInternational ? this.#labelId(emptyLabel) : 0;
    return this.#make(seen, octets, ldh, this.#ldhs.id(start), label);
  }

  #labelId(label: Label): number {
    // As much as matters to what follows.
    const length = Math.min(label.length, prefixText.length);
    const last = label.last === 0x2d /* - */ || label.last === 0x6c /* l */ ? label.last : 0;
    const lastScript = label.lastScript === "Hebrew" ? label.lastScript : undefined;
    return this.#labels.id({ ...label, length, last, lastScript });
  }

  #labelAfter(label: number, codePoint: number): number {
    if (label === 0) return 0;
    const key = label * 2 ** 21 + codePoint;
    let after = this.#labelsAfter.get(key);
    if (after === undefined) {
      const next = appendToLabel(this.#labels.get(label), codePoint, this.#codePoints);
      this.#labelsAfter.set(key, (after = next === undefined ? 0 : this.#labelId(next)));
    }
    return after;
  }

  /** The state after a character, whether it can end or not. */
  #read(state: number, codePoint: number): number {
    const seen = this.#field(state, seenField);
    const octets = this.#field(state, octetsField);
    const isOtherDot = otherDots.has(codePoint);
    if (codePoint === dot || (isOtherDot && this.#isInternational)) {
      const after = this.#after(state);
      if (after === undefined) return 0;
      const all = isOtherDot ? together(after.seen, international) : after.seen;
      return all === undefined ? 0 : this.#atLabel(all, after.octets + 1);
    }
    const first = this.#field(state, firstField);
    const second = this.#field(state, secondField);
    switch (this.#field(state, kindField)) {
      case aLabel: {
        const text = this.#texts.get(first);
        if (!isLdh(codePoint) || text.length === maxALabel) return 0;
        return this.#make(seen, octets, aLabel, this.#texts.id(text + lowercase(codePoint)), 0);
      }
      case uLabel: {
        const label = this.#labelAfter(second, codePoint);
        if (label === 0) return 0;
        if ((seen & isBlind) !== 0) {
          return this.#make(seen, octets, uLabel, first + (codePoint < asciiEnd ? 1 : 64), label);
        }
        // An a for any ASCII character: which one it is matters to the label only.
        const character = codePoint < asciiEnd ? "a" : characterOf(codePoint);
        return this.#make(seen, octets, uLabel, this.#texts.id(this.#texts.get(first) + character), label);
      }
      default:
        return this.#readLdh(seen, octets, this.#ldhs.get(first), second, codePoint);
    }
  }

  #readLdh(seen: number, octets: number, own: Ldh, label: number, codePoint: number): number {
    const nextLabel = this.#labelAfter(label, codePoint);
    if (codePoint >= asciiEnd) {
      const all = together(seen, international);
      if (nextLabel === 0 || all === undefined) return 0;
      if ((seen & isBlind) !== 0) return this.#make(all, octets, uLabel, own.length + 64, nextLabel);
      const text = "a".repeat(own.length) + characterOf(codePoint);
      return this.#make(all, octets, uLabel, this.#texts.id(text), nextLabel);
    }
    if (!isLdh(codePoint)) return 0;
    if (own.length === maxLabel) return (seen & isBlind) !== 0 ? uncertain : 0;
    const character = lowercase(codePoint);
    if (own.length === 0 && character === "-") return 0;
    const prefix = own.prefix === own.length && character === prefixText[own.length] ? own.length + 1 : 0;
    if (prefix === prefixText.length) return this.#make(seen, octets, aLabel, this.#texts.id(""), 0);
    const isReserved = own.isReserved || (own.length === 3 && own.endsInHyphen && character === "-");
    const next: Ldh = {
      length: own.length + 1,
      endsInHyphen: character === "-",
      startsWithLetter: own.length === 0 ? character >= "a" : own.startsWithLetter,
      prefix,
      isReserved: isReserved && this.#isInternational,
    };
    return this.#make(seen, octets, ldh, this.#ldhs.id(next), nextLabel);
  }

  /** What has been seen, and octets, where the label ends here; undefined where it can't. */
  #after(state: number): { readonly seen: number; readonly octets: number } | undefined {
    const own = this.#labelSeen(state);
    const seen = own === undefined ? undefined : together(this.#field(state, seenField), own);
    if (seen === undefined) return undefined;
    const length = this.#labelOctets(state);
    const octets = this.#field(state, octetsField) + length;
    return length <= maxLabel && octets <= maxName ? { seen, octets } : undefined;
  }

  #labelSeen(state: number): number | undefined {
    const first = this.#field(state, firstField);
    if (this.#field(state, kindField) === ldh) {
      const { length, endsInHyphen, startsWithLetter, isReserved } = this.#ldhs.get(first);
      if (length === 0 || endsInHyphen) return undefined;
      return (startsWithLetter ? 0 : unruly) | (isReserved ? reserved : 0);
    }
    const isALabel = this.#field(state, kindField) === aLabel;
    const kind = isALabel
      ? this.#aLabels.kind(this.#texts.get(first))
      : kindOfLabel(this.#labels.get(this.#field(state, secondField)));
    return kind === undefined ? undefined : seenOf(kind);
  }

  #labelOctets(state: number): number {
    const first = this.#field(state, firstField);
    switch (this.#field(state, kindField)) {
      case ldh:
        return this.#ldhs.get(first).length;
      case aLabel:
        return acePrefix + this.#texts.get(first).length;
      default: {
        if ((this.#field(state, seenField) & isBlind) !== 0) return boundOf(first);
        return aceLength(codePointsOf(this.#texts.get(first)));
      }
    }
  }

  /** Is it excluded by what has been seen? */
  #isExcluded(state: number): boolean {
    const seen = this.#field(state, seenField);
    const first = this.#field(state, firstField);
    switch (this.#field(state, kindField)) {
      case ldh: {
        const { length, startsWithLetter, isReserved } = this.#ldhs.get(first);
        const own = (length === 0 || startsWithLetter ? 0 : unruly) | (isReserved ? reserved : 0);
        return together(seen, own) === undefined;
      }
      case aLabel:
        return false;
      default:
        return together(seen, seenOf(kindAhead(this.#labels.get(this.#field(state, secondField))))) === undefined;
    }
  }

  #isAlive(state: number): boolean {
    return (this.#aliveness[state] ??= this.#ends(state, 0, Infinity));
  }

  /** Do `least` to `most` characters lead to an end of the name? */
  #ends(state: number, least: number, most: number): boolean {
    if (this.#isExcluded(state)) return false;
    const seen = this.#field(state, seenField);
    const room = maxName - this.#field(state, octetsField);
    const first = this.#field(state, firstField);
    /** The label ends after `rest` characters with so many octets; what follows, where anything does, is a dot and at least a letter. */
    const reaches = (rest: number, octets: number) => {
      if (octets > room || rest > most) return false;
      return rest >= least || Math.max(least, rest + 2) <= Math.min(most, rest + room - octets);
    };
    switch (this.#field(state, kindField)) {
      case aLabel: {
        const text = this.#texts.get(first);
        return this.#aLabels.canEnd(text, (rest, kind) => {
          return together(seen, seenOf(kind)) !== undefined && reaches(rest, acePrefix + text.length + rest);
        });
      }
      case uLabel:
        return this.#endsULabel(state, reaches, least, most);
      default: {
        const { length, endsInHyphen } = this.#ldhs.get(first);
        for (let rest = length === 0 || endsInHyphen ? 1 : 0; length + rest <= maxLabel; rest++) {
          if (reaches(rest, length + rest)) return true;
        }
        return false;
      }
    }
  }

  #endsULabel(state: number, reaches: (rest: number, octets: number) => boolean, least: number, most: number): boolean {
    const label = this.#labels.get(this.#field(state, secondField));
    if (most < (kindOfLabel(label) === undefined ? 1 : 0)) return false;
    const seen = this.#field(state, seenField);
    const first = this.#field(state, firstField);
    if ((seen & isBlind) !== 0) return isSurelyShort(boundOf(first), maxName - this.#field(state, octetsField));
    const text = codePointsOf(this.#texts.get(first));
    const others = text.filter((codePoint) => codePoint >= asciiEnd).length;
    const bound = boundOf(text.length - others + 64 * others);
    if (least === 0 && isSurelyShort(bound, maxName - this.#field(state, octetsField))) return true;
    const ends = (more: readonly number[]) => {
      this.#steps += 1 + (text.length >> 3);
      let id = this.#field(state, secondField);
      for (const codePoint of more) id = this.#labelAfter(id, codePoint);
      const kind = id === 0 ? undefined : kindOfLabel(this.#labels.get(id));
      if (kind === undefined || together(seen, seenOf(kind)) === undefined) return false;
      const octets = aceLength([...text, ...more]);
      return octets <= maxLabel && reaches(more.length, octets);
    };
    if (endings.some(ends)) return true;
    const room = maxName - this.#field(state, octetsField);
    if (acePrefix + text.length + least > room || staysTooLong(text, Math.min(maxLabel, room))) return false;
    if (this.#block(0x61, 0x2fff).some((codePoint) => ends([codePoint]))) return true;
    throw new ConstraintError("limit", "It can't be decided within the budget how a U-label may go on");
  }

  #block(first: number, last: number): readonly number[] {
    const key = `${first} ${last}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      const codePoints: number[] = [];
      for (let c = first; c <= Math.min(last, codePointEnd); c++) {
        if (otherDots.has(c) || this.#codePoints.traits(c) !== null) codePoints.push(c);
      }
      this.#blocks.set(key, (block = codePoints));
    }
    return block;
  }
}

/** None for "idn-hostname", which has no syntax that is looked at beside. */
function plainLabels(isInternational: boolean): Uint8Array {
  const next = new Uint8Array((2 * plainOrdered + 1) * 256);
  for (const offset of isInternational ? [] : [0, plainOrdered]) {
    for (let at = plainClosed; at <= plainOther; at++) {
      const row = (at + offset) * 256;
      if (at !== plainStart) next[row + dot] = offset + plainStart;
      for (let byte = 0; byte < asciiEnd; byte++) {
        if (!isLdh(byte) || at === plainClosed) continue;
        const isPrefix = at < plainOther && lowercase(byte) === prefixText[at - plainStart];
        const isLost =
          (at === plainStart && offset > 0 && lowercase(byte) < "a") || (isPrefix && at === plainOther - 1);
        if (!isLost) next[row + byte] = offset + (isPrefix ? at + 1 : plainOther);
      }
    }
  }
  return next;
}

/** Values by number, from 1 on: equal ones have the same. */
class Values<T> {
  readonly #values: T[] = [];
  readonly #ids = new Map<string, number>();

  id(value: T): number {
    const key = JSON.stringify(value);
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(key, (id = this.#values.push(value)));
    return id;
  }

  get(id: number): T {
    return this.#values[id - 1]!;
  }
}

/** A label's octets at most: an insertion takes up to 7 digits. By its characters, as a blind state counts them. */
function boundOf(characters: number): number {
  return acePrefix + (characters & 63) + 1 + maxDigits * (characters >> 6);
}

/** So that there is room for what it may lack, two characters, too. */
function isSurelyShort(bound: number, room: number): boolean {
  return bound + 2 * maxDigits <= Math.min(maxLabel, room);
}

/** What has been seen in all; undefined where it excludes each other. */
function together(seen: number, more: number): number | undefined {
  const all = seen | more;
  const bidi = unruly | rightToLeft;
  const names = reserved | international;
  return (all & bidi) === bidi || (all & names) === names ? undefined : all;
}

function seenOf(kind: LabelKind): number {
  return kind === "plain" ? 0 : kind === "unruly" ? unruly : rightToLeft;
}

function isLdh(codePoint: number): boolean {
  return codePoint < asciiEnd && /^[A-Za-z0-9-]$/.test(String.fromCharCode(codePoint));
}

function lowercase(codePoint: number): string {
  return String.fromCharCode(codePoint).toLowerCase();
}

function characterOf(codePoint: number): string {
  return String.fromCodePoint(codePoint);
}

function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!);
}
