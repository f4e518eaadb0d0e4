// What the loop asks of an inference engine. Adapters for the usual ones are in ../engines.
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import type { ChatCompletionRequest } from "./request/request.ts";

/** One sequence of a batch. */
export interface ForwardRow {
  /** Given by the loop, never used twice. */
  readonly sequence: number;
  /** Everything so far, prompt first. At least one token is behind `known`. */
  readonly tokens: readonly number[];
  /** How many of the tokens this sequence, or the one it was forked from, has been forward with: a KV cache holds them (and more, behind a pass that failed). */
  readonly known: number;
  /** Where this sequence's first tokens were computed, the first time that a fork comes. */
  readonly forkOf?: number;
}

/** Logits that are still on the GPU: `read` brings them here. */
export interface DeviceLogits {
  read(): Promise<Float32Array>;
}

export interface EngineReasoning {
  /** The markers around it: special tokens, or texts. Not asked for where the dialect has markers of its own (harmony). */
  readonly begin: string;
  readonly end: string;
  /** Has the prompt begun it already? A function where that depends on the request: on its `chat_template_kwargs`, or on whether it continues a message. */
  readonly isOpen: boolean | ((request: ChatCompletionRequest) => boolean);
  /** By `reasoning_effort`: how many tokens it may take at most. */
  readonly budgets?: Readonly<Record<string, number>>;
}

export interface Engine {
  /** What the server calls it. */
  readonly model: string;
  readonly vocabulary: Vocabulary;
  encode(text: string): readonly number[];
  /** The texts of special tokens included. */
  decode(tokens: readonly number[]): string;
  /**
   * The prompt's tokens, by the model's own chat template. Default: a plain ChatML. The request is as it was sent, but that custom tools, and
   * calls of them, are spelled as functions.
   */
  prompt?(request: ChatCompletionRequest): readonly number[] | Promise<readonly number[]>;
  /**
   * For each row the logits (at least `vocabulary.size` of them) after its last token. A row that can't be computed is an Error: its neighbours
   * don't suffer. One pass is made at a time, so it must come to its end, or all requests wait (`ChatDecoder.passMs` tells how long it has
   * taken); `signal` is aborted where nobody waits for it any more.
   */
  forward(rows: readonly ForwardRow[], signal: AbortSignal): Promise<readonly (Float32Array | DeviceLogits | Error)[]>;
  /** A sequence won't come again. Never called during a pass. */
  release?(sequence: number): void;
  /** Most rows in one forward pass; default 64. */
  readonly maxBatch?: number;
  /** Most sequences that it holds at a time, from their first pass to their release; default: no bound. */
  readonly maxSequences?: number;
  /** Tokens of prompt and answer together; default: no bound. */
  readonly maxTokens?: number;
  /** Request fields that this engine can carry out beyond those of the loop (lora_path, chat_template_kwargs, …). */
  readonly fields?: ReadonlySet<string>;
  /** How its model writes tool calls; default "json". */
  readonly toolDialect?: string;
  /** Absent: the model doesn't reason. */
  readonly reasoning?: EngineReasoning;
}
