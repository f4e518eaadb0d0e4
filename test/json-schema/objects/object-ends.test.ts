// Objects whose rules speak of several keys at once (counts, keys that call for others, negations that some key must fulfil), in any
// order and in the schema's: after each key and each member of each object of a few keys, what is read is exactly what has a valid end.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { Compiler, ConstraintError, Vocabulary } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";

type Member = readonly [key: string, value: string | null | boolean];

const notAll = (value: object) => ({ not: { additionalProperties: value } });
const closed = { properties: { a: {}, b: {}, c: {} }, additionalProperties: false };
const nullable = { type: ["string", "null"] };

/** By name: the schema; its keys, the declared ones in order; its order. */
const cases: Record<string, readonly [schema: object, keys: string, order: "any" | "schema"]> = {
  "an obligation that only finitely many undeclared keys fulfil": [
    { not: { patternProperties: { "^[xy]$": { type: "string" } } } },
    "axy",
    "any",
  ],
  "an obligation, and finitely many names": [
    { ...notAll({ type: "string" }), propertyNames: { pattern: "^[xy]$" } },
    "xyz",
    "any",
  ],
  "one key's value fulfils one of two obligations": [
    {
      properties: { a: nullable, b: nullable },
      additionalProperties: false,
      allOf: [notAll({ type: "string" }), notAll({ type: "null" })],
    },
    "ab",
    "any",
  ],
  "three obligations, and keys that fulfil some of them": [
    {
      properties: { a: nullable, b: {}, c: { type: "boolean" } },
      additionalProperties: false,
      allOf: [notAll({ type: "string" }), notAll({ type: "null" }), notAll({ type: ["string", "boolean"] })],
    },
    "abc",
    "any",
  ],
  "two obligations beside keys that call for others": [
    { ...closed, dependentRequired: { a: ["b"], b: ["c"] }, allOf: [notAll({ type: "string" }), notAll(nullable)] },
    "abc",
    "any",
  ],
  "in order, an obligation before a required key": [
    { ...closed, required: ["c"], not: { patternProperties: { "^[ab]$": { type: "string" } } } },
    "abc",
    "schema",
  ],
  "in order, an obligation after a required key": [
    { ...closed, required: ["a"], not: { patternProperties: { "^[bc]$": { type: "string" } } } },
    "abc",
    "schema",
  ],
  "in order, an obligation that undeclared keys can't fulfil": [
    { properties: { a: {}, b: {} }, not: { patternProperties: { "^b$": { type: "string" } } } },
    "abx",
    "schema",
  ],
  "in order, two obligations and one key": [
    { properties: { a: nullable }, additionalProperties: { type: "string" }, ...notAll({ type: "string" }) },
    "axy",
    "schema",
  ],
  "in order, undeclared keys that are too few": [
    {
      properties: { a: {}, b: {} },
      patternProperties: { "^[xy]$": {} },
      additionalProperties: false,
      minProperties: 3,
    },
    "abxy",
    "schema",
  ],
  "in order, a key that calls for one that was left out": [
    { ...closed, properties: { a: {}, c: {}, b: {} }, dependentRequired: { b: ["a"] }, minProperties: 2 },
    "acb",
    "schema",
  ],
  "in order, keys that call for earlier and later ones, and a maximum": [
    { ...closed, dependentRequired: { a: ["c"], c: ["b"] }, maxProperties: 2 },
    "abc",
    "schema",
  ],
};

it.each(Object.entries(cases))("%s", (_, [schema, keys, order]) => {
  const whole = { type: "object", ...schema };
  const constraint = compile(whole, order);
  const validate = new Ajv2020({ strict: false }).compile(whole);
  const declared = Object.keys("properties" in schema ? (schema.properties as object) : {});
  const rank = (key: string) => (declared.includes(key) ? declared.indexOf(key) : declared.length);
  const objects = [...objectsOf([...keys])].filter(
    (members) => order === "any" || members.every(([key], i) => i === 0 || rank(members[i - 1]![0]) <= rank(key)),
  );
  const valid = objects.filter((members) => validate(Object.fromEntries(members)));
  const beginnings = new Set(
    valid.flatMap((members) => members.flatMap((_each, i) => beginningsOf(members.slice(0, i + 1)))),
  );
  const ends = new Set(valid.map((members) => `${textOf(members)}}`));
  for (const members of objectsOf([...keys])) {
    if (members.length === 0) continue;
    const texts = [...beginningsOf(members), `${textOf(members)}}`];
    const read = texts.filter((text) => constraint.matcher().acceptBytes(text));
    expect([texts, read]).toEqual([texts, texts.filter((text) => beginnings.has(text) || ends.has(text))]);
  }
});

function compile(schema: object, propertyOrder: "any" | "schema") {
  return new Compiler(bytesOnly()).compile({ type: "json_schema", schema, propertyOrder });
}

it("masks don't depend on the texts of keys, where their values have to fulfil something and are counted", () => {
  const words = Array.from({ length: 26 ** 2 }, (_, i) => [97 + Math.floor(i / 26), 97 + (i % 26)]);
  const tokens = [...Array.from({ length: 256 }, (_, byte) => [byte]), ...words].map((each) => Uint8Array.from(each));
  const compiler = new Compiler(Vocabulary.fromTokens([...tokens, null], { eosTokenIds: [tokens.length] }));
  const oneOf = [20, 60, 80].map((maximum) => ({ patternProperties: { a: { multipleOf: 5, maximum } } }));
  const constraint = compiler.compile({ type: "json_schema", schema: { type: "object", oneOf, maxProperties: 2 } });
  const matcher = constraint.matcher();
  for (const byte of new TextEncoder().encode('{"xyz":1,"by')) {
    matcher.mask();
    expect(matcher.acceptBytes(Uint8Array.of(byte))).toBe(true);
  }
  expect(constraint.stats.states).toBeLessThan(400);
});

it("refuses obligations that more undeclared keys could fulfil than it tells apart", () => {
  const schema = (pattern: string) => ({
    type: "object",
    not: { patternProperties: { [pattern]: { type: "string" } } },
  });
  expect(() => compile(schema("^[a-z]{3}$"), "any")).toThrow(ConstraintError);
  expect(compile(schema("^\\d{3}$|^default$"), "any").matcher().acceptBytes('{"404":null}')).toBe(true);
  expect(() => compile(schema("^[a-z]$"), "schema")).toThrow(ConstraintError);
  expect(compile(schema("^.$"), "schema").matcher().acceptBytes('{"x":null}')).toBe(true);
});

it("names of any length cost what they are long, up to a budget", () => {
  const compiler = new Compiler(bytesOnly());
  const compile = (pattern: string) =>
    compiler.compile({
      type: "json_schema",
      schema: { type: "object", not: { patternProperties: { [pattern]: { type: "integer" } } } },
    });
  // Once copied at each byte: 8,000 bytes took more than 4 GB.
  const matcher = compile("^a{8000}$").matcher();
  expect(matcher.acceptBytes(`{"${"a".repeat(8000)}":null}`)).toBe(true);
  expect(matcher.isAccepting).toBe(true);
  expect(() => compile("^a{40000}$")).toThrow(/more than 20000 bytes/);
});

/** All objects of some of the keys, in all orders. */
function* objectsOf(keys: readonly string[], members: readonly Member[] = []): Generator<readonly Member[]> {
  yield members;
  for (const key of keys) {
    const others = keys.filter((each) => each !== key);
    for (const value of ["", null, true]) yield* objectsOf(others, [...members, [key, value]]);
  }
}

/** Up to the last member's colon, and up to its value. */
function beginningsOf(members: readonly Member[]): string[] {
  const text = textOf(members);
  return [text.slice(0, text.lastIndexOf(":") + 1), text];
}

function textOf(members: readonly Member[]): string {
  return `{${members.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(",")}`;
}

it("names of at most 2,048 characters", () => {
  const accepts = (maxLength: number, length: number) => {
    const matcher = compile({ type: "object", propertyNames: { maxLength } }, "any").matcher();
    return matcher.acceptBytes(`{"${"é".repeat(length)}":1}`);
  };
  expect([accepts(1024, 1024), accepts(1024, 1025), accepts(2048, 2048)]).toEqual([true, false, true]);
  expect(() => accepts(2049, 1)).toThrow(/lengths above 2048/);
});
