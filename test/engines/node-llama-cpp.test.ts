import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import {
  getLlama,
  LlamaLogLevel,
  type LlamaContext as RealContext,
  type LlamaModel as RealModel,
  TokenBias,
} from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type LlamaContext,
  LlamaEngine,
  type LlamaModel,
  llamaVocabulary,
  tokenBias,
} from "../../src/engines/node-llama-cpp/index.ts";
import { Compiler } from "../../src/index.ts";
import { endOfTurn, tinyTokens } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { expectClose } from "./expect-close.ts";
import { decodeGreedily, oneRow } from "./greedy.ts";
import { writeTinyGguf } from "./write-gguf.ts";

const directory = mkdtempSync(join(tmpdir(), "grammask-gguf-"));
let model: RealModel;
let context: RealContext;

beforeAll(async () => {
  const modelPath = join(directory, "tiny.gguf");
  writeTinyGguf(modelPath);
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath });
  // One thread: llama.cpp's threads wait for each other spinning, which a busy machine makes slow.
  context = await model.createContext({ sequences: 4, contextSize: 512, threads: 1 });
});

afterAll(async () => {
  await model.llama.dispose();
  rmSync(directory, { recursive: true });
});

test("the package's types fit the adapter's", () => {
  expect([model satisfies LlamaModel, context satisfies LlamaContext]).toHaveLength(2);
});

test("the vocabulary has the file's tokens, and ends where llama.cpp does", () => {
  const vocabulary = llamaVocabulary(model);
  expect(vocabulary.size).toBe(tinyTokens.length);
  expect(vocabulary.eosTokenIds).toEqual([endOfTurn]);
  for (const token of model.iterateAllTokens()) {
    const bytes = vocabulary.tokenBytes(token);
    if (bytes?.every((byte) => byte < 128)) {
      expect(new TextDecoder().decode(bytes)).toBe(model.detokenize([token]));
    }
  }
});

describe("LlamaEngine", () => {
  let engine: LlamaEngine;
  beforeAll(() => {
    engine = new LlamaEngine({
      context,
      renderTemplate: (source, variables) => new Template(source).render(variables),
    });
  });

  test("encode and decode are inverse, special tokens by their names", () => {
    const text = 'naïve {"x": true}';
    expect(engine.decode(engine.encode(text))).toBe(text);
    expect(engine.decode([endOfTurn])).toBe("<|im_end|>");
    expect(engine.encode("<|im_end|>")).not.toContain(endOfTurn);
  });

  test("the prompt is the model's own template", () => {
    const content = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ] as const;
    const tokens = engine.prompt!({ model: engine.model, messages: [{ role: "user", content }] });
    expect(engine.decode(tokens)).toBe("<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n");
    expect(tokens).toContain(endOfTurn);
    const messages = [
      { role: "user", content },
      { role: "assistant", content: "c" },
    ] as const;
    const continued = engine.prompt!({ model: engine.model, messages, continue_final_message: true });
    expect(engine.decode(continued)).toBe("<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\nc");
  });

  test.each([schemaSpec, zipSpec])("decodes under a constraint: $type", async (spec) => {
    const compiler = new Compiler(engine.vocabulary);
    const text = await decodeGreedily(engine, "Go: ", compiler.compile(spec).matcher());
    expect(violations(spec, text)).toEqual([]);
    expect(violations(spec, await decodeGreedily(engine, "Go: "))).not.toEqual([]);
  });

  test("logits are the same step by step, at once, after a fork, after a rollback, and in a batch", async () => {
    const tokens = engine.encode("the quick brown fox");
    const other = [...tokens.slice(0, 9), ...engine.encode("!")];
    const whole = await oneRow(engine, { sequence: 1001, tokens, known: 0 });
    expect(Math.max(...whole)).toBeGreaterThan(Math.min(...whole));
    for (let length = 1; length <= tokens.length; length++) {
      const logits = await oneRow(engine, { sequence: 1002, tokens: tokens.slice(0, length), known: length - 1 });
      if (length === tokens.length) expectClose(logits, whole);
    }
    const forked = await oneRow(engine, { sequence: 1003, tokens: other, known: 9, forkOf: 1002 });
    engine.release(1002);
    expectClose(await oneRow(engine, { sequence: 1001, tokens: other, known: 9 }), forked);
    const [a, b] = await engine.forward(
      [
        { sequence: 1001, tokens: [...other, 65], known: other.length },
        { sequence: 1003, tokens: [...other, 66], known: other.length },
      ],
      new AbortController().signal,
    );
    engine.release(1001);
    engine.release(1003);
    expectClose(a as Float32Array, await oneRow(engine, { sequence: 1004, tokens: [...other, 65], known: 0 }));
    expectClose(b as Float32Array, await oneRow(engine, { sequence: 1004, tokens: [...other, 66], known: 0 }));
    engine.release(1004);
  });

  test("a fork and a prompt with a known beginning compute only what is new", async () => {
    const own = await model.createContext({ sequences: 2, contextSize: 512, threads: 1 });
    const getSequence = vi.spyOn(own, "getSequence");
    const computed = () =>
      getSequence.mock.results.reduce(
        (sum, { value }) => sum + value.tokenMeter.usedInputTokens + value.tokenMeter.usedOutputTokens,
        0,
      );
    const careful = new LlamaEngine({ context: own });
    const tokens = careful.encode("a long enough beginning ");
    await oneRow(careful, { sequence: 1, tokens, known: 0 });
    expect(computed()).toBe(tokens.length);
    await oneRow(careful, { sequence: 2, tokens: [...tokens, 65], known: tokens.length, forkOf: 1 });
    expect(computed()).toBe(tokens.length + 1);
    careful.release(1);
    careful.release(2);
    await oneRow(careful, { sequence: 3, tokens: [...tokens, 66, 67], known: 0 });
    expect(computed()).toBe(tokens.length + 3);
    await own.dispose();
  });

  test("a row that can't be computed is an error, and its neighbours are fine", async () => {
    const tooLong = Array.from({ length: 600 }, () => 65);
    const rows = [
      { sequence: 3001, tokens: tooLong, known: 0 },
      { sequence: 3002, tokens: [65], known: 0 },
    ];
    const [long, short] = await engine.forward(rows, new AbortController().signal);
    expect(long).toBeInstanceOf(Error);
    expect(short).toBeInstanceOf(Float32Array);
    const more = [1, 2, 3, 4].map((i) => ({ sequence: 3002 + i, tokens: [65], known: 0 }));
    const results = await engine.forward(more, new AbortController().signal);
    expect(results.filter((result) => result instanceof Error)).toHaveLength(1);
    for (let i = 1; i <= 6; i++) engine.release(3000 + i);
  });

  test("an aborted signal rejects", async () => {
    await expect(engine.forward([], AbortSignal.abort())).rejects.toThrow();
  });
});

describe("tokenBias", () => {
  test("node-llama-cpp still reads the fields that are made here", () => {
    expect(Object.keys(TokenBias.for(model)).sort()).toEqual(["_biases", "_tokenizer"]);
    expect(Reflect.get(TokenBias.for(model), "_tokenizer")).toBe(model.tokenizer);
  });

  test.each([0, 0.8])("llama.cpp's own sampler keeps to a constraint at temperature %d", async (temperature) => {
    const compiler = new Compiler(llamaVocabulary(model));
    const own = await model.createContext({ contextSize: 512, threads: 1 });
    const sequence = own.getSequence();
    const matcher = compiler.compile(schemaSpec).matcher();
    const tokens = model.tokenize("Go: ");
    const text: number[] = [];
    const options = { temperature, seed: 7, tokenBias: tokenBias(matcher, model), yieldEogToken: true };
    for await (const token of sequence.evaluate(tokens, options)) {
      expect(matcher.accept(token)).toBe(true);
      if (matcher.isTerminated) break;
      text.push(token);
    }
    await own.dispose();
    expect(violations(schemaSpec, model.detokenize(text as typeof tokens))).toEqual([]);
  });
});
