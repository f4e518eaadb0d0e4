// The official openai client, unmodified, against the server with the stand-in engine.
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ChatDecoder } from "../../src/chat/loop/chat-decoder.ts";
import { standInEngine } from "../../src/engines/stand-in.ts";
import { ChatServer } from "../../src/server/chat-server.ts";

const decoder = new ChatDecoder(standInEngine());
const server = new ChatServer(decoder);
let client: OpenAI;
const model = "stand-in";
const messages = [{ role: "user", content: "Tell me something." }] as const;

beforeAll(async () => {
  const baseURL = `${await server.listen(0)}/v1`;
  client = new OpenAI({ apiKey: "none", baseURL, maxRetries: 0 });
});
afterAll(() => server.close());

/** Everything that was decoded has left the loop. */
async function idle(): Promise<void> {
  while (decoder.load > 0 || server.load > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the openai client", () => {
  it("lists the model", async () => {
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual([model]);
    expect((await client.models.retrieve(model)).id).toBe(model);
  });

  it("chats", async () => {
    const completion = await client.chat.completions.create({
      model,
      messages: [...messages],
      max_completion_tokens: 20,
    });
    expect(completion.object).toBe("chat.completion");
    const [choice] = completion.choices;
    expect(choice!.message.role).toBe("assistant");
    expect(choice!.message.content!.length).toBeGreaterThan(0);
    expect(["stop", "length"]).toContain(choice!.finish_reason);
    const { prompt_tokens, completion_tokens, total_tokens } = completion.usage!;
    expect(completion_tokens).toBeLessThanOrEqual(20);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  });

  it("streams what it would have got at once", async () => {
    const request = { model, messages: [...messages], seed: 5, max_completion_tokens: 60 };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    const reasons: unknown[] = [];
    let usage: unknown;
    for await (const chunk of stream) {
      for (const { delta, finish_reason } of chunk.choices) {
        text += delta.content ?? "";
        if (finish_reason !== null) reasons.push(finish_reason);
      }
      if (chunk.usage) {
        expect(chunk.choices).toEqual([]);
        usage = chunk.usage;
      }
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(reasons).toEqual([whole.choices[0]!.finish_reason]);
    expect(usage).toEqual(whole.usage);
  });

  it("gets the same for the same seed, and something else for another", async () => {
    const ask = async (seed: number) => {
      const { choices } = await client.chat.completions.create({
        model,
        messages: [...messages],
        seed,
        n: 3,
        max_tokens: 30,
      });
      return choices.map(({ message }) => message.content);
    };
    const first = await ask(7);
    expect(await ask(7)).toEqual(first);
    expect(await ask(8)).not.toEqual(first);
    expect(new Set(first).size).toBe(3);
  });

  it("parses what a zod schema asks for", async () => {
    const shape = z.object({
      name: z.string(),
      age: z.number().int().min(0).max(120),
      tags: z.array(z.enum(["a", "b"])),
    });
    for (const seed of [1, 2, 3, 4, 5]) {
      const completion = await client.chat.completions.parse({
        model,
        messages: [...messages],
        seed,
        response_format: zodResponseFormat(shape, "person"),
      });
      const [choice] = completion.choices;
      expect(choice!.finish_reason).toBe("stop");
      // Strict: keys in the schema's order.
      expect(Object.keys(choice!.message.parsed!)).toEqual(["name", "age", "tags"]);
    }
  });

  it("streams a parsed format", async () => {
    // A number of any size may be 1e999, which JavaScript reads as Infinity.
    const shape = z.object({ colour: z.enum(["red", "green"]), size: z.number().min(0).max(99) });
    const stream = client.chat.completions.stream({
      model,
      messages: [...messages],
      response_format: zodResponseFormat(shape, "thing"),
    });
    const final = await stream.finalChatCompletion();
    expect(shape.parse(final.choices[0]!.message.parsed)).toBeDefined();
  });

  it("runs tools", async () => {
    const called: unknown[] = [];
    const runner = client.chat.completions.runTools(
      {
        model,
        messages: [...messages],
        tool_choice: { type: "function", function: { name: "lookUp" } },
        parallel_tool_calls: false,
        tools: [
          zodFunction({
            name: "lookUp",
            parameters: z.object({ city: z.enum(["Oslo", "Rome"]), days: z.number().int().min(1).max(9) }),
            function: (input) => {
              called.push(input);
              return "sunny";
            },
          }),
        ],
      },
      { maxChatCompletions: 2 },
    );
    await runner.done();
    expect(called.length).toBeGreaterThan(0);
    const days = expect.toSatisfy((value) => Number.isInteger(value) && value >= 1 && value <= 9);
    for (const input of called) expect(input).toEqual({ city: expect.stringMatching(/^(Oslo|Rome)$/), days });
  });

  it("calls custom tools", async () => {
    const grammar = { syntax: "regex", definition: "[A-Z]{2}[0-9]{3}" } as const;
    const completion = await client.chat.completions.create({
      model,
      messages: [...messages],
      tool_choice: { type: "custom", custom: { name: "plate" } },
      tools: [{ type: "custom", custom: { name: "plate", format: { type: "grammar", grammar } } }],
    });
    const [choice] = completion.choices;
    expect(choice!.finish_reason).toBe("tool_calls");
    const input = expect.stringMatching(/^[A-Z]{2}[0-9]{3}$/);
    expect(choice!.message.tool_calls).toMatchObject([{ type: "custom", custom: { name: "plate", input } }]);
  });

  it("gets tool calls as deltas", async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
      tool_choice: "required",
      tools: ["first", "second"].map((name) => ({
        type: "function",
        function: {
          name,
          parameters: {
            type: "object",
            properties: { x: { type: "boolean" } },
            required: ["x"],
            additionalProperties: false,
          },
        },
      })),
    });
    const calls: { id: string; name: string; arguments: string }[] = [];
    let reason: string | null = null;
    for await (const { choices } of stream) {
      for (const part of choices[0]?.delta.tool_calls ?? []) {
        const call = (calls[part.index] ??= { id: "", name: "", arguments: "" });
        call.id += part.id ?? "";
        call.name += part.function?.name ?? "";
        call.arguments += part.function?.arguments ?? "";
      }
      reason = choices[0]?.finish_reason ?? reason;
    }
    expect(reason).toBe("tool_calls");
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      expect(["first", "second"]).toContain(call.name);
      expect(typeof JSON.parse(call.arguments).x).toBe("boolean");
      expect(call.id).toMatch(/^call_/);
    }
  });

  it("is told log-probabilities", async () => {
    const { choices } = await client.chat.completions.create({
      model,
      messages: [...messages],
      max_completion_tokens: 8,
      logprobs: true,
      top_logprobs: 3,
    });
    const { content } = choices[0]!.logprobs!;
    expect(content!.length).toBeGreaterThan(0);
    for (const { logprob, top_logprobs } of content!) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top_logprobs.length).toBe(3);
      expect(top_logprobs[0]!.logprob).toBeGreaterThanOrEqual(logprob);
    }
    const text = content!.flatMap(({ bytes }) => bytes ?? []);
    expect(new TextDecoder().decode(Uint8Array.from(text))).toBe(choices[0]!.message.content);
  });

  it("stops at a stop string, which isn't part of the answer", async () => {
    const { choices } = await client.chat.completions.create({
      model,
      messages: [...messages],
      seed: 3,
      stop: ["e", " th"],
      max_completion_tokens: 200,
    });
    expect(choices[0]!.finish_reason).toBe("stop");
    expect(choices[0]!.message.content).not.toMatch(/e| th/);
  });

  it("leaves in the middle", async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
      logit_bias: { "256": 0 },
      min_tokens: 10_000,
      max_completion_tokens: 10_000,
    } as OpenAI.ChatCompletionCreateParamsStreaming);
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 5) break;
    expect(chunks).toBe(5);
    const controller = new AbortController();
    const aborted = client.chat.completions.create(
      {
        model,
        messages: [...messages],
        max_tokens: 10_000,
        min_tokens: 10_000,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming,
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 30);
    await expect(aborted).rejects.toThrow(/abort/i);
    await idle();
  });

  it("gets errors as its own classes, with the field", async () => {
    const ask = (extra: object) =>
      client.chat.completions.create({
        model,
        messages: [...messages],
        ...extra,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    await expect(ask({ temperature: 3 })).rejects.toMatchObject({
      status: 400,
      param: "temperature",
      type: "invalid_request_error",
    });
    await expect(ask({ model: "other" })).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    const schema = { type: "object", properties: { x: { $ref: "#/nowhere" } } };
    const failed = ask({ response_format: { type: "json_schema", json_schema: { name: "x", schema } } });
    await expect(failed).rejects.toMatchObject({
      status: 400,
      param: 'response_format.json_schema.schema.properties.x["$ref"]',
      code: "invalid",
    });
    await expect(ask({ tools: [], tool_choice: "required", n: 11 })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });
});
