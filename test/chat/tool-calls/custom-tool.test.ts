// Custom tools, through the whole loop: whatever the family writes, the client gets a text, and a regex binds it.
import { expect, test } from "vitest";
import type { ChatCompletionRequest, Tool } from "../../../src/chat/request/request.ts";
import { asFunctionCall, CustomInput, withFunctionsAlone } from "../../../src/chat/tool-calls/custom-tool.ts";
import { toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { decoderOf } from "../loop/decoder-of.ts";

const call = (input: string) =>
  `<tool_call>\n{"name": "note", "arguments": {"input": ${JSON.stringify(input)}}}\n</tool_call><eos>`;
const note: Tool = { type: "custom", custom: { name: "note", description: "Notes a text" } };
const dial: Tool = {
  type: "custom",
  custom: { name: "dial", format: { type: "grammar", grammar: { syntax: "regex", definition: "[0-9]{3}|x" } } },
};
const engine = { toolDialect: "hermes" };

test("the client gets the text, decoded", async () => {
  const input = 'a "quoted" word,\n\\ and 😀';
  const { ask } = decoderOf({ script: () => call(input), engine });
  const [choice] = await ask({ tools: [note, dial], max_completion_tokens: 200 });
  expect(choice!.tool_calls).toEqual([{ id: expect.any(String), type: "custom", custom: { name: "note", input } }]);
  expect(choice!.finish_reason).toBe("tool_calls");
});

test("in chunks, which make up the whole", async () => {
  const input = 'one\ntwo "three"';
  const { decoder } = decoderOf({ script: () => call(input), engine });
  const stream = await decoder.generate({
    model: "scripted",
    messages: [{ role: "user", content: "?" }],
    temperature: 0,
    tools: [note],
  });
  let text = "";
  let pieces = 0;
  for await (const chunk of stream) {
    for (const part of chunk.choices[0]!.delta.tool_calls ?? []) {
      if (!("custom" in part)) throw new Error("not custom");
      expect(part.type).toBe(part.id === undefined ? undefined : "custom");
      text += part.custom.input;
      pieces++;
    }
  }
  expect(text).toBe(input);
  expect(pieces).toBeGreaterThan(3);
});

test.each(toolDialectNames)("a regex binds the whole text: %s", async (toolDialect) => {
  for (let seed = 0; seed < 3; seed++) {
    // Behind the script nothing is likelier than anything else. Harmony would reason without an end.
    const script = toolDialect === "harmony" ? "<|channel|>commentary to=functions.dial" : "";
    const { ask } = decoderOf({ script: () => script, engine: { toolDialect } });
    const [choice] = await ask({
      tools: [dial],
      tool_choice: { type: "custom", custom: { name: "dial" } },
      temperature: 1,
      seed,
      max_completion_tokens: 2000,
    });
    expect(choice!.finish_reason).toBe("tool_calls");
    const [made] = choice!.tool_calls!;
    expect(made).toMatchObject({
      type: "custom",
      custom: { name: "dial", input: expect.stringMatching(/^([0-9]{3}|x)$/) },
    });
  }
});

test.each([
  ["a(", "invalid"],
  // Complete only with what is put around it.
  ["a)(b", "invalid"],
  ["(a)\\1", "unsupported"],
])("a regex that doesn't compile is named, with its place: %s", async (definition, code) => {
  const { ask } = decoderOf({ script: () => "", engine });
  const grammar = { syntax: "regex", definition } as const;
  const bad: Tool = { type: "custom", custom: { name: "bad", format: { type: "grammar", grammar } } };
  await expect(ask({ tools: [note, bad] })).rejects.toMatchObject({
    code,
    violations: [{ param: "tools[1].custom.format.grammar.definition" }],
  });
});

test("a chat template is told of functions alone", () => {
  const request: ChatCompletionRequest = {
    model: "m",
    messages: [
      { role: "user", content: "?" },
      { role: "assistant", tool_calls: [{ id: "1", type: "custom", custom: { name: "note", input: 'a"b' } }] },
      { role: "tool", tool_call_id: "1", content: "noted" },
    ],
    tools: [note, dial],
  };
  const told = withFunctionsAlone(request);
  expect(told.messages[1]).toMatchObject({
    tool_calls: [{ id: "1", type: "function", function: { name: "note", arguments: '{"input":"a\\"b"}' } }],
  });
  expect(told.tools).toMatchObject([
    { type: "function", function: { name: "note", description: "Notes a text" } },
    { type: "function", function: { name: "dial", parameters: { properties: { input: { type: "string" } } } } },
  ]);
});

test("the text out of arguments, wherever they are cut", () => {
  const input = 'é"\\\n\u0001😀';
  const { arguments: text } = asFunctionCall({ name: "note", input });
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new CustomInput();
    expect(reader.feed(text.slice(0, cut)) + reader.feed(text.slice(cut))).toBe(input);
  }
});
