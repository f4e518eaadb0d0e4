import { describe, expect, test } from "vitest";
import { ParameterTypes } from "../../../src/chat/tool-calls/parameter-types.ts";

const all = ["array", "boolean", "integer", "null", "number", "object", "string"];

const typesOf = (parameters: unknown, name = "p"): string[] =>
  [...new ParameterTypes({ name: "f", parameters }).of(name)].sort();

const ofProperty = (p: unknown, more = {}): string[] => typesOf({ type: "object", properties: { p }, ...more });

describe("what a property's schema says", () => {
  test.each([
    [{ type: "string" }, ["string"]],
    [{ type: ["string", "null"] }, ["null", "string"]],
    [{ type: "number" }, ["integer", "number"]],
    [{ type: "integer" }, ["integer"]],
    [{ enum: ["a", 1, 1.5, null] }, ["integer", "null", "number", "string"]],
    [{ const: [] }, ["array"]],
    [{ type: ["string", "object"], enum: ["a", 1] }, ["string"]],
    [{ anyOf: [{ type: "string" }, { const: false }] }, ["boolean", "string"]],
    [{ oneOf: [{ type: "object" }, {}] }, all],
    [{ allOf: [{ type: ["string", "null"] }, { type: ["null", "array"] }] }, ["null"]],
    [{ minLength: 1 }, all],
    [true, all],
    [undefined, all],
  ])("%j", (schema, types) => {
    expect(ofProperty(schema)).toEqual(types);
  });
});

describe("references", () => {
  test("within the schema are followed", () => {
    const $defs = { "a/b~%": { type: "string" }, c: { $ref: "#/$defs/a~1b~0%25" } };
    expect(ofProperty({ $ref: "#/$defs/c" }, { $defs })).toEqual(["string"]);
    expect(typesOf({ $ref: "#/$defs/o", $defs: { o: { properties: { p: { type: "null" } } } } })).toEqual(["null"]);
  });

  test("elsewhere, to nothing or to themselves say nothing", () => {
    expect(ofProperty({ $ref: "other.json" })).toEqual(all);
    expect(ofProperty({ $ref: "#/$defs/x" })).toEqual(all);
    expect(ofProperty({ $ref: "#/properties/p" })).toEqual(all);
    expect(ofProperty({ anyOf: [{ $ref: "#/properties/p" }, { $ref: "#/properties/p" }] })).toEqual(all);
  });
});

test("a property that isn't declared", () => {
  expect(typesOf({ additionalProperties: { type: "boolean" } })).toEqual(["boolean"]);
  expect(typesOf({ additionalProperties: { type: "boolean" }, patternProperties: { p: {} } })).toEqual(all);
  expect(typesOf({ properties: {} }, "toString")).toEqual(all);
  expect(typesOf(undefined)).toEqual(all);
  expect(typesOf('{"properties": {"p": {"type": "string"}}}')).toEqual(["string"]);
  expect(typesOf("{")).toEqual(all);
});

test("all parts of an object's schema count", () => {
  const parameters = {
    properties: { p: { type: ["string", "null"] } },
    allOf: [{ properties: { p: { type: "string" } } }],
  };
  expect(typesOf(parameters)).toEqual(["string"]);
});
