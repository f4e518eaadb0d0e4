// A trial in another process against a plan made here: they come to the same, with nothing but plain data between them.
import { describe, expect, it } from "vitest";
import { ChatDecoder } from "../../../src/chat/loop/chat-decoder.ts";
import { PlanTrial, trialSettings } from "../../../src/chat/plan/plan-trial.ts";
import type { RequestError } from "../../../src/chat/request/request-error.ts";
import { standInEngine } from "../../../src/engines/stand-in.ts";

const engine = {
  ...standInEngine(),
  toolDialect: "hermes",
  fields: new Set(["lora_path"]),
  reasoning: { begin: "<think>", end: "</think>", isOpen: ({ seed }: { seed?: unknown }) => seed === 1 },
};
const decoder = new ChatDecoder(engine, { limits: { maxDepth: 20 }, unknownFields: "pass" });
const trial = new PlanTrial(structuredClone(trialSettings(engine, decoder.options)));
const schema = (schema: object) => ({ type: "json_schema", json_schema: { name: "x", schema } });
const nested = (depth: number): object => (depth === 0 ? {} : { items: nested(depth - 1) });
const tool = (name: string, parameters: object) => ({ type: "function", function: { name, parameters } });
const assistant = (content: string) => ({
  continue_final_message: true,
  messages: [
    { role: "user", content: "?" },
    { role: "assistant", content },
  ],
});

const requests: readonly (readonly [what: string, fields: object])[] = [
  ["no constraint", {}],
  ["a regex", { regex: "[a-z]+" }],
  ["a syntax error", { regex: "(" }],
  ["a place in a schema", { response_format: schema({ properties: { a: { $ref: "#/nowhere" } } }) }],
  ["two tools that are wrong", { tools: [tool("a", {}), tool("b", { pattern: "(" }), tool("c", { pattern: "[" })] }],
  ["the decoder's limits", { response_format: schema(nested(30)) }],
  ["the engine's fields", { lora_path: "x", regex: "a" }],
  ["a field of nobody's", { session_params: { id: 1 }, regex: "a" }],
  ["a beginning that fits", { ...assistant("so</think>ab"), seed: 1, regex: "[a-z]+" }],
  ["a beginning that doesn't", { ...assistant("so</think>12"), seed: 1, regex: "[a-z]+" }],
  ["what can't be spelled", { ebnf: "root ::= <|nothing|>" }],
];

describe("a trial comes to what a plan comes to", () => {
  it.each(requests)("%s", (_, fields) => {
    const text = JSON.stringify({ model: "stand-in", messages: [{ role: "user", content: "?" }], ...fields });
    let expected: RequestError | undefined;
    let reasoning: ReturnType<ChatDecoder["check"]>["engineReasoning"];
    try {
      ({ engineReasoning: reasoning } = decoder.check(text));
      decoder.plan(text).startMatcher();
    } catch (error) {
      expected = error as RequestError;
    }
    const found = structuredClone(trial.run(structuredClone({ text, reasoning })));
    const { code, message, location, violations } = expected ?? {};
    expect(found).toEqual(expected && { code, message, location, violations });
  });

  it("of which some are errors, and some not", () => {
    const outcomes = requests.map(([, fields]) => {
      const text = JSON.stringify({ model: "stand-in", messages: [{ role: "user", content: "?" }], ...fields });
      return trial.run({ text, reasoning: undefined })?.code;
    });
    expect(new Set(outcomes)).toEqual(new Set([undefined, "syntax", "invalid", "limit", "unsupported"]));
  });
});
