// What the engine needs of @wllama/wllama 2.4, so that it isn't a dependency. 3 has none of this.

export interface Wllama2 {
  getLoadedContextInfo(): { readonly n_ctx: number };
  /** Jinja; null where the file has none. */
  getChatTemplate(): string | null;
  getBOS(): number;
  getEOS(): number;
  tokenize(text: string, special?: boolean): Promise<number[]>;
  /** Puts tokens behind those that the KV cache holds. */
  decode(tokens: number[], options: object): Promise<unknown>;
  /** After the last token decoded, the likeliest first; all for −1. */
  getLogits(topK: number): Promise<readonly { readonly token: number; readonly p: number }[]>;
  /** All behind the first `keep` tokens, for −1. */
  kvRemove(keep: number, discard: number): Promise<void>;
  kvClear(): Promise<void>;
}
