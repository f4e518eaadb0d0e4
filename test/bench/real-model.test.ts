// The bench of a real model: its workload, and that an answer said again is the same work.
import { describe, expect, it } from "vitest";
import { MeteredDecoder } from "../../bench/real-model/decode.ts";
import { bareAnswer, judgeOf } from "../../bench/real-model/judge.ts";
import { readWorkload } from "../../bench/real-model/workload.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";

const workload = readWorkload();

describe("the workload", () => {
  it("has 200 requests, of which no two are the same", () => {
    expect(workload).toHaveLength(200);
    expect(new Set(workload.map(({ prompt, spec }) => JSON.stringify([prompt, spec]))).size).toBe(200);
  });

  it("has examples that are what the answer must be, and none asks the same", () => {
    for (const { prompt, messages, spec, examples } of workload) {
      const isValid = judgeOf(spec);
      expect(examples.length).toBeGreaterThan(0);
      for (const answer of examples) expect(isValid(answer), `${prompt} ${answer}`).toBe(true);
      const asked = messages.filter(({ role }) => role === "user").map(({ content }) => content);
      expect(new Set(asked).size, prompt).toBe(examples.length + 1);
    }
  });
});

it("takes a call out of its tags, and a text out of a fence", () => {
  expect(bareAnswer('Here:\n<tool_call>\n{"name": "f"}\n</tool_call>')).toBe('{"name": "f"}');
  expect(bareAnswer("```json\n[1]\n```\nThat's it.")).toBe("[1]");
});

it.each([0, 80, 120, 160])("says the answer of request %d again, a pass for each token", async (index) => {
  const standIn = standInEngine();
  const engine = { ...standIn, prompt: () => standIn.encode("Go: ") };
  const decoder = new MeteredDecoder(engine);
  const request = workload[index]!;
  decoder.compile(request);
  const { tokens: said, text, passes } = await decoder.answerConstrained(request, { maxTokens: 60 });
  const options = { maxTokens: said.length, said };
  const constrained = await decoder.answerConstrained(request, options);
  const free = await decoder.answerFreely(request, options);
  expect([constrained.text, constrained.tokens, free.tokens]).toEqual([text, said, said]);
  expect(constrained.passes.map((pass) => pass.tokens)).toEqual(free.passes.map((pass) => pass.tokens));
  expect(free.passes).toHaveLength(said.length - 1);
  expect(passes.length).toBeLessThanOrEqual(free.passes.length);
});
