// The characters of a JSON string where any text will do: the decoder's states up to what still matters, the loop that they
// form, and sets of code points as UTF-8 byte ranges.
import { type CodePoints, pairs } from "../../term/code-points.ts";
import type { DfaProcedure } from "../../term/dfa-procedure.ts";
import { type Dfa, stepDfa } from "../../term/dfa-table.ts";
import type { Run } from "../../term/procedure.ts";
import { afterBackslash, boundary, escapeShape, newEmitted, refused, stepDecoder } from "./string-decoder.ts";
import { type StringRunShapes, StringRuns } from "./string-run.ts";

// By `escapeShape`: a decoder state of that shape. The shapes of `\u`, and 0 to 3 hex digits (plain, or leading to a surrogate), and of
// what follows a high surrogate.
const hexStart = [9, 10, 26, 282];
const pendingStart = 4378;

/** A decoder state that reads the same bytes up to the end of the character as `decoder`; few different ones. */
export function escapeClass(decoder: number): number {
  if (decoder <= afterBackslash) return decoder;
  const shape = escapeShape(decoder);
  if (shape >= 1 && shape <= 4) return pendingStart + shape - 1;
  switch (shape) {
    case 5:
      return hexStart[2]!;
    case 6:
      return hexStart[3]!;
    case 16:
      return hexStart[0]!;
    case 17:
      return hexStart[1]! + 0xd;
    case 18:
      return hexStart[2]! + 0xd8;
    case 19:
      return hexStart[3]! + 0xd80;
    default:
      return hexStart[1]!;
  }
}

/** The loops of the characters of strings whose texts are in a DFA over valid UTF-8; it must be minimal or a product with such a one. */
export class TextLoops {
  private readonly content: DfaProcedure;
  private readonly runs: StringRuns;
  /** By state of the DFA: the decoder's state. */
  private decoders: readonly number[] | undefined;

  constructor(content: DfaProcedure, shapes: StringRunShapes) {
    this.content = content;
    this.runs = new StringRuns(content, shapes);
  }

  get start(): number {
    return this.content.start;
  }

  /** The run entered in state `entry` of the DFA, between two characters; `local` gives the procedure's state for one of the DFA and the decoder's. */
  run(entry: number, local: (state: number, decoder: number) => number): Run | null {
    const decoders = (this.decoders ??= decoderStates(this.content.dfa));
    return this.runs.wrap(entry, {
      raw: (state) => (state === 0 ? 0 : local(state, decoders[state]!)),
      backslashed: (state) => (state === 0 ? 0 : local(state, afterBackslash)),
    });
  }
}

function decoderStates(dfa: Dfa): number[] {
  const decoders: number[] = [];
  decoders[dfa.start] = boundary;
  const todo = [dfa.start];
  const emitted = newEmitted();
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    for (let byte = 0; byte < 256; byte++) {
      const next = stepDfa(dfa, state, byte);
      const decoder = byte < 0x80 ? boundary : stepDecoder(decoders[state]!, byte, emitted);
      if (next === 0 || decoder === refused || decoders[next] !== undefined) continue;
      decoders[next] = decoder;
      todo.push(next);
    }
  }
  return decoders;
}

/** A set of code points as sequences of byte ranges, one [first, last] for each byte of the UTF-8. Surrogates are left out. */
export function encodedRanges(set: CodePoints): (readonly (readonly [number, number])[])[] {
  const out: (readonly (readonly [number, number])[])[] = [];
  for (const [first, last] of pairs(set)) {
    addRange(first, Math.min(last, 0xd7ff), out);
    addRange(Math.max(first, 0xe000), last, out);
  }
  return out;
}

function addRange(first: number, last: number, out: (readonly (readonly [number, number])[])[]): void {
  let low = first;
  for (const [length, limit] of [
    [1, 0x7f],
    [2, 0x7ff],
    [3, 0xffff],
    [4, 0x10ffff],
  ] as const) {
    const high = Math.min(last, limit);
    if (low <= high) addOfLength(low, high, length, out);
    low = Math.max(low, high + 1);
  }
}

/** All of one length: split until every byte but a common beginning runs over its whole range. */
function addOfLength(low: number, high: number, length: number, out: (readonly (readonly [number, number])[])[]): void {
  for (let i = 1; i < length; i++) {
    const tail = (1 << (6 * i)) - 1;
    if ((low & ~tail) === (high & ~tail)) continue;
    if ((low & tail) !== 0) {
      addOfLength(low, low | tail, length, out);
      addOfLength((low | tail) + 1, high, length, out);
      return;
    }
    if ((high & tail) !== tail) {
      addOfLength(low, (high & ~tail) - 1, length, out);
      addOfLength(high & ~tail, high, length, out);
      return;
    }
  }
  const [a, b] = [encode(low, length), encode(high, length)];
  out.push(a.map((byte, i) => [byte, b[i]!] as const));
}

function encode(codePoint: number, length: number): number[] {
  if (length === 1) return [codePoint];
  const bytes: number[] = [];
  let rest = codePoint;
  for (let i = 1; i < length; i++) {
    bytes.unshift(0x80 | (rest & 0x3f));
    rest >>= 6;
  }
  return [((0xf00 >> length) & 0xff) | rest, ...bytes];
}
