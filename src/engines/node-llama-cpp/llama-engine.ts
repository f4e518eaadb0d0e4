// An Engine over a context of node-llama-cpp. Logits come out of its `controlledEvaluate`, raw and whole; rows that are asked for
// together are one batch of llama.cpp, because the context gathers what is evaluated in the same tick.
import type { Engine, ForwardRow } from "../../chat/engine.ts";
import type { ChatCompletionRequest } from "../../chat/request/request.ts";
import type { Vocabulary } from "../../vocabulary/vocabulary.ts";
import { type RenderTemplate, renderPrompt, templateFields } from "../chat-template.ts";
import { tokenDecoder } from "../decode-tokens.ts";
import type { LlamaContext, LlamaSequence } from "./llama-types.ts";
import { ggufMetadata, llamaEncode, llamaVocabulary } from "./llama-vocabulary.ts";
import { SequencePool } from "./sequence-pool.ts";

export interface LlamaEngineOptions {
  /** The engine takes its sequences, up to all of them; make it with as many `sequences` as rows shall be in a batch. */
  readonly context: LlamaContext;
  /** What the server calls it. Default: the file's general.name. */
  readonly model?: string;
  /** Runs the file's chat template. Without it there is no `prompt`. */
  readonly renderTemplate?: RenderTemplate;
}

export class LlamaEngine implements Engine {
  readonly model: string;
  readonly vocabulary: Vocabulary;
  readonly encode: (text: string) => readonly number[];
  readonly decode: (tokens: readonly number[]) => string;
  readonly prompt?: (request: ChatCompletionRequest) => readonly number[];
  readonly fields?: ReadonlySet<string>;
  readonly maxBatch: number;
  readonly maxSequences: number;
  readonly maxTokens: number;
  readonly #pool: SequencePool;

  /** Throws as `llamaVocabulary`. Context and model stay the caller's. */
  constructor(options: LlamaEngineOptions) {
    const { context, renderTemplate } = options;
    const { model } = context;
    const metadata = ggufMetadata(model);
    this.model = options.model ?? String(metadata["general.name"] ?? "gguf");
    this.vocabulary = llamaVocabulary(model);
    this.encode = llamaEncode(model);
    this.decode = tokenDecoder(this.vocabulary);
    this.maxBatch = context.totalSequences;
    this.maxSequences = context.totalSequences;
    // A full sequence would drop its beginning to make room.
    this.maxTokens = context.contextSize - 1;
    this.#pool = new SequencePool(context);

    const source = metadata["tokenizer.chat_template"];
    if (renderTemplate === undefined || typeof source !== "string") return;
    const textOf = (key: string): string => {
      const id = metadata[`tokenizer.ggml.${key}`];
      return typeof id === "number" ? this.decode([id]) : "";
    };
    const template = {
      source,
      render: renderTemplate,
      bosToken: textOf("bos_token_id"),
      eosToken: textOf("eos_token_id"),
    };
    this.prompt = (request) => model.tokenize(renderPrompt(template, request), true, "trimLeadingSpace");
    this.fields = templateFields;
  }

  async forward(rows: readonly ForwardRow[], signal: AbortSignal): Promise<readonly (Float32Array | Error)[]> {
    signal.throwIfAborted();
    // One after the other, before anything is evaluated: a fork copies its source as it is now.
    const sequences: (LlamaSequence | Error)[] = [];
    for (const row of rows) sequences.push(await this.#pool.take(row).catch(asError));
    return Promise.all(
      rows.map(async (row, i) => {
        const sequence = sequences[i]!;
        if (sequence instanceof Error) return sequence;
        try {
          return await this.#logits(sequence, row.tokens);
        } catch (error) {
          this.#pool.discard(row.sequence);
          return asError(error);
        }
      }),
    );
  }

  release(sequence: number): void {
    this.#pool.release(sequence);
  }

  async #logits(sequence: LlamaSequence, tokens: readonly number[]): Promise<Float32Array> {
    if (tokens.length > this.maxTokens) throw new Error(`${tokens.length} tokens; the context holds ${this.maxTokens}`);
    // The last token is always evaluated: its logits aren't kept.
    const before = tokens.slice(0, -1);
    await sequence.adaptStateToTokens(before, false);
    const results = await sequence.controlledEvaluate([
      ...before.slice(sequence.contextTokens.length),
      [tokens.at(-1)!, wholeLogits],
    ]);
    const logits = new Float32Array(this.vocabulary.size).fill(Number.NEGATIVE_INFINITY);
    for (const [token, logit] of results.at(-1)!.next.logits!) logits[token] = logit;
    return logits;
  }
}

const wholeLogits = { generateNext: { logits: true } };

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
