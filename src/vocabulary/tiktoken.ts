// Loader for tiktoken's text format (github.com/openai/tiktoken): a line per token, its bytes in base64, a space, its id
// in decimal. Special tokens aren't in the file: the caller names them.
import { ConstraintError } from "../base/errors.ts";
import { locate } from "../base/source.ts";
import { checkTokenId, type TokenTable, TokenTableBuilder, type Where } from "./token-table.ts";

/** Throws "invalid" with a TextLocation for a line of another form, broken base64, or an id that occurs twice. */
export function readTiktoken(text: string): TokenTable {
  const table = new TokenTableBuilder();
  let start = 0;
  let space = 0;
  let end = 0;
  const atId: Where = () => locate(text, space + 1, end - space - 1);
  for (let next = 0; start < text.length; start = next + 1) {
    const newline = text.indexOf("\n", start);
    next = newline < 0 ? text.length : newline;
    end = next > start && text.charCodeAt(next - 1) === 13 ? next - 1 : next;
    if (end === start) continue;
    space = text.lastIndexOf(" ", end - 1);
    const id = space < start ? -1 : decimal(text, space + 1, end);
    if (id < 0) {
      const where = locate(text, start, end - start);
      throw new ConstraintError("invalid", "A line must be a token in base64, a space and its id", where);
    }
    const bytes = base64Bytes(text, start, space);
    if (bytes === null) throw new ConstraintError("invalid", "Broken base64", locate(text, start, space - start));
    table.add(checkTokenId(id, atId), bytes, atId);
  }
  return table.finish([]);
}

/** The number that text[start .. end) spells, or −1. */
function decimal(text: string, start: number, end: number): number {
  if (end === start || end - start > 15) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Six bits by character code; −1 elsewhere. */
const sixBits: Int8Array = (() => {
  const table = new Int8Array(128).fill(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i;
  return table;
})();

/** The bytes of text[start .. end): RFC 4648 base64, padded, with no stray bits; null for anything else. */
function base64Bytes(text: string, start: number, end: number): Uint8Array | null {
  const length = end - start;
  if (length % 4 !== 0) return null;
  let padding = 0;
  while (padding < 2 && padding < length && text.charCodeAt(end - 1 - padding) === 61) padding++;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = start; i < end - padding; i++) {
    const code = text.charCodeAt(i);
    const digit = code < 128 ? sixBits[code]! : -1;
    if (digit < 0) return null;
    bits = ((bits << 6) | digit) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}
