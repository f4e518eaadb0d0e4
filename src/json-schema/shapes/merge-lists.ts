// What shapes are made of is kept in sorted lists, so that equal ones are equal as text and two are merged in one pass.

/** Sorted by id, each once. */
export function sortById<T extends { readonly id: number }>(items: readonly T[]): readonly T[] {
  return [...new Set(items)].sort((a, b) => a.id - b.id);
}

/** Both sorted by key, each once, as is what they become. Cost: linear. */
export function mergeLists<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string | number): readonly T[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const out: T[] = [];
  let next = 0;
  for (const item of a) {
    const key = keyOf(item);
    while (next < b.length && keyOf(b[next]!) < key) out.push(b[next++]!);
    if (next < b.length && keyOf(b[next]!) === key) next++;
    out.push(item);
  }
  for (; next < b.length; next++) out.push(b[next]!);
  return out;
}
