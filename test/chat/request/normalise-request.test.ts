// What requests ask for, once they are normalised.
import { describe, expect, test } from "vitest";
import { least, reader, tool } from "./read.ts";

const read = (fields: object) => reader.read({ ...least, ...fields });

test("nothing but a question", () => {
  const { model, format, tools, continuedText, reasoning, sampling, stopping, response, passThrough } = read({});
  expect({ model, format, continuedText, reasoning, passThrough }).toEqual({
    model: "m",
    format: { type: "text" },
    continuedText: undefined,
    reasoning: { separate: true, stream: true, effort: undefined },
    passThrough: new Map(),
  });
  expect(tools).toEqual({ mode: "none", allowed: [], parallel: false, spelling: "tool_calls", custom: new Set() });
  expect(sampling).toEqual({
    temperature: 1,
    topK: Infinity,
    topP: 1,
    minP: 0,
    frequencyPenalty: 0,
    presencePenalty: 0,
    repetitionPenalty: 1,
    logitBias: new Map(),
    seed: undefined,
  });
  expect(stopping).toEqual({
    strings: [],
    tokenIds: [],
    keepString: false,
    ignoreEos: false,
    maxTokens: Infinity,
    minTokens: 0,
  });
  expect(response).toEqual({
    choices: 1,
    topLogprobs: undefined,
    stream: false,
    includeUsage: false,
    includeObfuscation: false,
    skipSpecialTokens: true,
  });
});

test("everything else than the defaults", () => {
  const { reasoning, sampling, stopping, response } = read({
    separate_reasoning: false,
    stream_reasoning: false,
    reasoning_effort: "high",
    temperature: 0,
    top_k: 5,
    top_p: 0.5,
    min_p: 0.1,
    frequency_penalty: 1,
    presence_penalty: 2,
    repetition_penalty: 1.5,
    logit_bias: { 7: 1.5, 3: -100 },
    sampling_seed: 9,
    stop: "x",
    stop_token_ids: [1],
    no_stop_trim: true,
    ignore_eos: true,
    max_completion_tokens: 8,
    min_tokens: 2,
    n: 3,
    logprobs: true,
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: true },
    skip_special_tokens: false,
  });
  expect(reasoning).toEqual({ separate: false, stream: false, effort: "high" });
  expect(sampling).toEqual({
    temperature: 0,
    topK: 5,
    topP: 0.5,
    minP: 0.1,
    frequencyPenalty: 1,
    presencePenalty: 2,
    repetitionPenalty: 1.5,
    logitBias: new Map([
      [3, -100],
      [7, 1.5],
    ]),
    seed: 9n,
  });
  expect(stopping).toEqual({
    strings: ["x"],
    tokenIds: [1],
    keepString: true,
    ignoreEos: true,
    maxTokens: 8,
    minTokens: 2,
  });
  expect(response).toEqual({
    choices: 3,
    topLogprobs: 0,
    stream: true,
    includeUsage: true,
    includeObfuscation: true,
    skipSpecialTokens: false,
  });
});

describe("formats", () => {
  const inText = (format: string) =>
    reader.read(`{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":${format}}`).format;

  test("regex, ebnf, json_object", () => {
    expect(read({ regex: "a+" }).format).toEqual({ type: "regex", pattern: "a+" });
    expect(read({ ebnf: 'root ::= "a"' }).format).toEqual({ type: "ebnf", grammar: 'root ::= "a"' });
    expect(read({ response_format: { type: "json_object" } }).format).toEqual({ type: "json_object" });
  });

  test("a schema keeps the order of its keys and the spelling of its numbers", () => {
    const schema =
      '{"properties":{"2":{"maximum":1.10},"1":{"const":12345678901234567890},"__proto__":{"const":"é\\n"}}}';
    expect(inText(`{"type":"json_schema","json_schema":{"name":"a","schema":${schema}}}`)).toEqual({
      type: "json_schema",
      name: "a",
      description: undefined,
      schema,
      strict: false,
    });
  });

  test("schemas in structural tags do, too", () => {
    const schema = '{"enum":[1.0,{"2":0,"1":0}]}';
    const tag = (content: string) => `{"type":"tag","begin":"<a>","content":${content},"end":"</a>"}`;
    const format = `{"type":"sequence","elements":[${tag(`{"type":"json_schema","json_schema":${schema}}`)}]}`;
    expect(inText(`{"type":"structural_tag","format":${format}}`)).toEqual({
      type: "structural_tag",
      format: {
        type: "sequence",
        elements: [{ type: "tag", begin: "<a>", content: { type: "json_schema", json_schema: schema }, end: "</a>" }],
      },
    });
  });

  test("the older structural tags become triggered tags", () => {
    const structures = '[{"begin":"<f=a>","schema":{"2":1,"1":1.0},"end":"</f>"},{"begin":"<f=b>","end":"</f>"}]';
    const tag = (begin: string, json_schema: unknown) => ({
      type: "tag",
      begin,
      content: { type: "json_schema", json_schema },
      end: "</f>",
    });
    expect(inText(`{"type":"structural_tag","structures":${structures},"triggers":["<f="]}`)).toEqual({
      type: "structural_tag",
      format: {
        type: "triggered_tags",
        triggers: ["<f="],
        tags: [tag("<f=a>", '{"2":1,"1":1.0}'), tag("<f=b>", true)],
      },
    });
  });
});

describe("tools", () => {
  const tools = [tool("f"), tool("g"), tool("h")];
  const parsed = (fields: object) => {
    const { allowed, ...settings } = read(fields).tools;
    return { ...settings, allowed: allowed.map(({ name }) => name) };
  };

  test.each<[string, object, object]>([
    [
      "may be called unless something else is said",
      { tools },
      { mode: "auto", allowed: ["f", "g", "h"], parallel: true },
    ],
    ["one at a time", { tools, parallel_tool_calls: false }, { mode: "auto", parallel: false }],
    ["none", { tools, tool_choice: "none" }, { mode: "none", allowed: [], parallel: false }],
    ["required", { tools, tool_choice: "required" }, { mode: "required", allowed: ["f", "g", "h"], parallel: true }],
    [
      "named: exactly one call",
      { tools, tool_choice: { type: "function", function: { name: "g" } } },
      { mode: "named", allowed: ["g"], parallel: false },
    ],
    [
      "allowed, as OpenAI spells it",
      {
        tools,
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: {
            mode: "auto",
            tools: ["h", "f"].map((name) => ({ type: "function", function: { name } })),
          },
        },
      },
      { mode: "auto", allowed: ["f", "h"], parallel: true },
    ],
    [
      "allowed, as SGLang spells it",
      { tools, tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "g" }] } },
      { mode: "required", allowed: ["g"], parallel: true },
    ],
    [
      "old functions: one call",
      { functions: [{ name: "f" }] },
      { mode: "auto", allowed: ["f"], parallel: false, spelling: "function_call" },
    ],
    [
      "a named old function",
      { functions: [{ name: "f" }, { name: "g" }], function_call: { name: "g" } },
      { mode: "named", allowed: ["g"], spelling: "function_call" },
    ],
    ["old functions, none", { functions: [{ name: "f" }], function_call: "none" }, { mode: "none", allowed: [] }],
  ])("%s", (_, fields, expected) => {
    expect(parsed(fields)).toMatchObject(expected);
  });

  test("parameters are texts, as they were spelled", () => {
    const parameters = '{"properties":{"2":{},"1":{"maximum":1e2}}}';
    const text = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[
      {"type":"function","function":{"name":"f","parameters":${parameters},"strict":true}},
      {"type":"function","function":{"name":"g","parameters":null}}]}`;
    expect(reader.read(text).tools.allowed).toEqual([
      { name: "f", description: undefined, parameters, strict: true },
      { name: "g", description: undefined, parameters: undefined, strict: false },
    ]);
  });
});

describe("seeds", () => {
  const seeds = (fields: string) => {
    const { request, sampling } = reader.read(`{"model":"m","messages":[{"role":"user","content":"Hi"}],${fields}}`);
    return [request.seed ?? request.sampling_seed, sampling.seed];
  };

  test.each<[string, number | bigint, bigint]>([
    ['"seed":42', 42, 42n],
    ['"seed":-1', -1, 2n ** 64n - 1n],
    ['"seed":9223372036854775807', 2n ** 63n - 1n, 2n ** 63n - 1n],
    ['"seed":-9223372036854775808', -(2n ** 63n), 2n ** 63n],
    ['"seed":9007199254740993', 2n ** 53n + 1n, 2n ** 53n + 1n],
    ['"sampling_seed":18446744073709551615', 2n ** 64n - 1n, 2n ** 64n - 1n],
    ['"sampling_seed":1e3', 1000, 1000n],
  ])("%s", (fields, sent, used) => {
    expect(seeds(fields)).toEqual([sent, used]);
  });
});

test("the text that the answer goes on from", () => {
  const continued = (content: unknown) =>
    read({ continue_final_message: true, messages: [...least.messages, { role: "assistant", content }] }).continuedText;
  expect(continued('{"a":')).toBe('{"a":');
  expect(continued("")).toBe("");
  expect(
    continued([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]),
  ).toBe("ab");
});

test("what is for the engine goes to it by name, unless it asks for nothing", () => {
  const asked = {
    return_hidden_states: true,
    lora_path: "a",
    session_params: { id: 1 },
    chat_template_kwargs: { enable_thinking: false },
    modalities: ["text", "audio"],
    prompt_cache_key: "k",
    safety_identifier: "s",
    service_tier: "priority",
    verbosity: "low",
    metadata: { a: "b" },
    user: "u",
    store: true,
  };
  expect(Object.fromEntries(read(asked).passThrough)).toEqual(asked);
  const neutral = {
    return_hidden_states: false,
    lora_path: null,
    chat_template_kwargs: {},
    modalities: ["text"],
    service_tier: "auto",
    metadata: {},
    store: false,
  };
  expect(read(neutral).passThrough).toEqual(new Map());
});
