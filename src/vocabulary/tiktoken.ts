// Loader for tiktoken's text format (github.com/openai/tiktoken): a line per token, its bytes in base64, a space, its id
// in decimal. Special tokens aren't in the file: the caller names them.
import { ConstraintError } from "../base/errors.ts";
import { locate } from "../base/source.ts";
import { checkTokenId, type TokenTable, TokenTableBuilder } from "./token-table.ts";

/** Throws "invalid" with a TextLocation for a line of another form, broken base64, or an id that occurs twice. */
export function readTiktoken(text: string): TokenTable {
  const table = new TokenTableBuilder();
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const next = newline < 0 ? text.length : newline;
    const end = next > start && text.charCodeAt(next - 1) === 13 ? next - 1 : next;
    if (end > start) readLine(text, start, end, table);
    start = next + 1;
  }
  return table.finish([]);
}

function readLine(text: string, start: number, end: number, table: TokenTableBuilder): void {
  const space = text.indexOf(" ", start);
  const digits = text.slice(space + 1, end);
  if (space < 0 || space >= end || !/^\d{1,15}$/.test(digits)) {
    throw new ConstraintError(
      "invalid",
      "A line must be a token in base64, a space and its id",
      locate(text, start, end - start),
    );
  }
  const bytes = base64Bytes(text.slice(start, space));
  if (bytes === null) throw new ConstraintError("invalid", "Broken base64", locate(text, start, space - start));
  const where = () => locate(text, space + 1, digits.length);
  table.add(checkTokenId(Number(digits), where), bytes, where);
}

/** Six bits by character code; −1 elsewhere. */
const sixBits: Int8Array = (() => {
  const table = new Int8Array(128).fill(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i;
  return table;
})();

/** RFC 4648 base64, padded, with no stray bits; null for anything else. */
function base64Bytes(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
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
