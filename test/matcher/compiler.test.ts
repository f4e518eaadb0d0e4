// What the compiler keeps, and forgets.
import { expect, test } from "vitest";
import { Compiler, type ConstraintSpec, Vocabulary } from "../../src/index.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const vocabulary = Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] });
const spec = (n: number): ConstraintSpec => ({ type: "json_schema", schema: { const: n } });

test("an equal spec isn't compiled again; the ones that weren't asked for longest are forgotten first", () => {
  const compiler = new Compiler(vocabulary, { maxConstraints: 3 });
  const first = compiler.compile(spec(0));
  expect(compiler.compile({ ...spec(0) })).toBe(first);
  const others = [1, 2].map((n) => compiler.compile(spec(n)));
  expect(compiler.compile(spec(0))).toBe(first);
  compiler.compile(spec(3));
  expect(compiler.compile(spec(0))).toBe(first);
  expect(compiler.compile(spec(2))).toBe(others[1]);
  expect(compiler.compile(spec(1))).not.toBe(others[0]);
});

test("large constraints are forgotten earlier, and work on for whoever has them", () => {
  const grammar = { type: "ebnf", grammar: 'root ::= "a" root "a" | "b" root "b" | ""' } as const;
  const small = new Compiler(vocabulary, { limits: { maxConstraintBytes: 1_000_000 } });
  const large = small.compile(grammar);
  const matcher = large.matcher();
  expect(matcher.acceptBytes("ab".repeat(10_000))).toBe(true);
  expect(large.stats.bytes).toBeGreaterThan(1_000_000);
  expect(small.compile(grammar)).toBe(large);
  small.compile(spec(0));
  expect(small.compile(grammar)).not.toBe(large);
  expect(matcher.acceptBytes("ba".repeat(10_000))).toBe(true);
  expect(matcher.isAccepting).toBe(true);
});

test("a spec that is changed after it was compiled doesn't change its constraint", () => {
  const compiler = new Compiler(vocabulary, { limits: { maxStates: 14 } });
  const schema: { enum: string[] } = { enum: ["one"] };
  const constraint = compiler.compile({ type: "json_schema", schema });
  schema.enum[0] = "two";
  // So few states that the automaton is made anew for the next matchers.
  const automata = new Set([constraint.automaton]);
  for (let i = 0; i < 5; i++) {
    expect(constraint.matcher().acceptBytes('"one"')).toBe(true);
    automata.add(constraint.automaton);
  }
  expect(automata.size).toBeGreaterThan(1);
});

test("rows of a batch; what is disposed of compiles no more", () => {
  const compiler = new Compiler(vocabulary);
  const matchers = [spec(1), spec(2)].map((each) => compiler.compile(each).matcher());
  const rows = new Uint32Array(2 * 9);
  compiler.fillMasks(matchers, rows);
  for (const [i, matcher] of matchers.entries()) {
    const row = new Uint32Array(9);
    matcher.fillMask(row);
    expect(rows.slice(9 * i, 9 * i + 9)).toEqual(row);
  }
  expect(() => compiler.fillMasks(matchers, new Uint32Array(17))).toThrow("need 18 words");
  compiler.dispose();
  expect(() => compiler.compile(spec(1))).toThrow("disposed");
  expect(matchers[0]!.acceptBytes("1")).toBe(true);
});

test("masks of the same id have the same content, whatever constraint and automaton they're from", () => {
  const compiler = new Compiler(vocabulary, { limits: { maxStates: 14 } });
  const contents = new Map<number, string>();
  for (const schema of [{ enum: ["one"] }, { enum: [12] }, { enum: ["two"] }]) {
    const constraint = compiler.compile({ type: "json_schema", schema });
    for (let round = 0; round < 3; round++) {
      const matcher = constraint.matcher();
      for (const byte of JSON.stringify(schema.enum[0])) {
        const { id, ...content } = matcher.mask();
        const text = JSON.stringify(content);
        expect(contents.get(id) ?? text).toBe(text);
        contents.set(id, text);
        expect(matcher.acceptBytes(byte)).toBe(true);
      }
    }
  }
});

test("a token that a grammar may not name is refused with its place", () => {
  const compiler = new Compiler(vocabulary);
  const failure = (grammar: string): unknown => {
    try {
      compiler.compile({ type: "ebnf", grammar });
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(failure('root ::= "a"\r\n  <[1000]> "b"')).toMatchObject({
    code: "invalid",
    message: "token 1000 isn't in the vocabulary (0 … 256)",
    location: { line: 2, column: 3, excerpt: '  <[1000]> "b"\n  ^' },
  });
  expect(failure("root ::= <[97]>")).toMatchObject({ code: "unsupported", location: { line: 1, column: 10 } });
  expect(failure("root ::= <[256]>")).toMatchObject({ code: "unsupported", location: { line: 1, column: 10 } });
});
