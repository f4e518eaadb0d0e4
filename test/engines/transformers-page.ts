// Transformers.js with the tiny model, in a page or in Node: the package has a build for each.
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
import { constraintProcessor } from "../../src/engines/transformers.ts";
import { Compiler, type ConstraintSpec, Vocabulary } from "../../src/index.ts";
import { endOfTurn } from "./byte-tokens.ts";

let model: PreTrainedModel;
let tokenizer: PreTrainedTokenizer;
let compiler: Compiler;

/** `models`: the folder of the folder "tiny". `runtime`: where a page finds onnxruntime's code. */
export async function load(
  models: string,
  tokenizerJson: object,
  runtime?: { wasm: string; mjs: string },
): Promise<void> {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = models;
  if (runtime !== undefined) env.backends.onnx.wasm!.wasmPaths = runtime;
  model = await AutoModelForCausalLM.from_pretrained("tiny", { dtype: "fp32" });
  tokenizer = await AutoTokenizer.from_pretrained("tiny");
  tokenizer.padding_side = "left";
  compiler = new Compiler(Vocabulary.fromTokenizerJson(tokenizerJson, { eosTokenIds: [endOfTurn] }));
}

/** The texts behind the prompts, one a row, and whether each row ended. null: a free row. */
export async function generate(prompts: string[], specs: readonly (ConstraintSpec | null)[], options: object) {
  const inputs = await tokenizer(prompts, { padding: true });
  const processors = new LogitsProcessorList();
  const matchers = specs.map((spec) => spec && compiler.compile(spec).matcher());
  processors.push(constraintProcessor(matchers) satisfies LogitsProcessor);
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

export async function unload(): Promise<void> {
  await model.dispose();
}
