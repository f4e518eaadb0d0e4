// Tokens to text, one at a time. A token may end inside a character: its first bytes wait for the next token's.
import type { Vocabulary } from "../../vocabulary/vocabulary.ts";

export class TokenText {
  private readonly vocabulary: Vocabulary;
  private readonly names: ReadonlyMap<number, string>;
  private decoder = newDecoder();
  private isAtStart: boolean;

  /** `names`: the special tokens by id. `isStart`: no text is before the first token. */
  constructor(vocabulary: Vocabulary, names: ReadonlyMap<number, string>, isStart: boolean) {
    this.vocabulary = vocabulary;
    this.names = names;
    this.isAtStart = isStart && vocabulary.stripLeadingSpace;
  }

  /** The characters that are complete with this token; "" for a special one. */
  text(token: number): string {
    const bytes = this.vocabulary.tokenBytes(token);
    if (bytes === null) return "";
    const text = this.decoder.decode(bytes, { stream: true });
    if (!this.isAtStart || text === "") return text;
    this.isAtStart = false;
    return text.startsWith(" ") ? text.slice(1) : text;
  }

  /** The name of a special token; undefined for an ordinary one. */
  special(token: number): string | undefined {
    return this.vocabulary.tokenBytes(token) === null ? (this.names.get(token) ?? `<|${token}|>`) : undefined;
  }

  /** What is left of a character that no further token completes: U+FFFD, or nothing. */
  rest(): string {
    const rest = this.decoder.decode();
    this.decoder = newDecoder();
    return rest;
  }
}

function newDecoder() {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}
