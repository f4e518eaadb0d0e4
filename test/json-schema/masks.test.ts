// Masks of schemas on a vocabulary whose tokens cross keys, quotes and commas: at each state of random walks every token's bit is
// what reading its bytes says, and there is always a way on. Walks go through open objects, finite key patterns, escapes and
// numbers, where states forget and remember.
import { it } from "vitest";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { walkMasks } from "../walk-masks.ts";

const pieces = [
  ...[
    '{"',
    '":',
    '": ',
    '","',
    '", "',
    '"a":',
    '"a": 1',
    'a"',
    'b":',
    "ab",
    'ab":1,"',
    ',"a',
    "},",
    '"}',
    '":1',
    '":1}',
    "1,",
    "\\u00",
  ],
  ...[
    "\\u0061",
    '61":',
    'u0061":',
    "\\ud83d",
    "\\ude00",
    "\\",
    'n"',
    "\u{1f600}",
    "é",
    '["',
    '","b"',
    "]",
    "null",
    "true",
    "10",
    "e-1",
    ".5",
  ],
  ...["-0", "0.0", "  ", "\n", '"x":[],"', '"a":"', '"ca":{"a":', "zz", 'zz":'],
];
const encoder = new TextEncoder();
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const tokens = [...bytes, ...pieces.map((piece) => encoder.encode(piece))];
const end = tokens.length;

const schemas: readonly unknown[] = [
  {},
  { type: "object", properties: { a: { type: "integer" }, ab: {} }, required: ["a"] },
  {
    type: "object",
    properties: { a: { type: "integer" }, ab: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  },
  {
    type: "object",
    patternProperties: { "^[ab]{1,2}$": { type: "number" } },
    additionalProperties: false,
    minProperties: 2,
  },
  { type: "object", patternProperties: { "^a": { type: "integer" }, b: { minimum: 1 } }, maxProperties: 2 },
  {
    type: "object",
    properties: { a: { type: "integer" }, ca: {}, "\u{1f600}": { const: 1 } },
    patternProperties: { "^z": { type: "integer" }, "\u{1f600}$": { type: "number" } },
  },
  { type: "object", patternProperties: { "^[a-z\u{1f600}é]+$": { type: "integer" } }, additionalProperties: false },
  { type: "object", propertyNames: { pattern: "^(?:[ab]|\\P{ASCII})*z?$" }, required: ["ab"] },
  { type: "object", propertyNames: { maxLength: 2 }, minProperties: 1 },
  { type: "object", not: { additionalProperties: { type: "integer" } } },
  { type: "array", uniqueItems: true, items: { type: "string" } },
  { type: "array", uniqueItems: true, items: { type: "string", pattern: "^[ab]+z?$", maxLength: 3 } },
  { type: "array", uniqueItems: true, items: { type: ["number", "null", "boolean"] } },
  {
    type: "array",
    uniqueItems: true,
    items: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
  },
  { type: "array", uniqueItems: true },
  { type: "array", uniqueItems: true, contains: { type: "string" }, prefixItems: [{ enum: ["a", ["b"]] }, true] },
  { type: "array", not: { uniqueItems: true } },
  { type: "object", not: { properties: { a: { type: "integer" } }, required: ["a", "b"] }, maxProperties: 2 },
  { type: "object", not: { propertyNames: { pattern: "a" } }, minProperties: 2, maxProperties: 3 },
  {
    type: "object",
    oneOf: [20, 60, 80].map((maximum) => ({ patternProperties: { a: { multipleOf: 5, maximum } } })),
    maxProperties: 2,
  },
  {
    type: "object",
    properties: { a: { type: "integer" } },
    allOf: [{ not: { additionalProperties: { type: "integer" } } }, { not: { additionalProperties: { minimum: 1 } } }],
    required: ["ab"],
    maxProperties: 3,
  },
  { oneOf: [{ required: ["a"] }, { required: ["ca"], properties: { ca: { type: "object" } } }], type: "object" },
  { type: "object", dependentRequired: { a: ["ab"], ab: ["zz"] }, maxProperties: 3 },
  { type: "array", items: { enum: ["a", "b", 1] }, uniqueItems: true },
  {
    type: "array",
    contains: { type: "null" },
    maxContains: 1,
    items: { type: ["null", "number", "string"], maxLength: 2 },
  },
  {
    type: "object",
    anyOf: [{ properties: { a: {}, ab: { type: "integer" } }, required: ["a"] }, { patternProperties: { "^z": {} } }],
    unevaluatedProperties: { type: "null" },
  },
  {
    type: "object",
    not: { properties: { a: {} }, dependentSchemas: { a: { properties: { ab: {} } } }, unevaluatedProperties: false },
  },
  { type: "array", prefixItems: [{}], contains: { const: 1 }, unevaluatedItems: { type: "string", maxLength: 2 } },
  { type: "number", not: { type: "integer" } },
  { type: "string", pattern: "^(ab|\u{1f600})+$", minLength: 3 },
];

it.each(schemas.map((schema) => [JSON.stringify(schema), schema]))("%s", (_, schema) => {
  const vocabulary = Vocabulary.fromTokens([...tokens, null], {
    eosTokenIds: [end],
    specialTokens: new Map([["<eos>", end]]),
  });
  const constraint = new Compiler(vocabulary).compile({ type: "json_schema", schema });
  walkMasks(constraint, tokens, { runs: 25, steps: 25, seed: 20261123 });
});
