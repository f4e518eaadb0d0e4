// The words that two automata read alike, for And and Not whose DFA is over the budget: `(?=.{1,255}$)(.{1,63}\.)+[a-z]+`. The two
// are read side by side, each determinised as it is read, so that only what is met is multiplied. Whether a word is still ahead
// is found by a search over pairs of *parts* (single states of their NFAs, of which there are far fewer than sets), those nearest to an end first;
// a pair whose sides can't agree on a length is dropped unseen. A product may be one side of another.
import { type ByteSet, hasByte } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import { grow } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import { PairInterner } from "../base/pair-interner.ts";
import { ByteProcedure } from "./byte-procedure.ts";
import type { Operand } from "./operand.ts";
import { canSpareOfClasses } from "./spared-bytes.ts";

/** Pairs that one search may meet: some 10,000 are many. */
const maxSearched = 200_000;

const unknown = 0;
const alive = 1;
const lost = 2;

export class ProductProcedure extends ByteProcedure implements Operand {
  readonly start: number;
  readonly classOf: Uint8Array;
  private readonly left: Operand;
  private readonly right: Operand;
  private readonly maxPairs: number;
  /** A byte of each class. */
  private readonly representatives: readonly number[];
  /** Number 0: one side is dead. */
  private readonly pairs = new PairInterner();
  /** By pair: is a word ahead? */
  private fates: Int32Array = Int32Array.of(lost);
  /** By pair · 256 + class. */
  private readonly known = new Map<number, number>();
  private readonly partsOf: (readonly number[])[] = [];

  /** Where the search came from, by pair that it has met; else 0. */
  private cameFrom: Int32Array = new Int32Array(1);

  /**
   * Throws "limit" where it takes too many pairs to tell whether there is a word, or there are more than `limits.maxTotalIslandStates` in all;
   * so does `step`.
   */
  constructor(left: Operand, right: Operand, limits: Limits) {
    super();
    this.left = left;
    this.right = right;
    this.maxPairs = limits.maxTotalIslandStates;
    this.classOf = commonClasses(left.classOf, right.classOf);
    this.representatives = Array.from({ length: Math.max(...this.classOf) + 1 }, (_, c) => this.classOf.indexOf(c));
    this.pairs.intern(0, 0);
    this.start = this.live(this.pair(left.start, right.start));
  }

  step(state: number, byte: number): number {
    const key = state * 256 + this.classOf[byte]!;
    let to = this.known.get(key);
    if (to === undefined) this.known.set(key, (to = this.live(this.after(state, byte))));
    return to;
  }

  isAccepting(state: number): boolean {
    return state !== 0 && this.left.isAccepting(this.leftOf(state)) && this.right.isAccepting(this.rightOf(state));
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareOfClasses(bytes, this.classOf);
  }

  parts(state: number): readonly number[] {
    let parts = this.partsOf[state];
    if (parts === undefined) {
      const found: number[] = [];
      this.somePart(state, (part) => {
        if (this.live(part) !== 0) found.push(part);
        return false;
      });
      this.partsOf[state] = parts = found;
    }
    return parts;
  }

  least(state: number): number {
    return Math.max(this.left.least(this.leftOf(state)), this.right.least(this.rightOf(state)));
  }

  most(state: number): number {
    return Math.min(this.left.most(this.leftOf(state)), this.right.most(this.rightOf(state)));
  }

  reads(state: number): ByteSet {
    const [left, right] = [this.left.reads(this.leftOf(state)), this.right.reads(this.rightOf(state))];
    return left.map((word, i) => word & right[i]!);
  }

  /** Pairs so far. */
  get size(): number {
    return this.pairs.size;
  }

  private leftOf(pair: number): number {
    return this.pairs.left(pair);
  }

  private rightOf(pair: number): number {
    return this.pairs.right(pair);
  }

  private pair(left: number, right: number): number {
    if (left === 0 || right === 0) return 0;
    const pair = this.pairs.intern(left, right);
    if (pair > this.maxPairs) throw tooMany(`${this.maxPairs} states (limits.maxTotalIslandStates)`);
    if (pair >= this.fates.length) {
      this.fates = grow(this.fates, pair + 1);
      this.cameFrom = grow(this.cameFrom, pair + 1);
    }
    return pair;
  }

  private after(pair: number, byte: number): number {
    return pair === 0
      ? 0
      : this.pair(this.left.step(this.leftOf(pair), byte), this.right.step(this.rightOf(pair), byte));
  }

  /** `pair`, or 0 where no word is ahead. */
  private live(pair: number): number {
    if (this.fates[pair] === unknown) {
      const isAlive = this.somePart(pair, (part) => this.canAccept(part));
      // Not before: the search may have replaced the array.
      this.fates[pair] = isAlive ? alive : lost;
    }
    return this.fates[pair] === alive ? pair : 0;
  }

  /** Does `test` hold of one of the pairs of parts that together read what `pair` does? */
  private somePart(pair: number, test: (part: number) => boolean): boolean {
    if (pair === 0) return false;
    const rights = this.right.parts(this.rightOf(pair));
    return this.left.parts(this.leftOf(pair)).some((left) => rights.some((right) => test(this.pair(left, right))));
  }

  /** Is a word ahead of this pair of parts? All that is found out on the way is kept. */
  private canAccept(from: number): boolean {
    const search: Search = { met: [], todo: [], nearest: 0 };
    try {
      if (this.meet(from, from, search)) return true;
      for (let at = pop(search); at !== 0; at = pop(search)) {
        const reads = this.reads(at);
        for (const byte of this.representatives) {
          if (!hasByte(reads, byte)) continue;
          const to = this.after(at, byte);
          if (this.fates[to] !== lost && this.somePart(to, (part) => this.meet(part, at, search))) return true;
        }
      }
      for (const pair of search.met) this.fates[pair] = lost;
      return false;
    } finally {
      for (const pair of search.met) this.cameFrom[pair] = 0;
    }
  }

  /** Does `pair`, come to from `before` (the first from itself), end the search? */
  private meet(pair: number, before: number, search: Search): boolean {
    if (this.fates[pair] === lost || this.cameFrom[pair] !== 0) return false;
    this.cameFrom[pair] = before;
    if (search.met.push(pair) > maxSearched) throw tooMany(`${maxSearched} states to tell whether a text is ahead`);
    if (this.fates[pair] === alive || this.isAccepting(pair)) {
      for (let at = pair; ; at = this.cameFrom[at]!) {
        this.fates[at] = alive;
        if (at === this.cameFrom[at]) return true;
      }
    }
    const least = this.least(pair);
    if (least > this.most(pair)) return false;
    (search.todo[least] ??= []).push(pair);
    search.nearest = Math.min(search.nearest, least);
    return false;
  }
}

interface Search {
  readonly met: number[];
  /** Those whose ways on aren't followed yet, by the least number of characters ahead. */
  readonly todo: (number[] | undefined)[];
  /** None is nearer. */
  nearest: number;
}

/** One of the nearest; 0 where there is none left. */
function pop(search: Search): number {
  for (; search.nearest < search.todo.length; search.nearest++) {
    const pair = search.todo[search.nearest]?.pop();
    if (pair !== undefined) return pair;
  }
  return 0;
}

function tooMany(what: string): ConstraintError {
  return new ConstraintError("limit", `an intersection needs more than ${what}; simplify what it is of`);
}

function commonClasses(left: Uint8Array, right: Uint8Array): Uint8Array {
  const ids = new Map<number, number>();
  return left.map((of, byte) => {
    const key = of * 256 + right[byte]!;
    if (!ids.has(key)) ids.set(key, ids.size);
    return ids.get(key)!;
  });
}
