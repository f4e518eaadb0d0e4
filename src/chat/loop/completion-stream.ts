// One request's answer while it is decoded: chunks to iterate over, or the whole of it.

import type { ChatCompletion, ChatCompletionChunk, Usage } from "../response.ts";
import { CompletionBuilder } from "./completion-builder.ts";

export class CompletionStream implements AsyncIterable<ChatCompletionChunk> {
  private readonly chunks: ChatCompletionChunk[] = [];
  private readonly onLeave: () => void;
  private state: { readonly usage: Usage } | { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private isTaken = false;

  /** Made by `ChatDecoder.generate`. `onLeave`: nobody wants what is still to come. */
  constructor(onLeave: () => void) {
    this.onLeave = onLeave;
  }

  push(chunk: ChatCompletionChunk): void {
    this.chunks.push(chunk);
    this.wake?.();
  }

  finish(usage: Usage): void {
    this.state ??= { usage };
    this.wake?.();
  }

  fail(error: unknown): void {
    this.state ??= { error };
    this.wake?.();
  }

  /**
   * The chunks as they come; once only. Throws what ended the request: the signal's reason, an engine's Error, a ConstraintError
   * (a budget that ran out). Leaving the loop early aborts the request.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ChatCompletionChunk, void, void> {
    if (this.isTaken) throw new Error("The chunks of a completion can be read once");
    this.isTaken = true;
    try {
      while (true) {
        while (this.chunks.length > 0) yield* this.chunks.splice(0);
        if (this.state !== undefined) break;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.onLeave();
    }
    if ("error" in this.state) throw this.state.error;
  }

  /** The answer as a whole. Throws as the iteration does, instead of which it is used. */
  async completion(): Promise<ChatCompletion> {
    const builder = new CompletionBuilder();
    for await (const chunk of this) builder.add(chunk);
    return builder.completion((this.state as { readonly usage: Usage }).usage);
  }
}
