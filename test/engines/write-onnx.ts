// Writes a tiny decoder as Transformers.js and the ONNX engine know them: tokens and positions embedded, one attention layer with a KV
// cache, and a head, all of noise. Beside it the files that Transformers.js wants of a model.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";
import { endOfTurn, pseudoRandomWeights, tinyChatTemplate, tinyMerges, tinyTokens } from "./byte-tokens.ts";

const width = 32;
const maxPositions = 512;
const float = 1;
const int64 = 7;

/** The part of onnx.proto that is needed. */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Model { int64 ir_version = 1; Graph graph = 7; repeated Opset opset_import = 8; }
  message Opset { string domain = 1; int64 version = 2; }
  message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
  message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; }
  message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
  message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Value { string name = 1; Type type = 2; }
  message Type { TensorType tensor_type = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Shape { repeated Dimension dim = 1; }
  message Dimension { int64 dim_value = 1; string dim_param = 2; }
`,
  { keepCase: true },
);

const cacheShape = ["batch_size", 1, "past_length", width];
const presentShape = ["batch_size", 1, "total_length", width];

const graph = {
  name: "tiny",
  input: [
    value("input_ids", int64, ["batch_size", "length"]),
    value("attention_mask", int64, ["batch_size", "total_length"]),
    value("position_ids", int64, ["batch_size", "length"]),
    value("past_key_values.0.key", float, cacheShape),
    value("past_key_values.0.value", float, cacheShape),
  ],
  output: [
    value("logits", float, ["batch_size", "length", tinyTokens.length]),
    value("present.0.key", float, presentShape),
    value("present.0.value", float, presentShape),
  ],
  initializer: [
    weights("embedding", [tinyTokens.length, width], 1),
    weights("positions", [maxPositions, width], 1),
    ...["query", "key", "value", "output"].map((name) => weights(name, [width, width], 0.5)),
    weights("head", [width, tinyTokens.length], 1),
    floats("one", [1]),
    floats("far", [1e9]),
    integers("axis1", [1]),
    integers("axes12", [1, 2]),
    integers("index0", [0]),
    integers("index1", [1]),
  ],
  node: [
    node("Gather", ["embedding", "input_ids"], "token_vectors"),
    node("Gather", ["positions", "position_ids"], "position_vectors"),
    node("Add", ["token_vectors", "position_vectors"], "x"),
    ...["query", "key", "value"].flatMap((name) => [
      node("MatMul", ["x", name], `${name}_flat`),
      node("Unsqueeze", [`${name}_flat`, "axis1"], `${name}_new`),
    ]),
    node("Concat", ["past_key_values.0.key", "key_new"], "present.0.key", { axis: 2 }),
    node("Concat", ["past_key_values.0.value", "value_new"], "present.0.value", { axis: 2 }),
    node("Transpose", ["present.0.key"], "keys", { perm: [0, 1, 3, 2] }),
    node("MatMul", ["query_new", "keys"], "scores"),
    // 1 where a query may look: not behind itself, and not at padding.
    node("Shape", ["input_ids"], "input_shape"),
    node("Shape", ["attention_mask"], "mask_shape"),
    node("Gather", ["input_shape", "index1"], "length"),
    node("Gather", ["mask_shape", "index1"], "total"),
    node("Concat", ["length", "total"], "square", { axis: 0 }),
    node("Expand", ["one", "square"], "ones"),
    node("Sub", ["total", "length"], "past_list"),
    node("Squeeze", ["past_list", "index0"], "past"),
    node("Trilu", ["ones", "past"], "causal", { upper: 0 }),
    node("Cast", ["attention_mask"], "mask_flat", { to: float }),
    node("Unsqueeze", ["mask_flat", "axes12"], "mask"),
    node("Mul", ["causal", "mask"], "visible"),
    node("Sub", ["visible", "one"], "hidden"),
    node("Mul", ["hidden", "far"], "bias"),
    node("Add", ["scores", "bias"], "biased"),
    node("Softmax", ["biased"], "attention", { axis: -1 }),
    node("MatMul", ["attention", "present.0.value"], "seen_new"),
    node("Squeeze", ["seen_new", "axis1"], "seen"),
    node("MatMul", ["seen", "output"], "attended"),
    node("Add", ["x", "attended"], "y"),
    node("MatMul", ["y", "head"], "logits"),
  ],
};

/** Into `directory`, which is made. */
export function writeTinyOnnx(directory: string): void {
  mkdirSync(join(directory, "onnx"), { recursive: true });
  const type = root.lookupType("Model");
  const model = { ir_version: 9, graph, opset_import: [{ domain: "", version: 17 }] };
  writeFileSync(join(directory, "onnx", "model.onnx"), type.encode(type.fromObject(model)).finish());
  const files = {
    "config.json": {
      model_type: "gpt2",
      n_layer: 1,
      n_head: 1,
      n_embd: width,
      vocab_size: tinyTokens.length,
      eos_token_id: endOfTurn,
    },
    "generation_config.json": { eos_token_id: endOfTurn },
    "tokenizer.json": tinyTokenizer,
    "tokenizer_config.json": {
      tokenizer_class: "GPT2Tokenizer",
      eos_token: "<|im_end|>",
      pad_token: "<|im_end|>",
      chat_template: tinyChatTemplate,
    },
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), JSON.stringify(content));
}

export const tinyTokenizer = {
  version: "1.0",
  added_tokens: tinyTokens.flatMap((content, id) =>
    content.startsWith("<|")
      ? [{ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }]
      : [],
  ),
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: false },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    vocab: Object.fromEntries(tinyTokens.flatMap((token, id) => (token.startsWith("<|") ? [] : [[token, id]]))),
    merges: tinyMerges,
  },
};

function value(name: string, elem_type: number, shape: readonly (string | number)[]) {
  const dim = shape.map((size) => (typeof size === "string" ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type, shape: { dim } } } };
}

function weights(name: string, dims: readonly number[], scale: number) {
  const count = dims.reduce((a, b) => a * b);
  return floats(name, pseudoRandomWeights(count, name.length + dims[0]!, scale), dims);
}

function floats(name: string, values: Iterable<number>, dims?: readonly number[]) {
  const data = Float32Array.from(values);
  return { name, dims: dims ?? [data.length], data_type: float, raw_data: new Uint8Array(data.buffer) };
}

function integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]) {
  return { name, dims, data_type: int64, raw_data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

function node(
  op_type: string,
  input: readonly string[],
  output: string,
  attributes: Record<string, number | readonly number[]> = {},
) {
  const attribute = Object.entries(attributes).map(([name, given]) =>
    typeof given === "number" ? { name, i: given, type: 2 } : { name, ints: given, type: 7 },
  );
  return { op_type, input, output: [output], attribute };
}
