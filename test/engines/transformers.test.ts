import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  env,
  type LogitsProcessor,
  LogitsProcessorList,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
} from "@huggingface/transformers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConstraintProcessor, constraintProcessor } from "../../src/engines/transformers.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { endOfTurn } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { tinyTokenizer, writeTinyOnnx } from "./write-onnx.ts";

const directory = mkdtempSync(join(tmpdir(), "grammask-transformers-"));
const compiler = new Compiler(Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] }));
let model: PreTrainedModel;
let tokenizer: PreTrainedTokenizer;

beforeAll(async () => {
  writeTinyOnnx(join(directory, "tiny"));
  env.allowRemoteModels = false;
  env.localModelPath = directory;
  model = await AutoModelForCausalLM.from_pretrained("tiny", { dtype: "fp32" });
  tokenizer = await AutoTokenizer.from_pretrained("tiny");
  tokenizer.padding_side = "left";
});

afterAll(async () => {
  await model.dispose();
  rmSync(directory, { recursive: true });
});

/** The texts behind the prompts, one a row, and whether each row ended. */
async function generate(prompts: string[], processor: ConstraintProcessor | undefined, options: object) {
  const inputs = await tokenizer(prompts, { padding: true });
  const processors = new LogitsProcessorList();
  if (processor !== undefined) processors.push(processor satisfies LogitsProcessor);
  const output = (await model.generate({
    ...inputs,
    max_new_tokens: 200,
    logits_processor: processors,
    ...options,
  })) as Tensor;
  const begin = inputs.input_ids.dims.at(-1);
  return (output.tolist() as bigint[][]).map((row) => {
    const answer = row.slice(begin);
    return {
      text: tokenizer.decode(answer.map(Number), { skip_special_tokens: true }),
      ended: answer.includes(BigInt(endOfTurn)),
    };
  });
}

test.each([
  ["greedily", { do_sample: false }],
  ["by sampling", { do_sample: true, temperature: 1.2 }],
])("a batch of different constraints and lengths, %s; a finished row gets stop tokens only", async (_, options) => {
  const specs = [schemaSpec, zipSpec];
  const prompts = ["Go: ", "A longer prompt: "];
  const matchers = specs.map((spec) => compiler.compile(spec).matcher());
  const rows = await generate(prompts, constraintProcessor(matchers), options);
  for (const [i, spec] of specs.entries()) {
    expect(rows[i]!.ended).toBe(true);
    expect(violations(spec, rows[i]!.text)).toEqual([]);
  }
  const free = await generate(prompts, undefined, options);
  for (const [i, spec] of specs.entries()) expect(violations(spec, free[i]!.text)).not.toEqual([]);
});

test("a row without a matcher is free", async () => {
  const matcher = compiler.compile(zipSpec).matcher();
  const options = { do_sample: false, max_new_tokens: 20 };
  const [free, constrained] = await generate(["Go: ", "Go: "], constraintProcessor([null, matcher]), options);
  const [alone] = await generate(["Go: "], undefined, options);
  expect(free).toEqual(alone);
  expect(violations(zipSpec, constrained!.text)).toEqual([]);
});

test("rows that change places, as beams do, are followed", () => {
  const matchers = [zipSpec, zipSpec].map((spec) => compiler.compile(spec).matcher());
  const processor = constraintProcessor(matchers);
  const width = compiler.vocabulary.size;
  const step = (...texts: string[]) => {
    const data = new Float32Array(2 * width);
    processor(
      texts.map((text) => [...text].map((digit) => BigInt(digit.charCodeAt(0)))),
      { dims: [2, width], data },
    );
    return [0, 1].map((row) => data.subarray(row * width, (row + 1) * width).filter(Number.isFinite).length);
  };
  expect(step("p", "p")).toEqual([10, 10]);
  expect(step("p1", "p2")).toEqual([10, 10]);
  step("p23", "p23");
  step("p1234", "p2345");
  expect(step("p23456", "p23456")).toEqual([2, 2]);
  expect(matchers.map((matcher) => matcher.tokenCount)).toEqual([5, 5]);
  expect(() => step("p2x", "p2")).toThrow(/isn't allowed/);
});

test("a batch of another size is refused", () => {
  const processor = constraintProcessor([compiler.compile(zipSpec).matcher()]);
  const width = compiler.vocabulary.size;
  expect(() => processor([[1n], [1n]], { dims: [2, width], data: new Float32Array(2 * width) })).toThrow(/batch of 2/);
});
