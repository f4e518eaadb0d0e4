// Every field of a request, seen to do in the loop what the README's table says of it. The table is made from these tests:
// GRAMMASK_UPDATE=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/chat/engine.ts";
import { type ChatCompletionRequest, type RequestField, requestFields } from "../../src/chat/index.ts";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import type { CompletionStream } from "../../src/chat/loop/completion-stream.ts";
import type { ChatCompletionChunk } from "../../src/chat/response.ts";
import { type ScriptedOptions, scriptedEngine } from "./loop/scripted-engine.ts";

type Fields = Partial<ChatCompletionRequest>;
type Field = keyof typeof requestFields;

const user = { role: "user", content: "?" } as const;

function generate(engine: Engine, fields: Fields): Promise<CompletionStream> {
  const defaults = { model: "scripted", temperature: 0, max_completion_tokens: 40, messages: [user] };
  return new ChatDecoder(engine).generate({ ...defaults, ...fields });
}

async function chunksOf(engine: Engine, fields: Fields): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of await generate(engine, fields)) chunks.push(chunk);
  return chunks;
}

async function answers(engine: Engine, fields: Fields) {
  const { choices, usage } = await (await generate(engine, fields)).completion();
  return choices.map((choice) => ({ ...choice, ...choice.message, usage }));
}

const answer = async (engine: Engine, fields: Fields) => (await answers(engine, fields))[0]!;
const says = (script: string, options: Partial<ScriptedOptions> = {}) =>
  scriptedEngine({ script: () => script, ...options });
const content = async (engine: Engine, fields: Fields) => (await answer(engine, fields)).content;

/** Likes "a" a little more than "b", and nothing else. */
function twoLetters(): Engine {
  const engine = says("");
  return {
    ...engine,
    forward: async (rows) =>
      rows.map(() => {
        const logits = new Float32Array(engine.vocabulary.size).fill(-30);
        logits["a".charCodeAt(0)] = 1;
        logits["b".charCodeAt(0)] = 0.6;
        return logits;
      }),
  };
}
const letters = (fields: Fields) => content(twoLetters(), { max_completion_tokens: 12, ...fields });

const parameters = {
  type: "object",
  properties: { x: { type: "boolean" } },
  required: ["x"],
  additionalProperties: false,
};
const tools = ["first", "second"].map((name) => ({ type: "function" as const, function: { name, parameters } }));
const call = (name: string) => `<tool_call>\n{"name": "${name}", "arguments": {"x": true}}\n</tool_call>`;
const hermes = (script: string) => says(script, { engine: { toolDialect: "hermes" } });
const thinking = (script: string, budgets = {}) =>
  says(script, { engine: { reasoning: { begin: "<think>", end: "</think>", isOpen: true, budgets } } });
const rejects = (engine: Engine, fields: Fields, param: string) =>
  expect(answer(engine, fields)).rejects.toMatchObject({ violations: [{ param }] });

/** A field that an engine has to know: told to one that does, refused where it would change the answer, else left alone. */
function passed(field: Field, value: unknown): [title: string, run: () => Promise<void>] {
  const { changesAnswer } = requestFields[field] as RequestField & { changesAnswer: boolean };
  const title = changesAnswer
    ? "reaches an engine that knows it; another refuses it"
    : "reaches the engine, and is no error where it isn't known";
  return [
    title,
    async () => {
      const seen: unknown[] = [];
      const prompt = (request: ChatCompletionRequest) => {
        seen.push(request[field]);
        return [63];
      };
      const fields = { [field]: value } as Fields;
      await answer({ ...twoLetters(), prompt, fields: new Set([field]) }, fields);
      expect(seen).toEqual([value]);
      if (changesAnswer) await rejects(twoLetters(), fields, field);
      else expect(await letters(fields)).toMatch(/^a+$/);
    },
  ];
}

const cases: Record<Field, readonly [title: string, run: () => Promise<unknown>]> = {
  messages: [
    "reach the chat template",
    async () => {
      const { prompt: _, ...engine } = says("yes<eos>");
      const seen: string[] = [];
      const forward: Engine["forward"] = (rows, signal) => {
        seen.push(engine.decode(rows[0]!.tokens));
        return twoLetters().forward(rows, signal);
      };
      await answer(
        { ...engine, forward },
        { messages: [{ role: "system", content: "be" }, user], max_completion_tokens: 1 },
      );
      expect(seen[0]).toBe("<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n");
    },
  ],
  model: [
    "is named by every chunk",
    async () => {
      const chunks = await chunksOf(says("a<eos>"), { model: "another" });
      expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(["another"]));
    },
  ],
  response_format: [
    "binds the answer: json_object, json_schema, structural_tag",
    async () => {
      expect(JSON.parse((await content(says('{"k": 1}<eos>'), { response_format: { type: "json_object" } }))!)).toEqual(
        { k: 1 },
      );
      const format = { type: "json_schema", json_schema: { name: "x", schema: { enum: ["ab"] } } } as const;
      expect(JSON.parse((await content(says("8"), { response_format: format }))!)).toBe("ab");
      const tag = {
        type: "structural_tag",
        format: { type: "tag", begin: "<", content: { type: "any_text" }, end: ">" },
      } as const;
      expect(await content(says("<abc><eos>"), { response_format: tag })).toBe("<abc>");
    },
  ],
  regex: ["binds the answer", async () => expect(await letters({ regex: "b{3}" })).toBe("bbb")],
  ebnf: ["binds the answer", async () => expect(await letters({ ebnf: 'root ::= "b" "a" "b"' })).toBe("bab")],
  tools: [
    "become tool calls with their arguments",
    async () => {
      const {
        tool_calls,
        finish_reason,
        content: text,
      } = await answer(hermes(`${call("second")}<eos>`), {
        tools,
        max_completion_tokens: 200,
      });
      expect(tool_calls).toMatchObject([{ type: "function", function: { name: "second", arguments: '{"x": true}' } }]);
      expect(finish_reason).toBe("tool_calls");
      expect(text).toBe(null);
    },
  ],
  tool_choice: [
    "none, auto, required, a function, a custom tool, allowed tools",
    async () => {
      const called = async (tool_choice: ChatCompletionRequest["tool_choice"]) => {
        const { tool_calls, content: text } = await answer(hermes("no<eos>"), {
          tools: [...tools, { type: "custom", custom: { name: "third" } }],
          tool_choice,
          max_completion_tokens: 300,
        });
        return tool_calls?.map((each) => (each.type === "function" ? each.function.name : each.custom.name)) ?? text;
      };
      expect(await called("none")).toBe("no");
      expect(await called("auto")).toBe("no");
      expect(await called("required")).toHaveLength(1);
      expect(await called({ type: "function", function: { name: "second" } })).toEqual(["second"]);
      expect(await called({ type: "custom", custom: { name: "third" } })).toEqual(["third"]);
      const allowed = { mode: "required", tools: [{ type: "function", function: { name: "second" } }] } as const;
      expect(await called({ type: "allowed_tools", allowed_tools: allowed })).toEqual(["second"]);
    },
  ],
  parallel_tool_calls: [
    "false: one call at most",
    async () => {
      const script = `${call("first")}${call("second")}<eos>`;
      const count = async (parallel_tool_calls: boolean) =>
        (
          await answer(hermes(script), {
            tools,
            tool_choice: "required",
            parallel_tool_calls,
            max_completion_tokens: 300,
          })
        ).tool_calls!.length;
      expect(await count(false)).toBe(1);
      expect(await count(true)).toBe(2);
    },
  ],
  functions: [
    "are tools, and are answered in the old spelling",
    async () => {
      const { function_call, finish_reason } = await answer(hermes(`${call("first")}<eos>`), {
        functions: [{ name: "first", parameters }],
        max_completion_tokens: 200,
      });
      expect(function_call).toEqual({ name: "first", arguments: '{"x": true}' });
      expect(finish_reason).toBe("function_call");
    },
  ],
  function_call: [
    "chooses a function in the old spelling",
    async () => {
      const functions = tools.map((tool) => tool.function);
      const { function_call } = await answer(hermes("no<eos>"), {
        functions,
        function_call: { name: "second" },
        max_completion_tokens: 200,
      });
      expect(function_call!.name).toBe("second");
    },
  ],
  continue_final_message: [
    "starts the constraint inside the last message",
    async () => {
      const messages = [user, { role: "assistant", content: "ab" }] as const;
      expect(await letters({ messages, continue_final_message: true, regex: "ab{4}" })).toBe("bbb");
      await rejects(twoLetters(), { messages, continue_final_message: true, regex: "b+" }, "messages[1].content");
    },
  ],
  separate_reasoning: [
    "true: reasoning_content; false: content",
    async () => {
      expect(await answer(thinking("so</think>yes<eos>"), {})).toMatchObject({
        reasoning_content: "so",
        content: "yes",
      });
      expect(await content(thinking("so</think>yes<eos>"), { separate_reasoning: false })).toBe("so</think>yes");
    },
  ],
  stream_reasoning: [
    "false: in one piece",
    async () => {
      const pieces = async (stream_reasoning: boolean) =>
        (await chunksOf(thinking("so so</think>yes<eos>"), { stream: true, stream_reasoning })).flatMap(
          ({ choices }) => choices[0]?.delta.reasoning_content ?? [],
        );
      expect(await pieces(false)).toEqual(["so so"]);
      expect((await pieces(true)).length).toBeGreaterThan(1);
    },
  ],
  reasoning_effort: [
    "bounds the reasoning where the engine has a budget for it, before free text and before a format",
    async () => {
      const { reasoning_content } = await answer(thinking("on and on and on", { low: 5 }), { reasoning_effort: "low" });
      expect(reasoning_content).toBe("on an");
      expect(
        await answer(thinking("on and on and on", { low: 5 }), { reasoning_effort: "low", regex: "b" }),
      ).toMatchObject({ reasoning_content: "on an", content: "b" });
    },
  ],
  stop: [
    "ends the answer before the text",
    async () =>
      expect(await answer(says("one two"), { stop: [" t"] })).toMatchObject({ content: "one", matched_stop: " t" }),
  ],
  stop_token_ids: [
    "end the answer",
    async () => expect(await content(says("one two"), { stop_token_ids: [32] })).toBe("one"),
  ],
  no_stop_trim: [
    "keeps the stop text",
    async () => expect(await content(says("one two"), { stop: " t", no_stop_trim: true })).toBe("one t"),
  ],
  ignore_eos: [
    "goes on, but not beyond a finished constraint",
    async () => {
      expect(await answer(says("a<eos>"), { ignore_eos: true })).toMatchObject({ finish_reason: "length" });
      expect(await answer(says("a<eos>"), { ignore_eos: true, regex: "a" })).toMatchObject({ finish_reason: "stop" });
    },
  ],
  max_tokens: [
    "is max_completion_tokens",
    async () => expect(await letters({ max_tokens: 5, max_completion_tokens: null })).toBe("aaaaa"),
  ],
  max_completion_tokens: [
    "ends the answer",
    async () =>
      expect(await answer(twoLetters(), { max_completion_tokens: 5 })).toMatchObject({
        content: "aaaaa",
        finish_reason: "length",
      }),
  ],
  min_tokens: [
    "withholds stop tokens; a finished constraint wins, and the answer says so",
    async () => {
      expect((await content(says("<eos>"), { min_tokens: 5 }))!.length).toBeGreaterThanOrEqual(5);
      expect((await answer(twoLetters(), { min_tokens: 5, regex: "a" })).warnings).toHaveLength(1);
    },
  ],
  temperature: [
    "0 takes the likeliest; more of it spreads",
    async () => {
      expect(await letters({ temperature: 0 })).toBe("a".repeat(12));
      expect(await letters({ temperature: 2, seed: 1 })).toMatch(/^(?=.*b)[ab]+$/);
    },
  ],
  top_p: ["leaves the head", async () => expect(await letters({ temperature: 2, top_p: 0.1 })).toBe("a".repeat(12))],
  top_k: ["leaves the likeliest", async () => expect(await letters({ temperature: 2, top_k: 1 })).toBe("a".repeat(12))],
  min_p: [
    "leaves what is likely beside the likeliest",
    async () => expect(await letters({ temperature: 2, min_p: 1 })).toBe("a".repeat(12)),
  ],
  frequency_penalty: [
    "counts against what was said",
    async () => expect(await letters({ frequency_penalty: 2 })).toBe("ab".repeat(6)),
  ],
  presence_penalty: [
    "is against what was said once",
    async () => expect((await letters({ presence_penalty: 1 }))!.slice(0, 2)).toBe("ab"),
  ],
  repetition_penalty: [
    "divides what was said",
    async () => expect((await letters({ repetition_penalty: 2 }))!.slice(0, 2)).toBe("ab"),
  ],
  logit_bias: [
    "is added, and never undoes the mask",
    async () => {
      expect(await letters({ logit_bias: { "98": 5 } })).toBe("b".repeat(12));
      expect(await letters({ logit_bias: { "98": 100 }, regex: "a{4}" })).toBe("aaaa");
    },
  ],
  seed: [
    "is sampling_seed",
    async () => {
      const seeded = (fields: Fields) => letters({ temperature: 2, ...fields });
      expect(await seeded({ seed: 5 })).toBe(await seeded({ sampling_seed: 5 }));
    },
  ],
  sampling_seed: [
    "the same gives the same, all 64 bits of it",
    async () => {
      const seeded = (sampling_seed: bigint) => letters({ temperature: 2, sampling_seed, max_completion_tokens: 60 });
      expect(await seeded(2n ** 63n)).toBe(await seeded(2n ** 63n));
      expect(await seeded(2n ** 63n)).not.toBe(await seeded(2n ** 63n + 1n));
    },
  ],
  logprobs: [
    "tells each token's",
    async () => {
      const { logprobs } = await answer(twoLetters(), { logprobs: true, max_completion_tokens: 2 });
      const expected = -Math.log(1 + Math.exp(-0.4));
      expect(logprobs!.content).toMatchObject([{ token: "a", bytes: [97] }, { token: "a" }]);
      expect(logprobs!.content[0]!.logprob).toBeCloseTo(expected, 5);
    },
  ],
  top_logprobs: [
    "tells the likeliest",
    async () => {
      const { logprobs } = await answer(twoLetters(), { logprobs: true, top_logprobs: 2, max_completion_tokens: 1 });
      expect(logprobs!.content[0]!.top_logprobs.map(({ token }) => token)).toEqual(["a", "b"]);
    },
  ],
  n: [
    "so many answers",
    async () => {
      const choices = await answers(twoLetters(), { n: 3, temperature: 2, seed: 1, max_completion_tokens: 30 });
      expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(new Set(choices.map((choice) => choice.content)).size).toBe(3);
    },
  ],
  stream: [
    "comes in chunks that make up the whole",
    async () => {
      const chunks = await chunksOf(says("hello<eos>"), { stream: true });
      expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? "").join("")).toBe("hello");
      expect(chunks.length).toBeGreaterThan(5);
    },
  ],
  stream_options: [
    "a last chunk with the usage; padding",
    async () => {
      const chunks = await chunksOf(says("hi<eos>"), {
        stream: true,
        stream_options: { include_usage: true, include_obfuscation: true },
      });
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 3 } });
      expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
      expect(
        new Set(chunks.map(({ choices, obfuscation }) => (JSON.stringify(choices).length + obfuscation!.length) % 128)),
      ).toEqual(new Set([0]));
    },
  ],
  skip_special_tokens: [
    "false: they are in the text, by name",
    async () => {
      const engine = () => says("a<mark>b<eos>", { specials: ["<mark>"] });
      expect(await content(engine(), {})).toBe("ab");
      expect(await content(engine(), { skip_special_tokens: false })).toBe("a<mark>b");
    },
  ],
  return_hidden_states: passed("return_hidden_states", true),
  lora_path: passed("lora_path", "a/b"),
  session_params: passed("session_params", { id: "x" }),
  chat_template_kwargs: passed("chat_template_kwargs", { enable_thinking: false }),
  modalities: passed("modalities", ["text", "audio"]),
  prompt_cache_key: passed("prompt_cache_key", "x"),
  safety_identifier: passed("safety_identifier", "x"),
  service_tier: passed("service_tier", "flex"),
  verbosity: passed("verbosity", "low"),
  metadata: passed("metadata", { k: "v" }),
};

describe("every field", () => {
  for (const [field, [title, run]] of Object.entries(cases)) it(`${field}: ${title}`, () => run());

  it("is in the README's table", () => {
    const path = new URL("../../README.md", import.meta.url);
    const readme = readFileSync(path, "utf8");
    const table = [
      "| field | what becomes of it | how | test (`test/chat/every-field.test.ts`) |",
      "|---|---|---|---|",
      ...Object.entries(cases).map(([field, [title]]) => {
        const { disposition, note } = requestFields[field as Field];
        return `| \`${field}\` | ${disposition} | ${note} | ${title} |`;
      }),
    ].join("\n");
    const [before, rest] = readme.split("<!-- fields -->\n");
    const [, after] = rest!.split("<!-- /fields -->\n");
    const wanted = `${before}<!-- fields -->\n${table}\n<!-- /fields -->\n${after}`;
    if (process.env["GRAMMASK_UPDATE"] === "1") writeFileSync(path, wanted);
    else expect(readme).toBe(wanted);
  });
});
