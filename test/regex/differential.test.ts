// Random regexes against the JavaScript engine's own RegExp.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { defaultLimits as limits } from "../../src/base/limits.ts";
import {
  AssertionAutomatonTooLarge,
  assertionAutomaton,
  type CharacterAutomaton,
} from "../../src/regex/assertion-automaton.ts";
import { lowerRegex } from "../../src/regex/lower-regex.ts";
import { parseRegex } from "../../src/regex/parse-regex.ts";
import { scalarValues, UnicodeTables } from "../../src/regex/unicode-tables.ts";
import { hasCodePoint } from "../../src/term/code-points.ts";
import { compileDfa } from "../../src/term/dfa.ts";
import { stepDfa } from "../../src/term/dfa-table.ts";
import type { Term } from "../../src/term/term.ts";
import { matches } from "../oracles/term-recogniser.ts";
import { allTexts, regexArbitrary, textCharacters } from "./regex-arbitrary.ts";

const runs = Number(process.env["REGEX_RUNS"] ?? 100);
const unicode = new UnicodeTables();
const encoder = new TextEncoder();
const shortTexts = allTexts(textCharacters, 3);
const flags = fc.subarray(["i", "m", "s"]).map((letters) => letters.join(""));
const text = fc.array(fc.constantFrom(...textCharacters), { maxLength: 8 }).map((characters) => characters.join(""));

/**
 * The same question to the engine's RegExp. Sticky, at each code point: left to itself V8 also tries the middle of a
 * surrogate pair, against ECMA-262 (AdvanceStringIndex), and finds /(?<!.)(?!.)/su in 😀. Not ^ and $, which flag m
 * changes.
 */
function native(pattern: string, flags: string, search: boolean): (text: string) => boolean {
  const regexp = new RegExp(search ? pattern : `(?:${pattern})(?![^])`, `${flags}uy`);
  return (text) => {
    const places = search ? [...text].reduce<number[]>((at, c) => at.concat(at[at.length - 1]! + c.length), [0]) : [0];
    return places.some((place) => {
      regexp.lastIndex = place;
      return regexp.test(text);
    });
  };
}

/** The term, or undefined where the pattern is refused as too hard. */
function lowered(pattern: string, flags: string, search: boolean): Term | undefined {
  try {
    return lowerRegex(pattern, { flags, search, limits, unicode });
  } catch (error) {
    if (error instanceof ConstraintError && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** A few of the patterns have more states than a minimal automaton may take on its way: undefined. */
function withinLimits<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConstraintError && error.code === "limit") return undefined;
    throw error;
  }
}

describe("random regexes match what the JavaScript engine's match", () => {
  for (const assertions of [false, true]) {
    it(`${assertions ? "with" : "without"} assertions, by the recogniser`, () => {
      const property = fc.property(
        regexArbitrary(assertions),
        flags,
        fc.boolean(),
        fc.array(text),
        (pattern, flags, search, texts) => {
          const term = lowered(pattern, flags, search);
          fc.pre(term !== undefined);
          const accepts = native(pattern, flags, search);
          for (const text of texts) {
            expect([text, matches(term!, encoder.encode(text))]).toEqual([text, accepts(text)]);
          }
        },
      );
      fc.assert(property, { numRuns: runs });
    });

    it(`${assertions ? "with" : "without"} assertions, every short text, by the island automaton`, () => {
      const property = fc.property(regexArbitrary(assertions), flags, fc.boolean(), (pattern, flags, search) => {
        const term = lowered(pattern, flags, search);
        fc.pre(term !== undefined);
        const dfa = withinLimits(() => compileDfa(term!, limits));
        fc.pre(dfa !== undefined);
        const accepts = native(pattern, flags, search);
        const wrong = shortTexts.filter((text) => {
          const state = encoder.encode(text).reduce((state, byte) => stepDfa(dfa!, state, byte), dfa!.start);
          return (dfa!.accepting[state] === 1) !== accepts(text);
        });
        expect(wrong.slice(0, 8)).toEqual([]);
      });
      fc.assert(property, { numRuns: runs });
    });
  }

  it("with assertions, every short text, by the assertion automaton alone", () => {
    let refused = 0;
    const property = fc.property(regexArbitrary(true), flags, (pattern, flags) => {
      let automaton: CharacterAutomaton;
      try {
        automaton = assertionAutomaton(parseRegex(pattern, flags, limits, unicode), scalarValues, limits);
      } catch (error) {
        expect(error).toBeInstanceOf(AssertionAutomatonTooLarge);
        refused++;
        return;
      }
      const accepts = native(pattern, flags, false);
      const wrong = shortTexts.filter((text) => {
        const state = [...text].reduce((state, character) => after(automaton, state, character), automaton.start);
        return (automaton.accepting[state] === 1) !== accepts(text);
      });
      expect(wrong.slice(0, 8)).toEqual([]);
    });
    fc.assert(property, { numRuns: runs });
    expect(refused).toBeLessThan(runs / 20);
  });
});

function after(automaton: CharacterAutomaton, state: number, character: string): number {
  for (const [to, set] of automaton.edges[state] ?? []) if (hasCodePoint(set, character.codePointAt(0)!)) return to;
  return 0;
}
