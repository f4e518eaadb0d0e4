// Terms determinised while they are read, against their minimal DFAs: side by side over all bytes, until no new pair of states
// is met. Then each is dead, and accepts, where the other does, for every text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteRange, byteSetOf } from "../../src/base/byte-set.ts";
import { ConstraintError } from "../../src/base/errors.ts";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerRegex } from "../../src/regex/lower-regex.ts";
import { ByteAutomaton, dead } from "../../src/term/byte-automaton.ts";
import { compileDfa } from "../../src/term/dfa.ts";
import { type Dfa, stepDfa } from "../../src/term/dfa-table.ts";
import { IslandBudget } from "../../src/term/island-budget.ts";
import { lazyProcedure } from "../../src/term/lazy-procedure.ts";
import type { CallPolicy } from "../../src/term/nfa.ts";
import type { Procedure } from "../../src/term/procedure.ts";
import { compileProgram } from "../../src/term/program.ts";
import { alt, and, bytes, cat, literal, not, repeat, type Term } from "../../src/term/term.ts";

function policy(): CallPolicy {
  const inline = () => undefined;
  return {
    inline,
    inlineRegular: inline,
    booleans: new Map(),
    lazyBooleans: new Map(),
    islands: new IslandBudget(defaultLimits),
    isProductive: () => true,
    isNullable: () => false,
  };
}

function expectSame(dfa: Dfa, procedure: Procedure): void {
  const met = new Set<string>();
  const todo: [number, number][] = [[dfa.start, procedure.start]];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const [p, q] = pair;
    if (met.has(pair.join())) continue;
    met.add(pair.join());
    expect({ dead: q === 0, accepts: q !== 0 && procedure.isAccepting(q) }).toEqual({
      dead: p === 0,
      accepts: dfa.accepting[p] === 1,
    });
    if (p !== 0) for (let byte = 0; byte < 256; byte++) todo.push([stepDfa(dfa, p, byte), procedure.step(q, byte)]);
  }
}

const seed = Number(process.env["GRAMMASK_SEED"] ?? 20261126);

/** Letters, the lead and the continuation bytes of some characters, in and out of order. */
const term: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("a", "b", "ab", "é", "aé").map(literal),
    fc
      .constantFrom(byteSetOf(97, 98), byteRange(0x80, 0xbf), byteRange(0x61, 0xff), byteSetOf(0xc3), byteRange(0, 255))
      .map(bytes),
    fc.array(tie("term"), { minLength: 2, maxLength: 3 }).map((items) => cat(...items)),
    fc.array(tie("term"), { minLength: 2, maxLength: 3 }).map((items) => alt(...items)),
    fc
      .tuple(tie("term"), fc.constantFrom([0, 1], [0, Infinity], [1, Infinity], [2, 3]))
      .map(([item, [min, max]]) => repeat(item, min!, max!)),
    fc.array(tie("term"), { minLength: 2, maxLength: 3 }).map((items) => and(...items)),
    tie("term").map(not),
  ),
})).term;

/** So small that a Not under the And is mostly over it, and its operand is read lazily, too. */
const tiny = { ...defaultLimits, maxIslandStates: 12 };

describe("the same as the minimal DFA", () => {
  test("random terms, their parts as DFAs", () => {
    fc.assert(
      fc.property(term, term, (a, b) => {
        for (const each of [and(a, b), and(a, not(b)), not(a)]) {
          expectSame(compileDfa(each, defaultLimits), lazyProcedure(each, defaultLimits, policy()));
        }
      }),
      { numRuns: 500, seed },
    );
  });

  test("random terms over the budget", () => {
    let compared = 0;
    fc.assert(
      fc.property(term, term, term, (a, b, c) => {
        for (const each of [and(a, not(and(b, c))), not(and(a, b)), and(not(a), not(b), c)]) {
          let procedure: Procedure;
          try {
            procedure = lazyProcedure(each, tiny, policy());
          } catch (error) {
            if (error instanceof ConstraintError && error.code === "limit") continue;
            throw error;
          }
          expectSame(compileDfa(each, defaultLimits), procedure);
          compared++;
        }
      }),
      { numRuns: 500, seed },
    );
    expect(compared).toBeGreaterThan(500);
  });

  test.each([
    String.raw`(?=.{1,20}$)(?:[a-z]{1,5}\.){1,4}[a-z]+`,
    String.raw`(?!.*://)(?=.{1,30}$)((.{1,3}\.){1,6}(?![0-9]*$)[a-z0-9-]+\.?)`,
    String.raw`(?=.*[a-z])(?=.*[0-9])(?=.*é)(?!.*\.\.)\S{3,12}`,
    "(?!(?:..)*$)(?!(?:...)*$)(?!(?:.....)*$).*",
  ])("%s", (pattern) => {
    const each = lowerRegex(pattern, { limits: defaultLimits });
    expect(each.kind).toBe("and");
    expectSame(compileDfa(each, defaultLimits), lazyProcedure(each, defaultLimits, policy()));
  });
});

describe("in a constraint", () => {
  const random = lowerRegex(String.raw`(?=.{1,60}$)(?:(.{1,9}\.){1,20}(?![0-9]*$)[a-z0-9]+)`, {
    limits: defaultLimits,
  });

  function automaton(term: Term, maxIslandStates: number): ByteAutomaton {
    const limits = { ...defaultLimits, maxIslandStates };
    return new ByteAutomaton(compileProgram(term, limits), limits);
  }

  test("with others before, beside and after it, it reads what it does within the budget", () => {
    const around = cat(literal("<"), repeat(alt(random, literal("!")), 1, 20), literal(">"));
    const whole = automaton(around, defaultLimits.maxIslandStates);
    const lazy = automaton(around, 3000);
    const texts = ["<!>", "<a.b>", "<aaaaaaaaa.b!é.x.9x>", "<aaaaaaaaaa.b", "<a.9>", `<${"a.".repeat(29)}ab>`];
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...texts), fc.string({ unit: fc.constantFrom(..."ab.9!é>"), maxLength: 80 })),
        (text) => {
          let [p, q] = [whole.start, lazy.start];
          for (const byte of new TextEncoder().encode(text)) {
            [p, q] = [whole.step(p, byte), lazy.step(q, byte)];
            expect(q === dead).toBe(p === dead);
            if (p === dead) return;
          }
          expect(lazy.isAccepting(q)).toBe(whole.isAccepting(p));
        },
      ),
      { numRuns: 500, seed },
    );
  });

  test("without a word, it is unsatisfiable", () => {
    const nothing = and(random, repeat(literal("a"), 1, Infinity));
    expect(() => automaton(nothing, 1000)).toThrow(expect.objectContaining({ code: "unsatisfiable" }));
  });

  test("where its parts are over the budget too, that is told", () => {
    expect(() => automaton(random, 50)).toThrow(expect.objectContaining({ code: "limit" }));
  });
});
