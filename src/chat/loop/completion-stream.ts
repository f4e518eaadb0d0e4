// One request's answer while it is decoded: chunks to iterate over, or the whole of it. A reader who lags behind is waited for, so that what
// isn't read yet stays little: that is the loop's to do, which asks `isFull`.

import type { ChatCompletion, ChatCompletionChunk, Usage } from "../response.ts";
import { CompletionBuilder } from "./completion-builder.ts";

/** Unread chunks beyond which a request waits for its reader. One step may bring more: those of tokens that must follow. */
const maxUnread = 256;

export interface StreamOptions {
  /** Nobody wants what is still to come. */
  onLeave(): void;
  /** It was full, and all of it has been read. */
  onRoom(): void;
}

export class CompletionStream implements AsyncIterable<ChatCompletionChunk> {
  private readonly chunks: ChatCompletionChunk[] = [];
  private readonly options: StreamOptions;
  private state: { readonly usage: Usage } | { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private isTaken = false;
  private isWaitedFor = false;

  /** Made by `ChatDecoder.generate`. */
  constructor(options: StreamOptions) {
    this.options = options;
  }

  /** Should its request wait? Once that is so, until everything has been read: to go on can cost a pass over the whole sequence. */
  get isFull(): boolean {
    return this.isWaitedFor;
  }

  push(chunk: ChatCompletionChunk): void {
    this.chunks.push(chunk);
    if (this.chunks.length >= maxUnread) this.isWaitedFor = true;
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
   * (a budget that ran out). Leaving the loop early aborts the request. While some hundred chunks wait to be read it isn't decoded: one whose
   * answer nobody reads stays where it is until its signal is aborted.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ChatCompletionChunk, void, void> {
    if (this.isTaken) throw new Error("The chunks of a completion can be read once");
    this.isTaken = true;
    try {
      while (true) {
        while (this.chunks.length > 0) yield this.take();
        if (this.state !== undefined) break;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.options.onLeave();
    }
    if ("error" in this.state) throw this.state.error;
  }

  /** The answer as a whole. Throws as the iteration does, instead of which it is used. */
  async completion(): Promise<ChatCompletion> {
    const builder = new CompletionBuilder();
    for await (const chunk of this) builder.add(chunk);
    return builder.completion((this.state as { readonly usage: Usage }).usage);
  }

  private take(): ChatCompletionChunk {
    const chunk = this.chunks.shift()!;
    if (this.isWaitedFor && this.chunks.length === 0) {
      this.isWaitedFor = false;
      this.options.onRoom();
    }
    return chunk;
  }
}
