// What goes wrong in loops like this one: requests that leave during a pass, choices that need none, texts that are continued.
import { describe, expect, it } from "vitest";
import type { ChatCompletionChunk } from "../../../src/chat/response.ts";
import { decoderOf } from "./decoder-of.ts";

const user = { role: "user", content: "?" } as const;
const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }] as const;
const anyArguments = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>';

describe("requests that leave", () => {
  it("are not forward again, and are released after the pass", async () => {
    const events: string[] = [];
    let settle = () => {};
    const { ask, engine, decoder } = decoderOf({
      script: () => "abc<eos>",
      engine: {
        forward: (rows, signal) =>
          new Promise((_, reject) => {
            events.push(`forward ${rows.map(({ sequence }) => sequence)}`);
            settle = () => {
              events.push("settled");
              reject(signal.reason);
            };
            signal.addEventListener("abort", () => setTimeout(settle, 5));
          }),
        release: (sequence) => void events.push(`release ${sequence}`),
      },
    });
    const controller = new AbortController();
    const asked = [1, 2].map(() => ask({}, controller.signal));
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error("enough"));
    await Promise.allSettled(asked);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(decoder.load).toBe(0);
    // The first may have begun before the second came.
    const settled = events.indexOf("settled");
    expect(events.slice(settled).filter((event) => event.startsWith("forward"))).toEqual([]);
    expect(events.findIndex((event) => event.startsWith("release"))).toBeGreaterThan(settled);
    expect(engine.held.size).toBe(0);
  });

  it("don't take those with them that stay, where they abort a pass", async () => {
    const { ask, engine } = decoderOf({
      script: (prompt) => `${prompt}!<eos>`,
      onPass: () => {
        throw new Error("always as a whole");
      },
    });
    const answers = await Promise.allSettled([ask(), ask()]);
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(engine.held.size).toBe(0);
  });

  it("end all that is decoded where the engine fails to forget them, and hold nothing up", async () => {
    const { ask, decoder } = decoderOf({
      script: () => "a<eos>",
      engine: {
        release: () => {
          throw new Error("can't forget");
        },
      },
    });
    await Promise.allSettled([ask(), ask()]);
    expect(decoder.load).toBe(0);
    await expect(ask()).resolves.toMatchObject([{ content: "a" }]);
  });
});

describe("an engine that holds few sequences", () => {
  for (const maxSequences of [1, 2, 3]) {
    it(`${maxSequences}, answers more requests than that, and more choices`, async () => {
      const { ask, engine } = decoderOf({
        script: (prompt) => `${prompt}cdefgh<eos>`,
        engine: { maxSequences },
        onPass: (rows) => {
          const coming = rows.filter(({ sequence }) => !engine.held.has(sequence)).length;
          expect(engine.held.size + coming).toBeLessThanOrEqual(maxSequences);
          return undefined;
        },
      });
      const fields = { n: 4, messages: [{ role: "user", content: "ab" }] } as const;
      const answers = await Promise.all([ask(fields), ask(fields), ask()]);
      expect(answers.flat().map(({ content }) => content)).toEqual([...Array(8).fill("abcdefgh"), "?cdefgh"]);
      expect(engine.held.size).toBe(0);
    });
  }
});

describe("an answer without a choice", () => {
  it("needs no pass, with a signal or without", async () => {
    const { ask, engine, decoder } = decoderOf("");
    const controller = new AbortController();
    expect(await ask({ regex: "only this", n: 2 }, controller.signal)).toMatchObject([
      { content: "only this", finish_reason: "stop" },
      { content: "only this", finish_reason: "stop" },
    ]);
    expect(engine.passes).toEqual([]);
    expect(decoder.load).toBe(0);
    controller.abort();
  });
});

describe("a text that is continued", () => {
  const continued = (content: string) => ({
    messages: [user, { role: "assistant", content } as const],
    continue_final_message: true,
  });

  it("keeps the space that the next token begins with", async () => {
    const { ask, engine } = decoderOf({ script: () => " world<eos>" });
    Object.assign(engine.vocabulary, { stripLeadingSpace: true });
    expect(await ask()).toMatchObject([{ content: "world" }]);
    expect(await ask(continued("hello"))).toMatchObject([{ content: " world" }]);
  });

  it("may have its special tokens' names in it", async () => {
    const reasoning = { begin: "<think>", end: "</think>", isOpen: true };
    const { ask } = decoderOf({
      script: () => 'b"<eos>',
      specials: ["<think>", "</think>"],
      engine: { reasoning },
    });
    expect(await ask({ ...continued('so</think>"a'), regex: '"[a-z]*"' })).toMatchObject([
      { content: 'b"', finish_reason: "stop" },
    ]);
  });

  it("may be a call that has begun, which is told as a whole", async () => {
    const { ask } = decoderOf('{"x": 1}}\n</tool_call><eos>');
    const [choice] = await ask({ ...continued('<tool_call>\n{"name": "f", "arguments": '), tools });
    expect(choice).toMatchObject({
      content: null,
      finish_reason: "tool_calls",
      tool_calls: [{ id: expect.stringMatching(/^call_/), function: { name: "f", arguments: '{"x": 1}' } }],
    });
  });
});

describe("messages", () => {
  it("have null for content where there are only calls", async () => {
    const { ask } = decoderOf(`${anyArguments}<eos>`);
    expect(await ask({ tools })).toMatchObject([{ content: null, finish_reason: "tool_calls" }]);
    const { ask: askOld } = decoderOf(`${anyArguments}<eos>`);
    expect(await askOld({ functions: [tools[0].function] })).toMatchObject([
      { content: null, finish_reason: "function_call", function_call: { name: "f", arguments: "{}" } },
    ]);
  });

  it("name each call by an id of its own, though the model writes the same twice", async () => {
    const call = "<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{}<|tool_call_end|>";
    const { ask } = decoderOf({
      script: () => `<|tool_calls_section_begin|>${call}${call}<|tool_calls_section_end|><eos>`,
      engine: { toolDialect: "kimi_k2" },
    });
    const [choice] = await ask({ tools });
    const ids = choice!.tool_calls!.map(({ id }) => id);
    expect(ids[0]).toBe("functions.f:0");
    expect(new Set(ids).size).toBe(2);
  });
});

describe("reasoning", () => {
  it("leaves the line breaks behind it to a format that begins with some", async () => {
    const { ask } = decoderOf({
      script: () => "so</think>\n\nx<eos>",
      engine: { reasoning: { begin: "<think>", end: "</think>", isOpen: true } },
    });
    const answer = { reasoning_content: "so", content: "\n\nx" };
    expect(await ask({ regex: "\\n+x" })).toMatchObject([answer]);
    expect(await ask({ ebnf: 'root ::= "\\n"* "x"' })).toMatchObject([answer]);
    expect(await ask({ max_tokens: 30 })).toMatchObject([{ ...answer, content: "x" }]);
  });

  it("isn't ended by what ends the answer", async () => {
    const { ask, engine } = decoderOf({
      script: () => "so; on</think>yes; no<eos>",
      engine: { reasoning: { begin: "<think>", end: "</think>", isOpen: true } },
    });
    expect(await ask({ stop: ";" })).toMatchObject([{ content: "yes", matched_stop: ";" }]);
    const stop_token_ids = [...engine.encode(";")];
    expect(await ask({ stop_token_ids })).toMatchObject([{ content: "yes", matched_stop: stop_token_ids[0]! }]);
  });

  it("is counted, whether it is apart or not", async () => {
    const { decoder } = decoderOf({
      script: () => "so on</think>yes<eos>",
      engine: { reasoning: { begin: "<think>", end: "</think>", isOpen: true } },
    });
    for (const separate_reasoning of [true, false]) {
      const stream = await decoder.generate({
        model: "scripted",
        temperature: 0,
        messages: [user],
        separate_reasoning,
      });
      const { completion_tokens_details } = (await stream.completion()).usage;
      expect(completion_tokens_details.reasoning_tokens).toBeGreaterThanOrEqual("so on".length);
    }
  });
});

describe("log-probabilities", () => {
  it("are told of every token, also of those that a stop string cuts off or that are held back", async () => {
    const { decoder } = decoderOf("one, two. three<eos>");
    const stream = await decoder.generate({
      model: "scripted",
      temperature: 0,
      messages: [user],
      logprobs: true,
      top_logprobs: 1,
      stop: ["two.", "one!"],
    });
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const told = chunks.flatMap(({ choices }) => choices[0]!.logprobs?.content ?? []);
    expect(told.map(({ token }) => token).join("")).toBe("one, two.");
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? "").join("")).toBe("one, ");
    expect(chunks[0]!.choices[0]).toMatchObject({ delta: { role: "assistant", content: "" }, logprobs: null });
  });
});

describe("stop tokens that are text", () => {
  it("end a constrained text, and stay in it without being taken for a stop string", async () => {
    const { ask, engine } = decoderOf({ script: () => "aabc<eos>", pieces: ["bc"] });
    const id = engine.encode("bc")[0]!;
    expect(await ask({ regex: "[a-z]+", stop_token_ids: [id], stop: ["ab"], no_stop_trim: true })).toMatchObject([
      { content: "aabc", matched_stop: id },
    ]);
  });
});
