// The format "regex" against JavaScript's own RegExp: random texts from pieces of patterns are accepted alike; what is said of
// each state's least rest agrees with its successors'; and, beside patterns and lengths, what can complete is what a
// list of all short patterns says.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../src/base/limits.ts";
import { Complement } from "../../../src/json-schema/formats/character-machine.ts";
import { MachineProcedure } from "../../../src/json-schema/formats/machine-procedure.ts";
import { RegexMachine } from "../../../src/json-schema/formats/regex-machine.ts";
import { StringLanguages } from "../../../src/json-schema/strings/string-languages.ts";
import { UnicodeTables } from "../../../src/regex/unicode-tables.ts";

const pieces = [
  ..."abcd6()<>[]^-012{},*+?|$./=!:z".split(""),
  ...[
    "(?:",
    "(?=",
    "(?!",
    "(?<=",
    "(?<!",
    "(?<a>",
    "(?<ab>",
    "(?<",
    "(?",
    "(?<\\u0061>",
    "(?<\\u{62}",
    "(?<\\ud835\\udc9c>",
  ],
  ...[
    "\\",
    "\\k",
    "\\k<a>",
    "\\k<ab>",
    "\\d",
    "\\w",
    "\\b",
    "\\B",
    "\\0",
    "\\1",
    "\\2",
    "\\/",
    "\\-",
    "\\n",
    "\\[",
    "\\cA",
    "\\c",
  ],
  ...["\\u", "\\u0061", "\\u{61}", "\\ud83d", "\\ude00", "\\x41", "\\x", "\\u{10ffff}", "\\u{110000}", "\\u{1f"],
  ...["\\p{L}", "\\p{", "\\P{Script=Greek}", "Lu}", "{1}", "{1,}", "{2,1}", "{1,2}", "[^", "z-a", "a-z", "$_"],
  ...["é", "\u{1f600}", "\u{17f}", "中", "\n", "\u{1d49c}"],
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(""));

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}

/** Newer engines than ES2024's take these, too. */
function isNewer(pattern: string): boolean {
  const names = [...pattern.matchAll(/\(\?<([^>]*)>/g)].map((match) => match[1]);
  return /\(\?[ims-]/.test(pattern) || new Set(names).size < names.length;
}

const read = (machine: RegexMachine, pattern: string) =>
  [...pattern].reduce((state, character) => machine.step(state, character.codePointAt(0)!), machine.start);

describe("the format regex", () => {
  it("accepts what RegExp takes with the flag u", () => {
    const machine = new RegexMachine(defaultLimits.maxStates);
    fc.assert(
      fc.property(text, (pattern) => {
        fc.pre(!isNewer(pattern));
        expect(machine.isAccepting(read(machine, pattern))).toBe(isPattern(pattern));
      }),
      { numRuns: 30_000, seed: 20261125 },
    );
  });

  it.each([
    ["[\\ud83d\\ude00-\\ud83d\\ude01]", true],
    ["[\\ud83d\\ude01-\\ud83d\\ude00]", false],
    ["[b-\\ud83d\\ude00]", true],
    ["[\\u{1f600}-\\ud83d]", false],
    ["[\\0-\\01]", false],
    ["[--a-\\d]", true],
    ["[---]", true],
    ["[]", true],
    ["{", false],
    ["a{02,1}", false],
    ["a{1,010}", true],
    ["\\2(a)", false],
    ["\\2(a)(?<b>)", true],
    ["\\k<a>(?<a>)", true],
    ["(?=a)*", false],
    ["\\p{Script_Extensions=Grek}", true],
    ["\\p{RGI_Emoji}", false],
    ["(?P<n>a)", false],
  ])("%s: %s", (pattern, expected) => {
    const machine = new RegexMachine(defaultLimits.maxStates);
    expect(isPattern(pattern)).toBe(expected);
    expect(machine.isAccepting(read(machine, pattern))).toBe(expected);
  });

  it("knows the least number of characters to an end, and an end", () => {
    const machine = new RegexMachine(defaultLimits.maxStates);
    const others = [0xb7, 0xe9, 0x17f, 0x4e2d, 0x1d49c, 0x1f600, 0x10ffff];
    const characters = [...Array.from({ length: 128 }, (_, c) => c), ...others];
    const seen = new Set<number>();
    fc.assert(
      fc.property(text, (pattern) => {
        let state = machine.start;
        for (const character of pattern) {
          state = machine.step(state, character.codePointAt(0)!);
          if (state === 0) return;
          if (seen.has(state)) continue;
          seen.add(state);
          const nexts = characters.map((c) => machine.step(state, c)).filter((next) => next !== 0);
          const least = Math.min(...nexts.map((next) => machine.rest(next)));
          if (machine.rest(state) > 0) expect(least).toBe(machine.rest(state) - 1);
          else expect(machine.isAccepting(state)).toBe(true);
          const end = machine.end(state);
          if (end === null) continue;
          const after = [...`${end}x/`].reduce((at, each) => machine.step(at, each.codePointAt(0)!), state);
          expect(machine.isAccepting(after)).toBe(true);
        }
      }),
      { numRuns: 6000, seed: 20261125 },
    );
    expect(seen.size).toBeGreaterThan(1000);
  });
});

describe("beside other constraints", () => {
  const alphabet = [..."(a)[-]?<>\\k1é"];
  const longest = 5;
  const all = (function list(length: number): string[] {
    if (length === 0) return [""];
    const shorter = list(length - 1);
    const latest = shorter.filter((each) => [...each].length === length - 1);
    return [...shorter, ...latest.flatMap((each) => alphabet.map((character) => each + character))];
  })(longest);
  const patterns = new Set(all.filter(isPattern));

  // Each pattern keeps to the alphabet and the length, so that all texts are in the list.
  const within = (length: number) => `^[(a)\\[\\-\\]?<>\\\\k1é]{0,${length}}$`;
  const cases: [name: string, pattern: string, lengths: { min: number; max: number }, negated: boolean][] = [
    ["a pattern", within(longest), { min: 0, max: Number.POSITIVE_INFINITY }, false],
    ["a pattern that ends", "^\\([(a)\\[\\-\\]?<>\\\\k1é]{0,3}[a1]$", { min: 0, max: Number.POSITIVE_INFINITY }, false],
    ["lengths", within(longest), { min: 2, max: 4 }, false],
    ["the complement", within(4), { min: 1, max: 4 }, true],
  ];
  it.each(cases)("%s", (_, pattern, { min, max }, negated) => {
    const languages = new StringLanguages(defaultLimits, new UnicodeTables());
    const machine = new RegexMachine(defaultLimits.maxStates);
    const procedure = new MachineProcedure(
      [negated ? new Complement(machine) : machine],
      languages.dfa(languages.pattern(pattern)),
      { min, max },
      defaultLimits,
    );
    const other = new RegExp(pattern, "u");
    const isIn = (each: string) =>
      other.test(each) && patterns.has(each) !== negated && [...each].length >= min && [...each].length <= max;
    const beginnings = new Set<string>();
    for (const each of all.filter(isIn)) {
      const characters = [...each];
      for (let i = 0; i <= characters.length; i++) beginnings.add(characters.slice(0, i).join(""));
    }
    const states = new Map<string, number>([["", procedure.start]]);
    const wrong: string[] = [];
    for (const each of all) {
      const characters = [...each];
      let state = characters.length === 0 ? procedure.start : states.get(characters.slice(0, -1).join(""))!;
      for (const byte of characters.length === 0 ? [] : new TextEncoder().encode(characters.at(-1))) {
        if (state !== 0) state = procedure.step(state, byte);
      }
      states.set(each, state);
      if ((state !== 0) !== beginnings.has(each)) wrong.push(`${each}: ${state !== 0 ? "alive" : "dead"}`);
      if ((state !== 0 && procedure.isAccepting(state)) !== isIn(each)) wrong.push(`${each}: ${isIn(each)}`);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});
