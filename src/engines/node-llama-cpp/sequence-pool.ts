// Which of a llama.cpp context's sequences stands for which of the loop's. A sequence that is released keeps its KV cache until its
// place is needed, so that a later prompt with the same beginning is not computed again.
import type { ForwardRow } from "../../chat/engine.ts";
import { sharedLength } from "../shared-length.ts";
import type { LlamaContext, LlamaSequence } from "./llama-types.ts";

/** node-llama-cpp 3.22 keeps this to itself. Without it a fork's beginning is computed again. */
interface CopyingSequence extends LlamaSequence {
  _copyStateFromOtherSequence?(source: LlamaSequence, length: number): Promise<boolean>;
}

export class SequencePool {
  readonly #context: LlamaContext;
  readonly #taken = new Map<number, CopyingSequence>();
  /** Released, in that order. */
  #idle: CopyingSequence[] = [];

  constructor(context: LlamaContext) {
    this.#context = context;
  }

  /** The sequence for a row, holding the longest beginning of its tokens that can be had. Rejects when all are taken. */
  async take(row: ForwardRow): Promise<LlamaSequence> {
    const known = this.#taken.get(row.sequence);
    if (known !== undefined) return known;
    const source = row.forkOf === undefined ? undefined : this.#taken.get(row.forkOf);
    const sequence = source === undefined ? this.#similar(row.tokens) : this.#blank();
    this.#taken.set(row.sequence, sequence);
    if (source !== undefined) {
      await sequence._copyStateFromOtherSequence?.(source, sharedLength(source.contextTokens, row.tokens));
    }
    return sequence;
  }

  release(sequence: number): void {
    const released = this.#taken.get(sequence);
    if (released === undefined) return;
    this.#taken.delete(sequence);
    this.#idle.push(released);
  }

  /** Gives a sequence back whose KV cache may be in disorder. */
  discard(sequence: number): void {
    this.#taken.get(sequence)?.dispose();
    this.#taken.delete(sequence);
  }

  /** The idle sequence that begins most like `tokens`, where there is any likeness. */
  #similar(tokens: readonly number[]): CopyingSequence {
    const lengths = this.#idle.map(({ contextTokens }) => sharedLength(contextTokens, tokens));
    const longest = Math.max(0, ...lengths);
    if (longest === 0) return this.#blank();
    return this.#idle.splice(lengths.indexOf(longest), 1)[0]!;
  }

  #blank(): CopyingSequence {
    if (this.#context.sequencesLeft > 0) return this.#context.getSequence();
    const oldest = this.#idle.shift();
    if (oldest === undefined) throw new Error(`all ${this.#context.totalSequences} sequences of the context are taken`);
    return oldest;
  }
}
