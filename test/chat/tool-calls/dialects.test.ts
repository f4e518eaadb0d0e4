import { describe, expect, test } from "vitest";
import { argumentSchema, closedArgumentSchema } from "../../../src/chat/tool-calls/argument-schema.ts";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { familyVocabulary, tokensOf } from "../family-vocabulary.ts";
import { piecesOf, readAll } from "../pieces.ts";

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

test("Mistral's templates take ids of nine letters and digits only: a call without one gets such an id", () => {
  const newId = (length: number) => "x".repeat(length);
  const idsOf = (name: string, text: string) =>
    readAll(toolDialect(name).reader([{ name: "f" }], { ...special, isSpecial: () => false, newId }), [{ text }])
      .filter(({ type }) => type === "tool_call")
      .map((event) => "id" in event && event.id);
  const two = '[TOOL_CALLS][{"name": "f", "arguments": {}}, {"id": "D681PevKs", "name": "f", "arguments": {}}]';
  expect(idsOf("mistral", two)).toEqual(["xxxxxxxxx", "D681PevKs"]);
  expect(idsOf("mistral_v11", "[TOOL_CALLS]f[ARGS]{}[TOOL_CALLS]f[CALL_ID]D681PevKs[ARGS]{}")).toEqual([
    "xxxxxxxxx",
    "D681PevKs",
  ]);
  expect(idsOf("hermes", '<tool_call>{"name": "f", "arguments": {}}</tool_call>')).toEqual([false]);
});

describe("DeepSeek V3.2's ｜DSML｜", () => {
  const dsml = "｜DSML｜";
  const options = { ...special, isSpecial: (name: string) => name === dsml };
  const compiler = new Compiler(familyVocabulary([dsml]));
  const { vocabulary } = compiler;
  const format = toolDialect("deepseek_v3_2").format([{ name: "f" }], options);
  const constraint = compiler.compile({ type: "structural_tag", format });
  const call = `<${dsml}function_calls>\n<${dsml}invoke name="f">\n</${dsml}invoke>\n</${dsml}function_calls>`;
  const accepts = (text: string): boolean => {
    const matcher = constraint.matcher();
    const accepted = piecesOf(text, [dsml]).every((piece) =>
      "text" in piece ? matcher.acceptBytes(piece.text) : matcher.accept(vocabulary.specialTokens.get(piece.special)!),
    );
    return accepted && matcher.isAccepting;
  };

  test("is a special token of the model's vocabulary, within the words of a call", () => {
    expect(accepts(`See: ${call}`)).toBe(true);
    expect(accepts(call.replaceAll("DSML", "¦DSML"))).toBe(true);
    expect(readAll(toolDialect("deepseek_v3_2").reader([{ name: "f" }], options), piecesOf(call, [dsml]))).toEqual([
      { type: "tool_call", index: 0, name: "f" },
      { type: "arguments", index: 0, text: "{}" },
    ]);
  });

  test("is in no free text, and text in front of it is free", () => {
    expect(accepts("a < b <")).toBe(true);
    expect(accepts(`a < b <${dsml}`)).toBe(false);
    expect(accepts(`a ${dsml} b`)).toBe(false);
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

test("Harmony's reasoning is bounded as a whole", () => {
  const compiler = new Compiler(familyVocabulary([]));
  const accepts = (maxReasoningTokens: number | undefined, text: string): boolean => {
    const options = { ...special, isSpecial: () => false, maxReasoningTokens };
    const format = toolDialect("harmony").format([{ name: "f" }], options);
    const tokens = tokensOf(compiler.vocabulary, text);
    return compiler.compile({ type: "structural_tag", format }).matcher().acceptTokens(tokens) === tokens.length;
  };
  const message = (channel: string, text: string) => `<|channel|>${channel}<|message|>${text}<|end|><|start|>assistant`;
  const answer = "<|channel|>final<|message|>Yes";
  expect(accepts(3, message("analysis", "Hm.") + message("commentary", "I look it up.") + answer)).toBe(true);
  expect(accepts(3, answer)).toBe(true);
  expect(accepts(3, message("analysis", "Hmm.") + answer)).toBe(false);
  expect(accepts(3, message("analysis", "Hm.") + message("analysis", "Hm.") + answer)).toBe(false);
  expect(accepts(undefined, message("analysis", "Hm.") + message("analysis", "Hmmm.") + answer)).toBe(true);
});

describe("Llama 3's calls beside an answer in JSON", () => {
  const compiler = new Compiler(familyVocabulary([]));
  const tools = [{ name: "f", parameters: { type: "object", properties: { a: { type: "integer" } } } }, { name: "g" }];
  const accepts = (json_schema: unknown, answer: string): boolean => {
    const text = { type: "json_schema", json_schema } as const;
    const format = toolDialect("llama3").format(tools, { ...special, isSpecial: () => false, text });
    const matcher = compiler.compile({ type: "structural_tag", format }).matcher();
    return matcher.acceptBytes(answer) && matcher.isAccepting;
  };

  test.each([
    ["any object", { type: "object" }],
    ["as text", '{"type": "object", "properties": {"name": {"type": "string"}}}'],
    ["anything", {}],
    ["as text, anything", " {} "],
  ])("%s: an object that reads like a call is one", (_, schema) => {
    expect(accepts(schema, '{"name": "f", "parameters": {"a": 1}}')).toBe(true);
    expect(accepts(schema, '{"name": "f", "parameters": {"a": "x"}}')).toBe(false);
    expect(accepts(schema, '{"name": "h", "parameters": {"a": "x"}}')).toBe(true);
    expect(accepts(schema, '{"name": "f"}')).toBe(true);
  });

  test("what isn't written like a call is the answer", () => {
    const options = { ...special, isSpecial: () => false, text: { type: "any_text" } as const };
    for (const text of ['{"name": "f"}', '{ "name": "f", "parameters": {}}', '{"type": "f", "name": "f"}']) {
      expect(readAll(toolDialect("llama3").reader(tools, options), [{ text }])).toEqual([{ type: "content", text }]);
    }
  });
});

describe("an element's text is a string or JSON", () => {
  const compiler = new Compiler(familyVocabulary([]));
  const canBegin = (schema: unknown, text: string) =>
    compiler.compile({ type: "json_schema", schema }).matcher().acceptBytes(text);
  const argumentsOf = (p: unknown, value: string): unknown => {
    const parameters = { type: "object", properties: { p, q: { type: "string" } }, required: ["p", "q"] };
    const reader = toolDialect("glm4_7").reader([{ name: "f", parameters }], {
      ...special,
      isSpecial: () => false,
      canBegin,
    });
    const element = (name: string, text: string) => `<arg_key>${name}</arg_key><arg_value>${text}</arg_value>`;
    const events = readAll(reader, [{ text: `<tool_call>f${element("p", value)}${element("q", "")}</tool_call>` }]);
    const [, last] = events;
    return last?.type === "arguments" ? (JSON.parse(last.text) as { p: unknown }).p : events;
  };

  test.each([
    [{ anyOf: [{ type: "string" }, { type: "integer", minimum: 10 }] }, "12", 12],
    [{ anyOf: [{ type: "string" }, { type: "integer", minimum: 10 }] }, "5", "5"],
    [{ anyOf: [{ type: "string" }, { type: "integer", minimum: 10 }] }, " 5", " 5"],
    [{ not: { type: "integer" } }, "5", "5"],
    [{ anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }, '["a"]', ["a"]],
    [{ anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }, "[1]", "[1]"],
    [{ type: ["string", "null"] }, "null", null],
    [{}, " 5 ", 5],
    [{ anyOf: [{ type: "string", maxLength: 3 }, { type: "integer" }] }, "1.5E999", Number.POSITIVE_INFINITY],
    [{ type: "integer" }, "1.5E999", Number.POSITIVE_INFINITY],
    [{ type: "integer" }, "0.5", 0.5],
    [{ type: "integer" }, "five", "five"],
  ])("%j: %j", (schema, text, value) => {
    expect(argumentsOf(schema, text)).toEqual(value);
  });
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
