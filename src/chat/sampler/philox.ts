// Philox4x32-10: 128 bits that depend on nothing but a key and a counter, so that the noise of a token is the same whatever else is computed,
// in whatever order, on whatever device. Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Only 32-bit
// integer operations, all of which WGSL has.

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
/** The golden ratio, and √3 − 1. */
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

export class Philox {
  private readonly key0: number;
  private readonly key1: number;
  /** The four words of the last counter asked for. */
  readonly words = new Int32Array(4);

  /** A key of 64 bits: the lower 32, the upper 32. */
  constructor(lower: number, upper: number) {
    this.key0 = lower | 0;
    this.key1 = upper | 0;
  }

  /** Fills `words` with the bits of a counter of four 32-bit words. */
  generate(counter0: number, counter1: number, counter2: number, counter3: number): void {
    let c0 = counter0 | 0;
    let c1 = counter1 | 0;
    let c2 = counter2 | 0;
    let c3 = counter3 | 0;
    let k0 = this.key0;
    let k1 = this.key1;
    for (let round = 0; round < rounds; round++) {
      const high0 = multiplyHigh(c0, multiplier0 >>> 16, multiplier0 & 0xffff);
      const high1 = multiplyHigh(c2, multiplier1 >>> 16, multiplier1 & 0xffff);
      const low0 = Math.imul(c0, multiplier0);
      c0 = high1 ^ c1 ^ k0;
      c1 = Math.imul(c2, multiplier1);
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + weyl0) | 0;
      k1 = (k1 + weyl1) | 0;
    }
    this.words[0] = c0;
    this.words[1] = c1;
    this.words[2] = c2;
    this.words[3] = c3;
  }
}

/** The upper 32 bits of a · b, unsigned, b given in halves. No step leaves 32 bits (Warren, Hacker's Delight, 8-2). */
function multiplyHigh(a: number, upper: number, lower: number): number {
  const aUpper = a >>> 16;
  const aLower = a & 0xffff;
  const middle = (Math.imul(aUpper, lower) + (Math.imul(aLower, lower) >>> 16)) | 0;
  const carry = (Math.imul(aLower, upper) + (middle & 0xffff)) | 0;
  return (Math.imul(aUpper, upper) + (middle >>> 16) + (carry >>> 16)) | 0;
}
