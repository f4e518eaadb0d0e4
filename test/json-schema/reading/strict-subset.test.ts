// The subset of OpenAI's Structured Outputs: the examples of its documentation are in it, each rule is told with its place, all of them
// at once, and its limits hold where they are set and not one before.
import { describe, expect, it, test } from "vitest";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";

const compiler = new Compiler(bytesOnly(), { maxConstraints: 1 });
const strict = (schema: unknown) => compiler.compile({ type: "json_schema", schema, strict: true });

function failure(schema: unknown): ConstraintError | undefined {
  try {
    strict(schema);
    return undefined;
  } catch (error) {
    if (error instanceof ConstraintError) return error;
    throw error;
  }
}

/** "pointer keyword" of each violation. */
const broken = (schema: unknown): string[] =>
  (failure(schema)?.violations ?? []).map(({ location, keyword }) => `${location.pointer} ${keyword}`);

type Schemas = Record<string, unknown>;
const closed = (properties: Schemas, rest: Schemas = {}): Schemas => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...rest,
});

const text = { type: "string" };

describe("in the subset", () => {
  it.each<[string, Schemas]>([
    ["an optional value as a union with null", closed({ unit: { type: ["string", "null"], enum: ["F", "C"] } })],
    [
      "formats and patterns",
      closed({ user: { type: "string", pattern: "^@\\w+$" }, mail: { format: "email", ...text } }),
    ],
    ["bounds", closed({ n: { type: "number", minimum: -130, exclusiveMaximum: 130, multipleOf: 0.5 } })],
    ["arrays", closed({ list: { type: "array", items: text, minItems: 1, maxItems: 3 } })],
    ["anyOf below the root", closed({ item: { anyOf: [closed({ name: text }), closed({ street: text })] } })],
    ["definitions", closed({ a: { $ref: "#/$defs/a~1b" } }, { $defs: { "a/b": closed({ x: text }) } })],
    ["recursion to the root", closed({ children: { type: "array", items: { $ref: "#" } } })],
    [
      "recursion to a definition",
      closed(
        { list: { $ref: "#/definitions/node" } },
        { definitions: { node: closed({ next: { anyOf: [{ $ref: "#/definitions/node" }, { type: "null" }] } }) } },
      ),
    ],
    ["annotations", closed({ a: { type: "null", description: "none", title: "A" } }, { $comment: "x" })],
    ["no properties at all", closed({})],
    ["a property of any keyword's name", closed({ allOf: text, properties: text, not: text })],
  ])("%s", (_, schema) => {
    expect(failure(schema)).toBeUndefined();
  });
});

describe("outside of it, each with its place and keyword", () => {
  it.each<[string, unknown, string[]]>([
    ["a root that isn't an object", { type: "array", items: text }, [" type"]],
    ["a root that may be something else", closed({}, { type: ["object", "null"] }), [" type"]],
    ["a root of true", true, [" type", " type"]],
    ["a root with anyOf", closed({}, { anyOf: [closed({})] }), ["/anyOf anyOf"]],
    ["a root that is a reference", { $ref: "#/$defs/a", $defs: { a: closed({}) } }, [" type"]],
    ["an open object", { type: "object" }, [" additionalProperties"]],
    [
      "additionalProperties: true",
      closed({}, { additionalProperties: true }),
      ["/additionalProperties additionalProperties"],
    ],
    [
      "a schema for other properties",
      closed({}, { additionalProperties: { type: "array" } }),
      ["/additionalProperties additionalProperties", "/additionalProperties items"],
    ],
    ["an object among the types", closed({ a: { type: ["object", "null"] } }), ["/properties/a additionalProperties"]],
    ["an optional property", closed({ "a/b": text, c: text }, { required: ["c"] }), ["/properties/a~1b required"]],
    ["a required key that isn't declared", closed({}, { required: ["x"] }), ["/required required"]],
    ["a subschema without a type", closed({ a: {} }), ["/properties/a type"]],
    ["a subschema that is true", closed({ a: true }), ["/properties/a type"]],
    ["an array of anything", closed({ a: { type: "array" } }), ["/properties/a items"]],
    ["a format", closed({ a: { type: "string", format: "uri" } }), ["/properties/a/format format"]],
    ["a default", closed({ a: { type: "string", default: "" } }), ["/properties/a/default default"]],
    ["a reference to another document", closed({ a: { $ref: "https://example.org/a" } }), ["/properties/a/$ref $ref"]],
    ["a reference to what is no subschema", closed({ a: { $ref: "#/properties" } }), ["/properties/a/$ref $ref"]],
    [
      "a reference into an annotation",
      closed({ a: { $ref: "#/examples/0" } }, { examples: [{ type: "object" }] }),
      ["/properties/a/$ref $ref"],
    ],
    [
      "a keyword that the draft doesn't know",
      closed({ a: { const: 1 } }, { $schema: "http://json-schema.org/draft-04/schema#" }),
      ["/properties/a/const const", "/properties/a type"],
    ],
    [
      "an open object in a definition that nothing refers to",
      closed({}, { $defs: { a: { type: "object" } } }),
      ["/$defs/a additionalProperties"],
    ],
  ])("%s", (_, schema, expected) => {
    expect(broken(schema)).toEqual(expected);
  });

  const values: Schemas = {
    allOf: [text],
    not: { type: "null" },
    dependentRequired: { a: ["b"] },
    dependentSchemas: { a: text },
    if: text,
    then: text,
    else: text,
    oneOf: [text],
    patternProperties: { "^a": text },
    propertyNames: text,
    unevaluatedProperties: false,
    minProperties: 1,
    maxProperties: 1,
    prefixItems: [text],
    contains: text,
    uniqueItems: true,
    "x-else": 1,
  };
  it.each(Object.keys(values))("the keyword %s", (keyword) => {
    const schema = closed({ a: { type: "string", [keyword]: values[keyword] } });
    expect(broken(schema)).toEqual([`/properties/a/${keyword} ${keyword}`]);
  });
});

test("all violations are in one error: its location is the first's, its message names each", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "object", properties: { b: { oneOf: [{}] } } }, c: { type: "string", format: "uri" } },
    required: ["a"],
  };
  const error = failure(schema)!;
  expect(error.code).toBe("invalid");
  expect(broken(schema)).toEqual([
    " additionalProperties",
    "/properties/c required",
    "/properties/a additionalProperties",
    "/properties/a/properties/b required",
    "/properties/a/properties/b/oneOf oneOf",
    "/properties/a/properties/b type",
    "/properties/a/properties/b/oneOf/0 type",
    "/properties/c/format format",
  ]);
  expect(error.location).toEqual(error.violations[0]!.location);
  for (const { location, rule } of error.violations) expect(error.message).toContain(`#${location.pointer}: ${rule}`);
});

test("without strict the same schemas compile, and a malformed schema is told as ever", () => {
  expect(compiler.compile({ type: "json_schema", schema: { type: "object" } }).matcher().isTerminated).toBe(false);
  const error = failure({ type: "object", properties: { a: { type: "text" } } })!;
  expect([error.code, error.location, error.violations]).toEqual(["invalid", { pointer: "/properties/a/type" }, []]);
});

describe("limits", () => {
  const many = (count: number, name: (i: number) => string, value: unknown): Schemas =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), value]));
  const nested = (levels: number): Schemas => (levels === 1 ? closed({}) : closed({ a: nested(levels - 1) }));
  const strings = (count: number, length: number) =>
    Array.from({ length: count }, (_, i) => String(i).padStart(length, "é"));

  it.each<[string, Schemas, Schemas, string]>([
    [
      "properties",
      closed({ a: closed(many(2499, (i) => `b${i}`, text)), c: closed(many(2499, (i) => `d${i}`, text)) }),
      closed({ a: closed(many(2500, (i) => `b${i}`, text)), c: closed(many(2499, (i) => `d${i}`, text)) }),
      " properties",
    ],
    ["levels", nested(10), nested(11), " properties"],
    [
      "levels through arrays and anyOf",
      closed({ a: { type: "array", items: { anyOf: [nested(9)] } } }),
      closed({ a: { type: "array", items: { anyOf: [nested(10)] } } }),
      " properties",
    ],
    [
      "enum values",
      closed({ a: { enum: strings(500, 4) }, b: { enum: strings(500, 4) } }),
      closed({ a: { enum: strings(500, 4) }, b: { enum: strings(501, 4) } }),
      " enum",
    ],
    [
      "characters in a large enum",
      closed({ a: { enum: strings(250, 100) }, b: { enum: strings(300, 50) } }),
      closed({ a: { enum: strings(251, 60) } }),
      "/properties/a/enum enum",
    ],
    [
      "characters in all",
      closed({ [`a${"é".repeat(59_000)}`]: { const: "b".repeat(60_000) } }, { $defs: { ["c".repeat(999)]: text } }),
      closed({ [`a${"é".repeat(59_000)}`]: { const: "b".repeat(60_000) } }, { $defs: { ["c".repeat(1000)]: text } }),
      " enum",
    ],
  ])("%s", (_, fits, exceeds, place) => {
    expect(broken(fits)).toEqual([]);
    expect(broken(exceeds)).toEqual([place]);
  });

  test("a hostile schema: pointers as long as the schema don't fill the memory", () => {
    const schema = {
      type: "object",
      properties: { ["p".repeat(400_000)]: { type: "object", properties: many(20_000, String, {}) } },
    };
    const error = failure(schema)!;
    expect(error.violations.length).toBeGreaterThan(10);
    expect(error.violations.length).toBeLessThan(100);
  });
});

test("keys come in the schema's order, unless the spec says otherwise", () => {
  const schema = closed({ b: { type: "null" }, a: { type: "null" } });
  const reads = (options: object, json: string): boolean => {
    const matcher = compiler.compile({ type: "json_schema", schema, ...options }).matcher();
    return matcher.acceptBytes(json) && matcher.isAccepting;
  };
  const inOrder = '{"b":null,"a":null}';
  const other = '{"a":null,"b":null}';
  expect([reads({ strict: true }, inOrder), reads({ strict: true }, other)]).toEqual([true, false]);
  expect([
    reads({ strict: true, propertyOrder: "any" }, inOrder),
    reads({ strict: true, propertyOrder: "any" }, other),
  ]).toEqual([true, true]);
  expect([reads({}, inOrder), reads({}, other)]).toEqual([true, true]);
});
