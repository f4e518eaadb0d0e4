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
