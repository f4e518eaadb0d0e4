// A model's answer with tool calls in it over Llama 3's vocabulary, whose tokens straddle triggers, begins and ends: each step's mask against
// every token.
import { expect, test } from "vitest";
import { Compiler, type StructuralFormat } from "../../src/index.ts";
import { llama3 } from "../vocabularies.ts";

const parameters = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city"],
  additionalProperties: false,
};

const tools = (style: "json" | "qwen_xml"): StructuralFormat => ({
  type: "triggered_tags",
  triggers: ["<tool_call>", "<tool"],
  tags: ["weather", "weather_at"].map((name) => ({
    type: "tag",
    begin: `<tool_call>\n<function=${name}>`,
    content: { type: "json_schema", json_schema: parameters, style },
    end: "</function>\n</tool_call>",
  })),
});

const answer = (style: "json" | "qwen_xml"): StructuralFormat => ({
  type: "sequence",
  elements: [
    { type: "tag", begin: "<think>", content: { type: "any_text", max_tokens: 12 }, end: ["</think>\n\n", "</think>"] },
    tools(style),
  ],
});

test.each([
  ["json", '{"city": "São Paulo", "days": 3}'],
  ["qwen_xml", "\n<parameter=city>\nSão </param>\n</parameter>\n<parameter=days>\n3\n</parameter>\n"],
] as const)("%s", (style, written) => {
  const vocabulary = llama3();
  const constraint = new Compiler(vocabulary).compile({ type: "structural_tag", format: answer(style) });
  const text = `<think>Ask < the tool</think>\n\nLet me see <b>: <tool_call>\n<function=weather_at>${written}</function>\n</tool_call> So.`;
  const { automaton } = constraint;
  let state = automaton.start;
  const tokens = Array.from(vocabulary.encode!(text));
  const row = new Uint32Array(Math.ceil(vocabulary.size / 32));
  tokens.forEach((token, step) => {
    automaton.fill(state, row, 0);
    // All tokens at some steps, and the answer's own at each.
    const wrong: number[] = [];
    for (let id = step % 4 === 0 ? 0 : token; id < (step % 4 === 0 ? vocabulary.size : token + 1); id++) {
      if ((automaton.next(state, id) !== 0) !== (((row[id >> 5]! >>> (id & 31)) & 1) === 1)) wrong.push(id);
    }
    expect({ step, wrong }).toEqual({ step, wrong: [] });
    state = automaton.next(state, token);
    expect({ step, isAlive: state !== 0 }).toEqual({ step, isAlive: true });
  });
  expect(automaton.isAccepting(state)).toBe(true);
});
