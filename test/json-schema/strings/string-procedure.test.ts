// Oracles: for finite languages every spelling is written out, and a state must be alive exactly on their beginnings, byte by
// byte; for infinite ones JSON.parse reads random texts, spelled in random ways and broken in random places. Runs are held
// against plain steps.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError } from "../../../src/base/errors.ts";
import { defaultLimits } from "../../../src/base/limits.ts";
import { type StringProcedure, stringProcedure } from "../../../src/json-schema/strings/string-procedure.ts";
import { anyCodePoint, codePoints, codePointsTerm } from "../../../src/term/code-points.ts";
import { CountedProcedure, characterEnds } from "../../../src/term/counted-procedure.ts";
import { compileDfa } from "../../../src/term/dfa.ts";
import { DfaProcedure } from "../../../src/term/dfa-procedure.ts";
import type { Procedure } from "../../../src/term/procedure.ts";
import { cat, literal, repeat, type Term, words } from "../../../src/term/term.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const latin = (bytes: Iterable<number>) => String.fromCharCode(...bytes);

function procedureOf(inner: Procedure): StringProcedure {
  const procedure = stringProcedure({ inner }, defaultLimits);
  procedure.bind(
    () => true,
    () => false,
  );
  return procedure;
}

const dfaOf = (term: Term) => compileDfa(term, defaultLimits);
const spellingsOf = (term: Term) => procedureOf(new DfaProcedure(dfaOf(term)));

function walk(procedure: Procedure, bytes: Iterable<number>): number {
  let state = procedure.start;
  for (const byte of bytes) if (state !== 0) state = procedure.step(state, byte);
  return state;
}

const accepts = (procedure: Procedure, bytes: Iterable<number>) => {
  const state = walk(procedure, bytes);
  return state !== 0 && procedure.isAccepting(state);
};

const short: Record<string, string> = {
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "/": "/",
  "\\": "\\",
  '"': '"',
};

const hex4 = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/** An escape in all mixtures of upper and lower case. */
function casings(text: string): string[] {
  let out = [""];
  for (const symbol of text) {
    const forms = /[a-f]/.test(symbol) ? [symbol, symbol.toUpperCase()] : [symbol];
    out = out.flatMap((each) => forms.map((form) => each + form));
  }
  return out;
}

/** All spellings of one character, as bytes in a string of one character a byte. */
function spellingsOfCharacter(character: string): string[] {
  const out: string[] = [];
  if (character >= " " && character !== '"' && character !== "\\") out.push(latin(encode(character)));
  if (short[character] !== undefined) out.push(`\\${short[character]}`);
  const units = Array.from({ length: character.length }, (_, i) => hex4(character.charCodeAt(i)).slice(2));
  out.push(
    ...units
      .map((unit) => casings(unit).map((each) => `\\u${each}`))
      .reduce((a, b) => a.flatMap((x) => b.map((y) => x + y))),
  );
  return out;
}

function allSpellings(word: string): string[] {
  let out = ['"'];
  for (const character of word) {
    const forms = spellingsOfCharacter(character);
    out = out.flatMap((each) => forms.map((form) => each + form));
  }
  return out.map((each) => `${each}"`);
}

function checkFinite(language: readonly string[]): void {
  const procedure = spellingsOf(words(language));
  const spellings = new Set(language.flatMap(allSpellings));
  const beginnings = new Set<string>();
  for (const each of spellings) for (let i = 0; i <= each.length; i++) beginnings.add(each.slice(0, i));
  for (const beginning of beginnings) {
    const state = walk(
      procedure,
      Array.from(beginning, (each) => each.charCodeAt(0)),
    );
    if (state === 0) expect.fail(`dead, but can be completed: ${beginning}`);
    if (procedure.isAccepting(state) !== spellings.has(beginning)) expect.fail(`wrongly accepted or not: ${beginning}`);
    for (let byte = 0; byte < 256; byte++) {
      const longer = beginning + String.fromCharCode(byte);
      if (procedure.step(state, byte) !== 0 && !beginnings.has(longer))
        expect.fail(`alive, but can't be completed: ${longer}`);
    }
  }
}

describe("finite languages: alive exactly on the beginnings of spellings", () => {
  it.each([
    [["", "a"]],
    [['"', "\\", "/", "\n"]],
    [["\u0000", "\u001f", "\u007f", "\u0080"]],
    [["é", "ÿ", "ā"]],
    [["\u07ff", "\u0800", "\u0fff", "\u1000"]],
    [["\ud7ff", "\ue000"]],
    [["\uffff", "😀"]],
    [["\u{10000}", "\u{10ffff}"]],
    [["\u{1f600}", "\u{1f63f}", "\u{1f640}"]],
    [["aé", "a\u{1f600}"]],
  ])("%j", (language) => checkFinite(language));

  it("random ones", () => {
    const borders = [
      0, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xff, 0x100, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x103ff,
      0x10400, 0x4ffff, 0x50000, 0x10ffff,
    ];
    const character = fc
      .oneof(fc.constantFrom(...borders), fc.integer({ min: 0, max: 0x10ffff }))
      .map((each) => String.fromCodePoint(each >= 0xd800 && each < 0xe000 ? each - 0x800 : each));
    fc.assert(
      fc.property(fc.array(character, { minLength: 1, maxLength: 4 }), character, (language, follower) => {
        checkFinite([...language, language[0]! + follower]);
      }),
      { numRuns: 15 },
    );
  });
});

const any = codePointsTerm(anyCodePoint);
const few = codePointsTerm(
  codePoints([
    [0x0a, 0x0a],
    [0x22, 0x22],
    [0x61, 0x63],
    [0x2f, 0x2f],
    [0xe9, 0xe9],
    [0x20ac, 0x20ac],
    [0x1f600, 0x1f600],
  ]),
);

interface Language {
  readonly name: string;
  readonly inner: () => Procedure;
  readonly holds: (text: string) => boolean;
}

function counted(term: Term, min: number, max: number): () => Procedure {
  return () => {
    const dfa = dfaOf(repeat(term, 0, Infinity));
    return new CountedProcedure(dfa, characterEnds(dfa), min, max);
  };
}

const languages: Language[] = [
  { name: "any text", inner: () => new DfaProcedure(dfaOf(repeat(any, 0, Infinity))), holds: () => true },
  {
    name: "a few characters",
    inner: () => new DfaProcedure(dfaOf(repeat(few, 0, Infinity))),
    holds: (text) => /^[\n"a-c/é€😀]*$/u.test(text),
  },
  {
    name: "one at least",
    inner: () => new DfaProcedure(dfaOf(repeat(few, 1, Infinity))),
    holds: (text) => /^[\n"a-c/é€😀]+$/u.test(text),
  },
  {
    name: "with an a in it",
    inner: () => new DfaProcedure(dfaOf(cat(repeat(any, 0, Infinity), literal("a"), repeat(any, 0, Infinity)))),
    holds: (text) => text.includes("a"),
  },
  {
    name: "two to five characters",
    inner: counted(any, 2, 5),
    holds: (text) => [...text].length >= 2 && [...text].length <= 5,
  },
  { name: "at most three of few", inner: counted(few, 0, 3), holds: (text) => /^[\n"a-c/é€😀]{0,3}$/u.test(text) },
  { name: "two at least", inner: counted(any, 2, Infinity), holds: (text) => [...text].length >= 2 },
];

const textCharacter = fc.constantFrom("a", "b", "c", "x", "\n", '"', "\\", "/", "é", "€", "😀", "\u0001");
/** Texts in random spellings. */
const spelled = fc
  .array(fc.tuple(textCharacter, fc.nat(99)), { maxLength: 7 })
  .map(
    (characters) =>
      `"${characters.map(([each, pick]) => spellingsOfCharacter(each)[pick % spellingsOfCharacter(each).length]).join("")}"`,
  );
/** With some bytes changed, left out or put in. */
const broken = fc
  .tuple(
    spelled,
    fc.nat(200),
    fc.nat(3),
    fc.constantFrom("", '"', "\\", "\\u", "\\ud83d", "\\udc00", "\u0001", "\u0080", "\u00ff", "\\x", "é", "00"),
  )
  .map(([text, at, cut, put]) => {
    const i = at % (text.length + 1);
    return text.slice(0, i) + put + text.slice(i + cut);
  });

function read(bytes: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === "string" && !/\p{Surrogate}/u.test(value) ? value : null;
  } catch {
    return null;
  }
}

const toBytes = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0));

describe("as JSON.parse reads them", () => {
  it.each(languages.map((language) => [language.name, language] as const))("%s", (_, { inner, holds }) => {
    const procedure = procedureOf(inner());
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(spelled, broken), (text) => {
        const bytes = toBytes(text.trim());
        const value = read(bytes);
        const expected = value !== null && holds(value);
        if (expected) accepted++;
        expect(accepts(procedure, bytes)).toBe(expected);
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(5);
  });
});

describe("runs", () => {
  it.each(languages.map((language) => [language.name, language] as const))("%s", (_, { inner }) => {
    const procedure = procedureOf(inner());
    let insideSteps = 0;
    let escapes = 0;
    fc.assert(
      fc.property(
        spelled,
        fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x5c, 0x6e, 0x22, 0x61)), { maxLength: 6 }),
        (text, more) => {
          const bytes = [...toBytes(text).subarray(0, -1)];
          for (let entry = 0; entry <= bytes.length; entry++) {
            const state = walk(procedure, bytes.slice(0, entry));
            if (state === 0) return;
            const run = procedure.run(state);
            if (run === null) continue;
            let [r, units, at] = [0, 0, state];
            for (const byte of [...bytes.slice(entry), ...more]) {
              for (let each = 0; each < 256; each++) {
                if (run.table[r * 256 + each]! >= 0 || run.canLeave!(r, each)) continue;
                expect(procedure.step(at, each)).toBe(0);
              }
              const next = run.table[r * 256 + byte]!;
              if (next < 0) break;
              units += run.unitEnd[next]!;
              r = next;
              at = procedure.step(at, byte);
              insideSteps++;
              if (byte === 0x5c) escapes++;
              expect([byte, units + run.distance[r]! <= run.budget]).toEqual([byte, at !== 0]);
              if (at === 0) break;
              expect(run.local(r, units)).toBe(at);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(insideSteps).toBeGreaterThan(50);
    expect(escapes).toBeGreaterThan(5);
  });

  it("of equal content have equal keys and tables", () => {
    const [a, b] = [spellingsOf(repeat(any, 0, Infinity)), spellingsOf(cat(literal("x"), repeat(any, 0, Infinity)))];
    const [x, y] = [a.run(walk(a, encode('"')))!, b.run(walk(b, encode('"x')))!];
    expect(x.key).toBe(y.key);
    expect(x.table).toEqual(y.table);
  });
});

describe("sizes", () => {
  it("escapes of any text fall together", () => {
    const procedure = spellingsOf(repeat(any, 0, Infinity));
    for (let unit = 0; unit < 0x10000; unit += 7) {
      const state = walk(procedure, encode(`"${hex4(unit)}`));
      expect(state === 0).toBe(unit >= 0xdc00 && unit < 0xe000);
    }
    expect(procedure.escapeCount).toBeLessThan(20);
  });

  it("are bounded", () => {
    const procedure = stringProcedure(
      { inner: new DfaProcedure(dfaOf(repeat(any, 0, Infinity))) },
      { maxTotalIslandStates: 5 },
    );
    const visit = () => {
      for (let unit = 0; unit < 0x1000; unit++) walk(procedure, encode(`"${hex4(unit)}`));
    };
    expect(visit).toThrow(ConstraintError);
  });
});
