// From an offset in a text to a location that a person can use.
import type { TextLocation } from "./errors.ts";

const maxExcerpt = 100;

/**
 * Where `offset` (UTF-16 units; the text's length = its end) is in `text`: line and column count from 1, the excerpt is
 * that line, cut to about 100 characters, with a caret line below it (`length` carets where they fit). Cost: linear in the text.
 */
export function locate(text: string, offset: number, length = 1): TextLocation {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < at; i++) {
    if (text.charCodeAt(i) === 10) {
      line++;
      lineStart = i + 1;
    }
  }
  const newline = text.indexOf("\n", at);
  const end = newline < 0 ? text.length : newline;
  const lineEnd = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
  const column = at - lineStart;
  const from = Math.max(lineStart, Math.min(at - (maxExcerpt >> 1), lineEnd - maxExcerpt));
  const to = Math.min(lineEnd, from + maxExcerpt);
  const source = text.slice(from, to).replaceAll("\t", " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, to - at)));
  return { line, column: column + 1, offset: at, excerpt: `${source}\n${" ".repeat(at - from)}${carets}` };
}
