// Ids of answers and calls, which must only differ.

/** At most 32 letters and digits. */
export function newId(length = 32): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, length);
}
