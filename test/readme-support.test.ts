// The README's table of what is supported, as examples: what it calls supported accepts and rejects what it should, what it calls refused
// is refused with a code and a place, what isn't there yet isn't there. Each example quotes the words of the README that it stands for.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gpu from "../src/gpu/index.ts";
import { applyMask } from "../src/gpu/index.ts";
import * as library from "../src/index.ts";
import {
  Compiler,
  type Constraint,
  ConstraintError,
  type ConstraintSpec,
  type ErrorCode,
  type Limits,
  type StructuralFormat,
  Vocabulary,
} from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** A row of the table, by column. */
function row(name: string): { supported: string; refused: string } {
  const line = readme.split("\n").find((each) => each.startsWith(`| ${name} |`));
  if (line === undefined) throw new Error(`README.md has no row ${name}`);
  // A bar inside a cell is escaped.
  const [, , supported = "", refused = ""] = line.split(/(?<!\\)\|/);
  return { supported, refused };
}

const special = new Map([
  ["<think>", 256],
  ["</think>", 257],
]);
const byteTokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const vocabulary = Vocabulary.fromTokens([...byteTokens, null, null, null], {
  eosTokenIds: [258],
  specialTokens: special,
});
const compiler = new Compiler(vocabulary, { maxConstraints: 1 });

function reads(constraint: Constraint, text: string): boolean {
  const matcher = constraint.matcher();
  return matcher.acceptBytes(text) && matcher.isAccepting;
}

/** The README's words, the constraint, and texts that it accepts and rejects. */
type Supported = [words: string, spec: ConstraintSpec, accepts: readonly string[], rejects: readonly string[]];
/** The README's words, the constraint, the code, and the place: line and column, or a JSON Pointer. */
type Refused = [words: string, spec: ConstraintSpec, code: ErrorCode, place: string];

const regex = (pattern: string, flags = ""): ConstraintSpec => ({ type: "regex", pattern, flags });
const ebnf = (grammar: string): ConstraintSpec => ({ type: "ebnf", grammar });
const schema = (value: unknown, options: object = {}): ConstraintSpec => ({
  type: "json_schema",
  schema: value,
  ...options,
});

const structuralTag = (format: unknown): ConstraintSpec => ({
  type: "structural_tag",
  format: format as StructuralFormat,
});
const freely = { type: "any_text" };
const token = (name: string) => ({ type: "token", token: name });
const tag = (begin: string, content: unknown, end: string | string[]) => ({ type: "tag", begin, content, end });

const supported: Record<string, Supported[]> = {
  regex: [
    ["ECMAScript's regular syntax", regex("(?:a|b)+c?\\d{2}"), ["ab12", "bc00"], ["", "c12", "ab1"]],
    ["flags i m s u", regex("straße", "i"), ["STRAße", "straße"], ["strasse"]],
    ["flags i m s u", regex("a$\\n^b", "m"), ["a\nb"], ["ab"]],
    ["flags i m s u", regex("a.b", "s"), ["a\nb", "a😀b"], ["ab"]],
    ["flags i m s u", regex("\\u{1F600}", "u"), ["😀"], ["u{1F600}"]],
    ["classes", regex("[^a-c]\\w[\\s\\d]"), ["dx ", "d_1", "éz\u00a0"], ["ax ", "dé "]],
    ["`\\p{…}`", regex("\\p{Lu}\\P{L}\\p{Script=Greek}"), ["A1λ", "Ä-Ω"], ["a1λ", "A1l"]],
    ["groups", regex("(a(?:b)(?<name>c))+"), ["abc", "abcabc"], ["ab"]],
    ["counts of any size", regex("[ab]{99999}"), ["a".repeat(99_999)], ["a".repeat(99_998), "a".repeat(100_000)]],
    ["anchors", regex("^a|b$"), ["a", "b"], ["ab", ""]],
    ["`\\b`", regex("a\\b.b\\B."), ["a bc", "a-b_"], ["axbc", "a b "]],
    ["lookahead", regex("(?=.*\\d)(?!.*0)[a-z\\d]+"), ["a1", "1b"], ["ab", "a10"]],
    ["lookbehind", regex("[ab]+(?<=ab)(?<!aab)c"), ["abc", "babc"], ["aabc", "bac"]],
  ],
  EBNF: [
    ["GBNF as llama.cpp reads it", ebnf('root ::= "a" b*\nb ::= [x-z] | "\\x41"{2}'), ["a", "axzAA"], ["aA", "b"]],
    ["XGrammar's additions", ebnf("root ::= [^]{2,}"), ["a\n", "abc"], ["a"]],
    ["left recursion", ebnf('root ::= root "-" d | d\nd ::= [0-9]'), ["1", "1-2-3"], ["-1", "1-"]],
    ["ambiguity", ebnf('root ::= root root | "a" | "aa"'), ["a", "aaaa"], ["", "ab"]],
  ],
  "JSON Schema": [
    ["types", schema({ type: ["integer", "null"] }), ["1", "-2e1", "null"], ["1.5", '"1"']],
    [
      "properties in any order",
      schema({
        properties: { a: { type: "null" }, b: {} },
        required: ["a", "b"],
        type: "object",
        additionalProperties: false,
      }),
      ['{"a":null,"b":1}', '{ "b": 1, "a": null }'],
      ['{"a":null}', '{"a":1,"b":1}', '{"a":null,"b":1,"c":1}'],
    ],
    [
      "or the schema's",
      schema({ properties: { b: {}, a: {} }, type: "object" }, { propertyOrder: "schema" }),
      ['{"b":1,"a":1}', '{"a":1,"c":1}'],
      ['{"a":1,"b":1}'],
    ],
    [
      "items",
      schema({ type: "array", prefixItems: [{ type: "null" }], items: { type: "boolean" } }),
      ["[null,true]", "[]"],
      ["[true]", "[null,1]"],
    ],
    ["enum", schema({ enum: ["a", 1, [null]] }), ['"a"', '"\\u0061"', "1.0", "[null]"], ['"b"', "2", "[]"]],
    ["const", schema({ const: { k: [1] } }), ['{"k":[1]}'], ['{"k":[]}', "{}"]],
    ["allOf", schema({ allOf: [{ minimum: 2 }, { type: "integer" }] }), ["2"], ["1", "2.5"]],
    ["anyOf", schema({ anyOf: [{ type: "null" }, { const: 1 }] }), ["null", "1"], ["2"]],
    ["oneOf", schema({ type: "integer", oneOf: [{ minimum: 5 }, { maximum: 7 }] }), ["4", "8"], ["6"]],
    ["not", schema({ type: "string", not: { pattern: "^a" } }), ['"b"', '""'], ['"a"', '"\\u0061b"']],
    [
      "if/then/else",
      schema({ type: "integer", if: { minimum: 10 }, then: { multipleOf: 10 }, else: { maximum: 3 } }),
      ["20", "3"],
      ["15", "7"],
    ],
    [
      "dependencies",
      schema({
        $schema: "http://json-schema.org/draft-07/schema#",
        type: "object",
        dependencies: { a: ["b"], c: { required: ["d"] } },
      }),
      ["{}", '{"a":1,"b":1}', '{"d":1,"c":1}'],
      ['{"a":1}', '{"c":1}'],
    ],
    [
      "patternProperties",
      schema({ type: "object", patternProperties: { "^n": { type: "number" } } }),
      ['{"n1":1,"x":""}'],
      ['{"n1":""}', '{"\\u006e":""}'],
    ],
    ["propertyNames", schema({ type: "object", propertyNames: { maxLength: 2 } }), ['{"ab":1}'], ['{"abc":1}']],
    ["contains", schema({ type: "array", contains: { const: 1 } }), ["[0,1]"], ["[]", "[0]"]],
    [
      "`unevaluatedProperties` and",
      schema({
        type: "object",
        anyOf: [
          { properties: { a: {} }, required: ["a"] },
          { properties: { b: {} }, required: ["b"] },
        ],
        unevaluatedProperties: false,
      }),
      ['{"a":1}', '{"b":1,"a":1}'],
      ["{}", '{"a":1,"c":1}'],
    ],
    [
      "and `unevaluatedItems`",
      schema({ type: "array", allOf: [{ prefixItems: [true] }], contains: { const: 1 }, unevaluatedItems: false }),
      ["[1]", "[0,1,1.0]"],
      ["[0]", "[1,0]"],
    ],
    [
      "local and recursive `$ref`",
      schema({ $defs: { t: { type: "array", items: { $ref: "#/$defs/t" } } }, $ref: "#/$defs/t" }),
      ["[[],[[]]]"],
      ["[1]"],
    ],
    [
      "`$dynamicRef` and `$recursiveRef`",
      schema({
        $id: "https://e.org/a",
        $ref: "list",
        $defs: {
          item: { $dynamicAnchor: "item", type: "null" },
          list: { $id: "list", items: { $dynamicRef: "#item" }, $defs: { any: { $dynamicAnchor: "item" } } },
        },
      }),
      ["[null]"],
      ["[1]"],
    ],
    [
      "`$dynamicRef` and `$recursiveRef`",
      schema({
        $schema: "https://json-schema.org/draft/2019-09/schema",
        $id: "https://e.org/a",
        $recursiveAnchor: true,
        type: "array",
        $ref: "b",
        $defs: { b: { $id: "b", $recursiveAnchor: true, items: { $recursiveRef: "#" } } },
      }),
      ["[[]]"],
      ["[1]"],
    ],
    [
      "references to passed `documents`",
      schema({ $ref: "https://e.org/a#/x" }, { documents: { "https://e.org/a": { x: { type: "null" } } } }),
      ["null"],
      ["1"],
    ],
    [
      "a dialect for each resource",
      schema({
        $defs: {
          old: { $schema: "http://json-schema.org/draft-04/schema#", id: "https://e.org/old", type: "integer" },
        },
        $ref: "https://e.org/old",
      }),
      ["1"],
      ["1.0"],
    ],
    [
      "vocabularies",
      schema(
        { $schema: "https://e.org/meta", type: "null" },
        {
          documents: {
            "https://e.org/meta": { $vocabulary: { "https://json-schema.org/draft/2020-12/vocab/core": true } },
          },
        },
      ),
      ["1"],
      [],
    ],
    ["pattern", schema({ type: "string", pattern: "a.c" }), ['"xabcx"', '"a\\u0062c"'], ['"ac"']],
    [
      "lengths",
      schema({ type: "string", minLength: 2, maxLength: 3 }),
      ['"é😀"', '"\\ud83d\\ude00ab"'],
      ['"a"', '"abcd"'],
    ],
    [
      "numeric bounds",
      schema({ type: "number", exclusiveMinimum: 0, maximum: 1.5 }),
      ["1", "15e-1", "0.0001"],
      ["0", "-1", "1.51"],
    ],
    [
      "multipleOf on every spelling",
      schema({ type: "number", multipleOf: 0.25 }),
      ["0.5", "75e-2", "1e2"],
      ["0.3", "1e-1"],
    ],
    [
      "`uniqueItems` for any items",
      schema({ type: "array", uniqueItems: true }),
      ['[1,"1",null,[1],{"a":1}]', "[]", '[{"a":1},{"a":2}]'],
      ["[1,1.0]", '["1","\\u0031"]', '[{"a":1,"b":2},{"b":2,"a":1}]', "[[0],[-0]]"],
    ],
    ["formats", schema({ type: "string", format: "date" }), ['"2024-02-29"'], ['"2023-02-29"']],
    [
      "`response_format`, `strict: true`",
      {
        type: "json_schema",
        json_schema: {
          name: "pair",
          schema: {
            type: "object",
            properties: { b: { type: "null" }, a: { type: "null" } },
            required: ["b", "a"],
            additionalProperties: false,
          },
          strict: true,
        },
      },
      ['{"b":null,"a":null}'],
      ['{"a":null,"b":null}', '{"b":null}'],
    ],
    [
      "`regex`: what ECMAScript takes with flag u",
      schema({ type: "string", format: "regex" }),
      ['"(?<n>[a-z]+)\\\\k<n>"'],
      ['"[z-a]"', '"\\\\a"'],
    ],
    [
      "`hostname` and `idn-hostname`: IDNA2008 with the Bidi rule",
      schema({ anyOf: [{ format: "hostname" }, { format: "idn-hostname" }], type: "string" }),
      ['"xn--tda"', '"é.example"', '"a--b"'],
      ['"xn--x"', '"\u{302e}.é"', '"0a.א"'],
    ],
    ["of `idn-email` no IDNA", schema({ type: "string", format: "idn-email" }), ['"é@\u{302e}.é"'], ['"é@-a"']],
    ["Formats it doesn't know are annotations", schema({ type: "string", format: "colour" }), ['"anything"'], ["1"]],
  ],
  "structural tags": [
    ["`const_string`", structuralTag({ type: "const_string", value: "a" }), ["a"], ["", "b"]],
    ["`json_schema`", structuralTag({ type: "json_schema", json_schema: { type: "integer" } }), ["1"], ["a"]],
    ...(
      [
        ["qwen_xml", "<parameter=a>x</parameter>"],
        ["glm_xml", "<arg_key>a</arg_key><arg_value>x</arg_value>"],
        ["minimax_xml", '<parameter name="a">x</parameter>'],
        ["deepseek_xml", '<｜DSML｜parameter name="a" string="true">x</｜DSML｜parameter>'],
      ] as const
    ).map(([style, text]): Supported => {
      const json_schema = { properties: { a: { type: "string" } }, required: ["a"] };
      const words = "as the XML elements of Qwen, GLM, MiniMax and DeepSeek tool calls";
      return [words, structuralTag({ type: "json_schema", json_schema, style }), [text], ["", '{"a":"x"}']];
    }),
    ["`regex`", structuralTag({ type: "regex", pattern: "a+" }), ["aa"], [""]],
    ["`grammar`", structuralTag({ type: "grammar", grammar: 'root ::= "a" root | "b"' }), ["aab"], ["a"]],
    ["`any_text` with `excludes`", structuralTag({ type: "any_text", excludes: ["ab"] }), ["", "ba"], ["xaby"]],
    ["an exact `max_tokens`", structuralTag({ type: "any_text", max_tokens: 0 }), [""], ["a"]],
    [
      "`sequence`",
      structuralTag({ type: "sequence", elements: [tag("a", freely, "b"), freely] }),
      ["ab", "axbc"],
      ["a"],
    ],
    [
      "`or`",
      structuralTag({ type: "or", elements: [tag("a", freely, "b"), tag("", freely, "c")] }),
      ["ab", "c"],
      ["a"],
    ],
    ["`optional`", structuralTag({ type: "optional", content: tag("a", freely, "b") }), ["", "ab"], ["a", "abab"]],
    ["`plus`", structuralTag({ type: "plus", content: tag("a", freely, "b") }), ["ab", "abab"], [""]],
    ["`star`", structuralTag({ type: "star", content: tag("a", freely, "b") }), ["", "abab"], ["a"]],
    [
      "`repeat`",
      structuralTag({ type: "repeat", min: 1, max: 2, content: tag("a", freely, "b") }),
      ["abab"],
      ["ababab"],
    ],
    ["`tag` with several ends", structuralTag(tag("a", freely, ["b", "cc"])), ["ab", "acc"], ["ac", "abb"]],
    [
      "`triggered_tags`",
      structuralTag({ type: "triggered_tags", triggers: ["<"], tags: [tag("<a>", freely, "/")] }),
      ["", "x<a>y/z"],
      ["<b", "x<a>y"],
    ],
    [
      "`tags_with_separator`",
      structuralTag({ type: "tags_with_separator", tags: [tag("a", freely, "b")], separator: "," }),
      ["", "ab,ab"],
      ["abab", "ab,"],
    ],
    [
      "`dispatch`",
      structuralTag({ type: "dispatch", rules: [["<", { type: "regex", pattern: "a" }]] }),
      ["x<ay"],
      ["<b"],
    ],
    ["triggers and ends that overlap", structuralTag(tag("", freely, ["aba", "ba"])), ["xba"], ["aba".repeat(2)]],
    [
      "the older `structures`",
      { type: "structural_tag", structures: [{ begin: "<a>", schema: { type: "null" }, end: "/" }], triggers: ["<a"] },
      ["x<a>null/y"],
      ["<a>1/"],
    ],
  ],
};

const drafts: [draft: string, schema: object, accepts: string, rejects: string][] = [
  ["http://json-schema.org/draft-04/schema#", { type: "number", maximum: 3, exclusiveMaximum: true }, "2", "3"],
  ["http://json-schema.org/draft-06/schema#", { type: "number", exclusiveMaximum: 3 }, "2", "3"],
  ["http://json-schema.org/draft-07/schema#", { items: [{ const: 1 }], additionalItems: false }, "[1]", "[1,1]"],
  ["https://json-schema.org/draft/2019-09/schema", { items: [{ const: 1 }], additionalItems: false }, "[1]", "[1,1]"],
  ["https://json-schema.org/draft/2020-12/schema", { prefixItems: [{ const: 1 }], items: false }, "[1]", "[1,1]"],
];

const alternatives = Array.from({ length: 14 }, (_, i) => ({
  anyOf: Array.from({ length: 6 }, (__, j) => ({
    properties: { [`k${i}`]: { const: j }, [`m${i}${j}`]: { type: "null" } },
  })),
}));

const refused: Record<string, Refused[]> = {
  regex: [
    ["backreferences", regex("(a)b\\1"), "unsupported", "1:5"],
    ["backreferences", regex("(?<n>a)\\k<n>", "u"), "unsupported", "1:8"],
    ["flags v and y", regex("a", "v"), "unsupported", "1:1"],
    ["flags v and y", regex("a", "iy"), "unsupported", "1:2"],
    ["modifier groups", regex("a(?i:b)"), "unsupported", "1:2"],
    ["assertions whose automaton is too large", regex("(?:(?=[ab]*a[ab]{30}c)[ab])*(?=b)[abc]*"), "unsupported", "1:4"],
  ],
  EBNF: [
    [
      "other dialects",
      { type: "ebnf", grammar: 'root = "a" ;', dialect: "w3c" } as unknown as ConstraintSpec,
      "unsupported",
      "",
    ],
    ["`TagDispatch`", ebnf('root ::= TagDispatch(("<a>", a))\na ::= "x"'), "unsupported", "1:10"],
    ["lookahead", ebnf('root ::= "a" (= "b") [a-z]'), "unsupported", "1:14"],
    ["negated tokens", ebnf('root ::= "a"\nb ::= !<think>'), "unsupported", "2:7"],
  ],
  "JSON Schema": [
    ["documents that weren't passed", schema({ not: { $ref: "https://example.org/s" } }), "unsupported", "/not/$ref"],
    ["dialects whose metaschema wasn't", schema({ $schema: "https://example.org/meta" }), "unsupported", "/$schema"],
    [
      "`uniqueItems` that asks for several of few values",
      schema({
        properties: { a: { uniqueItems: true, minItems: 2, prefixItems: [{ type: "null" }, { type: "null" }] } },
      }),
      "unsupported",
      "/properties/a",
    ],
    [
      "the format `regex` in `propertyNames` with another keyword there or `patternProperties` beside it",
      schema({ items: { propertyNames: { format: "regex", maxLength: 9 } } }),
      "unsupported",
      "/items",
    ],
    [
      "or beside both a pattern and `maxLength`",
      schema({ items: { format: "regex", pattern: "a", maxLength: 9 } }),
      "unsupported",
      "/items",
    ],
    [
      "the formats `hostname` and `idn-hostname` in `propertyNames`",
      schema({ items: { propertyNames: { format: "hostname" } } }),
      "unsupported",
      "/items",
    ],
    [
      "the latter beside a pattern",
      schema({ items: { type: "string", format: "idn-hostname", pattern: "a" } }),
      "unsupported",
      "/items",
    ],
    [
      "the negation of `uniqueItems` beside a list of items",
      schema({ properties: { a: { not: { uniqueItems: true }, prefixItems: [{ type: "null" }] } } }),
      "unsupported",
      "/properties/a",
    ],
    ["products of alternatives over a budget", schema({ items: { allOf: alternatives } }), "limit", "/items/allOf"],
    [
      '`unknownFormat: "refuse"` refuses them',
      schema({ items: { format: "colour" } }, { unknownFormat: "refuse" }),
      "unsupported",
      "/items/format",
    ],
    [
      "With `strict: true` all that is outside OpenAI's subset",
      schema({ type: "object", additionalProperties: false, minProperties: 0 }, { strict: true }),
      "invalid",
      "/minProperties",
    ],
    [
      '`unknownFormat: "refuse"` refuses them',
      schema({ format: "colour" }, { unknownFormat: "refuse" }),
      "unsupported",
      "/format",
    ],
  ],
  "structural tags": [
    [
      "tags without a trigger",
      structuralTag({ type: "triggered_tags", triggers: ["<"], tags: [tag("a", freely, "b")] }),
      "invalid",
      "/format/tags/0/begin",
    ],
    [
      "triggers that are never first",
      structuralTag({ type: "triggered_tags", triggers: ["b", "abc"], tags: [tag("abc", freely, "d")] }),
      "invalid",
      "/format/triggers/1",
    ],
    ["unknown fields", structuralTag({ type: "any_text", exclude: [] }), "invalid", "/format/exclude"],
    ["`token` for a token that has text", structuralTag({ type: "token", token: 65 }), "unsupported", "/format/token"],
    [
      "objects told by more than their properties, `additionalProperties` and `required`",
      structuralTag({ type: "json_schema", json_schema: { maxProperties: 1 }, style: "qwen_xml" }),
      "unsupported",
      "/format/json_schema",
    ],
  ],
};

function failure(work: () => unknown): ConstraintError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConstraintError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function placeOf({ location }: ConstraintError): string | undefined {
  if (location === undefined) return undefined;
  return "pointer" in location ? location.pointer : `${location.line}:${location.column}`;
}

/** Rows of `it.each` with a title of their own. */
const titled = <T extends readonly unknown[]>(cases: readonly T[]) =>
  cases.map((each, i) => ({ title: `${String(each[0])} (${i})`, each }));

describe.each(Object.entries(supported))("%s: supported", (name, cases) => {
  test.each(titled(cases))("$title", ({ each: [words, spec, accepts, rejects] }) => {
    const { supported: cell, refused: others } = row(name);
    expect(cell + others).toContain(words);
    const constraint = compiler.compile(spec);
    expect(accepts.filter((text) => !reads(constraint, text))).toEqual([]);
    expect(rejects.filter((text) => reads(constraint, text))).toEqual([]);
  });
});

describe.each(Object.entries(refused))("%s: refused", (name, cases) => {
  test.each(titled(cases))("$title", ({ each: [words, spec, code, place] }) => {
    expect(row(name).refused).toContain(words);
    const error = failure(() => compiler.compile(spec));
    expect({ code: error.code, place: placeOf(error) ?? "" }).toEqual({ code, place });
  });
});

test("EBNF: special tokens by name or id", () => {
  expect(row("EBNF").supported).toContain("special tokens by name or id");
  for (const token of ["<think>", "<[256]>", "Token(256)"]) {
    const matcher = compiler.compile(ebnf(`root ::= "a" ${token} "b"`)).matcher();
    expect(matcher.acceptTokens([97, 98])).toBe(1);
    expect(matcher.acceptTokens([256, 98, 258])).toBe(3);
    expect(
      compiler
        .compile(ebnf(`root ::= "a" ${token} "b"`))
        .matcher()
        .acceptBytes("a<think>b"),
    ).toBe(false);
  }
});

test("structural tags: what is told by tokens", () => {
  const cases: [words: string, format: object, accepts: number[], rejects: number[]][] = [
    ["`token`", { type: "token", token: "<think>" }, [256], [65]],
    ["`exclude_token`", { type: "exclude_token", exclude_tokens: ["<think>", 65] }, [257], [65]],
    ["`any_tokens`", { type: "any_tokens", max_tokens: 2 }, [65, 256], [65, 66, 67]],
    [
      "`token_triggered_tags`",
      {
        type: "token_triggered_tags",
        trigger_tokens: ["<think>"],
        tags: [tag("", freely, "")].map((each) => ({ ...each, begin: token("<think>"), end: token("</think>") })),
      },
      [65, 256, 66, 257, 67],
      [256, 256],
    ],
    ["an exact `max_tokens`", { type: "any_text", max_tokens: 2 }, [65, 66], [65, 66, 67]],
  ];
  for (const [words, format, accepts, rejects] of cases) {
    expect(row("structural tags").supported).toContain(words);
    const constraint = compiler.compile(structuralTag(format));
    const matcher = constraint.matcher();
    expect([words, matcher.acceptTokens(accepts), matcher.isAccepting]).toEqual([words, accepts.length, true]);
    expect(constraint.matcher().acceptTokens(rejects)).toBeLessThan(rejects.length);
  }
});

describe("JSON Schema: drafts 4 to 2020-12", () => {
  test.each(drafts)("%s", ($schema, body, accepts, rejects) => {
    expect(row("JSON Schema").supported).toContain("drafts 4 to 2020-12");
    const constraint = compiler.compile(schema({ $schema, ...body }));
    expect([reads(constraint, accepts), reads(constraint, rejects)]).toEqual([true, false]);
  });

  test("lenient: true leaves out what is refused, and lists it", () => {
    expect(row("JSON Schema").supported).toContain(
      "`lenient: true` leaves out what is refused, never narrower, and lists it: `constraint.dropped`",
    );
    const body = { type: "string", pattern: "^(a|b)\\1$", maxLength: 2 };
    expect(failure(() => compiler.compile(schema(body))).code).toBe("unsupported");
    const constraint = compiler.compile(schema(body, { lenient: true }));
    expect(constraint.dropped.map(({ pointer, keyword, code }) => ({ pointer, keyword, code }))).toEqual([
      { pointer: "/pattern", keyword: "pattern", code: "unsupported" },
    ]);
    expect(['"aa"', '"ab"', '"abc"', "1"].map((text) => reads(constraint, text))).toEqual([true, true, false, false]);
  });

  test("an escaped lone surrogate and a repeated key are refused", () => {
    expect(readme).toContain("an escaped lone surrogate is refused. A repeated key is refused, however it is spelled");
    const constraint = compiler.compile(schema({}));
    const texts = ['"\\ud800"', '"\\udc00\\ud800"', '{"a":1,"a":1}', '{"a":1,"\\u0061":1}'];
    expect(texts.filter((text) => reads(constraint, text))).toEqual([]);
    expect(reads(constraint, '{"\\ud83d\\ude00":1,"a":1}')).toBe(true);
  });
});

describe("vocabularies", () => {
  const cell = () => row("vocabularies");
  const text = (from: Vocabulary, id: number) => Buffer.from(from.tokenBytes(id)!).toString();
  const bpe = (vocab: object, rest: object = {}) => ({ type: "BPE", vocab, merges: [], ...rest });

  test("supported", () => {
    const eos = { eosTokenIds: [0] };
    const sentencePiece = {
      type: "Sequence",
      decoders: [{ type: "ByteFallback" }, { type: "Metaspace", replacement: "▁" }],
    };
    const cases: [words: string, vocabulary: Vocabulary, id: number, text: string][] = [
      [
        "byte-level BPE",
        Vocabulary.fromTokenizerJson({ model: bpe({ e: 0, Ġa: 1 }), decoder: { type: "ByteLevel" } }, eos),
        1,
        " a",
      ],
      [
        "SentencePiece-style with byte fallback",
        Vocabulary.fromTokenizerJson(
          { model: bpe({ e: 0, "<0x0A>": 1 }, { byte_fallback: true }), decoder: sentencePiece },
          eos,
        ),
        1,
        "\n",
      ],
      ["tiktoken", Vocabulary.fromTiktoken("IGE= 1", { ...eos, specialTokens: new Map([["<eos>", 0]]) }), 1, " a"],
      [
        "GGUF metadata",
        Vocabulary.fromGguf({
          "tokenizer.ggml.model": "gpt2",
          "tokenizer.ggml.tokens": ["e", "Ġa"],
          "tokenizer.ggml.eos_token_id": 0,
        }),
        1,
        " a",
      ],
      ["plain bytes", Vocabulary.fromTokens([null, Buffer.from("é")], eos), 1, "é"],
    ];
    for (const [words, read, id, expected] of cases) {
      expect(cell().supported).toContain(words);
      expect(text(read, id)).toBe(expected);
    }
  });

  test("refused", () => {
    const read = (model: object, decoder: object | null) =>
      failure(() => Vocabulary.fromTokenizerJson({ model, decoder }, { eosTokenIds: [0] }));
    const cases: [words: string, error: ConstraintError, place: string][] = [
      ["WordPiece", read({ type: "WordPiece", vocab: { a: 0 } }, { type: "ByteLevel" }), "/model/type"],
      ["other spellings", read(bpe({ a: 0 }), { type: "CTC" }), "/decoder"],
      ["other spellings", read(bpe({ a: 0 }), null), "/decoder"],
    ];
    for (const [words, error, place] of cases) {
      expect(cell().refused).toContain(words);
      expect({ code: error.code, place: placeOf(error) }).toEqual({ code: "unsupported", place });
    }
  });
});

test("GPU: packed masks on f32 and f16 logits, in place (the CPU twin; the kernel has tests of its own)", () => {
  expect(row("GPU").supported).toContain("packed masks on f32 and f16 logits, in place");
  const mask = Uint32Array.of(0b101);
  const f32 = Float32Array.of(1, 2, 3);
  const f16 = Uint16Array.of(0x3c00, 0x4000, 0x4200);
  applyMask(f32, mask, { rows: 1, vocabularySize: 3 });
  applyMask(f16, mask, { rows: 1, vocabularySize: 3 });
  expect([[...f32], [...f16]]).toEqual([
    [1, Number.NEGATIVE_INFINITY, 3],
    [0x3c00, 0xfc00, 0x4200],
  ]);
  expect(row("GPU").refused).toContain("sampling, mask pools: not yet");
  expect(Object.keys(gpu).filter((name) => /sampl|pool/i.test(name))).toEqual([]);
});

test("what isn't there yet isn't there", () => {
  const list = /`([^`]+)`/g;
  const names = new Set([...row("not there yet").refused.matchAll(list)].map(([, name]) => name!));
  const constraint = compiler.compile({ type: "text" });
  const owners: object[] = [compiler, constraint, constraint.automaton, constraint.matcher(), library];
  const has = (name: string) => owners.some((owner) => name in owner) || `${name}Async` in compiler;
  const absent: Record<string, () => boolean> = {
    explain: () => !has("explain"),
    serialize: () => !has("serialize") && !has("deserialize"),
    compileAsync: () => !has("compileAsync"),
    "grammask/chat": () => !existsSync(new URL("../src/chat", import.meta.url)) && !("./chat" in packageExports()),
  };
  for (const name of names) expect([name, absent[name]?.()]).toEqual([name, true]);
});

function packageExports(): object {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).exports;
}

describe("the lists", () => {
  /** The backquoted words of the paragraph that begins so. */
  const listed = (begin: string): string[] => {
    const from = readme.indexOf(begin);
    expect(from).toBeGreaterThanOrEqual(0);
    return [...readme.slice(from, readme.indexOf("\n\n", from)).matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
  };

  test("every kind of constraint compiles", () => {
    const specs: Record<string, ConstraintSpec> = {
      regex: regex("a"),
      ebnf: ebnf('root ::= "a"'),
      json_schema: schema({}),
      json_object: { type: "json_object" },
      choice: { type: "choice", choices: ["a", "b"] },
      text: { type: "text" },
      structural_tag: structuralTag({ type: "any_text" }),
    };
    const types = listed("Constraints: `").map((each) => /type: "(\w+)"/.exec(each)?.[1]);
    expect(types.sort()).toEqual(Object.keys(specs).sort());
    for (const spec of Object.values(specs)) expect(compiler.compile(spec).matcher().isTerminated).toBe(false);
  });

  test("a matcher has what is listed", () => {
    const matcher = compiler.compile({ type: "text" }).matcher();
    const names = listed("Matchers: `");
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !(name in matcher))).toEqual([]);
  });

  test("every code of an error occurs", () => {
    const tight = (limits: Partial<Limits>) => new Compiler(vocabulary, { limits });
    const letters = Vocabulary.fromTokens([Buffer.from("a"), null], { eosTokenIds: [1] });
    const examples: [ErrorCode, () => unknown][] = [
      ["syntax", () => compiler.compile(regex("("))],
      ["invalid", () => compiler.compile(ebnf("root ::= a"))],
      ["unsupported", () => compiler.compile(regex("(a)\\1"))],
      ["unsatisfiable", () => compiler.compile(schema(false))],
      ["vocabulary", () => new Compiler(letters).compile(regex("b"))],
      ["limit", () => tight({ maxDepth: 3 }).compile(regex("((((a))))"))],
      ["usage", () => compiler.compile(regex("a")).matcher().accept(1_000_000)],
    ];
    const codes = /with a `code`: ([a-z, ]+)\./.exec(readme)![1]!.split(", ");
    expect(codes.sort()).toEqual(examples.map(([code]) => code).sort());
    for (const [code, work] of examples) expect(failure(work).code).toBe(code);
  });

  test("a budget that runs out while decoding ends the matcher, and nothing is widened", () => {
    const limits = { maxItemsPerByte: 25 };
    const ambiguous = ebnf('root ::= s\ns ::= s s | "a" | "ab" | "{" t "}"\nt ::= t s | s | "x"');
    const matcher = new Compiler(vocabulary, { limits }).compile(ambiguous).matcher();
    const free = compiler.compile(ambiguous).matcher();
    const masks = [new Uint32Array(9), new Uint32Array(9)] as const;
    const error = failure(() => {
      for (let i = 0; i < 2000; i++) {
        matcher.fillMask(masks[0]);
        free.fillMask(masks[1]);
        expect(masks[0]).toEqual(masks[1]);
        for (const each of [matcher, free]) each.acceptBytes(["a", "{a", "a}"][i % 3]!);
      }
    });
    expect(error.code).toBe("limit");
    expect(matcher.failure?.code).toBe("limit");
    expect(() => matcher.fillMask(new Uint32Array(9))).toThrow(ConstraintError);
  });
});
