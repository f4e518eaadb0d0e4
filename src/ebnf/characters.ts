// Characters inside literals and classes: escapes, ranges, negation. The escapes are llama.cpp's (\n \r \t \\ \" \[ \] \-,
// \xHH, \uHHHH, \UHHHHHHHH: code points, never bytes) and those that XGrammar adds. `\x` takes exactly two digits, as in
// llama.cpp; XGrammar reads as many as follow.
import { ConstraintError } from "../base/errors.ts";
import { locate } from "../base/source.ts";
import {
  type CodePoints,
  codePoints,
  complementCodePoints,
  intersectCodePoints,
  maxCodePoint,
} from "../term/code-points.ts";

const controls: ReadonlyMap<string, number> = new Map([
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["b", 0x08],
  ["f", 0x0c],
  ["a", 0x07],
  ["v", 0x0b],
  ["0", 0x00],
  ["e", 0x1b],
]);
const escapedSelves = "\\\"[]-/'?";
const escapedSelvesInClass = `${escapedSelves}^$.*+(){}|`;
const hexLengths: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

const scalarValues: CodePoints = [0, 0xd7ff, 0xe000, maxCodePoint];
/** `.`, and XGrammar's `[^]` (the empty word in llama.cpp): any character, a line break too. */
export const anyCharacter: CodePoints = scalarValues;

/** The text of the literal whose quotes stand at `start` and `end - 1`. Throws ConstraintError, located, for what it can't mean. Linear. */
export function decodeLiteral(source: string, start: number, end: number): string {
  const whole = source.slice(start + 1, end - 1);
  if (!/[\\\ud800-\udfff]/.test(whole)) return whole;
  const parts: string[] = [];
  let plain = start + 1;
  for (let at = plain; at < end - 1; ) {
    const character = decodeCharacter(source, at, false);
    if (source[at] === "\\") {
      parts.push(source.slice(plain, at), String.fromCodePoint(character.codePoint));
      plain = character.end;
    }
    at = character.end;
  }
  parts.push(source.slice(plain, end - 1));
  return parts.join("");
}

/** The set of the class whose brackets stand at `start` and `end - 1`; never empty. Throws ConstraintError, located. */
export function decodeClass(source: string, start: number, end: number): CodePoints {
  const negated = source[start + 1] === "^";
  const ranges: [number, number][] = [];
  const last = end - 1;
  for (let at = start + (negated ? 2 : 1); at < last; ) {
    const from = decodeCharacter(source, at, true);
    let to = from;
    // A dash before the closing bracket is a dash.
    if (source[from.end] === "-" && from.end + 1 < last) {
      to = decodeCharacter(source, from.end + 1, true);
      if (from.codePoint > to.codePoint) {
        const text = source.slice(at, to.end);
        throw new ConstraintError(
          "invalid",
          `the range ${text} is the wrong way round`,
          locate(source, at, text.length),
        );
      }
    }
    ranges.push([from.codePoint, to.codePoint]);
    at = to.end;
  }
  if (negated) {
    const set = intersectCodePoints(complementCodePoints(codePoints(ranges)), scalarValues);
    if (set.length > 0) return set;
  } else if (ranges.length > 0) return codePoints(ranges);
  const problem = negated ? "this class excludes every character" : "empty class: it matches no character";
  throw new ConstraintError("invalid", problem, locate(source, start, end - start));
}

interface Character {
  readonly codePoint: number;
  readonly end: number;
}

function decodeCharacter(source: string, at: number, inClass: boolean): Character {
  if (source[at] === "\\") return decodeEscape(source, at, inClass);
  const codePoint = source.codePointAt(at)!;
  const end = at + (codePoint > 0xffff ? 2 : 1);
  return { codePoint: scalar(codePoint, source, at, end), end };
}

function decodeEscape(source: string, at: number, inClass: boolean): Character {
  const letter = source[at + 1]!;
  const control = controls.get(letter);
  if (control !== undefined) return { codePoint: control, end: at + 2 };
  if ((inClass ? escapedSelvesInClass : escapedSelves).includes(letter)) {
    return { codePoint: letter.charCodeAt(0), end: at + 2 };
  }
  const digits = hexLengths.get(letter);
  if (digits === undefined) {
    if (inClass && "dDsSwW".includes(letter)) {
      const message = `\\${letter} isn't known in a class: write its ranges, such as 0-9`;
      throw new ConstraintError("syntax", message, locate(source, at, 2));
    }
    const shown = String.fromCodePoint(source.codePointAt(at + 1)!);
    throw new ConstraintError("syntax", `unknown escape \\${shown}`, locate(source, at, 1 + shown.length));
  }
  const end = at + 2 + digits;
  const hex = source.slice(at + 2, end);
  if (hex.length < digits || !/^[0-9A-Fa-f]+$/.test(hex)) {
    throw new ConstraintError("syntax", `\\${letter} takes ${digits} hexadecimal digits`, locate(source, at, 2));
  }
  return { codePoint: scalar(Number.parseInt(hex, 16), source, at, end), end };
}

function scalar(codePoint: number, source: string, at: number, end: number): number {
  if (codePoint > maxCodePoint) {
    throw new ConstraintError("invalid", "a code point beyond U+10FFFF", locate(source, at, end - at));
  }
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
    const name = `U+${codePoint.toString(16).toUpperCase()}`;
    const message = `${name} is a surrogate, which is no character: write the character itself, or \\UHHHHHHHH`;
    throw new ConstraintError("invalid", message, locate(source, at, end - at));
  }
  return codePoint;
}
