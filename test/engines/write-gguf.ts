// Writes a tiny model of the llama architecture as a GGUF file (ggml's docs/gguf.md): one layer of noise. It says nothing sensible,
// which is what a constraint needs to show that it works; its attention is real, so a wrong KV cache shows as well.
import { writeFileSync } from "node:fs";
import { endOfTurn, pseudoRandomWeights, tinyChatTemplate, tinyMerges, tinyTokens } from "./byte-tokens.ts";

type Value =
  | string
  | { readonly u32: number }
  | { readonly f32: number }
  | readonly string[]
  | { readonly i32s: readonly number[] };

const width = 64;
const hidden = 128;
const normal = 1;
const control = 3;

const metadata: Record<string, Value> = {
  "general.architecture": "llama",
  "general.name": "tiny",
  "llama.context_length": { u32: 1024 },
  "llama.embedding_length": { u32: width },
  "llama.block_count": { u32: 1 },
  "llama.feed_forward_length": { u32: hidden },
  "llama.attention.head_count": { u32: 2 },
  "llama.attention.head_count_kv": { u32: 2 },
  "llama.attention.layer_norm_rms_epsilon": { f32: 1e-5 },
  "llama.rope.dimension_count": { u32: width / 2 },
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "gpt-2",
  "tokenizer.ggml.tokens": tinyTokens,
  "tokenizer.ggml.token_type": { i32s: tinyTokens.map((token) => (token.startsWith("<|") ? control : normal)) },
  "tokenizer.ggml.merges": tinyMerges,
  "tokenizer.ggml.eos_token_id": { u32: endOfTurn },
  "tokenizer.chat_template": tinyChatTemplate,
};

/** Dimensions as GGUF counts them: the contiguous one first. */
const tensors: Record<string, readonly number[]> = {
  "token_embd.weight": [width, tinyTokens.length],
  "output_norm.weight": [width],
  "output.weight": [width, tinyTokens.length],
  "blk.0.attn_norm.weight": [width],
  "blk.0.attn_q.weight": [width, width],
  "blk.0.attn_k.weight": [width, width],
  "blk.0.attn_v.weight": [width, width],
  "blk.0.attn_output.weight": [width, width],
  "blk.0.ffn_norm.weight": [width],
  "blk.0.ffn_gate.weight": [width, hidden],
  "blk.0.ffn_up.weight": [width, hidden],
  "blk.0.ffn_down.weight": [hidden, width],
};

/** `loudness`: what its logits are multiplied by. */
export function writeTinyGguf(path: string, loudness = 1): void {
  const header: Buffer[] = [
    Buffer.from("GGUF"),
    u32(3),
    u64(Object.keys(tensors).length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [text(key), ...encodeValue(value)]),
  ];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [seed, [name, dimensions]] of Object.entries(tensors).entries()) {
    const f32 = 0;
    header.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(f32), u64(offset));
    const weights = pseudoRandomWeights(
      dimensions.reduce((a, b) => a * b),
      seed + 1,
      name === "output.weight" ? 0.6 * loudness : 0.6,
    );
    const bytes = padded(Buffer.from(weights.buffer));
    data.push(bytes);
    offset += bytes.length;
  }
  writeFileSync(path, Buffer.concat([padded(Buffer.concat(header)), ...data]));
}

function encodeValue(value: Value): Buffer[] {
  if (typeof value === "string") return [u32(8), text(value)];
  if ("u32" in value) return [u32(4), u32(value.u32)];
  if ("f32" in value) return [u32(6), Buffer.from(Float32Array.of(value.f32).buffer)];
  if ("i32s" in value) return [u32(9), u32(5), u64(value.i32s.length), Buffer.from(Int32Array.from(value.i32s).buffer)];
  return [u32(9), u32(8), u64(value.length), ...value.map(text)];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer);
}

function u64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

/** To GGUF's alignment of 32 bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 31)]);
}
