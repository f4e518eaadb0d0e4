// `response_format` as requests spell it, against the flat spec that it stands for.
import { describe, expect, it, test } from "vitest";
import { Compiler, ConstraintError, type ConstraintSpec } from "../../src/index.ts";
import { bytesOnly } from "../vocabularies.ts";

const compiler = new Compiler(bytesOnly());
const schema = {
  type: "object",
  properties: { b: { type: "integer" }, a: { type: "boolean" } },
  required: ["b", "a"],
  additionalProperties: false,
};

function reads(spec: ConstraintSpec, text: string): boolean {
  const matcher = compiler.compile(spec).matcher();
  return matcher.acceptBytes(text) && matcher.isAccepting;
}

test("json_schema: any order without strict, the schema's with it", () => {
  const format = (strict?: boolean | null): ConstraintSpec => ({
    type: "json_schema",
    json_schema: { name: "an-answer_1", description: "What it is for", schema, strict },
  });
  const texts = ['{"b": 1, "a": true}', '{"a": true, "b": 1}', '{"b": 1}'];
  for (const strict of [undefined, null, false]) {
    expect(texts.map((text) => reads(format(strict), text))).toEqual([true, true, false]);
  }
  expect(texts.map((text) => reads(format(true), text))).toEqual([true, false, false]);
});

test("options stand beside json_schema; a schema may be text", () => {
  const spec: ConstraintSpec = {
    type: "json_schema",
    json_schema: { name: "a", schema: JSON.stringify(schema), strict: true },
    whitespace: "compact",
    propertyOrder: "any",
  };
  expect(reads(spec, '{"a":true,"b":1}')).toBe(true);
  expect(reads(spec, '{"a": true,"b":1}')).toBe(false);
});

test("json_object and text", () => {
  expect(['{"a": [1]}', "[]", "{"].map((text) => reads({ type: "json_object" }, text))).toEqual([true, false, false]);
  expect(reads({ type: "text" }, "{ any é")).toBe(true);
});

describe("refused, with the field", () => {
  it.each<[string, unknown, string | undefined]>([
    ["no object", "a", ""],
    ["null", null, ""],
    ["no name", { schema }, "/name"],
    ["an empty name", { name: "", schema }, "/name"],
    ["a name of 65 characters", { name: "a".repeat(65), schema }, "/name"],
    ["a name with a space", { name: "a b", schema }, "/name"],
    ["a name with a line break at its end", { name: "a\n", schema }, "/name"],
    ["a description that is no text", { name: "a", description: 1, schema }, "/description"],
    ["no schema", { name: "a" }, "/schema"],
    ["strict that is no boolean", { name: "a", schema, strict: "yes" }, "/strict"],
    ["an unknown field", { name: "a", schema, Strict: true }, "/Strict"],
  ])("%s", (_, json_schema, field) => {
    const spec = { type: "json_schema", json_schema } as ConstraintSpec;
    expect(failure(spec)).toEqual({ code: "invalid", location: { pointer: `/json_schema${field}` } });
  });

  it.each(["schema", "strict"])("%s beside json_schema", (field) => {
    const spec = {
      type: "json_schema",
      json_schema: { name: "a", schema },
      [field]: true,
    } as unknown as ConstraintSpec;
    expect(failure(spec).code).toBe("usage");
  });

  test("a strict schema outside the subset: places are the schema's", () => {
    const json_schema = { name: "a", schema: { type: "object", properties: { x: {} } }, strict: true };
    const error = failure({ type: "json_schema", json_schema });
    expect(error).toEqual({ code: "invalid", location: { pointer: "" } });
  });
});

function failure(spec: ConstraintSpec): { code: string; location: unknown } {
  try {
    compiler.compile(spec);
  } catch (error) {
    if (error instanceof ConstraintError) return { code: error.code, location: error.location };
    throw error;
  }
  throw new Error("nothing was thrown");
}
