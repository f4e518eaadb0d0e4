// The oracle itself is held against hand-checked grammars and, on random ones, against enumeration of short words.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../src/base/byte-set.ts";
import { alt, call, cat, empty, epsilon, literal, Rule, repeat, type Term, words } from "../../src/term/term.ts";
import { earley, isViablePrefix, recognises } from "./earley.ts";
import { randomGrammar, shortWords } from "./random-grammar.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function rule(name: string, body: (self: Term) => Term): Term {
  const made = new Rule(name);
  made.body = body(call(made));
  return call(made);
}

function wordsOf(root: Term, maxLength: number): string {
  const { recognises } = earley(root);
  return shortWords(maxLength)
    .filter((word) => recognises(word))
    .map((word) => decoder.decode(word) || "ε")
    .join(" ");
}

describe("earley", () => {
  const a = literal("a");
  const b = literal("b");

  it.each<[string, Term, string]>([
    ["left recursion", rule("S", (s) => alt(a, cat(s, b))), "a ab abb"],
    ["hidden left recursion", rule("S", (s) => alt(a, cat(repeat(b, 0, 1), s, b))), "a ab abb bab"],
    ["a cycle", rule("S", (s) => alt(s, a, epsilon)), "ε a"],
    ["S → SS | a", rule("S", (s) => alt(a, cat(s, s))), "a aa aaa"],
    ["S → a S S | ε", rule("S", (s) => alt(epsilon, cat(a, s, s))), "ε a aa aaa"],
    ["palindromes", rule("S", (s) => alt(epsilon, a, b, cat(a, s, a), cat(b, s, b))), "ε a b aa bb aaa aba bab bbb"],
    ["nothing", empty, ""],
    ["no word", rule("S", (s) => cat(a, s)), ""],
    ["a count", repeat(alt(a, cat(b, b)), 2, 3), "aa aaa abb bba"],
    ["a count of what may be empty", repeat(repeat(a, 0, 1), 2, 2), "ε a aa"],
    ["words", words(["", "ab", "abc"]), "ε ab abc"],
  ])("%s", (_name, root, expected) => {
    expect(wordsOf(root, 3)).toBe(expected);
  });

  it("drops what can't complete before it answers about prefixes", () => {
    const dead = rule("D", (d) => cat(a, d));
    const root = alt(cat(a, b), cat(a, a, dead));
    const viable = ["", "a", "b", "aa", "ab", "aba"].map((text) => isViablePrefix(root, encoder.encode(text)));
    expect(viable).toEqual([true, true, false, false, true, false]);
    expect(isViablePrefix(dead, encoder.encode(""))).toBe(false);
    expect(recognises(root, encoder.encode("ab"))).toBe(true);
  });

  it("agrees with enumeration", () => {
    const all = shortWords(4);
    fc.assert(
      fc.property(randomGrammar(), ({ root, rules }) => {
        const expected = enumerate(root, rules, 4);
        const oracle = earley(root);
        for (const word of all) expect(oracle.recognises(word)).toBe(expected.has(decoder.decode(word)));
      }),
      { numRuns: 60 },
    );
  });

  it("calls every prefix of a word viable", () => {
    const all = shortWords(4);
    fc.assert(
      fc.property(randomGrammar(), ({ root }) => {
        const oracle = earley(root);
        const accepted = all.filter((word) => oracle.recognises(word));
        for (const word of accepted) {
          for (let length = 0; length <= word.length; length++) {
            expect(oracle.isViablePrefix(word.subarray(0, length))).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** All words of at most `maxLength` bytes, by growing each rule's set of words until nothing is added. */
function enumerate(root: Term, rules: readonly Rule[], maxLength: number): Set<string> {
  const known = new Map<Rule, Set<string>>(rules.map((each) => [each, new Set()]));
  const join = (left: Set<string>, right: Set<string>): Set<string> => {
    const out = new Set<string>();
    for (const l of left) for (const r of right) if (l.length + r.length <= maxLength) out.add(l + r);
    return out;
  };
  const wordsIn = (term: Term): Set<string> => {
    switch (term.kind) {
      case "epsilon":
        return new Set([""]);
      case "bytes":
        return new Set(bytesOf(term.set).map((byte) => String.fromCharCode(byte)));
      case "cat":
        return term.items.map(wordsIn).reduce(join);
      case "alt":
        return new Set(term.items.flatMap((item) => [...wordsIn(item)]));
      case "repeat": {
        const item = wordsIn(term.item);
        let some = new Set([""]);
        for (let i = 0; i < term.min; i++) some = join(some, item);
        const out = new Set(some);
        // More than `maxLength` further items add nothing.
        for (let i = term.min; i < Math.min(term.max, term.min + maxLength); i++) {
          some = join(some, item);
          for (const word of some) out.add(word);
        }
        return out;
      }
      case "call":
        return known.get(term.rule)!;
      default:
        throw new Error(term.kind);
    }
  };
  for (let before = -1, size = 0; before !== size; ) {
    before = size;
    size = 0;
    for (const each of rules) {
      known.set(each, wordsIn(each.body as Term));
      size += known.get(each)!.size;
    }
  }
  return wordsIn(root);
}

describe("randomGrammar", () => {
  it("makes grammars of every kind it promises", () => {
    const samples = fc.sample(randomGrammar(), { numRuns: 300, seed: 1 });
    const kinds = { leftRecursive: 0, nullable: 0, unproductive: 0, infinite: 0 };
    for (const { root, rules } of samples) {
      const oracle = earley(root);
      if (oracle.recognises(new Uint8Array(0))) kinds.nullable++;
      if (!oracle.isViablePrefix(new Uint8Array(0))) kinds.unproductive++;
      if (rules.some((each) => reachesItself(each))) kinds.leftRecursive++;
      if (oracle.isViablePrefix(encoder.encode("aaaa"))) kinds.infinite++;
    }
    for (const [kind, count] of Object.entries(kinds)) expect(count, kind).toBeGreaterThan(15);
  });
});

/** By the first call of an alternative alone: enough to count. */
function reachesItself(start: Rule): boolean {
  const seen = new Set<Rule>();
  const visit = (each: Rule): boolean =>
    firstCalls(each.body as Term).some((next) => next === start || (!seen.has(next) && seen.add(next) && visit(next)));
  return visit(start);
}

function firstCalls(term: Term): Rule[] {
  if (term.kind === "call") return [term.rule];
  if (term.kind === "alt") return term.items.flatMap(firstCalls);
  return term.kind === "cat" ? firstCalls(term.items[0]!) : [];
}
