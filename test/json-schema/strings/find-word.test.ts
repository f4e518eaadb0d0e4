// The search for a word in some languages and not in others, against the automaton of just those words.
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultLimits } from "../../../src/base/limits.ts";
import { WordFinder } from "../../../src/json-schema/strings/find-word.ts";
import { lowerRegex } from "../../../src/regex/lower-regex.ts";
import { UnicodeTables } from "../../../src/regex/unicode-tables.ts";
import { compileDfa } from "../../../src/term/dfa.ts";
import { and, not, type Term } from "../../../src/term/term.ts";

const finder = new WordFinder();
const unicode = new UnicodeTables();
const dfaOf = (term: Term) => compileDfa(term, defaultLimits);
const patterns = ["a*", "(?:ab)*", "[ab]*b", "a?b?c?", "(?:...)*", "c+", "[^a]*", "é|a", ".*a.{3}", ""];
const terms = patterns.map((pattern) => lowerRegex(pattern, { limits: defaultLimits, unicode }));

test("is there one", () => {
  const use = fc.tuple(fc.constantFrom(...terms.keys()), fc.boolean());
  fc.assert(
    fc.property(fc.array(use, { minLength: 1, maxLength: 4 }), (uses) => {
      const dfas = uses.map(([i]) => dfaOf(terms[i]!));
      const words = dfaOf(and(...uses.map(([i, isWanted]) => (isWanted ? terms[i]! : not(terms[i]!)))));
      const isWanted = uses.map(([, wanted]) => wanted);
      expect(finder.finds(dfas, isWanted, 10_000)).toBe(words.start !== 0);
    }),
  );
});

test("a short word is found at once, however large the product", () => {
  const starred = ["a", "b", "c", "d", "e"].map((letter) =>
    dfaOf(lowerRegex(`${letter}.{8}x`, { limits: defaultLimits, unicode, search: true })),
  );
  expect(finder.finds(starred, [true, false, false, false, false], 5000)).toBe(true);
  expect(finder.finds(starred, [true, true, true, true, true], 10)).toBe(undefined);
});
