// The reading of a JSON string as a transducer: from the bytes between the quotes to the UTF-8 of the decoded text. One
// integer of state, so that it can be paired with any automaton over decoded text (a property's name, a pattern, a
// length). Spelling: RFC 8259, section 7, UTF-8 as in RFC 3629. An escaped lone surrogate is refused, since it stands
// for no character: strings are sequences of Unicode scalar values.
import { type CodePoints, codePoints } from "../../term/code-points.ts";

/**
 * Decoder states. 0 is the boundary between two characters, where a string starts and where its closing quote may stand.
 *   0        boundary
 *   1–7      inside a raw multi-byte character
 *   8        after a backslash
 *   9 …      after `\u` and none to three hex digits: `hexBase[n]` + the value of the n digits
 *   pendingBase + 72·h + …   after the high surrogate D800 + h; the offsets are
 *            0 a backslash is due, 1 `u`, 2 the digit D, 3 a digit C–F, 4–7 after DC–DF, 8–71 after one digit more
 */
export const boundary = 0;
export const afterBackslash = 8;
/** After `\u`. */
export const firstHexState = 9;
export const refused = -1;

/** One more than the largest decoder state. */
export const decoderStateCount = 9 + 1 + 16 + 256 + 4096 + 72 * 1024;

const hexBase = [firstHexState, 10, 26, 282];
const pendingBase = 4378;
const pendingSize = 72;

const backslash = 0x5c;
const quote = 0x22;

/** What `StringDecoder.step` wrote: `bytes[0 … length)` of decoded UTF-8, 0 to 4 of them. */
export interface Emitted {
  readonly bytes: Uint8Array;
  length: number;
}

export function newEmitted(): Emitted {
  return { bytes: new Uint8Array(4), length: 0 };
}

/**
 * Reads one byte of a string in decoder state `state`: the next state, or `refused`. The decoded bytes go to `out`: a raw
 * byte is passed on at once (so in the middle of a raw character the text is so, too), an escape when its last byte is read.
 * The closing quote isn't read here: at `boundary`, and nowhere else, it ends the string; here `"` is refused.
 */
export function stepDecoder(state: number, byte: number, out: Emitted): number {
  out.length = 0;
  if (state < afterBackslash) {
    if (state === boundary && byte === backslash) return afterBackslash;
    if (byte < 0x20 || (byte === quote && state === boundary)) return refused;
    const next = stepUtf8(state, byte);
    if (next !== refused) {
      out.bytes[0] = byte;
      out.length = 1;
    }
    return next;
  }
  if (state === afterBackslash) {
    if (byte === 0x75) return hexBase[0]!;
    const decoded = decodeSimpleEscape(byte);
    if (decoded < 0) return refused;
    out.bytes[0] = decoded;
    out.length = 1;
    return boundary;
  }
  return state < pendingBase ? stepHex(state, byte, out) : stepPending(state, byte, out);
}

/** The character that backslash + `byte` stands for, −1 if it is no such escape (`u` isn't). */
export function decodeSimpleEscape(byte: number): number {
  switch (byte) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
      return byte;
    case 0x62: // b
      return 0x08;
    case 0x66: // f
      return 0x0c;
    case 0x6e: // n
      return 0x0a;
    case 0x72: // r
      return 0x0d;
    case 0x74: // t
      return 0x09;
    default:
      return -1;
  }
}

/**
 * The code points that the escape which `state` is in can still become. `state` ≥ `afterBackslash`. (At a boundary any code
 * point may follow, in a raw character what its bytes so far leave.)
 */
export function pendingCodePoints(state: number): CodePoints {
  if (state <= hexBase[0]!) return codePoints(scalars);
  if (state >= pendingBase) {
    const [high, offset] = splitPending(state);
    const first = 0x10000 + high * 0x400;
    if (offset < 4) return [first, first + 0x3ff];
    if (offset < 8) return [first + (offset - 4) * 0x100, first + (offset - 4) * 0x100 + 0xff];
    return [first + (offset - 8) * 0x10, first + (offset - 8) * 0x10 + 0xf];
  }
  const [count, value] = splitHex(state);
  const shift = 4 * (4 - count);
  const [first, last] = [value << shift, ((value + 1) << shift) - 1];
  const ranges: [number, number][] = [
    [first, Math.min(last, 0xd7ff)],
    [Math.max(first, 0xe000), last],
  ];
  const [high, highLast] = [Math.max(first, 0xd800), Math.min(last, 0xdbff)];
  if (high <= highLast) ranges.push([supplementary(high), supplementary(highLast) + 0x3ff]);
  return codePoints(ranges);
}

/**
 * What the rest of an escape looks like: two states ≥ `afterBackslash` with the same shape read the same bytes to the end of
 * the character, and the k-th of their `pendingCodePoints` by the same bytes.
 */
export function escapeShape(state: number): number {
  if (state < hexBase[0]!) return 0;
  if (state >= pendingBase) {
    const offset = splitPending(state)[1];
    return offset < 4 ? 1 + offset : offset < 8 ? 5 : 6;
  }
  const [count, value] = splitHex(state);
  const shift = 4 * (4 - count);
  const [first, last] = [value << shift, ((value + 1) << shift) - 1];
  // Two and one plain digits to come: the same as after \uXXXX\uDC and \uXXXX\uDC0.
  if (last < 0xd800 || first > 0xdfff) return count === 2 ? 5 : count === 3 ? 6 : 7 + count;
  return 16 + count;
}

const scalars: readonly (readonly [number, number])[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

function supplementary(highSurrogate: number): number {
  return 0x10000 + (highSurrogate - 0xd800) * 0x400;
}

function splitHex(state: number): [count: number, value: number] {
  for (let count = 3; count > 0; count--) if (state >= hexBase[count]!) return [count, state - hexBase[count]!];
  return [0, 0];
}

function splitPending(state: number): [high: number, offset: number] {
  const index = state - pendingBase;
  const high = Math.floor(index / pendingSize);
  return [high, index - high * pendingSize];
}

function stepHex(state: number, byte: number, out: Emitted): number {
  const digit = hexDigit(byte);
  if (digit < 0) return refused;
  const [count, before] = splitHex(state);
  const value = before * 16 + digit;
  // Lone low surrogates are seen at their second digit, so that no state is left without a way on.
  if (count >= 1 && isLowSurrogatePrefix(value, count + 1)) return refused;
  if (count < 3) return hexBase[count + 1]! + value;
  if (value >= 0xd800 && value <= 0xdbff) return pendingBase + pendingSize * (value - 0xd800);
  emit(value, out);
  return boundary;
}

function isLowSurrogatePrefix(value: number, count: number): boolean {
  const top = value >> (4 * (count - 2));
  return top >= 0xdc && top <= 0xdf;
}

function stepPending(state: number, byte: number, out: Emitted): number {
  const [high, offset] = splitPending(state);
  if (offset === 0) return byte === backslash ? state + 1 : refused;
  if (offset === 1) return byte === 0x75 ? state + 1 : refused;
  const digit = hexDigit(byte);
  if (digit < 0) return refused;
  const base = state - offset;
  if (offset === 2) return digit === 0xd ? state + 1 : refused;
  if (offset === 3) return digit >= 0xc ? base + 4 + (digit - 0xc) : refused;
  if (offset < 8) return base + 8 + (offset - 4) * 16 + digit;
  emit(0x10000 + high * 0x400 + (offset - 8) * 16 + digit, out);
  return boundary;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function emit(codePoint: number, out: Emitted): void {
  out.length = encodeUtf8(codePoint, out.bytes);
}

/** Writes the UTF-8 of a scalar value to the front of `out`; how many bytes it has. */
export function encodeUtf8(codePoint: number, out: Uint8Array): number {
  if (codePoint < 0x80) {
    out[0] = codePoint;
    return 1;
  }
  const length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  let rest = codePoint;
  for (let i = length - 1; i > 0; i--) {
    out[i] = 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  out[0] = ((0xf00 >> length) & 0xff) | rest;
  return length;
}

/** The state after a byte of UTF-8, or `refused`. States 1–3: that many continuation bytes to come; 4–7: after E0, ED, F0, F4, which narrow the next byte. */
export function stepUtf8(state: number, byte: number): number {
  if (state === boundary) {
    if (byte < 0x80) return boundary;
    if (byte < 0xc2 || byte > 0xf4) return refused;
    if (byte < 0xe0) return 1;
    if (byte < 0xf0) return byte === 0xe0 ? 4 : byte === 0xed ? 5 : 2;
    return byte === 0xf0 ? 6 : byte === 0xf4 ? 7 : 3;
  }
  const first = state === 4 ? 0xa0 : state === 6 ? 0x90 : 0x80;
  const last = state === 5 ? 0x9f : state === 7 ? 0x8f : 0xbf;
  if (byte < first || byte > last) return refused;
  return state <= 3 ? state - 1 : state <= 5 ? 1 : 2;
}
