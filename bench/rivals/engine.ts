// What a Node engine shows to the child process: engines differ only behind this.
import type { EngineCase, EngineOptions } from "./protocol.ts";

export interface EngineMatcher {
  /** The next mask; valid until the next call. */
  mask(): Promise<Uint32Array> | Uint32Array;
  accept(token: number): boolean;
  sizes?(): Readonly<Record<string, number>>;
  dispose?(): void;
}

export interface Engine {
  /** Throws where the engine refuses the constraint. Drops what was compiled before. */
  compile(constraint: EngineCase, options: EngineOptions): Promise<void> | void;
  start(): Promise<EngineMatcher> | EngineMatcher;
}

/** A parsed tokenizer.json, as far as engines need it. */
export interface TokenizerJson {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
}
