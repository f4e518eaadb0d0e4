import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import ortNode from "onnxruntime-node";
import * as ortWeb from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maskLogits, OnnxEngine, type OrtSession, type OrtTensorClass } from "../../src/engines/onnxruntime/index.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { endOfTurn, tinyChatTemplate, tinyTokens } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { expectClose } from "./expect-close.ts";
import { decodeGreedily, oneRow } from "./greedy.ts";
import { tinyTokenizer, writeTinyOnnx } from "./write-onnx.ts";

const directory = mkdtempSync(join(tmpdir(), "grammask-onnx-"));
const vocabulary = Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] });
const tokenizer = new Tokenizer(tinyTokenizer, {});

beforeAll(() => {
  writeTinyOnnx(directory);
  ortWeb.env.wasm.numThreads = 1;
});
afterAll(() => rmSync(directory, { recursive: true }));

test("half floats are masked by their bits", () => {
  const matcher = new Compiler(vocabulary).compile(zipSpec).matcher();
  const one = 0x3c00;
  const logits = new ortNode.Tensor("float16", new Uint16Array(vocabulary.size).fill(one), [1, vocabulary.size]);
  maskLogits(logits, [matcher]);
  const negativeInfinity = 0xfc00;
  const digits = new Set([..."0123456789"].map((digit) => digit.charCodeAt(0)));
  expect([...(logits.data as unknown as Uint16Array)]).toEqual(
    tinyTokens.map((_, id) => (digits.has(id) ? one : negativeInfinity)),
  );
});

test("the packages' types fit the adapter's", async () => {
  const classes = [ortNode.Tensor, ortWeb.Tensor] satisfies OrtTensorClass[];
  expect(classes).toHaveLength(2);
});

describe.each(["onnxruntime-node", "onnxruntime-web"])("%s", (name) => {
  const ort = name === "onnxruntime-node" ? ortNode : ortWeb;
  let session: OrtSession;
  let engine: OnnxEngine;

  beforeAll(async () => {
    session = await ort.InferenceSession.create(readFileSync(join(directory, "onnx/model.onnx")), {
      logSeverityLevel: 4,
    });
    engine = new OnnxEngine({
      model: "tiny",
      session,
      Tensor: ort.Tensor,
      vocabulary,
      encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
      chatTemplate: {
        source: tinyChatTemplate,
        render: (template, variables) => new Template(template).render(variables),
        bosToken: "",
        eosToken: "<|im_end|>",
      },
    });
  });

  test.each([schemaSpec, zipSpec])("decodes under a constraint: $type", async (spec) => {
    const matcher = new Compiler(vocabulary).compile(spec).matcher();
    const text = await decodeGreedily(engine, "Go: ", matcher);
    expect(violations(spec, text)).toEqual([]);
    expect(violations(spec, await decodeGreedily(engine, "Go: "))).not.toEqual([]);
  });

  test("logits are the same step by step, at once, and after a fork", async () => {
    const tokens = engine.encode("the quick brown fox");
    const whole = await oneRow(engine, { sequence: 1001, tokens, known: 0 });
    for (let length = 1; length < tokens.length; length++) {
      await oneRow(engine, { sequence: 1002, tokens: tokens.slice(0, length), known: length - 1 });
    }
    const before = tokens.length - 1;
    const rows = [
      { sequence: 1002, tokens: [...tokens.slice(0, -1), 65], known: before },
      { sequence: 1003, tokens, known: before, forkOf: 1002 },
      { sequence: 1004, tokens, known: before, forkOf: 1001 },
    ];
    const [, fork, lateFork] = await engine.forward(rows, new AbortController().signal);
    expectClose(fork as Float32Array, whole);
    expectClose(lateFork as Float32Array, whole);
    for (const sequence of [1001, 1002, 1003, 1004]) engine.release(sequence);
  });

  test("masks the last position of every row, in place", async () => {
    const matchers = [schemaSpec, zipSpec].map((spec) => new Compiler(vocabulary).compile(spec).matcher());
    const rows = [engine.encode("abc"), engine.encode("xyz")];
    const int64 = (values: number[], dims: number[]) =>
      new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
    const empty = () => new ort.Tensor("float32", new Float32Array(0), [2, 1, 0, 32]);
    const { logits } = await session.run({
      input_ids: int64(rows.flat(), [2, 3]),
      attention_mask: int64([1, 1, 1, 1, 1, 1], [2, 3]),
      position_ids: int64([0, 1, 2, 0, 1, 2], [2, 3]),
      "past_key_values.0.key": empty(),
      "past_key_values.0.value": empty(),
    });
    maskLogits(logits!, matchers);
    const finite = (position: number) =>
      (logits!.data as Float32Array)
        .slice(position * tinyTokens.length, (position + 1) * tinyTokens.length)
        .reduce((count, logit) => count + (Number.isFinite(logit) ? 1 : 0), 0);
    expect([0, 1, 2, 3, 4, 5].map(finite)).toEqual(
      [null, null, matchers[0]!, null, null, matchers[1]!].map((matcher) => matcher?.mask().count ?? tinyTokens.length),
    );
  });

  test("a row that can't be computed is an error", async () => {
    const [result] = await engine.forward([{ sequence: 1, tokens: [99_999], known: 0 }], new AbortController().signal);
    expect(result).toBeInstanceOf(Error);
  });

  test("the prompt is the template's", () => {
    const tokens = engine.prompt!({ model: engine.model, messages: [{ role: "user", content: "a" }] });
    expect(engine.decode(tokens)).toBe("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  });
});
