// A step that fails, for a budget, must leave nothing half-done in the constraint that its matchers share; and what is merely long must not
// fail at all.
import { expect, test } from "vitest";
import { Compiler, ConstraintError, type Limits, Vocabulary } from "../../src/index.ts";
import { llama3 } from "../vocabularies.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const long = ["aaaa", "aaaaaaaaaaaaaaaa", "abababab", "{x}{x}{x}"].map((text) => new TextEncoder().encode(text));
const vocabulary = Vocabulary.fromTokens([...bytes, ...long, null], { eosTokenIds: [260] });
const ambiguous = 'root ::= s\ns ::= s s | "a" | "ab" | "{" t "}"\nt ::= t s | s | "x"';

function masksAlong(compiler: Compiler, text: string): string[] {
  const matcher = compiler.compile({ type: "ebnf", grammar: ambiguous }).matcher();
  return [...text].map((character) => {
    const mask = new Uint32Array(9);
    matcher.fillMask(mask);
    expect(matcher.acceptBytes(character)).toBe(true);
    return mask.join();
  });
}

test.each([
  { maxItemsPerByte: 12 },
  { maxItemsPerByte: 25 },
  { maxItemsPerMask: 200 },
  { maxItemsPerMask: 600 },
  { maxStates: 60 },
] satisfies Partial<Limits>[])(
  "after a failure by %j, other matchers of the constraint have the masks they'd have had",
  (limits) => {
    const compiler = new Compiler(vocabulary, { limits });
    const failing = compiler.compile({ type: "ebnf", grammar: ambiguous }).matcher();
    const goOn = (): void => {
      for (let i = 0; i < 2000; i++) {
        failing.fillMask(new Uint32Array(9));
        failing.acceptBytes(["a", "{a", "a}"][i % 3]!);
      }
    };
    expect(goOn).toThrow(ConstraintError);
    expect(failing.failure?.code).toBe("limit");
    expect(() => failing.accept(97)).toThrow(failing.failure!);
    const text = "a{ab";
    const unlimited = masksAlong(new Compiler(vocabulary), text);
    let ours: string[];
    try {
      ours = masksAlong(compiler, text);
    } catch (error) {
      // The states are used up for good: an error again, and never another mask.
      expect((error as ConstraintError).code).toBe("limit");
      return;
    }
    expect(ours).toEqual(unlimited);
  },
);

test("a mask whose bytes are each within the limit has a limit of its own", () => {
  const grammar = "root ::= a b c d\na ::= [a-z]* b?\nb ::= [a-y]* c?\nc ::= [a-x]* d?\nd ::= [b-z]* a?";
  const matcher = new Compiler(llama3()).compile({ type: "ebnf", grammar }).matcher();
  expect(() => matcher.mask()).toThrow(expect.objectContaining({ code: "limit" }));
  const small = new Compiler(vocabulary).compile({ type: "ebnf", grammar }).matcher();
  expect(small.acceptBytes("abc")).toBe(true);
  expect(small.mask().count).toBeGreaterThan(20);
});

test("long sequences and counts of recursive items don't overflow the stack", () => {
  const compiler = new Compiler(vocabulary);
  const item = 'item ::= "a" | "(" item ")" | "ab"';
  for (const root of [Array(6000).fill("item").join(" "), "item{0,20000}"]) {
    const matcher = compiler.compile({ type: "ebnf", grammar: `root ::= ${root}\n${item}` }).matcher();
    expect(matcher.acceptBytes("(a)aab")).toBe(true);
    expect(matcher.mask().count).toBeGreaterThan(0);
  }
});

test("a long chain of rules doesn't overflow the stack", () => {
  const chain = Array.from({ length: 5000 }, (_, i) => `r${i} ::= "a" r${i + 1} | "b"`).join("\n");
  const grammar = `root ::= r0\n${chain}\nr5000 ::= "c"`;
  const matcher = new Compiler(vocabulary).compile({ type: "ebnf", grammar }).matcher();
  expect(matcher.acceptBytes(`${"a".repeat(5000)}c`)).toBe(true);
  expect(matcher.isAccepting).toBe(true);
});

test("a constraint that is used for ever stays within its budget of states, and its matchers go on", () => {
  const limits = { maxStates: 2000 };
  const grammar = 'root ::= "" | "a" root "a" | "b" root "b"';
  const constraint = new Compiler(vocabulary, { limits }).compile({ type: "ebnf", grammar });
  const parent = constraint.matcher();
  parent.acceptBytes("ab");
  const reused = constraint.matcher();
  for (let i = 0; i < 200; i++) {
    const half = i.toString(2).padStart(60, "0").replaceAll("0", "a").replaceAll("1", "b");
    const matcher = constraint.matcher();
    expect(matcher.acceptBytes(half + [...half].reverse().join(""))).toBe(true);
    expect(matcher.isAccepting).toBe(true);
    reused.reset();
    expect(reused.acceptBytes(half)).toBe(true);
    expect(constraint.stats.states).toBeLessThanOrEqual(limits.maxStates);
  }
  expect(parent.fork().acceptBytes("ba")).toBe(true);
});
