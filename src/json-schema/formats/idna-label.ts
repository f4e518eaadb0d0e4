// A U-label (RFC 5891, section 4.2; RFC 5892, appendix A; RFC 5893, section 2) read from left to right, all but its length. A label is kept only
// while characters that mend what is open can still follow: texts in NFC stay so in all their parts, so a beginning that isn't never comes right.
import {
  arabicNumber,
  europeanNumber,
  type IdnaCodePoints,
  leftToRight,
  neutral,
  nonspacing,
  rightToLeft,
} from "./idna-code-points.ts";

/** What a label is to the names that it stands in. */
export type LabelKind =
  /** Fits any name. */
  | "plain"
  /** Breaks the Bidi rule, and so fits a name without labels from right to left. */
  | "unruly"
  /** Written from right to left: all labels of its name must keep the Bidi rule. */
  | "rightToLeft";

/** What has been read of a label. */
export interface Label {
  readonly length: number;
  readonly last: number;
  /** The marks at the end, behind the character before them where that may be composed with what follows. */
  readonly tail: string;
  readonly lastIsVirama: boolean;
  readonly lastScript: "Greek" | "Hebrew" | "Kana or Han" | undefined;
  /** Bidi classes: of the first character, of the last one that isn't a nonspacing mark, of all, as bits. */
  readonly firstBidi: number;
  readonly lastBidi: number;
  readonly bidi: number;
  /** Joining_Type of the last character that isn't transparent, as far as something may join it. */
  readonly joinsNext: boolean;
  /** What must follow: a character that joins the one before, for ZWNJ; a Greek one, or an l, at once. */
  readonly wants: "joining" | "Greek" | "l" | undefined;
  /** KATAKANA MIDDLE DOT wants company, wherever it stands. */
  readonly hasDot: boolean;
  readonly hasKanaOrHan: boolean;
  readonly digits: "Arabic-Indic" | "extended" | undefined;
}

export const emptyLabel: Label = {
  length: 0,
  last: -1,
  tail: "",
  lastIsVirama: false,
  lastScript: undefined,
  firstBidi: neutral,
  lastBidi: neutral,
  bidi: 0,
  joinsNext: false,
  wants: undefined,
  hasDot: false,
  hasKanaOrHan: false,
  digits: undefined,
};

const hyphen = 0x2d;
const letterL = 0x6c;
const middleDot = 0xb7;
const keraia = 0x375;
const geresh = 0x5f3;
const gershayim = 0x5f4;
const zeroWidthNonJoiner = 0x200c;
const zeroWidthJoiner = 0x200d;
const katakanaMiddleDot = 0x30fb;

/** Undefined where no text that begins so is a U-label's (a lowercase LDH label's). */
export function appendToLabel(label: Label, codePoint: number, codePoints: IdnaCodePoints): Label | undefined {
  const traits = codePoints.traits(codePoint);
  if (traits === null) return undefined;
  const { length, last, tail } = label;
  if (length === 0 && (traits.isMark || codePoint === hyphen)) return undefined;
  if (length === 3 && codePoint === hyphen && last === hyphen) return undefined;
  const text = String.fromCodePoint(codePoint);
  if (codePoint >= 0x300 && `${tail}${text}`.normalize("NFC") !== `${tail}${text}`) return undefined;

  // What the character before wants of this one.
  if (label.wants === "Greek" && traits.script !== "Greek") return undefined;
  if (label.wants === "l" && codePoint !== letterL) return undefined;
  const joins = traits.joining === "D" || traits.joining === "R";
  if (label.wants === "joining" && !joins && traits.joining !== "T") return undefined;
  let wants: Label["wants"] = label.wants === "joining" && !joins ? "joining" : undefined;

  // What this one wants of those before.
  switch (codePoint) {
    case middleDot:
      if (last !== letterL) return undefined;
      wants = "l";
      break;
    case keraia:
      wants = "Greek";
      break;
    case geresh:
    case gershayim:
      if (label.lastScript !== "Hebrew") return undefined;
      break;
    case zeroWidthJoiner:
      if (!label.lastIsVirama) return undefined;
      break;
    case zeroWidthNonJoiner:
      if (label.lastIsVirama) break;
      if (!label.joinsNext) return undefined;
      wants = "joining";
      break;
  }
  const digits = digitsOf(codePoint);
  if (digits !== undefined && label.digits !== undefined && digits !== label.digits) return undefined;

  const firstBidi = length === 0 ? traits.bidi : label.firstBidi;
  const bidi = label.bidi | (1 << traits.bidi);
  if (breaksRightToLeft(firstBidi, bidi)) return undefined;
  const hasDot = label.hasDot || codePoint === katakanaMiddleDot;
  const hasKanaOrHan = label.hasKanaOrHan || traits.script === "Kana or Han";
  // What these want is written from left to right.
  const wantsLeftToRight = wants === "Greek" || wants === "l" || (hasDot && !hasKanaOrHan);
  if (wantsLeftToRight && isRightToLeft(bidi)) return undefined;
  return {
    length: length + 1,
    last: codePoint,
    tail: traits.isMark ? `${tail}${text}` : traits.composes ? text : "",
    lastIsVirama: traits.isVirama,
    lastScript: traits.script,
    firstBidi,
    lastBidi: traits.bidi === nonspacing ? label.lastBidi : traits.bidi,
    bidi,
    joinsNext: traits.joining === "T" ? label.joinsNext : traits.joining === "D" || traits.joining === "L",
    wants,
    hasDot,
    hasKanaOrHan,
    digits: digits ?? label.digits,
  };
}

/** Undefined where the label can't end here. */
export function kindOfLabel(label: Label): LabelKind | undefined {
  if (label.length === 0 || label.last === hyphen || label.wants !== undefined) return undefined;
  if (label.hasDot && !label.hasKanaOrHan) return undefined;
  const { firstBidi, lastBidi, bidi } = label;
  if (isRightToLeft(bidi)) {
    return lastBidi === rightToLeft || lastBidi === europeanNumber || lastBidi === arabicNumber
      ? "rightToLeft"
      : undefined;
  }
  const isOrdered = firstBidi === leftToRight && (lastBidi === leftToRight || lastBidi === europeanNumber);
  return isOrdered ? "plain" : "unruly";
}

/** The least demanding kind that the label can have at its end. */
export function kindAhead({ length, firstBidi, bidi }: Label): LabelKind {
  if (isRightToLeft(bidi)) return "rightToLeft";
  return length === 0 || firstBidi === leftToRight ? "plain" : "unruly";
}

/** What no character elsewhere in the label mends: digits of two kinds, letters of both directions. */
export function isContradictory(text: readonly number[], codePoints: IdnaCodePoints): boolean {
  let bidi = 0;
  let digits: Label["digits"];
  for (const codePoint of text) {
    bidi |= 1 << codePoints.traits(codePoint)!.bidi;
    const own = digitsOf(codePoint);
    if (own !== undefined && digits !== undefined && own !== digits) return true;
    digits ??= own;
  }
  return breaksRightToLeft(rightToLeft, bidi);
}

/** RFC 5893, section 1.4. */
function isRightToLeft(bidi: number): boolean {
  return (bidi & ((1 << rightToLeft) | (1 << arabicNumber))) !== 0;
}

/** Rules 1, 2 and 4 for a label that is written from right to left; false for any other. */
function breaksRightToLeft(firstBidi: number, bidi: number): boolean {
  if (!isRightToLeft(bidi)) return false;
  const bothNumbers = (1 << europeanNumber) | (1 << arabicNumber);
  return firstBidi !== rightToLeft || (bidi & (1 << leftToRight)) !== 0 || (bidi & bothNumbers) === bothNumbers;
}

function digitsOf(codePoint: number): Label["digits"] {
  if (codePoint >= 0x660 && codePoint <= 0x669) return "Arabic-Indic";
  return codePoint >= 0x6f0 && codePoint <= 0x6f9 ? "extended" : undefined;
}
