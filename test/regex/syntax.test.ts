// Both syntaxes against the JavaScript engine's own parser: pieces of patterns, thrown together.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { defaultLimits as limits } from "../../src/base/limits.ts";
import { lowerRegex } from "../../src/regex/lower-regex.ts";
import { UnicodeTables } from "../../src/regex/unicode-tables.ts";
import { matches } from "../oracles/term-recogniser.ts";

const unicode = new UnicodeTables();
const pieces = [
  "a",
  "b",
  "1",
  "8",
  "(",
  ")",
  "(?:",
  "(?=",
  "(?!",
  "(?<=",
  "(?<n>",
  "[",
  "]",
  "[^",
  "{",
  "}",
  "{1}",
  "{,2}",
  "{0,2}",
  "{2",
  "*",
  "?",
  "+",
  "|",
  ".",
  "-",
  "^",
  "$",
  ",",
  "\\",
  "\\b",
  "\\B",
  "\\d",
  "\\w",
  "\\S",
  "\\c",
  "\\cA",
  "\\0",
  "\\1",
  "\\2",
  "\\8",
  "\\12",
  "\\377",
  "\\x",
  "\\x61",
  "\\u",
  "\\u0061",
  "\\u{61}",
  "\\p",
  "\\p{L}",
  "\\k",
  "\\k<n>",
  "\\-",
  "\\_",
  "\\]",
  "\\/",
  "/",
  "é",
  "\n",
]; // prettier-ignore
const characters = [
  "a",
  "b",
  "1",
  "8",
  "2",
  "3",
  "7",
  "-",
  "{",
  "}",
  ",",
  "]",
  "\\",
  "c",
  "x",
  "u",
  "p",
  "k",
  "<",
  "n",
  ">",
  "_",
  "\0",
  "\u0001",
  "\n",
  "ÿ",
  "L",
  "é",
];
const text = fc.array(fc.constantFrom(...characters), { maxLength: 6 }).map((each) => each.join(""));

function native(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}

describe("a pattern is read as the engine reads it", () => {
  it("with u where that is valid, else in the legacy syntax, else not at all", () => {
    const property = fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 7 }),
      fc.array(text, { minLength: 5 }),
      (parts, texts) => {
        const pattern = parts.join("");
        const regexp = native(pattern, "u") ?? native(pattern, "");
        let term: ReturnType<typeof lowerRegex>;
        try {
          term = lowerRegex(pattern, { limits, search: true, unicode });
        } catch (error) {
          expect(error).toBeInstanceOf(ConstraintError);
          const { code, location } = error as ConstraintError;
          expect(location).toMatchObject({ line: expect.any(Number), excerpt: expect.any(String) });
          if (code === "syntax") expect(regexp).toBeUndefined();
          else expect([code, /\\[1-9k]/.test(pattern)]).toEqual(["unsupported", true]);
          return;
        }
        expect(regexp).toBeDefined();
        for (const text of texts)
          expect([text, matches(term, new TextEncoder().encode(text))]).toEqual([text, regexp!.test(text)]);
      },
    );
    fc.assert(property, { numRuns: Number(process.env["REGEX_RUNS"] ?? 400) });
  });
});
