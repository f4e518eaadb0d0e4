import { expect, test } from "vitest";
import { chatMlPrompt } from "../../../src/chat/plan/prompt.ts";
import { RequestReader } from "../../../src/chat/request/read-request.ts";
import { standInEngine } from "../../../src/engines/stand-in.ts";

test("a prompt tells the tools, the turns, and the calls that were made, in either spelling", () => {
  const engine = standInEngine();
  const call = { name: "f", arguments: "{}" };
  const request = new RequestReader().read({
    model: "stand-in",
    messages: [
      { role: "user", content: [{ type: "text", text: "Go" }] },
      { role: "assistant", content: null, tool_calls: [{ id: "1", type: "function", function: call }] },
      { role: "tool", tool_call_id: "1", content: "1" },
      { role: "assistant", content: null, function_call: call },
      { role: "function", name: "f", content: "2" },
    ],
    tools: [{ type: "function", function: { name: "f" } }],
  });
  const turn = (role: string, text: string) => `<|im_start|>${role}\n${text}<|im_end|>\n`;
  const called = turn("assistant", '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>');
  expect(engine.decode(chatMlPrompt(engine, request, []))).toBe(
    [
      turn("system", 'You may call these tools:\n{"name":"f","parameters":{}}'),
      turn("user", "Go"),
      called,
      turn("tool", "1"),
      called,
      turn("function", "2"),
      "<|im_start|>assistant\n",
    ].join(""),
  );
});
