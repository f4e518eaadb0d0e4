// Batches to test masks with: logits as bits (so that no NaN is quietened on the way), masks of every density, and the
// slowest possible definition of what applying a mask means.
import type { MaskLayout } from "../../src/gpu/index.ts";

export type Format = "f32" | "f16";
export type MaskKind = "all" | "none" | "random" | "almost-all" | "almost-none" | "words";

export const maskKinds: readonly MaskKind[] = ["all", "none", "random", "almost-all", "almost-none", "words"];

/** A small deterministic generator of 32-bit numbers (xorshift32; Marsaglia 2003). */
export function randomWords(seed: number): () => number {
  let state = (seed >>> 0) * 2654435761 + 1 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

// ±0, ±∞, quiet and signalling NaNs with payloads, subnormals, the extremes, 1.
const specialF32 = [
  0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc01234, 0x7f800001, 0xffbfffff, 1, 0x807fffff, 0x7f7fffff,
  0xff7fffff, 0x3f800000,
];
const specialF16 = [0, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0xfe12, 0x7c01, 0xfdff, 1, 0x83ff, 0x7bff, 0xfbff, 0x3c00];

/** `length` logits as bit patterns: any bits, every fourth or so a special value. */
export function randomLogitBits(format: Format, length: number, seed: number): Uint32Array | Uint16Array {
  const next = randomWords(seed);
  const bits = format === "f32" ? new Uint32Array(length) : new Uint16Array(length);
  const special = format === "f32" ? specialF32 : specialF16;
  for (let i = 0; i < length; i++) {
    const word = next();
    bits[i] = (word & 3) === 0 ? special[(word >>> 8) % special.length]! : next();
  }
  return bits;
}

/** `length` mask words; the bits past a vocabulary's end are as random as the others. */
export function randomMasks(kind: MaskKind, length: number, seed: number): Uint32Array {
  const next = randomWords(seed);
  return new Uint32Array(length).map(() => randomMaskWord(kind, next(), 1 << (next() & 31)));
}

function randomMaskWord(kind: MaskKind, word: number, bit: number): number {
  switch (kind) {
    case "all":
      return 0xffffffff;
    case "none":
      return 0;
    case "random":
      return word;
    case "almost-all":
      return (word & 7) === 0 ? ~bit : 0xffffffff;
    case "almost-none":
      return (word & 7) === 0 ? bit : 0;
    case "words":
      return (word & 1) === 0 ? 0xffffffff : 0;
  }
}

/** The definition: bit by bit, over bit patterns. */
export function expectedBits<Bits extends Uint32Array | Uint16Array>(
  bits: Bits,
  masks: Uint32Array,
  layout: MaskLayout,
) {
  const result = bits.slice() as Bits;
  const width = layout.logitsWidth ?? layout.vocabularySize;
  const stride = layout.logitsStride ?? width;
  const maskStride = layout.maskStride ?? Math.ceil(layout.vocabularySize / 32);
  const lowest = layout.disallowed === "lowest";
  const value = bits instanceof Uint32Array ? (lowest ? 0xff7fffff : 0xff800000) : lowest ? 0xfbff : 0xfc00;
  for (let row = 0; row < layout.rows; row++) {
    for (let token = 0; token < width; token++) {
      const word = masks[(layout.maskOffset ?? 0) + row * maskStride + (token >> 5)];
      const allowed = token < layout.vocabularySize && ((word! >>> (token & 31)) & 1) === 1;
      if (!allowed) result[(layout.logitsOffset ?? 0) + row * stride + token] = value;
    }
  }
  return result;
}

/** The index of the first difference, or −1: an assertion on 100,000 numbers says too much. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

/** How many logits and mask words a layout reaches. */
export function layoutExtent(layout: MaskLayout): { readonly logits: number; readonly words: number } {
  const width = layout.logitsWidth ?? layout.vocabularySize;
  const words = Math.ceil(layout.vocabularySize / 32);
  const last = Math.max(0, layout.rows - 1);
  return {
    logits: (layout.logitsOffset ?? 0) + last * (layout.logitsStride ?? width) + width,
    words: (layout.maskOffset ?? 0) + last * (layout.maskStride ?? words) + words,
  };
}
