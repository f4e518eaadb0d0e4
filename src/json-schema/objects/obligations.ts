// Can the keys that may still come fulfil what an object has to (`Breach` in object-shape.ts: bits of one integer)? A key fulfils some by
// its value, or others by staying away, never both, and perhaps only so many may come: a search over what can be left open, key by key.
import { ConstraintError } from "../../base/errors.ts";

/** A key that may still come, and counts for something. */
export interface Means {
  /** What it can fulfil by its values: one of these. */
  readonly present: readonly number[];
  /** What it fulfils by staying away; −1: it has to come. */
  readonly absent: number;
}

/** How many keys may come. */
export interface Room {
  /** Keys that have to come, and may, besides the means; they fulfil nothing. */
  readonly needed: number;
  readonly others: number;
  /** Undeclared keys: any number up to `undeclared`, each fulfilling one of these. */
  readonly undeclared: number;
  readonly undeclaredFulfil: readonly number[];
  /** How many keys have to come, and may, in all. */
  readonly min: number;
  readonly max: number;
}

/** Ways to leave something open that are looked at. */
const maxWays = 100_000;
/** Above all sets of obligations, which are below 2^30. */
const oneKey = 2 ** 30;

/** Cost: by the number of sets that can be left open, which may double with each key; throws "limit" where it does. */
export function canFulfil(open: number, means: readonly Means[], room: Room | null): boolean {
  if (room === null) return canFulfilUncounted(open, means);
  // A way is how many keys come (no more than matter) · 2^30 + what is left open.
  const most = room.max === Number.POSITIVE_INFINITY ? room.min : room.max;
  const after = (way: number, fulfilled: number): number => {
    const count = Math.floor(way / oneKey) + 1;
    if (count > most && room.max !== Number.POSITIVE_INFINITY) return -1;
    return Math.min(count, most) * oneKey + ((way % oneKey) & ~fulfilled);
  };
  if (room.needed > room.max) return false;
  let ways = new Set([Math.min(room.needed, most) * oneKey + open]);
  for (const { present, absent } of means) {
    const next = new Set<number>();
    for (const way of ways) {
      if (absent >= 0) next.add(way - (way % oneKey) + ((way % oneKey) & ~absent));
      for (const fulfilled of present) next.add(after(way, fulfilled));
    }
    next.delete(-1);
    ways = limited(next);
  }
  const todo = room.undeclared > 0 ? [...ways] : [];
  for (let way = todo.pop(); way !== undefined; way = todo.pop()) {
    for (const fulfilled of room.undeclaredFulfil) {
      const next = after(way, fulfilled);
      if (next < 0 || ways.has(next)) continue;
      limited(ways.add(next));
      todo.push(next);
    }
  }
  const spare = room.others + room.undeclared;
  for (const way of ways) if (way % oneKey === 0 && Math.floor(way / oneKey) + spare >= room.min) return true;
  return false;
}

function canFulfilUncounted(open: number, means: readonly Means[]): boolean {
  let ways = new Set([open]);
  for (const { present, absent } of means) {
    if (ways.has(0)) return true;
    const options = largest(absent >= 0 ? [...present, absent] : present);
    const next = new Set<number>();
    for (const way of ways) for (const fulfilled of options) next.add(way & ~fulfilled);
    ways = limited(next);
  }
  return ways.has(0);
}

/** The sets of bits that aren't part of another. */
export function largest(sets: readonly number[]): number[] {
  const distinct = [...new Set(sets)];
  return distinct.filter((set) => !distinct.some((other) => other !== set && (set & ~other) === 0));
}

function limited(ways: Set<number>): Set<number> {
  if (ways.size > maxWays)
    throw new ConstraintError("limit", `The negations here can be met in more than ${maxWays} ways`);
  return ways;
}
