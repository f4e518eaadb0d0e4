// Some byte-level vocabularies lack a few bytes that no text of theirs had: SmolLM2's has no U+0004, and no lead byte of the planes 4 to
// 11. For such a vocabulary the compiler must search whether what bytes could complete, tokens can; that search is slow, and has a
// budget. Here the missing bytes become tokens behind the model's own, which it never writes: their logits are −Infinity.
import { hasByte } from "../base/byte-set.ts";
import { Vocabulary } from "../vocabulary/vocabulary.ts";

/**
 * `vocabulary` with a token for each byte that no token of it is. Its masks may allow these, so one thing is lost: where a text can only go on
 * with a character that has such a byte, the way there isn't barred, and it ends in logits that are all −Infinity.
 */
export function spellEveryByte(vocabulary: Vocabulary): Vocabulary {
  const { size, eosTokenIds, specialTokens, encode, stripLeadingSpace, spells } = vocabulary;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const missing = bytes.filter((byte) => !hasByte(spells, byte)).map((byte) => Uint8Array.of(byte));
  if (missing.length === 0) return vocabulary;
  const tokens = Array.from({ length: size }, (_, id) => vocabulary.tokenBytes(id));
  const options = { eosTokenIds, specialTokens, stripLeadingSpace, ...(encode === undefined ? {} : { encode }) };
  return Vocabulary.fromTokens([...tokens, ...missing], options);
}
