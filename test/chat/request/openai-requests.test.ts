// Requests as OpenAI's client types them, and as its helpers make them, pass unchanged: current spellings and deprecated ones.
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import type { ChatCompletion, ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ChatCompletionRequest } from "../../../src/chat/index.ts";
import { errorOf, reader } from "./read.ts";

const model = "gpt-4o";
const messages = [{ role: "user" as const, content: "What's the weather in Paris?" }];
const weather = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

const requests = {
  "the shortest": { model, messages },
  "every scalar": {
    model,
    messages,
    frequency_penalty: 0.5,
    presence_penalty: -0.5,
    logit_bias: { "50256": -100 },
    logprobs: true,
    top_logprobs: 5,
    max_completion_tokens: 256,
    n: 2,
    seed: 42,
    stop: ["\n\n", "END"],
    store: true,
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
    temperature: 0.2,
    top_p: 0.9,
    user: "user-1",
    metadata: { run: "7" },
    modalities: ["text"],
    parallel_tool_calls: false,
    prompt_cache_key: "key",
    prompt_cache_retention: "24h",
    reasoning_effort: "minimal",
    safety_identifier: "hash",
    service_tier: "flex",
    verbosity: "low",
  },
  "nulls everywhere": {
    model,
    messages,
    audio: null,
    frequency_penalty: null,
    logit_bias: null,
    logprobs: null,
    max_completion_tokens: null,
    max_tokens: null,
    metadata: null,
    modalities: null,
    n: null,
    prediction: null,
    presence_penalty: null,
    reasoning_effort: null,
    seed: null,
    service_tier: null,
    stop: null,
    store: null,
    stream: null,
    stream_options: null,
    temperature: null,
    top_logprobs: null,
    top_p: null,
    verbosity: null,
  },
  "parts of every kind": {
    model,
    messages: [
      {
        role: "developer",
        content: [{ type: "text", text: "Be brief", prompt_cache_breakpoint: { mode: "explicit" } }],
      },
      {
        role: "user",
        name: "ann",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
          { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
          { type: "file", file: { file_data: "JVBERi0=", filename: "a.pdf" } },
        ],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "I can't say" }] },
      { role: "user", content: "Try" },
    ],
    audio: { format: "wav", voice: "alloy" },
    modalities: ["text", "audio"],
    prediction: { type: "content", content: [{ type: "text", text: "A picture" }] },
    web_search_options: { search_context_size: "low" },
  },
  "a conversation with tools": {
    model,
    messages: [
      ...messages,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          { id: "call_2", type: "custom", custom: { name: "note", input: "Paris" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: "22 °C" }] },
      { role: "tool", tool_call_id: "call_2", content: "noted" },
    ],
    tools: [{ type: "function", function: { ...weather, strict: true } }],
    tool_choice: "auto",
    response_format: { type: "json_object" },
  },
  "one tool of two": {
    model,
    messages,
    tools: [
      { type: "function", function: weather },
      { type: "function", function: { name: "get_time" } },
    ],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function" as const, function: { name: "get_time" } }] },
    },
  },
  "a named tool": {
    model,
    messages,
    tools: [{ type: "function", function: weather }],
    tool_choice: { type: "function", function: { name: "get_weather" } },
  },
  "custom tools": {
    model,
    messages,
    tools: [
      { type: "custom", custom: { name: "note", description: "Notes a text", format: { type: "text" } } },
      {
        type: "custom",
        custom: { name: "dial", format: { type: "grammar", grammar: { syntax: "regex", definition: "[0-9]+" } } },
      },
      { type: "function", function: weather },
    ],
    tool_choice: { type: "custom", custom: { name: "dial" } },
  },
  "the old functions": {
    model,
    messages: [
      ...messages,
      { role: "assistant", content: null, function_call: { name: "get_weather", arguments: "{}" } },
      { role: "function", name: "get_weather", content: "22 °C" },
    ],
    functions: [weather],
    function_call: { name: "get_weather" },
    max_tokens: 100,
  },
  "a strict schema": {
    model,
    messages,
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", description: "The answer", schema: weather.parameters, strict: true },
    },
  },
} satisfies { [name: string]: ChatCompletionCreateParams };

test.each(Object.entries<ChatCompletionCreateParams>(requests))("%s", (_, request) => {
  const before = structuredClone(request);
  expect(reader.read(request).request).toEqual(before);
  expect(reader.read(JSON.stringify(request)).request).toEqual(before);
  expect(request).toEqual(before);
});

test("this library's type takes them, too", () => {
  const typed: ChatCompletionRequest[] = Object.values(requests);
  expect(typed).toHaveLength(10);
});

test("what an answer held may be sent back", () => {
  const answer: ChatCompletion["choices"][0]["message"] = {
    role: "assistant",
    content: "22 °C",
    refusal: null,
    annotations: [],
    audio: null,
  };
  const request = { model, messages: [...messages, answer, { role: "user", content: "And tomorrow?" }] };
  expect(reader.read(request).request).toEqual(request);
});

test("zod's helpers", () => {
  const request = {
    model,
    messages,
    response_format: zodResponseFormat(z.object({ steps: z.array(z.string()), answer: z.number() }), "maths"),
    tools: [
      zodFunction({ name: "get_weather", parameters: z.object({ city: z.string() }), description: "The weather" }),
    ],
  };
  const { format, tools } = reader.read(request);
  expect(format).toMatchObject({ type: "json_schema", name: "maths", strict: true });
  expect(JSON.parse(format.type === "json_schema" ? format.schema : "")).toEqual(
    request.response_format.json_schema.schema,
  );
  expect(tools.allowed).toMatchObject([{ name: "get_weather", description: "The weather", strict: true }]);
  expect(JSON.parse(String(tools.allowed[0]?.parameters))).toEqual(request.tools[0]?.function.parameters);
});

test("a custom tool that is allowed is refused once", () => {
  const request = {
    model,
    messages,
    tools: [{ type: "function", function: weather }],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "auto", tools: [{ type: "custom", custom: { name: "note" } }] },
    },
  } satisfies ChatCompletionCreateParams;
  expect(errorOf(request).violations.map(({ param }) => param)).toEqual(["tool_choice.allowed_tools.tools[0].type"]);
});

test("custom tools with a grammar of Lark are refused with the reason", () => {
  const grammar = { syntax: "lark", definition: "start: /a/" } as const;
  const request = {
    model,
    messages,
    tools: [{ type: "custom", custom: { name: "note", format: { type: "grammar", grammar } } }],
  } satisfies ChatCompletionCreateParams;
  const { violations, message } = errorOf(request);
  expect(violations.map(({ param }) => param)).toEqual(["tools[0].custom.format.grammar.syntax"]);
  expect(message).toContain("grammars of Lark aren't supported");
});
