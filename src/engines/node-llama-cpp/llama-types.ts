// What the adapter needs of node-llama-cpp (3.22), so that it isn't a dependency. Its tokens are branded numbers.

export interface LlamaModel {
  readonly fileInfo: { readonly metadata: object };
  readonly tokenizer: unknown;
  tokenize(text: string, specialTokens?: boolean, options?: "trimLeadingSpace"): readonly number[];
  iterateAllTokens(): Iterable<number>;
  isEogToken(token: number | undefined): boolean;
}

export interface LlamaContext {
  readonly model: LlamaModel;
  /** Tokens of one sequence. */
  readonly contextSize: number;
  readonly totalSequences: number;
  readonly sequencesLeft: number;
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  /** What its KV cache holds. */
  readonly contextTokens: readonly number[];
  adaptStateToTokens(tokens: number[], allowShift?: boolean): Promise<void>;
  controlledEvaluate(
    input: (number | [token: number, options: object])[],
  ): Promise<readonly ({ readonly next: { readonly logits?: ReadonlyMap<number, number> } } | undefined)[]>;
  dispose(): void;
}
