// What a loader hands to Vocabulary: the bytes of each id, and what is known of the special ones. The loaders fill it
// through one builder, so that ids, sizes and duplicates are judged in one place.
import { ConstraintError, type Location } from "../base/errors.ts";
import { maxTokenBytes, maxTrieTokens } from "./token-trie.ts";

/** Asked only where there is something to report: a location is dearer than a token. */
export type Where = () => Location;

export interface TokenTable {
  /** By id; null (or a gap in the array) where the id has no text: a special token, or an id that stands for nothing. */
  readonly tokens: readonly (Uint8Array | null | undefined)[];
  /** By content. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Those that the source names itself; none for most formats. */
  readonly eosTokenIds: readonly number[];
}

/** All tokens together: some thirty times what the largest real vocabularies have. */
export const maxVocabularyBytes = 1 << 26;

export class TokenTableBuilder {
  readonly #tokens: (Uint8Array | null | undefined)[] = [];
  readonly #specialTokens = new Map<string, number>();
  #totalBytes = 0;

  /** An ordinary token. Throws "invalid" for an id that is taken, "limit" where the bytes are too many. */
  add(id: number, bytes: Uint8Array, where: Where): void {
    this.#take(id, where);
    this.#totalBytes += bytes.length;
    if (bytes.length > maxTokenBytes || this.#totalBytes > maxVocabularyBytes) {
      throw new ConstraintError(
        "limit",
        `A token may have ${maxTokenBytes} bytes, a vocabulary ${maxVocabularyBytes}`,
        where(),
      );
    }
    this.#tokens[id] = bytes;
  }

  /** A token that text never matches. Throws "invalid" for an id or a name that is taken. */
  addSpecial(id: number, name: string, where: Where): void {
    this.#take(id, where);
    if (this.#specialTokens.has(name)) {
      throw new ConstraintError(
        "invalid",
        `The special token ${JSON.stringify(name)} has two ids, ${this.#specialTokens.get(name)} and ${id}`,
        where(),
      );
    }
    this.#specialTokens.set(name, id);
  }

  /** An id that is in the vocabulary's range but stands for nothing. */
  addHole(id: number, where: Where): void {
    this.#take(id, where);
  }

  finish(eosTokenIds: readonly number[]): TokenTable {
    return { tokens: this.#tokens, specialTokens: this.#specialTokens, eosTokenIds };
  }

  #take(id: number, where: Where): void {
    if (this.#tokens[id] !== undefined) throw new ConstraintError("invalid", `Two tokens have the id ${id}`, where());
    this.#tokens[id] = null;
  }
}

/** `value` as a token id. Throws "invalid" where it is none, "limit" where it is larger than any vocabulary may be. */
export function checkTokenId(value: unknown, where: Where): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new ConstraintError("invalid", "A token id must be an integer from 0", where());
  }
  if (value >= maxTrieTokens) {
    throw new ConstraintError(
      "limit",
      `The token id ${value} is too large: the highest is ${maxTrieTokens - 1}`,
      where(),
    );
  }
  return value;
}

/** The JSON Pointer (RFC 6901) of a path. */
export function pointerOf(...path: (string | number)[]): { readonly pointer: string } {
  return { pointer: path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") };
}
