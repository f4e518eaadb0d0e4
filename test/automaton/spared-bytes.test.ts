// Vocabularies that lack bytes, as SmolLM2's does: a few control characters, and lead bytes of planes that nobody writes. Masks are compared with
// a search of all that can be read with the bytes that are there; the bytes' automaton comes from a vocabulary that has them all.
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../bench/workload/random.ts";
import { Compiler, ConstraintError, type ConstraintSpec, Vocabulary } from "../../src/index.ts";

const lacking = [0x04, 0x13, 0xf1, 0xf2];
const utf8 = new TextEncoder();
const bytes = Array.from({ length: 256 }, (_, byte) => byte);
const here = bytes.filter((byte) => !lacking.includes(byte));
const words = ["ab", 'b"', '":', "aé", "\u0003a", "\u{30000}", "\u{c0000}a"].map((word) => utf8.encode(word));
const whole = new Compiler(vocabularyOf(bytes.map((byte) => Uint8Array.of(byte))));
const less = new Compiler(vocabularyOf([...here.map((byte) => Uint8Array.of(byte)), ...words]));

function vocabularyOf(tokens: readonly Uint8Array[]): Vocabulary {
  return Vocabulary.fromTokens([...tokens, null], { eosTokenIds: [tokens.length] });
}

/** States of the whole automaton from which a text without the lacking bytes is accepted; null: there are too many states to see. */
function liveStates(spec: ConstraintSpec): { automaton: typeof automaton; live: ReadonlySet<number> } | null {
  const { automaton } = whole.compile(spec);
  const sources = new Map<number, number[]>([[automaton.start, []]]);
  for (const [state] of sources) {
    if (sources.size > 20_000) return null;
    for (const byte of here) {
      const next = automaton.next(state, byte);
      if (next === 0) continue;
      const found = sources.get(next);
      if (found === undefined) sources.set(next, [state]);
      else found.push(state);
    }
  }
  const live = new Set<number>();
  const todo = [...sources.keys()].filter((state) => automaton.isAccepting(state));
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    if (live.has(state)) continue;
    live.add(state);
    todo.push(...sources.get(state)!);
  }
  return { automaton, live };
}

/** Along random texts, is each mask what the search says? Returns false where there is too much to search. */
function check(spec: ConstraintSpec, seed: number): boolean {
  const random = seededRandom(seed);
  const found = liveStates(spec);
  if (found === null) return false;
  const { automaton, live } = found;
  if (!live.has(automaton.start)) {
    expect(() => less.compile(spec)).toThrow(ConstraintError);
    return true;
  }
  const { vocabulary } = less;
  const constraint = less.compile(spec);
  for (let walk = 0; walk < 4; walk++) {
    const matcher = constraint.matcher();
    let state = automaton.start;
    for (let step = 0; step < 12; step++) {
      const targets = bytes.slice(0, vocabulary.size).map(() => 0);
      const allowed: number[] = [];
      for (let token = 0; token < vocabulary.size - 1; token++) {
        targets[token] = vocabulary
          .tokenBytes(token)!
          .reduce((at, byte) => (at === 0 ? 0 : automaton.next(at, byte)), state);
        if (live.has(targets[token]!)) allowed.push(token);
      }
      if (automaton.isAccepting(state)) allowed.push(vocabulary.size - 1);
      const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
      matcher.fillMask(mask);
      const masked = Array.from({ length: vocabulary.size }, (_, id) => id).filter(
        (id) => (mask[id >> 5]! >>> (id & 31)) & 1,
      );
      expect(masked, JSON.stringify(spec)).toEqual(allowed);
      const token = allowed[random.below(allowed.length)]!;
      if (token === vocabulary.size - 1) break;
      expect(matcher.accept(token)).toBe(true);
      state = targets[token]!;
    }
  }
  return true;
}

const atoms = [
  "a",
  "b",
  "é",
  "\\u0004",
  "\\u{40000}",
  ".",
  "[^a]",
  "\\w",
  "[\\u0000-\\u0010]",
  "[\\u{30000}-\\u{50000}]",
  "[\\u{40000}\\u{80000}]",
  "\\P{L}",
];

function randomPattern(random: ReturnType<typeof seededRandom>, depth: number): string {
  const inner = () => randomPattern(random, depth - 1);
  switch (depth === 0 ? 0 : random.below(7)) {
    case 1:
      return `(?:${inner()}|${inner()})`;
    case 2:
      return `(?:${inner()})*`;
    case 3:
      return `(?:${inner()}){1,3}`;
    case 4:
      return `(?!${inner()})${inner()}`;
    case 5:
    case 6:
      return inner() + inner();
    default:
      return atoms[random.below(atoms.length)]!;
  }
}

describe("masks of a vocabulary that lacks bytes", () => {
  it("are exact for random patterns, whether they need these bytes or not", () => {
    const random = seededRandom(17);
    let checked = 0;
    for (let i = 0; i < 80; i++) {
      const pattern = randomPattern(random, 3);
      const spec = { type: "regex", pattern, flags: "u" } as const;
      try {
        whole.compile(spec);
      } catch (error) {
        if (error instanceof ConstraintError && error.code !== "syntax") continue;
        throw error;
      }
      if (check(spec, i)) checked++;
    }
    expect(checked).toBeGreaterThan(40);
  });

  const string = (fields: object) => ({ type: "string", ...fields });
  const object = (properties: object) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  it.each([
    { const: "\u{40000}" },
    { enum: ["\u0004", "b"] },
    string({ maxLength: 1 }),
    string({ pattern: "^\\u{40000}?a$" }),
    string({ pattern: "^[\\u{40000}\\u{50000}]{2}$" }),
    object({ "\u{40000}": { type: "boolean" }, b: { type: "null" } }),
    { type: "array", items: { enum: ["\u0004", "a"] }, maxItems: 2, uniqueItems: true },
  ])("are exact for the schema %j", (schema) => {
    expect(check({ type: "json_schema", schema, whitespace: "compact" }, 5)).toBe(true);
  });

  it.each([
    'root ::= [^a]{2} "b"',
    'root ::= "a" ([\\x04] | "b" [\\x04])',
    'root ::= [\\U00040000-\\U000c0000] | [\\U00040000] "a"',
  ])("are exact for the grammar %s", (grammar) => {
    expect(check({ type: "ebnf", grammar }, 6)).toBe(true);
  });

  it("take no search where the constraint doesn't tell these bytes from others", () => {
    const item = object(
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`key ${i}`, string({ minLength: 3 })])),
    );
    const schema = { type: "array", items: item, minItems: 3 };
    const matcher = less.compile({ type: "json_schema", schema }).matcher();
    expect(matcher.acceptBytes('[{"key 4": "a')).toBe(true);
    matcher.fillMask(new Uint32Array(Math.ceil(less.vocabulary.size / 32)));
    expect(matcher.failure).toBe(null);
  });
});
