// An Engine over a model that wllama 2.4 has loaded. There is one KV cache: the sequence in it goes on in it, and what another begins with
// is kept, so one sequence runs at a time. What wllama calls logits are probabilities, of which the logarithm is taken: a constant less
// than the logits, which no sampler sees but for a repetition penalty, which divides.
import type { Engine, ForwardRow } from "../../chat/engine.ts";
import type { ChatCompletionRequest } from "../../chat/request/request.ts";
import type { Vocabulary } from "../../vocabulary/vocabulary.ts";
import { type RenderTemplate, renderPrompt, templateFields } from "../chat-template.ts";
import { tokenDecoder } from "../decode-tokens.ts";
import { sharedLength } from "../shared-length.ts";
import type { Wllama2 } from "./wllama-types.ts";

export interface WllamaEngineOptions {
  /** What the server calls it. */
  readonly model: string;
  /** With its model loaded, and asked by nobody else meanwhile. It stays the caller's. */
  readonly wllama: Wllama2;
  /** From the model's tokenizer.json, or from the file's metadata: wllama gives neither away. */
  readonly vocabulary: Vocabulary;
  /** The tokeniser, without special tokens; asked only where there is no chat template. */
  readonly encode: (text: string) => readonly number[];
  /** Runs the file's chat template. Without it there is no `prompt`. */
  readonly renderTemplate?: RenderTemplate;
}

/** The logarithm of a probability that a float rounds to zero: such a token is the least likely, but stays possible. */
const leastLogit = Math.log(2 ** -150);

export class WllamaEngine implements Engine {
  readonly model: string;
  readonly vocabulary: Vocabulary;
  readonly encode: (text: string) => readonly number[];
  readonly decode: (tokens: readonly number[]) => string;
  readonly prompt?: (request: ChatCompletionRequest) => Promise<readonly number[]>;
  readonly fields?: ReadonlySet<string>;
  readonly maxSequences = 1;
  readonly maxTokens: number;
  readonly #wllama: Wllama2;
  /** What the KV cache holds; empty where that isn't known. */
  #cached: readonly number[] = [];

  constructor({ model, wllama, vocabulary, encode, renderTemplate }: WllamaEngineOptions) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.encode = encode;
    this.decode = tokenDecoder(vocabulary);
    this.maxTokens = wllama.getLoadedContextInfo().n_ctx;
    this.#wllama = wllama;
    const source = wllama.getChatTemplate();
    if (renderTemplate === undefined || source === null) return;
    const [bosToken, eosToken] = [wllama.getBOS(), wllama.getEOS()].map((token) => this.decode([token]));
    const template = { source, render: renderTemplate, bosToken: bosToken!, eosToken: eosToken! };
    this.prompt = (request) => wllama.tokenize(renderPrompt(template, request), true);
    this.fields = templateFields;
  }

  async forward(rows: readonly ForwardRow[], signal: AbortSignal): Promise<readonly (Float32Array | Error)[]> {
    const results: (Float32Array | Error)[] = [];
    for (const { tokens } of rows) {
      signal.throwIfAborted();
      results.push(
        await this.#logits(tokens).catch((error) => {
          this.#cached = [];
          return error instanceof Error ? error : new Error(String(error));
        }),
      );
    }
    return results;
  }

  async #logits(tokens: readonly number[]): Promise<Float32Array> {
    // The last token is always decoded: its probabilities aren't kept.
    const kept = await this.#keep(tokens.slice(0, -1));
    await this.#wllama.decode(tokens.slice(kept), {});
    this.#cached = [...tokens];
    const probabilities = await this.#wllama.getLogits(-1);
    // wllama adds up the powers of the logits as they are, in floats: past 88 there is no sum.
    if (!(probabilities[0]!.p > 0)) throw new Error("the model's logits are beyond what wllama makes probabilities of");
    const logits = new Float32Array(this.vocabulary.size).fill(Number.NEGATIVE_INFINITY);
    for (const { token, p } of probabilities) logits[token] = p > 0 ? Math.log(p) : leastLogit;
    return logits;
  }

  /** Leaves the longest beginning of `tokens` in the KV cache, and returns its length. */
  async #keep(tokens: readonly number[]): Promise<number> {
    const length = sharedLength(this.#cached, tokens);
    if (length > 0 && length === this.#cached.length) return length;
    try {
      if (length > 0) {
        await this.#wllama.kvRemove(length, -1);
        return length;
      }
    } catch {
      // Models with a sliding window or a recurrent state can't go back.
    }
    await this.#wllama.kvClear();
    return 0;
  }
}
