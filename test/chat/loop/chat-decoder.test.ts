// The loop with an engine that says what the test wants.
import { describe, expect, it, vi } from "vitest";
import { ChatDecoder, generate } from "../../../src/chat/loop/chat-decoder.ts";
import { Choice } from "../../../src/chat/loop/choice.ts";
import type { ChatCompletionRequest } from "../../../src/chat/request/request.ts";
import { decoderOf } from "./decoder-of.ts";
import { scriptedEngine } from "./scripted-engine.ts";

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const jsonSchema = { type: "json_schema", json_schema: { name: "x", schema } } as const;

describe("stopping", () => {
  it("ends at a stop token, which is no part of the text", async () => {
    const { ask, engine } = decoderOf("hello<eos>");
    expect(await ask()).toMatchObject([
      { content: "hello", finish_reason: "stop", matched_stop: engine.vocabulary.eosTokenIds[0]! },
    ]);
  });

  it("ends at max_completion_tokens", async () => {
    expect(await decoderOf("hello<eos>").ask({ max_completion_tokens: 3 })).toMatchObject([
      { content: "hel", finish_reason: "length" },
    ]);
  });

  it("cuts a stop string off, also one that ends inside a token, or keeps it", async () => {
    const script = { script: () => "one, two. three", pieces: [" two. th"] };
    expect(await decoderOf(script).ask({ stop: ["two."] })).toMatchObject([
      { content: "one, ", finish_reason: "stop", matched_stop: "two." },
    ]);
    expect(await decoderOf(script).ask({ stop: "two.", no_stop_trim: true })).toMatchObject([{ content: "one, two." }]);
  });

  it("doesn't cut a constrained text in half: a stop string ends it only where it may end", async () => {
    const { ask } = decoderOf('{"a": "x, y"}<eos>');
    expect(await ask({ response_format: jsonSchema, stop: [", ", '"a"'], max_tokens: 60 })).toMatchObject([
      { content: '{"a": "x, y"}', finish_reason: "stop", matched_stop: null },
    ]);
    const words = decoderOf({ script: () => "ab;cd;ef<eos>", pieces: ["d;e"] });
    expect(await words.ask({ regex: "[a-z;]{4,}", stop: ";" })).toMatchObject([
      { content: "ab;cd", matched_stop: ";" },
    ]);
  });

  it("knows stop tokens beyond the vocabulary's", async () => {
    const { ask, engine } = decoderOf({ script: () => "ab<stop>cd", specials: ["<stop>"] });
    const id = engine.vocabulary.specialTokens.get("<stop>")!;
    expect(await ask({ stop_token_ids: [id] })).toMatchObject([
      { content: "ab", finish_reason: "stop", matched_stop: id },
    ]);
    expect(await ask({ stop_token_ids: [id], regex: "[a-z]+" })).toMatchObject([{ content: "ab", matched_stop: id }]);
    const letter = "b".charCodeAt(0);
    expect(await ask({ stop_token_ids: [letter] })).toMatchObject([{ content: "a", matched_stop: letter }]);
    expect(await ask({ stop_token_ids: [letter], no_stop_trim: true })).toMatchObject([{ content: "ab" }]);
    // There the text may not end yet.
    expect(await ask({ stop_token_ids: [letter], regex: "[a-z]{3}" })).toMatchObject([
      { content: expect.stringMatching(/^ab.$/) },
    ]);
  });

  it("withholds stop tokens up to min_tokens, but the constraint wins, and says so", async () => {
    expect((await decoderOf("<eos>").ask({ min_tokens: 4, max_tokens: 9 }))[0]!.content!.length).toBeGreaterThanOrEqual(
      4,
    );
    const [choice] = await decoderOf("ab").ask({ regex: "ab", min_tokens: 5, max_tokens: 9 });
    expect(choice).toMatchObject({ content: "ab", finish_reason: "stop" });
    expect(choice!.warnings?.[0]).toMatch(/min_tokens/);
  });

  it("goes on past eos with ignore_eos, but not past the end of a grammar", async () => {
    expect(await decoderOf("a<eos>").ask({ ignore_eos: true, max_tokens: 5 })).toMatchObject([
      { finish_reason: "length" },
    ]);
    expect(await decoderOf("ab").ask({ ignore_eos: true, regex: "ab" })).toMatchObject([
      { content: "ab", finish_reason: "stop" },
    ]);
  });
});

describe("text", () => {
  it("comes in whole characters", async () => {
    const { decoder } = decoderOf("aé€😀z<eos>");
    const stream = await decoder.generate({
      model: "scripted",
      temperature: 0,
      messages: [{ role: "user", content: "?" }],
    });
    const pieces: string[] = [];
    for await (const { choices } of stream) if (choices[0]?.delta.content) pieces.push(choices[0].delta.content);
    expect(pieces).toEqual(["a", "é", "€", "😀", "z"]);
  });

  it("shows special tokens when it is asked to", async () => {
    const { ask } = decoderOf({ script: () => "a<mark>b<eos>", specials: ["<mark>"] });
    expect(await ask()).toMatchObject([{ content: "ab" }]);
    expect(await ask({ skip_special_tokens: false })).toMatchObject([{ content: "a<mark>b" }]);
  });

  it("goes on from the last message", async () => {
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content: '{"a": "b' },
    ] as const;
    const { ask } = decoderOf('c"}<eos>');
    expect(await ask({ messages, continue_final_message: true, response_format: jsonSchema })).toMatchObject([
      { content: 'c"}', finish_reason: "stop" },
    ]);
    const refused = ask({
      messages: [messages[0], { role: "assistant", content: "no" }],
      continue_final_message: true,
      response_format: jsonSchema,
    });
    await expect(refused).rejects.toMatchObject({ violations: [{ param: "messages[1].content" }] });
  });
});

describe("forced tokens", () => {
  it("need no pass of their own", async () => {
    const { ask, engine } = decoderOf({ script: () => "", pieces: ["this goes ", "without saying"] });
    const [choice] = await ask({ regex: "(this goes|that comes) without saying" });
    expect(choice!.content).toMatch(/^(this goes|that comes) without saying$/);
    expect(engine.passes.length).toBeLessThan(4);
    expect(await decoderOf("").ask({ regex: "only this" })).toMatchObject([
      { content: "only this", finish_reason: "stop" },
    ]);
  });

  it("are counted, and stop at the maximum", async () => {
    expect(await decoderOf("").ask({ regex: "only this", max_tokens: 4 })).toMatchObject([
      { content: "only", finish_reason: "length" },
    ]);
  });
});

describe("reasoning", () => {
  const reasoning = { begin: "<think>", end: "</think>", isOpen: true };

  it("comes apart, and its end marker may span tokens", async () => {
    const { ask } = decoderOf({ script: () => 'so </thin so</think>\n{"a": "b"}<eos>', engine: { reasoning } });
    const [choice] = await ask({ response_format: jsonSchema });
    expect(choice).toMatchObject({ reasoning_content: "so </thin so", content: '{"a": "b"}' });
  });

  it("is open as the request has it, where that depends on it", async () => {
    const isOpen = ({ chat_template_kwargs }: ChatCompletionRequest) =>
      chat_template_kwargs?.["enable_thinking"] !== false;
    const engine = { reasoning: { ...reasoning, isOpen }, fields: new Set(["chat_template_kwargs"]) };
    const thinking = decoderOf({ script: () => 'so</think>{"a": "b"}<eos>', engine });
    expect(await thinking.ask({ response_format: jsonSchema })).toMatchObject([
      { reasoning_content: "so", content: '{"a": "b"}' },
    ]);
    const silent = decoderOf({ script: () => '{"a": "b"}<eos>', engine });
    const chat_template_kwargs = { enable_thinking: false };
    const [choice] = await silent.ask({ response_format: jsonSchema, chat_template_kwargs });
    expect(choice).toMatchObject({ content: '{"a": "b"}', finish_reason: "stop" });
    expect(choice).not.toHaveProperty("reasoning_content");
  });

  it("is content where that is asked for", async () => {
    const { ask } = decoderOf({ script: () => "so</think>yes<eos>", engine: { reasoning } });
    expect(await ask({ separate_reasoning: false })).toMatchObject([{ content: "so</think>yes" }]);
    expect((await ask({ separate_reasoning: false, stream_reasoning: false }))[0]).not.toHaveProperty(
      "reasoning_content",
    );
  });

  it("ends at its budget", async () => {
    const { ask } = decoderOf({
      script: () => "and so on and so on",
      engine: { reasoning: { ...reasoning, budgets: { low: 6 } } },
    });
    const [choice] = await ask({ response_format: jsonSchema, reasoning_effort: "low", max_tokens: 100 });
    expect(choice!.reasoning_content).toBe("and so");
    expect(choice!.content).toMatch(/^\s*\{/);
  });

  it("comes in one piece when it isn't streamed", async () => {
    const { decoder } = decoderOf({ script: () => "so so</think>yes<eos>", engine: { reasoning } });
    const stream = await decoder.generate({
      model: "scripted",
      temperature: 0,
      stream: true,
      stream_reasoning: false,
      messages: [{ role: "user", content: "?" }],
    });
    const pieces: (string | undefined)[] = [];
    for await (const { choices } of stream) pieces.push(choices[0]?.delta.reasoning_content);
    expect(pieces.filter((piece) => piece !== undefined)).toEqual(["so so"]);
  });
});

describe("the mask", () => {
  it("is worked out while the engine computes, also where that begins some turns after it was asked", async () => {
    const events: string[] = [];
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const engine = scriptedEngine({ script: () => '{"a": "x"}<eos>' });
    const late = async (...args: Parameters<typeof engine.forward>) => {
      await turn();
      events.push("begin");
      for (let i = 0; i < 4; i++) await turn();
      events.push("end");
      return engine.forward(...args);
    };
    const prepare = vi.spyOn(Choice.prototype, "prepare").mockImplementation(() => events.push("prepare"));
    const messages = [{ role: "user", content: "?" }] as const;
    const request = { model: "scripted", messages, temperature: 0, response_format: jsonSchema };
    await (await generate({ ...engine, forward: late }, request)).completion();
    prepare.mockRestore();
    expect(events.slice(0, 6)).toEqual(["begin", "prepare", "end", "begin", "prepare", "end"]);
  });
});

describe("many at once", () => {
  it("begins n choices with one pass over the prompt", async () => {
    const { ask, engine } = decoderOf({ script: () => "abcdef<eos>" });
    const choices = await ask({
      n: 4,
      temperature: 2,
      max_tokens: 6,
      messages: [{ role: "user", content: "a long prompt" }],
    });
    expect(choices).toHaveLength(4);
    expect(engine.passes[0]).toBe(1);
    expect(engine.fresh[0]).toBe("a long prompt".length);
    expect(engine.fresh.slice(1).every((count) => count === 1)).toBe(true);
    expect(engine.held.size).toBe(0);
  });

  it("decodes together what waits together, within the engine's batch", async () => {
    const { ask, engine } = decoderOf({ script: () => "abcdefgh<eos>", engine: { maxBatch: 3 } });
    const answers = await Promise.all(Array.from({ length: 7 }, () => ask()));
    expect(answers.flat().map(({ content }) => content)).toEqual(Array(7).fill("abcdefgh"));
    expect(Math.max(...engine.passes)).toBe(3);
    expect(engine.held.size).toBe(0);
  });

  it("lets a row that fails fail alone", async () => {
    const { ask, engine } = decoderOf({
      script: (prompt) => `${prompt}!<eos>`,
      onPass: (rows) =>
        rows.map(({ sequence, tokens }) => (sequence === 2 && tokens.length > 2 ? new Error("broken") : undefined)),
    });
    const answers = await Promise.allSettled(
      ["a", "b", "c"].map((content) => ask({ messages: [{ role: "user", content }] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((answers[1] as PromiseRejectedResult).reason.message).toBe("broken");
    expect(engine.held.size).toBe(0);
  });

  it("tries a pass that fails as a whole row by row", async () => {
    const { ask } = decoderOf({
      script: (prompt) => `${prompt}!<eos>`,
      onPass: (rows) => {
        if (rows.some(({ sequence, tokens }) => sequence === 2 && tokens.length > 2)) throw new Error("broken");
        return undefined;
      },
    });
    const answers = await Promise.allSettled(
      ["a", "b", "c"].map((content) => ask({ messages: [{ role: "user", content }] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("lets a request leave in the middle", async () => {
    const { ask, decoder, engine } = decoderOf("x".repeat(5000));
    const controller = new AbortController();
    const [left, stayed] = await Promise.allSettled([
      ask({ max_tokens: 4000 }, controller.signal),
      ask({ max_tokens: 50 }).finally(() => controller.abort(new Error("enough"))),
    ]);
    expect((left as PromiseRejectedResult).reason.message).toBe("enough");
    expect((stayed as PromiseFulfilledResult<{ content: string }[]>).value[0]!.content).toBe("x".repeat(50));
    expect(decoder.load).toBe(0);
    expect(engine.held.size).toBe(0);
  });

  it("refuses what the engine can't do, by name", async () => {
    const { ask, engine } = decoderOf("a");
    await expect(ask({ lora_path: "x", verbosity: "low" })).rejects.toMatchObject({
      code: "unsupported",
      violations: [{ param: "lora_path" }, { param: "verbosity" }],
    });
    await expect(ask({ logit_bias: { [engine.vocabulary.size]: 1 } })).rejects.toMatchObject({
      violations: [{ param: expect.stringMatching(/^logit_bias/) }],
    });
    expect(
      await decoderOf({ script: () => "a<eos>", engine: { fields: new Set(["lora_path"]) } }).ask({ lora_path: "x" }),
    ).toMatchObject([{ content: "a" }]);
  });

  it("tells all schemas that don't compile, and the place in each", async () => {
    const tools = ["a", "b", "c"].map((name) => ({
      type: "function" as const,
      function: { name, parameters: name === "a" ? {} : { type: "object", properties: { [name]: { pattern: "(" } } } },
    }));
    await expect(decoderOf("").ask({ tools, tool_choice: "required" })).rejects.toMatchObject({
      code: "syntax",
      violations: [
        { param: "tools[1].function.parameters.properties.b.pattern" },
        { param: "tools[2].function.parameters.properties.c.pattern" },
      ],
    });
  });

  it("names every rule of strict that a schema breaks", async () => {
    const loose = { type: "object", properties: { a: { type: "string", format: "zip" } } };
    const response_format = { type: "json_schema", json_schema: { name: "x", strict: true, schema: loose } } as const;
    const at = "response_format.json_schema.schema";
    await expect(decoderOf("").ask({ response_format })).rejects.toMatchObject({
      violations: [{ param: at }, { param: `${at}.properties.a` }, { param: `${at}.properties.a.format` }],
    });
  });
});

describe("samplers in the loop", () => {
  it("can't be biased past the constraint", async () => {
    const { ask } = decoderOf("zz");
    const [choice] = await ask({ regex: "[a-c]{4}", logit_bias: { [String("z".charCodeAt(0))]: 100 }, temperature: 1 });
    expect(choice!.content).toMatch(/^[a-c]{4}$/);
  });

  it("give the same for a 64-bit seed, and something else for its neighbour", async () => {
    const { decoder } = decoderOf({ script: () => "" });
    const ask = async (seed: string) => {
      const body = `{"model":"scripted","temperature":2,"regex":"[a-z]{40}","sampling_seed":${seed},"messages":[{"role":"user","content":"?"}]}`;
      return (await (await decoder.generate(body)).completion()).choices[0]!.message.content;
    };
    const first = await ask("18446744073709551615");
    expect(await ask("18446744073709551615")).toBe(first);
    expect(await ask("18446744073709551614")).not.toBe(first);
  });
});

describe("dialects with channels", () => {
  const specials = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>", "<|constrain|>"];
  const harmony = (script: string) => decoderOf({ script: () => script, specials, engine: { toolDialect: "harmony" } });
  const thoughts = "<|channel|>analysis<|message|>so<|end|><|start|>assistant";

  it("tell reasoning, answers and calls apart", async () => {
    expect(await harmony(`${thoughts}<|channel|>final<|message|>yes<eos>`).ask()).toMatchObject([
      { reasoning_content: "so", content: "yes" },
    ]);
    expect(
      await harmony(`${thoughts}<|channel|>final<|message|>yes<eos>`).ask({ separate_reasoning: false }),
    ).toMatchObject([{ content: "soyes" }]);
    const bound = harmony(`${thoughts}<|channel|>final<|message|>{"a":"b"}<eos>`);
    expect(await bound.ask({ response_format: jsonSchema })).toMatchObject([
      { reasoning_content: "so", content: '{"a":"b"}' },
    ]);
    const tools = [{ type: "function", function: { name: "f", parameters: schema } }] as const;
    const calling = harmony(
      `${thoughts}<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a":"b"}<eos>`,
    );
    expect(await calling.ask({ tools, tool_choice: "required" })).toMatchObject([
      {
        reasoning_content: "so",
        tool_calls: [{ function: { name: "f", arguments: '{"a":"b"}' } }],
        finish_reason: "tool_calls",
      },
    ]);
  });
});

describe("tools beside a format", () => {
  const tools = [{ type: "function", function: { name: "f", parameters: schema } }] as const;
  const ask = (script: string) => decoderOf(script).ask({ tools, response_format: jsonSchema });

  it("leave the choice: a call, or a text in that format", async () => {
    expect(await ask('{"a": "b"}<eos>')).toMatchObject([{ content: '{"a": "b"}', finish_reason: "stop" }]);
    const call = '<tool_call>\n{"name": "f", "arguments": {"a": "b"}}\n</tool_call><eos>';
    expect(await ask(call)).toMatchObject([
      {
        content: null,
        tool_calls: [{ function: { name: "f", arguments: '{"a": "b"}' } }],
        finish_reason: "tool_calls",
      },
    ]);
    const [neither] = await ask("free text<eos>");
    expect(neither!.content === null || JSON.parse(neither!.content!)).toBeTruthy();
  });
});

describe("logits on a device", () => {
  it("are read when they are needed, and fail alone", async () => {
    const { engine } = decoderOf("ab<eos>");
    const read = (logits: Float32Array) => ({ read: async () => logits });
    const onDevice = {
      ...engine,
      forward: async (...args: Parameters<typeof engine.forward>) =>
        (await engine.forward(...args)).map((logits) => read(logits as Float32Array)),
    };
    const request = { model: "scripted", temperature: 0, messages: [{ role: "user", content: "?" }] } as const;
    const answer = await (await generate(onDevice, request)).completion();
    expect(answer.choices[0]!.message.content).toBe("ab");
    const lost = {
      ...decoderOf("ab<eos>").engine,
      forward: async () => [{ read: () => Promise.reject(new Error("device lost")) }],
    };
    await expect((await new ChatDecoder(lost).generate(request)).completion()).rejects.toThrow("device lost");
  });
});
