import { Template } from "@huggingface/jinja";
import { expect, test } from "vitest";
import { renderPrompt } from "../../src/engines/chat-template.ts";

const template = {
  source: "",
  render: (_: string, variables: Record<string, unknown>) => JSON.stringify(variables),
  bosToken: "",
  eosToken: "",
};
const messages = [{ role: "user", content: "?" }] as const;

test("a template is told of the old functions as tools, and of the effort to reason with", () => {
  const functions = [{ name: "f", parameters: {} }];
  const told = JSON.parse(renderPrompt(template, { model: "", messages, functions, reasoning_effort: "low" }));
  expect(told).toMatchObject({
    tools: [{ type: "function", function: { name: "f", parameters: {} } }],
    reasoning_effort: "low",
  });
});

test("what chat_template_kwargs says counts more", () => {
  const kwargs = { chat_template_kwargs: { reasoning_effort: "high" } };
  const told = JSON.parse(renderPrompt(template, { model: "", messages, reasoning_effort: "low", ...kwargs }));
  expect(told.reasoning_effort).toBe("high");
});

test("a template that knows no tools gets them, and earlier calls, as text", () => {
  const plain = {
    ...template,
    source: "{% for m in messages %}[{{ m['role'] + ': ' + m['content'] }}]{% endfor %}",
    render: (source: string, variables: Record<string, unknown>) => new Template(source).render(variables),
  };
  const tools = [{ type: "function", function: { name: "f", parameters: {} } }] as const;
  const call = { id: "1", type: "function", function: { name: "f", arguments: '{"a": "\\n"}' } } as const;
  const called = [
    ...messages,
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", content: "2", tool_call_id: "1" },
  ] as const;
  const text = '<tool_call>\n{"name": "f", "arguments": {"a": "\\n"}}\n</tool_call>';
  const told = 'You may call these tools:\n{"name":"f","parameters":{}}';
  expect(renderPrompt(plain, { model: "", messages: called, tools })).toBe(
    `[system: ${told}][user: ?][assistant: ${text}][tool: 2]`,
  );
  const system = { role: "system", content: "Be brief." } as const;
  expect(renderPrompt(plain, { model: "", messages: [system, ...messages], tools })).toBe(
    `[system: Be brief.\n\n${told}][user: ?]`,
  );
  const spoilt = { ...call, function: { name: "f", arguments: '{"a' } };
  expect(
    renderPrompt(plain, { model: "", messages: [{ role: "assistant", content: "Well.", tool_calls: [spoilt] }] }),
  ).toBe('[assistant: Well.\n<tool_call>\n{"name": "f", "arguments": "{\\"a"}\n</tool_call>]');
  const knowing = { ...plain, source: "{{ tools[0]['function']['name'] }}, {{ messages[1]['tool_calls'][0]['id'] }}" };
  expect(renderPrompt(knowing, { model: "", messages: called, tools })).toBe("f, 1");
});
