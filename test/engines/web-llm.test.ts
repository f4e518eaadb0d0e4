// Contract tests: WebLLM needs a browser with WebGPU and a compiled model. The types are the real package's; the calls are made in the order of
// its pipeline (0.2.86: processLogits, sample, processSampledToken; resetState on resetChat).
import type { LogitProcessor } from "@mlc-ai/web-llm";
import { describe, expect, test } from "vitest";
import { ConstraintLogitProcessor } from "../../src/engines/web-llm.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { endOfTurn } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { argmax } from "./greedy.ts";
import { tinyTokenizer } from "./write-onnx.ts";

const vocabulary = Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] });
const compiler = new Compiler(vocabulary);

/** WebLLM's part, with noise for a model whose logits are padded. */
function answer(processor: LogitProcessor, maxTokens = 200): string {
  const bytes: number[] = [];
  for (let step = 0; step < maxTokens; step++) {
    const noise = Float32Array.from({ length: vocabulary.size + 9 }, (_, id) => Math.sin(id * 12.9898 + step * 78.233));
    const token = argmax(processor.processLogits(noise));
    processor.processSampledToken(token);
    if (token === endOfTurn) break;
    const isPadding = token >= vocabulary.size;
    bytes.push(...((isPadding ? null : vocabulary.tokenBytes(token)) ?? [0xff]));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

describe("ConstraintLogitProcessor", () => {
  test("constrains one request after the other", () => {
    const processor = new ConstraintLogitProcessor() satisfies LogitProcessor;
    for (const spec of [schemaSpec, zipSpec]) {
      processor.constrain(compiler.compile(spec).matcher());
      expect(violations(spec, answer(processor))).toEqual([]);
      processor.constrain(null);
      expect(violations(spec, answer(processor, 40))).not.toEqual([]);
    }
  });

  test("begins anew when the chat is reset", () => {
    const processor = new ConstraintLogitProcessor();
    const matcher = compiler.compile(zipSpec).matcher();
    processor.constrain(matcher);
    const first = answer(processor);
    processor.resetState();
    expect(matcher.tokenCount).toBe(0);
    expect(answer(processor)).toBe(first);
  });

  test("a token that was forbidden is an error", () => {
    const processor = new ConstraintLogitProcessor();
    processor.constrain(compiler.compile(zipSpec).matcher());
    expect(() => processor.processSampledToken("x".charCodeAt(0))).toThrow(/isn't allowed/);
  });
});
