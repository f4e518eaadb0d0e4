// Characters as llama.cpp's grammars spell them.
import { type CodePoints, complementCodePoints, intersectCodePoints, pairs } from "../../term/code-points.ts";

/** All but surrogates: llama.cpp takes what would be their UTF-8. */
const characters = complementCodePoints([0xd800, 0xdfff]);

export function printClass(set: CodePoints): string {
  const ranges = [...pairs(intersectCodePoints(set, characters))].map(([first, last]) =>
    first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`,
  );
  return `[${ranges.join("")}]`;
}

export function quoted(text: string): string {
  return `"${Array.from(text, (character) => escaped(character.codePointAt(0)!)).join("")}"`;
}

/** Letters, digits and blanks as they are. */
function escaped(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (/^[a-zA-Z0-9 ]$/.test(character)) return character;
  const digits = codePoint.toString(16).toUpperCase();
  return codePoint <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
