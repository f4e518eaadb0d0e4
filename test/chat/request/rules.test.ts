// How fields go together: each rule with a request that breaks it, and the place that is named.
import { expect, test } from "vitest";
import { RequestReader } from "../../../src/chat/index.ts";
import { errorOf, least, reader, tool, wrongParams } from "./read.ts";

const schema = { type: "json_schema", json_schema: { name: "a", schema: {} } };
const object = { type: "json_object" };
const tag = { type: "structural_tag", format: { type: "any_text" } };
const tools = [tool("f"), tool("g")];
const named = { type: "function", function: { name: "f" } };
const allowed = (mode: string) => ({ type: "allowed_tools", mode, tools: [{ type: "function", name: "f" }] });
const user = { role: "user", content: "Hi" };

test.each<[string, object, string]>([
  ["regex and ebnf", { regex: "a", ebnf: 'root ::= "a"' }, "ebnf"],
  ["json_object and regex", { response_format: object, regex: "a" }, "regex"],
  ["json_schema and ebnf", { response_format: schema, ebnf: 'root ::= "a"' }, "ebnf"],
  ["structural_tag and regex", { response_format: tag, regex: "a" }, "regex"],
  ["a schema and required tools", { response_format: schema, tools, tool_choice: "required" }, "tool_choice"],
  ["a regex and a named tool", { regex: "a", tools, tool_choice: named }, "tool_choice"],
  ["a grammar and required allowed tools", { ebnf: "a", tools, tool_choice: allowed("required") }, "tool_choice"],
  [
    "a schema and a named function",
    { response_format: schema, functions: [{ name: "f" }], function_call: { name: "f" } },
    "function_call",
  ],
  ["functions and tools", { functions: [{ name: "f" }], tools }, "functions"],
  ["function_call and tools", { function_call: "auto", tools }, "function_call"],
  ["functions and tool_choice", { functions: [{ name: "f" }], tool_choice: "auto" }, "functions"],
  ["tool_choice without tools", { tool_choice: "auto" }, "tool_choice"],
  ["a named tool without tools", { tool_choice: named }, "tool_choice"],
  ["function_call without functions", { function_call: { name: "f" } }, "function_call"],
  ["a tool that isn't there", { tools: [tool("g")], tool_choice: named }, "tool_choice.function.name"],
  [
    "an allowed tool that isn't there",
    { tools: [tool("g")], tool_choice: allowed("auto") },
    "tool_choice.tools[0].name",
  ],
  ["a function that isn't there", { functions: [{ name: "g" }], function_call: { name: "f" } }, "function_call.name"],
  ["tools of one name", { tools: [tool("f"), tool("g"), tool("f")] }, "tools[2].function.name"],
  ["functions of one name", { functions: [{ name: "f" }, { name: "f" }] }, "functions[1].name"],
  ["two maxima", { max_tokens: 3, max_completion_tokens: 4 }, "max_tokens"],
  ["min_tokens above the maximum", { min_tokens: 5, max_completion_tokens: 4 }, "min_tokens"],
  ["min_tokens above the old maximum", { min_tokens: 5, max_tokens: 4 }, "min_tokens"],
  ["top_logprobs without logprobs", { top_logprobs: 0 }, "top_logprobs"],
  ["stream_options without stream", { stream_options: {}, stream: false }, "stream_options"],
  ["two seeds", { seed: -1, sampling_seed: 1 }, "seed"],
  ["a user's message to continue", { continue_final_message: true }, "messages[0]"],
  [
    "a call to continue",
    {
      continue_final_message: true,
      messages: [user, { role: "assistant", content: "", function_call: { name: "f", arguments: "" } }],
    },
    "messages[1]",
  ],
  [
    "a refusal to continue",
    { continue_final_message: true, messages: [{ role: "assistant", content: [{ type: "refusal", refusal: "No" }] }] },
    "messages[0]",
  ],
  [
    "a reasoning to continue beside the text",
    {
      continue_final_message: true,
      messages: [user, { role: "assistant", content: "It is", reasoning_content: "Hm." }],
    },
    "messages[1].reasoning_content",
  ],
  [
    "an assistant's message that says nothing",
    { messages: [user, { role: "assistant", name: "a" }] },
    "messages[1].content",
  ],
])("refused: %s", (_, fields, param) => {
  expect(wrongParams(fields)).toEqual([param]);
});

test.each<[string, object]>([
  ["text and a regex", { response_format: { type: "text" }, regex: "a" }],
  ["a schema beside tools that may be called", { response_format: schema, tools, tool_choice: "auto" }],
  ["a schema beside tools that mustn't be called", { response_format: schema, tools, tool_choice: "none" }],
  ["a grammar beside allowed tools that may be called", { ebnf: "a", tools, tool_choice: allowed("auto") }],
  ["tool_choice none without tools", { tool_choice: "none" }],
  ["parallel_tool_calls without tools", { parallel_tool_calls: false }],
  ["the same maximum twice", { max_tokens: 4, max_completion_tokens: 4, min_tokens: 4 }],
  ["the same seed twice", { seed: -1, sampling_seed: 2n ** 64n - 1n }],
  [
    "nulls for what goes together",
    { top_logprobs: null, stream_options: null, tool_choice: null, function_call: null },
  ],
])("taken: %s", (_, fields) => {
  expect(wrongParams(fields)).toEqual([]);
});

test("an error names both constraints", () => {
  const { message } = errorOf({ ...least, response_format: object, regex: "a", ebnf: "b" });
  expect(message).toBe(
    "response_format json_object and regex and ebnf are given: only one of them can bind the answer",
  );
});

test("all that is wrong is told at once: single fields, and how they go together", () => {
  const fields = {
    temperature: 3,
    n: 0,
    stop: [""],
    top_logprobs: 2,
    min_tokens: 2,
    max_tokens: 1,
    what: 1,
    stream: "yes",
    stream_options: {},
  };
  const error = errorOf({ ...least, ...fields });
  // stream is broken, so whether stream_options fits isn't asked.
  expect(error.violations.map(({ param }) => param).sort()).toEqual([
    "min_tokens",
    "n",
    "stop[0]",
    "stream",
    "temperature",
    "top_logprobs",
    "what",
  ]);
  expect(error.message).toMatch(/^7 things are wrong:\n- /);
  expect(error.message).toContain("temperature must be a number from 0 to 2, not 3");
  expect(error.location).toEqual(error.violations[0]?.location);
});

test("what is wrong is shown in short", () => {
  const [violation] = errorOf({ ...least, model: ["a", "b"], tool_choice: "none" }).violations;
  expect(violation).toEqual({
    location: { pointer: "/model" },
    keyword: "type",
    param: "model",
    value: "an array of 2",
    rule: "model must be a string that isn't empty, not an array of 2",
  });
  expect(errorOf({ ...least, verbosity: "x".repeat(1000) }).message.length).toBeLessThan(150);
});

test("a field that nobody knows is refused, or passed through", () => {
  expect(errorOf({ ...least, temprature: 1 }).message).toBe("temprature isn't a field of a chat-completion request");
  const open = new RequestReader({ unknownFields: "pass" });
  const fields = { spaces_between_special_tokens: false, constructor: 1, nothing: null };
  const { passThrough } = open.read({ ...least, ...fields });
  expect([...passThrough]).toEqual([
    ["spaces_between_special_tokens", false],
    ["constructor", 1],
  ]);
  expect(errorOf({ ...least, tools: [{ ...tool("f"), more: 1 }] }, open).violations[0]?.param).toBe("tools[0].more");
  expect(reader.read(least).passThrough.size).toBe(0);
});
