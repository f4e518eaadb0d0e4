// What is malformed, or can't be done, ends in a typed error with its place; hostile input, too.
import { describe, expect, test } from "vitest";
import { Compiler, ConstraintError, type ConstraintSpec, type Limits, Vocabulary } from "../../src/index.ts";

const byteTokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const vocabulary = Vocabulary.fromTokens([...byteTokens, null, null], {
  specialTokens: new Map([["<x>", 256]]),
  eosTokenIds: [257],
});

function failure(spec: unknown, limits: Partial<Limits> = {}): ConstraintError {
  try {
    new Compiler(vocabulary, { limits }).compile(spec as ConstraintSpec);
  } catch (error) {
    if (error instanceof ConstraintError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function told(format: unknown, limits: Partial<Limits> = {}): string {
  const { code, location } = failure({ type: "structural_tag", format }, limits);
  return `${code} ${location !== undefined && "pointer" in location ? location.pointer : "nowhere"}`;
}

const text = { type: "any_text" };
const tag = (begin: unknown, content: unknown = text, end: unknown = "e") => ({ type: "tag", begin, content, end });
const triggered = (triggers: unknown, ...tags: unknown[]) => ({ type: "triggered_tags", triggers, tags });
const sequence = (...elements: unknown[]) => ({ type: "sequence", elements });

test.each<[string, unknown, string]>([
  ["not an object", 1, "invalid /format"],
  ["no type", {}, "invalid /format"],
  ["an unknown format", sequence(text, { type: "lark" }), "unsupported /format/elements/1/type"],
  ["an unknown field", { ...text, exclude: ["a"] }, "invalid /format/exclude"],
  ["a missing field", { type: "const_string" }, "invalid /format"],
  [
    "a pattern of the wrong type",
    { type: "star", content: { type: "regex", pattern: 1 } },
    "invalid /format/content/pattern",
  ],
  ["a token without a name", { type: "token" }, "invalid /format"],
  ["a field of the wrong type", { type: "const_string", value: 1 }, "invalid /format/value"],
  ["an empty list", { type: "or", elements: [] }, "invalid /format/elements"],
  ["half a character", { ...text, excludes: ["\ud83d"] }, "invalid /format/excludes/0"],
  ["an empty exclude", { ...text, excludes: ["a", ""] }, "invalid /format/excludes/1"],
  ["a count below zero", { ...text, max_tokens: -1 }, "invalid /format/max_tokens"],
  ["counts the wrong way round", { type: "repeat", content: text, min: 2, max: 1 }, "invalid /format/max"],
  ["an unknown token", { type: "token", token: "<y>" }, "invalid /format/token"],
  ["a token outside the vocabulary", { type: "token", token: 9999 }, "invalid /format/token"],
  ["a token that has text", { type: "token", token: 65 }, "unsupported /format/token"],
  ["a marker that is no token", tag({ type: "any_text" }), "invalid /format/begin/type"],
  ["an end that is a number", tag("a", text, ["b", 1]), "invalid /format/end/1"],
  ["no ends", tag("a", text, []), "invalid /format/end"],
  ["a tag without its trigger", triggered(["<a"], tag("<a"), tag("<b")), "invalid /format/tags/1/begin"],
  ["an empty trigger", triggered([""], tag("a")), "invalid /format/triggers/0"],
  ["a trigger with another inside", triggered(["b", "abc"], tag("b"), tag("abc")), "invalid /format/triggers/1"],
  [
    "a trigger with the tag's end inside",
    tag("a", triggered(["xey"], tag("xey")), "e"),
    "invalid /format/content/triggers/0",
  ],
  ["no rule", { type: "dispatch", rules: [["a"]] }, "invalid /format/rules/0"],
  [
    "an excluded token that isn't there",
    { type: "exclude_token", exclude_tokens: ["<y>"] },
    "invalid /format/exclude_tokens/0",
  ],
  ["a regex", sequence({ type: "regex", pattern: "(a" }), "syntax /format/elements/0/pattern"],
  [
    "a grammar",
    { type: "star", content: { type: "grammar", grammar: "root ::= a" } },
    "invalid /format/content/grammar",
  ],
  [
    "a schema",
    tag("a", { type: "json_schema", json_schema: { properties: { "x/y": { type: "int" } } } }),
    "invalid /format/content/json_schema/properties/x~1y/type",
  ],
  ["a schema without values", { type: "json_schema", json_schema: false }, "unsatisfiable /format/json_schema"],
  ["an unknown style", { type: "json_schema", json_schema: {}, style: "yaml" }, "unsupported /format/style"],
  [
    "counted properties in XML",
    { type: "json_schema", json_schema: { minProperties: 1 }, style: "glm_xml" },
    "unsupported /format/json_schema",
  ],
  [
    "a name that no element can hold",
    { type: "json_schema", json_schema: { properties: { "a>": { type: "null" } } }, style: "qwen_xml" },
    "unsupported /format/json_schema/properties/a>",
  ],
])("%s", (_, format, expected) => {
  expect(told(format)).toBe(expected);
});

test("a place in a pattern or a grammar stands beside the pointer", () => {
  const { location } = failure({ type: "structural_tag", format: { type: "regex", pattern: "a\n[b" } });
  expect(location).toMatchObject({ pointer: "/format/pattern", text: { line: 2, column: 1 } });
});

test("the older form has places of its own", () => {
  const structures = [{ begin: "<a>", schema: { type: "int" }, end: "</a>" }];
  const at = (spec: object) => failure({ type: "structural_tag", ...spec }).location;
  expect(at({ structures, triggers: ["<a"] })).toEqual({ pointer: "/structures/0/schema/type" });
  const plain = [{ begin: "<a>", schema: {}, end: "</a>" }];
  expect(at({ structures: plain, triggers: ["<b"] })).toEqual({ pointer: "/structures/0/begin" });
  expect(at({ structures, triggers: [1] })).toEqual({ pointer: "/triggers/0" });
  expect(at({ structures: [], triggers: ["<a"] })).toEqual({ pointer: "/structures" });
});

describe("hostile input", () => {
  test("a format that holds itself", () => {
    const format: { type: string; content?: unknown } = { type: "star" };
    format.content = format;
    expect(told(format)).toMatch(/^limit \/format(\/content){401,}/);
  });

  test("deep, long, many", () => {
    let deep: unknown = text;
    for (let i = 0; i < 401; i++) deep = { type: "optional", content: deep };
    expect(told(deep)).toBe(`limit /format${"/content".repeat(401)}`);
    for (let i = 0; i < 100_000; i++) deep = { type: "optional", content: deep };
    expect(told(deep)).toMatch(/^limit /);
    expect(told({ type: "const_string", value: "a".repeat(1e6) })).toBe("limit /format/value");
    expect(told(tag("a", text, "b".repeat(1e6)))).toBe("limit /format/end");
    expect(told(tag("b".repeat(1e6)))).toBe("limit /format/begin");
    expect(told({ type: "or", elements: Array(200_000).fill(text) })).toBe("limit /format/elements");
    expect(told({ ...text, excludes: ["ab".repeat(100_000)] })).toBe("limit /format/excludes/0");
    expect(told({ ...text, excludes: Array(2).fill("ab".repeat(20_000)) })).toBe("limit /format");
    expect(told(sequence(...Array(100).fill(text)), { maxTermNodes: 50 })).toBe("limit /format/elements/49");
  });
});
