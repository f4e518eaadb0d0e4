// The CPU twin of the kernel in apply-mask.wgsl.ts: same name, same layout, same bits. It touches no GPU, so it is also
// what a CPU sampler calls.
import { ConstraintError } from "../../base/errors.ts";
import { type MaskLayout, resolveMaskLayout } from "../mask-layout.ts";

/**
 * Overwrites the disallowed logits of a batch in place; allowed ones keep their bits (NaNs too). `logits` are f32
 * numbers, or f16 bits in a Uint16Array. Throws ConstraintError "usage", before anything is written, where the layout
 * doesn't fit the arrays. Cost: one step a mask word, plus one a disallowed logit in words that mix both; a run of words
 * that allow nothing is one fill, and a word that allows everything is skipped.
 */
export function applyMask(logits: Float32Array | Uint16Array, masks: Uint32Array, layout: MaskLayout): void {
  if (!(logits instanceof Float32Array || logits instanceof Uint16Array)) {
    throw new ConstraintError("usage", "logits must be a Float32Array, or f16 bits in a Uint16Array");
  }
  const shape = resolveMaskLayout(layout, logits.length, masks.length);
  const value = disallowedValue(logits instanceof Float32Array, shape.lowest);
  for (let row = 0; row < shape.rows; row++) {
    const start = shape.logitsOffset + row * shape.logitsStride;
    applyRow(logits, start, shape.width, masks, shape.maskOffset + row * shape.maskStride, shape.vocabularySize, value);
  }
}

function disallowedValue(isF32: boolean, lowest: boolean): number {
  if (isF32) return lowest ? -3.4028234663852886e38 : Number.NEGATIVE_INFINITY;
  return lowest ? 0xfbff : 0xfc00;
}

function applyRow(
  logits: Float32Array | Uint16Array,
  start: number,
  width: number,
  masks: Uint32Array,
  maskStart: number,
  vocabularySize: number,
  value: number,
): void {
  const words = Math.ceil(vocabularySize / 32);
  // Where the pending run of words that allow nothing began; −1: there is none.
  let run = -1;
  for (let word = 0; word < words; word++) {
    const at = start + word * 32;
    let denied = ~masks[maskStart + word]!;
    if (denied === -1) {
      if (run < 0) run = at;
      continue;
    }
    if (run >= 0) {
      logits.fill(value, run, at);
      run = -1;
    }
    // Past the vocabulary the last word means nothing: those logits are padding, filled below.
    const left = vocabularySize - word * 32;
    if (left < 32) denied &= (1 << left) - 1;
    while (denied !== 0) {
      const bit = denied & -denied;
      logits[at + 31 - Math.clz32(bit)] = value;
      denied ^= bit;
    }
  }
  logits.fill(value, run >= 0 ? run : start + vocabularySize, start + width);
}
