// What is written alike is lowered once, and only where it means the same.
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../src/base/limits.ts";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { type LoweredSchema, lowerSchema } from "../../../src/json-schema/lower-schema.ts";
import { StringLanguages } from "../../../src/json-schema/strings/string-languages.ts";
import { UnicodeTables } from "../../../src/regex/unicode-tables.ts";
import { compileProgram } from "../../../src/term/program.ts";
import { bytesOnly } from "../../vocabularies.ts";

function lowered(schema: unknown, lenient = false): LoweredSchema {
  const languages = new StringLanguages(defaultLimits, new UnicodeTables());
  return lowerSchema(schema, { limits: defaultLimits, languages, lenient });
}

const ruleCount = (schema: unknown) => compileProgram(lowered(schema).term, defaultLimits).procedures.length;

function judge(schema: unknown): (value: unknown) => boolean {
  const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema });
  return (value) => {
    const matcher = constraint.matcher();
    const text = new TextEncoder().encode(JSON.stringify(value));
    return matcher.acceptTokens(text) === text.length && matcher.isAccepting;
  };
}

/** `count` properties, each with what `make` gives. */
function many(count: number, make: (i: number) => unknown): unknown {
  return {
    type: "object",
    properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, make(i)])),
  };
}

const part = () => ({
  type: "array",
  items: {
    oneOf: [{ enum: ["a", "b"] }, { type: "object", properties: { x: { pattern: "^[c-e]+$", type: "string" } } }],
  },
});

describe("equal subschemas", () => {
  it("have the same rules, however many they are", () => {
    expect(ruleCount(many(50, part))).toBe(ruleCount(many(2, part)));
    expect(ruleCount(many(50, (i) => ({ ...part(), maxItems: i })))).toBeGreaterThan(50);
  });

  it("exclude each other in a oneOf", () => {
    expect(() => lowered({ oneOf: [part(), part()] })).toThrow(expect.objectContaining({ code: "unsatisfiable" }));
    const is = judge({ oneOf: [part(), part(), { type: "null" }] });
    expect([is(null), is(["a"])]).toEqual([true, false]);
  });

  it("are each what they are in their resource: what a reference leads to", () => {
    const resource = (name: string, type: string) => ({
      $id: `https://example.com/${name}`,
      $defs: { t: { type } },
      properties: { v: { $ref: "#/$defs/t" }, list: { type: "array", items: { $ref: "#/$defs/t" } } },
    });
    const is = judge({
      type: "object",
      properties: { a: resource("a", "string"), b: resource("b", "integer") },
      additionalProperties: false,
    });
    expect(is({ a: { v: "x", list: ["x"] }, b: { v: 1, list: [1] } })).toBe(true);
    expect(is({ a: { v: 1 } })).toBe(false);
    expect(is({ b: { v: "x" } })).toBe(false);
    expect(is({ b: { list: ["x"] } })).toBe(false);
  });

  it("are each what they are in their resource: the dialect", () => {
    const resource = (name: string, draft: string) => ({
      $id: `https://example.com/${name}`,
      $schema: `http://json-schema.org/${draft}/schema#`,
      properties: { v: { type: "integer" }, w: { const: 1 } },
    });
    const is = judge({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: { a: resource("a", "draft-07"), b: { properties: { v: { type: "integer" }, w: { const: 1 } } } },
    });
    expect([is({ a: { v: 1, w: 1 }, b: { v: 1, w: 1 } }), is({ a: { w: 2 } }), is({ b: { v: "x" } })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("are no values that look like them", () => {
    const is = judge({
      type: "object",
      properties: {
        schema: { type: "string" },
        value: { const: { type: "string" } },
        list: { enum: [[{ type: "string" }]] },
      },
    });
    expect(is({ schema: "x", value: { type: "string" }, list: [{ type: "string" }] })).toBe(true);
    expect([is({ schema: { type: "string" } }), is({ value: "x" }), is({ list: ["x"] })]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("are told at the first of them; the lenient mode tells each", () => {
    const bad = () => ({ type: "string", pattern: "(a)\\1" });
    let error: unknown;
    try {
      lowered(many(3, bad));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConstraintError);
    expect(error).toMatchObject({ code: "unsupported", location: { pointer: "/properties/k0/pattern" } });
    const dropped = lowered(many(3, bad), true).dropped.map(({ pointer }) => pointer);
    expect(dropped.sort()).toEqual([0, 1, 2].map((i) => `/properties/k${i}/pattern`));
  });
});
