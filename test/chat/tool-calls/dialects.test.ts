import { describe, expect, test } from "vitest";
import { argumentSchema, closedArgumentSchema } from "../../../src/chat/tool-calls/argument-schema.ts";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { familyVocabulary, tokensOf } from "../family-vocabulary.ts";
import { readAll } from "../pieces.ts";

const special: ToolCallOptions = { required: false, parallel: true, isSpecial: () => true };

test("a name that isn't known is told with those that are", () => {
  const error = (() => {
    try {
      return toolDialect("hermit");
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(ConstraintError);
  expect(error).toMatchObject({ code: "usage", message: expect.stringContaining('"hermit"; known are json, hermes') });
  for (const name of toolDialectNames) expect(toolDialect(name).name).toBe(name);
});

describe("special tokens and text that looks like them", () => {
  const call = '\n{"name": "f", "arguments": {}}\n';
  const reader = (isSpecial: boolean) =>
    toolDialect("hermes").reader([{ name: "f" }], { ...special, isSpecial: () => isSpecial });

  test("where markers are special tokens, text is no marker", () => {
    const text = `<tool_call>${call}</tool_call>`;
    expect(readAll(reader(true), [{ text }])).toEqual([{ type: "content", text }]);
  });

  test("where markers are text, a special token of that name is none", () => {
    const events = readAll(reader(false), [{ special: "<tool_call>" }, { text: call }, { special: "</tool_call>" }]);
    expect(events).toEqual([{ type: "content", text: `<tool_call>${call}</tool_call>` }]);
  });

  test("a special token ends arguments that it interrupts", () => {
    const text = '\n{"name": "f", "arguments": {"a": "';
    const events = readAll(reader(true), [{ special: "<tool_call>" }, { text }, { special: "<|eot|>" }, { text: "b" }]);
    expect(events).toEqual([
      { type: "tool_call", index: 0, name: "f" },
      { type: "arguments", index: 0, text: '{"a": "' },
      { type: "content", text: "<|eot|>b" },
    ]);
  });
});

test("arguments come as they are written", () => {
  const reader = toolDialect("hermes").reader([{ name: "f" }], special);
  reader.special("<tool_call>");
  expect(reader.text('\n{"name": "f", "argum')).toEqual([]);
  expect(reader.text('ents": {"a"')).toEqual([
    { type: "tool_call", index: 0, name: "f" },
    { type: "arguments", index: 0, text: '{"a"' },
  ]);
  expect(reader.text(': "b')).toEqual([{ type: "arguments", index: 0, text: ': "b' }]);
  expect(reader.text('"}')).toEqual([{ type: "arguments", index: 0, text: '"}' }]);
  expect(reader.text("}\n")).toEqual([]);
});

test("what begins like a call and never ends isn't held back for ever", () => {
  const reader = toolDialect("hermes").reader([{ name: "f" }], { ...special, isSpecial: () => false });
  const text = `<tool_call>{"x": "${"y".repeat(70_000)}`;
  expect(reader.text(text)).not.toEqual([]);
  expect(
    readAll(toolDialect("hermes").reader([{ name: "f" }], { ...special, isSpecial: () => false }), [{ text }]),
  ).toEqual([{ type: "content", text }]);
});

describe("keys of arguments", () => {
  const parameters = {
    type: "object",
    properties: { b: { type: "integer" }, a: { type: "integer" } },
    required: ["a", "b"],
    additionalProperties: false,
  };
  const compiler = new Compiler(familyVocabulary([]));
  const accepts = (strict: boolean, keys: string): boolean => {
    const format = toolDialect("hermes").format([{ name: "f", parameters, strict }], {
      required: true,
      parallel: false,
      isSpecial: () => false,
    });
    const text = `<tool_call>\n{"name": "f", "arguments": ${keys}}\n</tool_call>`;
    const tokens = tokensOf(compiler.vocabulary, text);
    return compiler.compile({ type: "structural_tag", format }).matcher().acceptTokens(tokens) === tokens.length;
  };

  test("stand in any order", () => {
    expect(accepts(false, '{"a": 1, "b": 2}')).toBe(true);
    expect(accepts(false, '{"b": 1, "a": 2}')).toBe(true);
  });

  test("stand in the schema's order where the function is strict", () => {
    expect(accepts(true, '{"a": 1, "b": 2}')).toBe(false);
    expect(accepts(true, '{"b": 1, "a": 2}')).toBe(true);
  });
});

describe("a schema of arguments", () => {
  const schemaOf = (parameters: unknown): unknown => argumentSchema({ name: "f", parameters });

  test("is an object's in any case", () => {
    expect(schemaOf(undefined)).toEqual({ type: "object" });
    expect(schemaOf(true)).toEqual({ type: "object" });
    expect(schemaOf({ properties: {} })).toEqual({ type: "object", properties: {} });
    expect(schemaOf({ type: "object" })).toEqual({ type: "object" });
  });

  test("may be given as text, which keeps the order of its keys", () => {
    expect(schemaOf('{"type": "object", "properties": {"2": {}, "1": {}}}')).toBe(
      '{"type": "object", "properties": {"2": {}, "1": {}}}',
    );
    expect(schemaOf('{"properties": {}}')).toEqual({ type: "object", properties: {} });
  });

  test("is closed for elements, unless it says itself what else there may be", () => {
    const closed = (parameters: unknown): unknown => closedArgumentSchema({ name: "f", parameters });
    expect(closed(undefined)).toEqual({ type: "object", additionalProperties: false });
    expect(closed({ properties: {} })).toEqual({ type: "object", properties: {}, additionalProperties: false });
    const open = { type: "object", additionalProperties: { type: "string" } };
    expect(closed(open)).toBe(open);
    expect(closed({ $ref: "#/$defs/x" })).toEqual({ $ref: "#/$defs/x" });
    expect(closed('{"type": "object"}')).toEqual({ type: "object", additionalProperties: false });
  });
});
