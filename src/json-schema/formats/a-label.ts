// A-labels (RFC 5890, section 2.3.2.1) character by character: which texts behind "xn--" decode to a valid U-label, and which begin one.
//
// Method. What has been read may go on as ASCII characters, with the delimiter still ahead: then the cheapest way to a valid label is known
// (`asciiCost`), and most texts have room for it. Else it goes on as digits only, too few for that way: all of them are tried, but for
// those whose code points no label has or that no further insertions mend, in as many digits as are left. A search over the budget is an error.
import { ConstraintError } from "../../base/errors.ts";
import { codePointEnd, type IdnaCodePoints } from "./idna-code-points.ts";
import { appendToLabel, emptyLabel, isContradictory, kindOfLabel, type Label, type LabelKind } from "./idna-label.ts";
import {
  asciiEnd,
  base,
  codePointAhead,
  type Decoded,
  decodedAscii,
  digitOf,
  encode,
  insertAhead,
  threshold,
} from "./punycode.ts";

/** The most characters behind "xn--". */
export const maxALabel = 59;
/** Integers that one search may try. */
const maxTried = 200_000;

/** An integer that has been read in part. */
interface Partial {
  readonly value: number;
  readonly weight: number;
  readonly digits: number;
}

/** May a label of that kind end after so many more characters? */
export type EndsAfter = (rest: number, kind: LabelKind) => boolean;

const noDigits: Partial = { value: 0, weight: 1, digits: 0 };
const hyphen = "-";

export class ALabels {
  readonly #codePoints: IdnaCodePoints;
  /** Integers tried in all searches so far. */
  tried = 0;
  #mostTried = 0;

  constructor(codePoints: IdnaCodePoints) {
    this.#codePoints = codePoints;
  }

  /** What `text`, lowercase, stands for behind "xn--"; undefined: no U-label. */
  kind(text: string): LabelKind | undefined {
    const read = this.#decode(text);
    return read === undefined || read.partial.digits > 0 ? undefined : this.#kindOf(read.decoded);
  }

  /**
   * Can `text`, lowercase LDH, go on to an A-label that `endsAfter` takes? It must take "plain" wherever it takes another kind.
   * @throws ConstraintError "limit" where that takes too long to find out.
   */
  canEnd(text: string, endsAfter: EndsAfter): boolean {
    const room = maxALabel - text.length;
    if (room < 0) return false;
    for (const kind of ["plain", "unruly"] as const) {
      for (let rest = asciiCost(text, kind); rest <= room; rest++) if (endsAfter(rest, kind)) return true;
    }
    const read = this.#decode(text);
    if (read === undefined) return false;
    this.#mostTried = this.tried + maxTried;
    // With more digits it would be as long as one of those that have been looked at.
    let most = Math.min(room, asciiCost(text, "plain") - 1);
    while (most >= 0 && !endsAfter(most, "plain")) most--;
    if (most < 0) return false;
    if (read.partial.digits === 0) return this.#search(read.decoded, 0, most, endsAfter);
    const reserved = Math.max(0, leastInsertions(read.decoded) - 1);
    return this.#searchInteger(read.decoded, read.partial, 0, most - reserved, most, endsAfter);
  }

  /** With the last hyphen as the delimiter; undefined where it decodes to nothing valid, however it goes on as digits. */
  #decode(text: string): { readonly decoded: Decoded; readonly partial: Partial } | undefined {
    const delimiter = text.lastIndexOf(hyphen);
    if (delimiter === 0) return undefined;
    let decoded = decodedAscii(Array.from(text.slice(0, Math.max(0, delimiter)), (each) => each.charCodeAt(0)));
    let partial = noDigits;
    for (let i = delimiter + 1; i < text.length; i++) {
      const digit = digitOf(text.charCodeAt(i));
      const t = threshold(partial.digits, decoded.bias);
      const value = partial.value + digit * partial.weight;
      if (codePointAhead(decoded, value) >= codePointEnd) return undefined;
      if (digit >= t) {
        partial = { value, weight: partial.weight * (base - t), digits: partial.digits + 1 };
        continue;
      }
      const next = this.#insert(decoded, value);
      if (next === undefined) return undefined;
      decoded = next;
      partial = noDigits;
    }
    return { decoded, partial };
  }

  #insert(decoded: Decoded, delta: number): Decoded | undefined {
    if (this.#codePoints.traits(codePointAhead(decoded, delta)) === null) return undefined;
    const next = insertAhead(decoded, delta);
    return isContradictory(next.text, this.#codePoints) ? undefined : next;
  }

  #kindOf({ text }: Decoded): LabelKind | undefined {
    let label: Label | undefined = emptyLabel;
    for (const codePoint of text) {
      label = appendToLabel(label, codePoint, this.#codePoints);
      if (label === undefined) return undefined;
    }
    return isAscii(text) ? undefined : kindOfLabel(label);
  }

  /** After `used` more digits, at the end of an integer. */
  #search(decoded: Decoded, used: number, most: number, endsAfter: EndsAfter): boolean {
    const kind = this.#kindOf(decoded);
    if (kind !== undefined && endsAfter(used, kind)) return true;
    // Each further insertion takes a digit.
    const reserved = Math.max(0, leastInsertions(decoded) - 1);
    return this.#searchInteger(decoded, noDigits, used, most - reserved, most, endsAfter);
  }

  #searchInteger(
    decoded: Decoded,
    { value, weight, digits }: Partial,
    used: number,
    mostHere: number,
    most: number,
    endsAfter: EndsAfter,
  ): boolean {
    if (used >= mostHere) return false;
    const t = threshold(digits, decoded.bias);
    for (let digit = 0; digit < base; digit++) {
      const next = value + digit * weight;
      // Values only grow, and so do the code points.
      if (codePointAhead(decoded, next) >= codePointEnd) return false;
      if (++this.tried > this.#mostTried) {
        throw new ConstraintError("limit", "It can't be decided within the budget how an A-label may go on");
      }
      if (digit >= t) {
        const partial = { value: next, weight: weight * (base - t), digits: digits + 1 };
        if (this.#searchInteger(decoded, partial, used + 1, mostHere, most, endsAfter)) return true;
        continue;
      }
      const inserted = this.#insert(decoded, next);
      if (inserted !== undefined && this.#search(inserted, used + 1, most, endsAfter)) return true;
    }
    return false;
  }
}

/** ASCII characters that no insertion has to help: any label may begin with them. */
const simple = /^[a-z](?!.--)/;

/**
 * The least number of characters that make of `text`, as ASCII characters, an A-label of the kind: a delimiter, three digits for a first insertion
 * (two insert nothing above U+00A3), one for each further insertion, and one for a letter where a hyphen must not be the last and no
 * insertion comes behind it. That many suffice, with à (U+00E0): at its places, among the first five, its later integers are one digit long.
 * Any greater number does, too, with more letters before the delimiter.
 */
function asciiCost(text: string, kind: "plain" | "unruly"): number {
  if (simple.test(text)) return 4;
  // Without a delimiter there are no ASCII characters: a letter comes first.
  const ascii = text === "" ? "a" : text;
  const needed = withStart(ascii, kind === "plain" ? beginsPlain : begins).length - ascii.length;
  const isOpen = ascii.endsWith(hyphen) && needed > 0;
  return ascii.length - text.length + 4 + Math.max(0, needed - 1) + (isOpen ? 1 : 0);
}

/** With the fewest insertions for a valid beginning: what no label begins with at first, or "--" at the third and fourth place. */
function withStart(text: string, begins: (first: string) => boolean): string {
  const isValid = (each: string[]) => begins(each[0]!) && (each[2] !== hyphen || each[3] !== hyphen);
  for (let all = [[...text]]; ; ) {
    const valid = all.find(isValid);
    if (valid !== undefined) return valid.join("");
    all = all.flatMap((each) => [0, 1, 2, 3].map((place) => [...each.slice(0, place), "à", ...each.slice(place)]));
  }
}

const beginsPlain = (first: string) => /[a-zà]/.test(first);
const begins = (first: string) => !/[-\p{M}]/u.test(first);

/** So many insertions are needed at least. */
function leastInsertions({ text }: Decoded): number {
  const all = String.fromCodePoint(...text);
  if (all === "") return 1;
  const atStart = [...withStart(all, begins)].length - text.length;
  return Math.max(isAscii(text) ? 1 : 0, atStart + (all.endsWith(hyphen) ? 1 : 0));
}

/** What makes of `text`, lowercase LDH, a plain A-label, where there is room; as ASCII characters with insertions. */
export function plainEnd(text: string): string {
  const ascii = text === "" || text.endsWith(hyphen) ? `${text}a` : text;
  const label = withStart(ascii, beginsPlain);
  return encode(Array.from(label === ascii ? `${label}à` : label, (each) => each.codePointAt(0)!)).slice(text.length);
}

/** Then it is no U-label. */
function isAscii(text: readonly number[]): boolean {
  return text.every((codePoint) => codePoint < asciiEnd);
}
