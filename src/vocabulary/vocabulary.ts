// What the library knows of a model's tokens: the exact bytes of each id, which ids end a text, which are special. The
// loaders beside this file read the usual formats; everything above works on bytes and the trie.
import { type ByteSet, byteSetOf } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import { readGguf } from "./gguf.ts";
import { readTokenizerJson } from "./hugging-face.ts";
import { sha256 } from "./sha-256.ts";
import { readTiktoken } from "./tiktoken.ts";
import { pointerOf, type TokenTable, TokenTableBuilder } from "./token-table.ts";
import { maxTrieTokens, TokenTrie } from "./token-trie.ts";

/** Text → the ids of the tokeniser's own spelling, without special tokens before or behind it. */
export type Encode = (text: string) => ArrayLike<number>;

export interface VocabularyOptions {
  /** The tokens that may end a text. At least one must be known; only GGUF files name their own. */
  readonly eosTokenIds?: readonly number[];
  /** Name → id, in addition to those that the source names. Their text, if the source gives any, is never matched. */
  readonly specialTokens?: ReadonlyMap<string, number>;
  /** The width of the model's logits, where they are padded. Default: the highest id + 1. */
  readonly size?: number;
  /** Enables forced tokens. */
  readonly encode?: Encode;
  /**
   * SentencePiece drops a space at the very start of what it decodes. True where the output is decoded by itself (the
   * first token " a" then reads as "a"), false (default) where it continues a text. The bytes of tokens are with the space in either case.
   */
  readonly stripLeadingSpace?: boolean;
}

/** Immutable. All ids of one vocabulary are 0 … size − 1. */
export class Vocabulary {
  /** At least the highest id + 1; see `VocabularyOptions.size`. */
  readonly size: number;
  /** Ascending, distinct, at least one. None of them has bytes. */
  readonly eosTokenIds: readonly number[];
  /** Name → id. None of them has bytes. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly encode: Encode | undefined;
  readonly stripLeadingSpace: boolean;
  /** The bytes that are tokens by themselves. */
  readonly spells: ByteSet;
  /** The bytes that occur in any token. */
  readonly alphabet: ByteSet;
  /**
   * `spells` equals `alphabet`: then exactly the byte strings over `spells` can be written with these tokens, so that a byte
   * automaton over this alphabet is live exactly where the token automaton is. Otherwise it takes a look at the tokens.
   */
  readonly isByteComplete: boolean;

  readonly #bytes: Uint8Array;
  /** Where the token's bytes start and end in `#bytes`; start −1 where it has none. */
  readonly #start: Int32Array;
  readonly #end: Int32Array;
  #trie: TokenTrie | undefined;
  #hash: string | undefined;

  private constructor(table: TokenTable, options: VocabularyOptions) {
    const { tokens } = table;
    this.encode = options.encode;
    this.stripLeadingSpace = options.stripLeadingSpace ?? false;
    this.specialTokens = mergeSpecialTokens(table.specialTokens, options.specialTokens ?? new Map());
    let needed = tokens.length;
    for (const id of this.specialTokens.values()) needed = Math.max(needed, id + 1);
    this.size = checkSize(options.size ?? needed, needed);
    this.eosTokenIds = checkEosTokenIds(options.eosTokenIds ?? table.eosTokenIds, this.size);

    const withoutText = new Set([...this.specialTokens.values(), ...this.eosTokenIds]);
    this.#start = new Int32Array(this.size).fill(-1);
    this.#end = new Int32Array(this.size).fill(-1);
    let total = 0;
    for (let id = 0; id < tokens.length; id++) {
      const token = tokens[id] ?? null;
      if (token === null || withoutText.has(id)) continue;
      this.#start[id] = total;
      total += token.length;
      this.#end[id] = total;
    }
    this.#bytes = new Uint8Array(total);
    const singles = new Uint8Array(256);
    const seen = new Uint8Array(256);
    for (let id = 0; id < tokens.length; id++) {
      let at = this.#start[id]!;
      if (at < 0) continue;
      const token = tokens[id]!;
      if (token.length === 1) singles[token[0]!] = 1;
      // By hand: for a few bytes, `set` costs more than they do.
      for (let i = 0; i < token.length; i++) seen[(this.#bytes[at++] = token[i]!)] = 1;
    }
    this.spells = byteSetOf(...indicesOf(singles));
    this.alphabet = byteSetOf(...indicesOf(seen));
    this.isByteComplete = this.spells.every((word, i) => word === this.alphabet[i]);
  }

  /**
   * `tokens[id]`: the bytes of each id; null for one without text. They are copied. Throws "invalid" with a JSON Pointer
   * for anything else in the array, "usage" for options that don't fit (no stop token, ids outside `size`), "limit" for
   * more tokens than a trie takes.
   */
  static fromTokens(tokens: readonly (Uint8Array | null)[], options: VocabularyOptions): Vocabulary {
    if (!Array.isArray(tokens)) throw new ConstraintError("usage", "tokens must be an array");
    checkSize(tokens.length, 0);
    const table = new TokenTableBuilder();
    for (let id = 0; id < tokens.length; id++) {
      const token: unknown = tokens[id] ?? null;
      const where = () => pointerOf(id);
      if (token === null) table.addHole(id, where);
      else if (isBytes(token)) table.add(id, token, where);
      else throw new ConstraintError("invalid", "A token must be a Uint8Array or null", where());
    }
    return new Vocabulary(table.finish([]), checkOptions(options));
  }

  /** `json`: a parsed Hugging Face tokenizer.json. `eosTokenIds` is required: the file doesn't say. Throws as `readTokenizerJson` and `fromTokens`. */
  static fromTokenizerJson(json: unknown, options: VocabularyOptions): Vocabulary {
    const checked = checkOptions(options);
    if (checked.eosTokenIds === undefined) throw noStopToken();
    return new Vocabulary(readTokenizerJson(json, checked.eosTokenIds), checked);
  }

  /** `text`: a .tiktoken file. `eosTokenIds` is required, and so are the `specialTokens` beyond the file's ids. Throws as `readTiktoken` and `fromTokens`. */
  static fromTiktoken(text: string, options: VocabularyOptions): Vocabulary {
    if (typeof text !== "string") throw new ConstraintError("usage", "Expected the text of a .tiktoken file");
    return new Vocabulary(readTiktoken(text), checkOptions(options));
  }

  /** `metadata`: key → value of a GGUF file. Without `eosTokenIds`, the file's own stop tokens are taken. Throws as `readGguf` and `fromTokens`. */
  static fromGguf(metadata: unknown, options: VocabularyOptions = {}): Vocabulary {
    const checked = checkOptions(options);
    return new Vocabulary(readGguf(metadata, checked.eosTokenIds), checked);
  }

  /**
   * The bytes of a token (not to be written to); null where text never matches it: a special token, a stop token, or an id
   * that stands for nothing. A token of no bytes is never matched either. Throws "usage" for an id outside the vocabulary. Constant.
   */
  tokenBytes(id: number): Uint8Array | null {
    const start = this.#start[id];
    if (start === undefined) {
      throw new ConstraintError("usage", `The token id ${id} is outside the vocabulary (0 … ${this.size - 1})`);
    }
    return start < 0 ? null : this.#bytes.subarray(start, this.#end[id]);
  }

  /** The ids of the tokens of just these bytes. Cost: a walk down the trie. */
  tokensOf(bytes: Uint8Array): number[] {
    const { end, byte, tokenStart, tokenIds } = this.trie;
    let node = 0;
    for (const each of bytes) {
      let child = node + 1;
      while (child < end[node]! && byte[child] !== each) child = end[child]!;
      if (child >= end[node]!) return [];
      node = child;
    }
    return [...tokenIds.subarray(tokenStart[node]!, tokenStart[node + 1]!)];
  }

  /**
   * Where the bytes of a token are in `data`, for loops that mustn't allocate: `start` is −1 where `tokenBytes` is null. Unchecked. Constant.
   */
  tokenStart(id: number): number {
    return this.#start[id]!;
  }

  tokenEnd(id: number): number {
    return this.#end[id]!;
  }

  /** The bytes of all tokens; not to be written to. */
  get data(): Uint8Array {
    return this.#bytes;
  }

  /** All tokens that have bytes. Built when first asked for: some 70 ms for 128,000 tokens. */
  get trie(): TokenTrie {
    this.#trie ??= TokenTrie.build((id) => this.tokenBytes(id), this.size);
    return this.#trie;
  }

  /** 64 hexadecimal digits: the same exactly for vocabularies of the same content (bytes, special and stop tokens, size, `stripLeadingSpace`). Computed when first asked for. */
  get hash(): string {
    this.#hash ??= sha256(this.#content());
    return this.#hash;
  }

  /** An unambiguous serialisation of everything but `encode`. */
  #content(): Uint8Array {
    const encoder = new TextEncoder();
    const header = {
      // Raised whenever this layout changes.
      version: 1,
      size: this.size,
      eosTokenIds: this.eosTokenIds,
      specialTokens: [...this.specialTokens].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1)),
      stripLeadingSpace: this.stripLeadingSpace,
    };
    const head = encoder.encode(JSON.stringify(header));
    const content = new Uint8Array(4 + head.length + 4 * this.size + this.#bytes.length);
    const view = new DataView(content.buffer);
    view.setUint32(0, head.length);
    content.set(head, 4);
    let at = 4 + head.length;
    for (let id = 0; id < this.size; id++, at += 4) {
      view.setInt32(at, this.#start[id]! < 0 ? -1 : this.#end[id]! - this.#start[id]!);
    }
    content.set(this.#bytes, at);
    return content;
  }
}

function indicesOf(flags: Uint8Array): number[] {
  return Array.from(flags.keys()).filter((byte) => flags[byte] === 1);
}

function isBytes(value: unknown): value is Uint8Array {
  // Unlike instanceof, this knows the arrays of another realm (a frame, a vm).
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

function isTokenId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < maxTrieTokens;
}

function noStopToken(): ConstraintError {
  return new ConstraintError("usage", "No stop token is known: give eosTokenIds");
}

/** The shapes only; what depends on the source is checked when that is known. */
function checkOptions(options: VocabularyOptions): VocabularyOptions {
  if (typeof options !== "object" || options === null) throw noStopToken();
  const { eosTokenIds, specialTokens } = options;
  if (eosTokenIds !== undefined && !(Array.isArray(eosTokenIds) && eosTokenIds.every(isTokenId))) {
    throw new ConstraintError("usage", "eosTokenIds must be an array of token ids");
  }
  if (specialTokens !== undefined) {
    const isMap = Object.prototype.toString.call(specialTokens) === "[object Map]";
    if (!isMap || ![...specialTokens].every(([name, id]) => typeof name === "string" && isTokenId(id))) {
      throw new ConstraintError("usage", "specialTokens must be a Map from names to token ids");
    }
  }
  return options;
}

function checkSize(size: number, needed: number): number {
  if (!Number.isInteger(size) || size < needed) {
    throw new ConstraintError("usage", `The size must be an integer from ${needed}, the highest token id + 1`);
  }
  if (size > maxTrieTokens) {
    throw new ConstraintError("limit", `A vocabulary may have ${maxTrieTokens} tokens`);
  }
  return size;
}

function checkEosTokenIds(ids: readonly number[], size: number): readonly number[] {
  if (ids.length === 0) throw noStopToken();
  for (const id of ids) {
    if (id < size) continue;
    throw new ConstraintError("usage", `The stop token ${id} is outside the vocabulary (0 … ${size - 1})`);
  }
  return Object.freeze([...new Set(ids)].sort((a, b) => a - b));
}

function mergeSpecialTokens(
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const merged = new Map(ours);
  for (const [name, id] of theirs) {
    const known = merged.get(name);
    if (known !== undefined && known !== id) {
      throw new ConstraintError("usage", `The special token ${JSON.stringify(name)} has the ids ${known} and ${id}`);
    }
    merged.set(name, id);
  }
  return merged;
}
