// Readers who lag behind: what they haven't read stays little, and nobody but them waits for it.
import { describe, expect, it } from "vitest";
import type { ChatCompletionChunk } from "../../../src/chat/response.ts";
import { decoderOf } from "./decoder-of.ts";

const text = "x".repeat(400);
const request = (content = "?") => ({
  model: "scripted",
  temperature: 0,
  messages: [{ role: "user", content } as const],
});
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
const textOf = (chunks: readonly ChatCompletionChunk[], index = 0) =>
  chunks
    .flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
    .reduce((all, { delta }) => all + (delta.content ?? ""), "");

async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe("an answer that nobody reads", () => {
  it("stands still, and goes on when somebody does", async () => {
    const { decoder, engine } = decoderOf({ script: () => `${text}<eos>` });
    const stream = await decoder.generate(request());
    await turns(1000);
    const passes = engine.passes.length;
    expect(passes).toBeLessThan(300);
    await turns(50);
    expect(engine.passes.length).toBe(passes);
    expect(decoder.load).toBe(1);
    expect(textOf(await read(stream))).toBe(text);
    expect(decoder.load).toBe(0);
    expect(engine.held.size).toBe(0);
  });

  it("holds up no other", async () => {
    const { decoder, ask } = decoderOf({ script: () => `${text}<eos>` });
    const unread = await decoder.generate(request());
    expect(await ask()).toMatchObject([{ content: text }]);
    expect(await ask()).toMatchObject([{ content: text }]);
    expect(textOf(await read(unread))).toBe(text);
  });

  it("is left by its signal", async () => {
    const { decoder, engine } = decoderOf({ script: () => `${text}<eos>` });
    const controller = new AbortController();
    const stream = await decoder.generate(request(), { signal: controller.signal });
    await turns(500);
    expect(engine.held.size).toBe(1);
    controller.abort(new Error("enough"));
    expect(decoder.load).toBe(0);
    expect(engine.held.size).toBe(0);
    await expect(read(stream)).rejects.toThrow("enough");
  });

  it("gives its room in the engine to others, and computes again what was there", async () => {
    const { decoder, engine, ask } = decoderOf({
      script: (prompt) => `${prompt}${text}<eos>`,
      engine: { maxSequences: 3 },
      onPass: (rows) => {
        const coming = rows.filter(({ sequence }) => !engine.held.has(sequence)).length;
        expect(engine.held.size + coming).toBeLessThanOrEqual(3);
        return undefined;
      },
    });
    const unread = await decoder.generate({ ...request("ab"), n: 3 });
    await turns(500);
    expect(engine.held.size).toBe(3);
    expect(await ask({ n: 2, max_tokens: 5 })).toMatchObject([{ content: "?xxxx" }, { content: "?xxxx" }]);
    const chunks = await read(unread);
    for (const index of [0, 1, 2]) expect(textOf(chunks, index)).toBe(`ab${text}`);
    expect(engine.held.size).toBe(0);
  });

  it("is read in one go by completion, however long it is", async () => {
    const { ask } = decoderOf({ script: () => `${text}<eos>` });
    expect(await ask({ n: 5 })).toMatchObject(Array(5).fill({ content: text }));
  });
});
