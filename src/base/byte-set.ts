// A set of bytes as eight 32-bit words. Immutable once it is part of a term.

/** Bit `b & 31` of word `b >> 5` is byte `b`; always 8 words. */
export type ByteSet = Uint32Array;

export function emptyByteSet(): ByteSet {
  return new Uint32Array(8);
}

/** The set of the given bytes (0–255). */
export function byteSetOf(...bytes: number[]): ByteSet {
  const set = new Uint32Array(8);
  for (const byte of bytes) addByte(set, byte);
  return set;
}

/** The bytes `low`–`high`, both included. */
export function byteRange(low: number, high: number): ByteSet {
  const set = new Uint32Array(8);
  for (let byte = low; byte <= high; byte++) addByte(set, byte);
  return set;
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((set[byte >> 5]! >>> (byte & 31)) & 1) === 1;
}

/** Adds in place: for a set that is still being built. */
export function addByte(set: ByteSet, byte: number): void {
  set[byte >> 5]! |= 1 << (byte & 31);
}

export function unionByteSets(a: ByteSet, b: ByteSet): ByteSet {
  return a.map((word, i) => word | b[i]!);
}

export function complementByteSet(a: ByteSet): ByteSet {
  return a.map((word) => ~word);
}

export function isEmptyByteSet(set: ByteSet): boolean {
  return set.every((word) => word === 0);
}

export function bytesOf(set: ByteSet): number[] {
  const bytes: number[] = [];
  for (let byte = 0; byte < 256; byte++) if (hasByte(set, byte)) bytes.push(byte);
  return bytes;
}
