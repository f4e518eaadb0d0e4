// The value from which upwards there is enough: of tokens (top_k), of probability (top_p). A radix select: four passes of 8 bits over an
// order-preserving form of the f32 values, a histogram of weights in each. Exact, linear whatever the values, and nothing is sorted. With integer
// weights nothing depends on the order of the sums, so a GPU's answer is the same.

/** Means nothing between calls. */
const histogram = new Float64Array(256);

/**
 * The largest of `count` values such that it and all above it weigh at least `enough` together; the least that weighs anything if all don't.
 * `patterns`: the bits of the values, none a NaN. A value's weight is `weights[i]`, or 1; some
 * weight is positive.
 */
export function weightedThreshold(
  patterns: Int32Array,
  weights: Float64Array | undefined,
  count: number,
  enough: number,
): number {
  let above = 0;
  let prefix = 0;
  for (let shift = 24; shift >= 0; shift -= 8) {
    histogram.fill(0);
    for (let i = 0; i < count; i++) {
      const key = orderedKey(patterns[i]!);
      // Shifts are modulo 32: in the first pass there is no prefix to agree with.
      if (shift < 24 && (key ^ prefix) >>> (shift + 8) !== 0) continue;
      histogram[(key >>> shift) & 255]! += weights === undefined ? 1 : weights[i]!;
    }
    let lowest = 0;
    while (histogram[lowest] === 0) lowest++;
    let digit = 255;
    while (digit > lowest && above + histogram[digit]! < enough) above += histogram[digit--]!;
    prefix |= digit << shift;
  }
  return floatOfKey(prefix);
}

/** Unsigned, these are in the order of the floats. */
function orderedKey(pattern: number): number {
  return pattern ^ ((pattern >> 31) | 0x80000000);
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

function floatOfKey(key: number): number {
  bits[0] = key ^ (~(key >> 31) | 0x80000000);
  return float[0]!;
}
