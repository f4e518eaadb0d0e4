// An Engine over an onnxruntime session of a decoder, as Optimum exports them: input_ids, attention_mask and perhaps position_ids in; logits
// out; the cache as past_key_values.* and present.*. Rows run one after the other, each with a batch of 1: caches of different lengths would
// have to be padded and copied together. On the CPU that costs little.

import { ConstraintError } from "../../base/errors.ts";
import type { DeviceLogits, Engine, ForwardRow } from "../../chat/engine.ts";
import type { ChatCompletionRequest } from "../../chat/request/request.ts";
import type { Vocabulary } from "../../vocabulary/vocabulary.ts";
import { type ChatTemplate, renderPrompt, templateFields } from "../chat-template.ts";
import { tokenDecoder } from "../decode-tokens.ts";
import { widened } from "./half-floats.ts";
import { KvCache } from "./kv-cache.ts";
import { lastRows } from "./logits-rows.ts";
import type { OrtSession, OrtTensor, OrtTensorClass } from "./ort-types.ts";

export interface OnnxEngineOptions {
  readonly model: string;
  readonly session: OrtSession;
  /** `ort.Tensor`, of the same onnxruntime. */
  readonly Tensor: OrtTensorClass;
  readonly vocabulary: Vocabulary;
  /** The tokeniser, special tokens by their names only if `special` is set. */
  readonly encode: (text: string, special: boolean) => readonly number[];
  readonly chatTemplate?: ChatTemplate;
  readonly maxTokens?: number;
}

const fedInputs = new Set(["input_ids", "attention_mask", "position_ids"]);
const pastPrefix = "past_key_values.";

export class OnnxEngine implements Engine {
  readonly model: string;
  readonly vocabulary: Vocabulary;
  readonly encode: (text: string) => readonly number[];
  readonly decode: (tokens: readonly number[]) => string;
  readonly prompt?: (request: ChatCompletionRequest) => readonly number[];
  readonly fields?: ReadonlySet<string>;
  readonly maxTokens?: number;
  readonly #session: OrtSession;
  readonly #tensor: OrtTensorClass;
  readonly #caches = new Map<number, KvCache>();

  /** Throws ConstraintError "unsupported" for a session with other inputs. The session stays the caller's. */
  constructor({ session, Tensor, chatTemplate, encode, ...options }: OnnxEngineOptions) {
    const unknown = session.inputNames.filter((name) => !fedInputs.has(name) && !name.startsWith(pastPrefix));
    if (unknown.length > 0) throw new ConstraintError("unsupported", `the session asks for ${unknown.join(", ")}`);
    this.model = options.model;
    this.vocabulary = options.vocabulary;
    this.encode = (text) => encode(text, false);
    this.decode = tokenDecoder(options.vocabulary);
    if (options.maxTokens !== undefined) this.maxTokens = options.maxTokens;
    this.#session = session;
    this.#tensor = Tensor;
    if (chatTemplate === undefined) return;
    this.prompt = (request) => encode(renderPrompt(chatTemplate, request), true);
    this.fields = templateFields;
  }

  async forward(
    rows: readonly ForwardRow[],
    signal: AbortSignal,
  ): Promise<readonly (Float32Array | DeviceLogits | Error)[]> {
    // Forks first: their sources go on in this same pass.
    for (const row of rows) this.#fork(row);
    const results: (Float32Array | DeviceLogits | Error)[] = [];
    for (const row of rows) {
      signal.throwIfAborted();
      results.push(
        await this.#logits(row).catch((error) => (error instanceof Error ? error : new Error(String(error)))),
      );
    }
    return results;
  }

  release(sequence: number): void {
    this.#caches.get(sequence)?.release();
    this.#caches.delete(sequence);
  }

  #fork({ sequence, forkOf }: ForwardRow): void {
    const source = forkOf === undefined || this.#caches.has(sequence) ? undefined : this.#caches.get(forkOf);
    if (source !== undefined) this.#caches.set(sequence, source.share());
  }

  async #logits({ sequence, tokens }: ForwardRow): Promise<Float32Array | DeviceLogits> {
    const cache = this.#caches.get(sequence);
    // A cache that goes further, or another way, isn't cut but made again: that happens once, where a fork comes late.
    const isUsable =
      cache !== undefined &&
      cache.tokens.length < tokens.length &&
      cache.tokens.every((token, i) => token === tokens[i]);
    const known = isUsable ? cache.tokens.length : 0;
    const past = isUsable ? cache.tensors : this.#emptyPast();
    const outputs = await this.#session.run(this.#feeds(tokens, known, past));
    const present = new Map([...past.keys()].map((name) => [name, outputs[name.replace(pastPrefix, "present.")]!]));
    this.release(sequence);
    this.#caches.set(sequence, new KvCache([...tokens], present));
    return this.#lastRow(outputs["logits"]!);
  }

  #feeds(tokens: readonly number[], known: number, past: ReadonlyMap<string, OrtTensor>): Record<string, OrtTensor> {
    const added = tokens.slice(known);
    const feeds: Record<string, OrtTensor> = {
      input_ids: this.#int64(added),
      attention_mask: this.#int64(tokens.map(() => 1)),
      position_ids: this.#int64(added.map((_, i) => known + i)),
      ...Object.fromEntries(past),
    };
    return Object.fromEntries(this.#session.inputNames.map((name) => [name, feeds[name]!]));
  }

  #int64(values: readonly number[]): OrtTensor {
    return new this.#tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  }

  /** Caches of length 0, by the session's own account of their shapes: [batch, heads, length, width]. */
  #emptyPast(): Map<string, OrtTensor> {
    const past = new Map<string, OrtTensor>();
    for (const { name, type, shape } of this.#session.inputMetadata) {
      if (!name.startsWith(pastPrefix)) continue;
      const sizes = shape!.map((size, i) => (typeof size === "number" && size >= 0 ? size : i === 0 ? 1 : 0));
      const empty =
        type === "float16"
          ? new this.#tensor("float16", new Uint16Array(0), sizes)
          : new this.#tensor("float32", new Float32Array(0), sizes);
      past.set(name, empty);
    }
    return past;
  }

  #lastRow(logits: OrtTensor): Float32Array | DeviceLogits {
    const { logitsOffset, logitsWidth } = lastRows(logits);
    const rowOf = (data: unknown) => widened(data).subarray(logitsOffset, logitsOffset + logitsWidth);
    return logits.location === "gpu-buffer"
      ? { read: async () => rowOf(await logits.getData(true)) }
      : rowOf(logits.data);
  }
}
