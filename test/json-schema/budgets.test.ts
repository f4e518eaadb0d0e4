// Schemas that ask for more than there is time for: an error of code "limit" with the place, and nothing of it stays for the next schema.
import { expect, test } from "vitest";
import { Compiler, type Matcher, Vocabulary } from "../../src/index.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const compiler = new Compiler(Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] }));
const compile = (schema: unknown) => compiler.compile({ type: "json_schema", schema });
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Which of the patterns `kind` matches makes 2ⁿ kinds of it. */
function overlapping(n: number): unknown {
  const when = (i: number) => ({
    if: { properties: { kind: { pattern: `k${i}.*x` } } },
    then: { required: [`v${i}`] },
  });
  return { type: "object", required: ["kind"], properties: { kind: { type: "string" } }, allOf: range(n).map(when) };
}

test("patterns that overlap in every way: all automata together are bounded", () => {
  const matcher = compile(overlapping(3)).matcher();
  expect(matcher.acceptBytes('{"kind":"k0 k2 x","v2":1,"v0":1')).toBe(true);
  expect(matcher.acceptBytes("}")).toBe(true);
  expect(compile(overlapping(3)).matcher().acceptBytes('{"kind":"k0 k2 x","v2":1}')).toBe(false);
  const error = { code: "limit", message: expect.stringContaining("maxTotalIslandStates"), location: { pointer: "" } };
  expect(() => compile(overlapping(12))).toThrow(expect.objectContaining(error));
  expect(compile(overlapping(2)).matcher().acceptBytes('{"kind":"k1x","v1":1}')).toBe(true);
});

test("patterns that agree on no short text", () => {
  const lengths = [97, 101, 103].map((n) => ({ pattern: `^(?:[a-z]{${n}})*$` }));
  const message = expect.stringContaining("to tell whether a text is ahead");
  expect(() => compile({ type: "string", minLength: 1, allOf: lengths })).toThrow(
    expect.objectContaining({ code: "limit", message, location: { pointer: "" } }),
  );
});

test("a oneOf of many: texts are told apart however many, other branches up to a number of pairs", () => {
  const texts = compile({ oneOf: range(700).map((i) => ({ const: `v${i}`, description: `${i}` })) });
  expect(texts.matcher().acceptBytes('"v699"')).toBe(true);
  expect(texts.matcher().acceptBytes('"v700"')).toBe(false);
  const twice = compile({ oneOf: [{ const: "a" }, { const: "b" }, { enum: ["a"] }] });
  expect(twice.matcher().acceptBytes('"b"')).toBe(true);
  expect(twice.matcher().acceptBytes('"a')).toBe(false);
  const names = range(60).map((i) => ({ properties: { [`v${i}`]: { type: "null" } }, required: [`v${i}`] }));
  const exclusive = compile({
    type: "object",
    oneOf: names,
    additionalProperties: false,
    properties: { v1: {}, v2: {} },
  });
  expect(exclusive.matcher().acceptBytes('{"v1":null,"v2":1}')).toBe(true);
  expect(exclusive.matcher().acceptBytes('{"v1":null,"v2":null')).toBe(false);
  const intervals = range(700).map((i) => ({ type: "integer", minimum: 10 * i, maximum: 10 * i + 9 }));
  expect(() => compile({ oneOf: intervals })).toThrow(
    expect.objectContaining({ code: "limit", location: { pointer: "/oneOf" } }),
  );
});

test("many contains, which every item may match or not", () => {
  const containing = (n: number) => ({
    type: "array",
    allOf: range(n).map((i) => ({ contains: { required: [`p${i}`] } })),
  });
  expect(compile(containing(3)).matcher().acceptBytes('[{"p0":1,"p2":1},{"p1":1}]')).toBe(true);
  expect(() => compile(containing(20))).toThrow(expect.objectContaining({ code: "limit" }));
});

const refer = (i: number) => ({ $ref: `#/$defs/d${i}` });
const defs = (n: number, make: (i: number) => unknown) => Object.fromEntries(range(n).map((i) => [`d${i}`, make(i)]));

test("recursion through intersections that leads to exponentially many: their steps are counted", () => {
  // d0 is at d0 again and at d1, which goes on to d2, d3, …: any set of them.
  const both = (a: unknown, b: unknown) => ({ properties: { a, b } });
  const sets = (n: number) => ({
    ...refer(0),
    $defs: defs(n, (i) => {
      if (i === 0) return { allOf: [both(refer(0), refer(0)), { properties: { a: refer(1) } }] };
      return i + 1 < n ? both(refer(i + 1), refer(i + 1)) : { required: ["z"] };
    }),
  });
  const few = compile(sets(3));
  expect(few.matcher().acceptBytes('{"a":{"a":{"z":1}}}')).toBe(true);
  expect(few.matcher().acceptBytes('{"a":{"a":{"y":1}')).toBe(false);
  expect(() => compile(sets(40))).toThrow(expect.objectContaining(tooManySteps));
});

const tooManySteps = { code: "limit", message: expect.stringContaining("maxSchemaSteps") };

test("what is quadratic in the constraints of one place ends by the same budget", () => {
  const apart = (i: number) => ({ not: { required: [`a${i}`, `b${i}`] } });
  const objects = (n: number) => range(n).map((id) => ({ id, name: `n${id}` }));
  const items = (n: number) => ({ prefixItems: range(n).map((i) => ({ const: i })) });
  const small = new Compiler(Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] }), {
    limits: { maxSchemaSteps: 200_000 },
  });
  const schemas = [
    (n: number) => ({ allOf: range(n).map(apart) }),
    (n: number) => ({ not: { enum: objects(n) } }),
    (n: number) => ({ not: items(n) }),
  ];
  for (const schema of schemas) {
    expect(() => small.compile({ type: "json_schema", schema: schema(5) })).not.toThrow();
    expect(() => small.compile({ type: "json_schema", schema: schema(400) })).toThrow(
      expect.objectContaining(tooManySteps),
    );
  }
});

test("many patterns of keys: what tells them apart has as many states as it is wide", () => {
  const patterned = (n: number) => ({
    patternProperties: Object.fromEntries(range(n).map((i) => [`^k${i}$`, { const: i }])),
  });
  expect(compile(patterned(100)).matcher().acceptBytes('{"k42":42,"k7":7}')).toBe(true);
  expect(compile(patterned(100)).matcher().acceptBytes('{"k42":7')).toBe(false);
  expect(() => compile(patterned(2000))).toThrow(
    expect.objectContaining({ code: "limit", message: expect.stringContaining("patterns of an object's keys") }),
  );
});

test("what needn't be quadratic isn't: dependencies, texts left out one by one", () => {
  const few = new Compiler(Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] }), {
    limits: { maxSchemaSteps: 50_000, maxTotalIslandStates: 20_000 },
  });
  const reads = (schema: unknown, text: string) =>
    few.compile({ type: "json_schema", schema }).matcher().acceptBytes(text);
  const dependentRequired = Object.fromEntries(range(2000).map((i) => [`a${i}`, [`b${i}`]]));
  expect(reads({ dependentRequired }, '{"a7":1,"b7":1}')).toBe(true);
  expect(reads({ dependentRequired }, '{"a7":1,"b8":1}')).toBe(false);
  const left = { allOf: range(300).map((i) => ({ not: { const: `v${i}` } })) };
  expect(reads(left, '"v300"')).toBe(true);
  expect(reads(left, '"v299"')).toBe(false);
});

test("a pattern of nothing but optional characters, too many to read: an error soon, if not before its first text", () => {
  const { failure } = readBy(() => compile({ pattern: `^${"[a-z]?".repeat(30_000)}$` }).matcher());
  expect(failure).toMatchObject({ code: "limit" });
});

/** The error of making a matcher, or of its first bytes. */
function readBy(make: () => Matcher): { failure: unknown } {
  try {
    make().acceptBytes('"abc"');
  } catch (failure) {
    return { failure };
  }
  return { failure: undefined };
}
