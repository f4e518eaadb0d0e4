// Sets of Unicode code points, and their UTF-8 spelling as a term over bytes. Surrogates (U+D800–DFFF) have no UTF-8 and
// are dropped. Method: split each range at the borders of the encoded lengths and of the continuation bytes (as in
// Cox, "Regular expression matching in the wild", 2010).
import { byteRange } from "../base/byte-set.ts";
import { alt, bytes, cat, type Term } from "./term.ts";

/** Sorted, disjoint, non-adjacent pairs [first, last], both included: [a0, b0, a1, b1, …]. */
export type CodePoints = readonly number[];

export const maxCodePoint = 0x10ffff;
export const anyCodePoint: CodePoints = [0, maxCodePoint];

/** The set of some ranges [first, last] in any order, perhaps overlapping. */
export function codePoints(ranges: Iterable<readonly [number, number]>): CodePoints {
  const sorted = [...ranges].filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [first, last] of sorted) {
    const previous = out.length > 0 ? out[out.length - 1]! : -2;
    if (first <= previous + 1) out[out.length - 1] = Math.max(previous, last);
    else out.push(first, last);
  }
  return out;
}

export function unionCodePoints(a: CodePoints, b: CodePoints): CodePoints {
  return codePoints([...pairs(a), ...pairs(b)]);
}

export function complementCodePoints(a: CodePoints): CodePoints {
  const out: number[] = [];
  let next = 0;
  for (const [first, last] of pairs(a)) {
    if (first > next) out.push(next, first - 1);
    next = last + 1;
  }
  if (next <= maxCodePoint) out.push(next, maxCodePoint);
  return out;
}

export function intersectCodePoints(a: CodePoints, b: CodePoints): CodePoints {
  return complementCodePoints(unionCodePoints(complementCodePoints(a), complementCodePoints(b)));
}

export function hasCodePoint(set: CodePoints, codePoint: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (codePoint >= set[i]! && codePoint <= set[i + 1]!) return true;
  return false;
}

export function* pairs(set: CodePoints): Generator<readonly [number, number]> {
  for (let i = 0; i < set.length; i += 2) yield [set[i]!, set[i + 1]!];
}

/** The UTF-8 of one code point of `set`, as a term. */
export function codePointsTerm(set: CodePoints): Term {
  const sequences: Sequence[] = [];
  for (const [first, last] of pairs(set)) {
    addSequences(first, Math.min(last, 0xd7ff), sequences);
    addSequences(Math.max(first, 0xe000), last, sequences);
  }
  return joined(sequences);
}

/** Ranges of bytes, one after the other. */
type Sequence = readonly (readonly [first: number, last: number])[];

/** One of the sequences, with what some of them end in written once. */
function joined(sequences: readonly Sequence[]): Term {
  const byEnd = new Map<number, Sequence[]>();
  const single: Term[] = [];
  for (const sequence of sequences) {
    const [first, last] = sequence[sequence.length - 1]!;
    const beginnings = byEnd.get(first * 256 + last);
    if (sequence.length === 1) single.push(bytes(byteRange(first, last)));
    else if (beginnings === undefined) byEnd.set(first * 256 + last, [sequence.slice(0, -1)]);
    else beginnings.push(sequence.slice(0, -1));
  }
  const longer = [...byEnd].map(([end, beginnings]) => cat(joined(beginnings), bytes(byteRange(end >> 8, end & 0xff))));
  return alt(...single, ...longer);
}

const lastOfLength = [0x7f, 0x7ff, 0xffff, maxCodePoint];

function addSequences(first: number, last: number, out: Sequence[]): void {
  let low = first;
  for (let extra = 0; extra < 4; extra++) {
    const high = Math.min(last, lastOfLength[extra]!);
    if (low <= high) {
      addOfLength(low, high, extra, out);
      low = high + 1;
    }
  }
}

/** `low`–`high` all take `extra` continuation bytes. */
function addOfLength(low: number, high: number, extra: number, out: Sequence[]): void {
  for (let i = 1; i <= extra; i++) {
    const tail = (1 << (6 * i)) - 1;
    if ((low & ~tail) === (high & ~tail)) continue;
    if ((low & tail) !== 0) {
      addOfLength(low, low | tail, extra, out);
      addOfLength((low | tail) + 1, high, extra, out);
      return;
    }
    if ((high & tail) !== tail) {
      addOfLength(low, (high & ~tail) - 1, extra, out);
      addOfLength(high & ~tail, high, extra, out);
      return;
    }
  }
  const sequence: [number, number][] = [];
  for (let i = extra; i >= 0; i--) sequence.push([utf8Byte(low, i, extra), utf8Byte(high, i, extra)]);
  out.push(sequence);
}

/** The byte of `codePoint` that carries bits 6·i and up, of a sequence with `extra` continuation bytes. */
function utf8Byte(codePoint: number, i: number, extra: number): number {
  const bits = (codePoint >> (6 * i)) & 0x3f;
  if (i < extra) return 0x80 | bits;
  return extra === 0 ? codePoint : ((0xff00 >> (extra + 1)) & 0xff) | (codePoint >> (6 * extra));
}
