// How far a KV cache stands for a sequence.

/** The length of the longest common beginning. */
export function sharedLength(one: readonly number[], other: readonly number[]): number {
  const end = Math.min(one.length, other.length);
  for (let i = 0; i < end; i++) if (one[i] !== other[i]) return i;
  return end;
}
