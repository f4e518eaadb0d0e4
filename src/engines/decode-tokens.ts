// Tokens to text by the vocabulary alone, the same for every engine: their own decoders drop leading spaces and special tokens, each its way.
import type { Vocabulary } from "../vocabulary/vocabulary.ts";

/** A function from tokens to their text, the names of special tokens included. Bytes that are no UTF-8 become U+FFFD. */
export function tokenDecoder(vocabulary: Vocabulary): (tokens: readonly number[]) => string {
  const encoder = new TextEncoder();
  const names = new Map([...vocabulary.specialTokens].map(([name, id]) => [id, encoder.encode(name)]));
  return (tokens) => {
    const bytes = tokens.flatMap((token) => [...(vocabulary.tokenBytes(token) ?? names.get(token) ?? [])]);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  };
}
