// For a DFA whose paths are measured in units (characters): with how many more units can a state accept? The answer is
// exact: for each number of units, the set of states that can accept after just so many, until those sets repeat. They
// must, being sets of states, and in practice do so at once; a budget stops the rest.
import { ConstraintError } from "../base/errors.ts";
import type { Dfa } from "./dfa-table.ts";

const maxSteps = 20_000;
const maxCells = 4_000_000;

export class UnitDistances {
  /** `rows[k][state]` = 1: it can accept after exactly k more units. Row `rows.length` is row `period start` again. */
  private readonly rows: Uint8Array[] = [];
  private readonly repeatsFrom: number;
  /** By state: the least number of units; −1 where there is none. */
  readonly least: Int32Array;
  /** By state: 1 where every number from the least on will do. */
  readonly upwardClosed: Uint8Array;

  /** `unitEnd[state]` = 1: a byte that arrives there ends a unit. Numbers over `most` don't matter. */
  constructor(dfa: Dfa, unitEnd: Uint8Array, most: number) {
    const { size } = dfa;
    const { within, across } = edgesByTarget(dfa, unitEnd);
    const seen = new Map<string, number>();
    let row = closeBackwards(dfa.accepting.slice(), within);
    let repeatsFrom = -1;
    for (;;) {
      const key = size <= 64 || this.rows.length % 16 === 0 ? row.join("") : "";
      const known = key === "" ? undefined : seen.get(key);
      if (known !== undefined) {
        repeatsFrom = known;
        break;
      }
      if (key !== "") seen.set(key, this.rows.length);
      if (this.rows.length > most) break;
      if (this.rows.length >= maxSteps || (this.rows.length + 1) * size > maxCells) {
        throw new ConstraintError(
          "limit",
          "the lengths that this pattern allows can't be worked out within the budget",
        );
      }
      this.rows.push(row);
      const before = new Uint8Array(size);
      for (let to = 1; to < size; to++) if (row[to] === 1) for (const from of across[to]!) before[from] = 1;
      row = closeBackwards(before, within);
    }
    // Past the last row, either row `repeatsFrom` follows, or nothing that matters.
    if (repeatsFrom === -1) {
      this.rows.push(new Uint8Array(size));
      repeatsFrom = this.rows.length - 1;
    }
    this.repeatsFrom = repeatsFrom;
    this.least = new Int32Array(size).fill(-1);
    this.upwardClosed = new Uint8Array(size);
    for (let state = 1; state < size; state++) {
      const first = this.rows.findIndex((each) => each[state] === 1);
      this.least[state] = first;
      const upTo = Math.min(this.rows.length, most + 1);
      let closed = first >= 0;
      for (let k = first; closed && k < upTo; k++) closed = this.rows[k]![state] === 1;
      this.upwardClosed[state] = closed ? 1 : 0;
    }
  }

  /** Can `state` accept after k more units, for some k with low ≤ k ≤ high? */
  some(state: number, low: number, high: number): boolean {
    const least = this.least[state]!;
    if (least < 0 || least > high) return false;
    const from = Math.max(low, 0);
    if (from <= least || this.upwardClosed[state] === 1) return true;
    const period = this.rows.length - this.repeatsFrom;
    const to = Math.min(high, Math.max(from, this.repeatsFrom) + period - 1);
    for (let k = from; k <= to; k++) {
      const row = k < this.rows.length ? k : this.repeatsFrom + ((k - this.repeatsFrom) % period);
      if (this.rows[row]![state] === 1) return true;
    }
    return false;
  }
}

function edgesByTarget(dfa: Dfa, unitEnd: Uint8Array) {
  const within: number[][] = Array.from({ length: dfa.size }, () => []);
  const across: number[][] = Array.from({ length: dfa.size }, () => []);
  for (let state = 1; state < dfa.size; state++) {
    const targets = new Set(dfa.next.subarray(state * dfa.classCount, (state + 1) * dfa.classCount));
    for (const to of targets) if (to !== 0) (unitEnd[to] === 1 ? across : within)[to]!.push(state);
  }
  return { within, across };
}

function closeBackwards(row: Uint8Array, within: readonly (readonly number[])[]): Uint8Array {
  const stack: number[] = [];
  row.forEach((set, state) => {
    if (set === 1) stack.push(state);
  });
  while (stack.length > 0) {
    for (const from of within[stack.pop()!]!) {
      if (row[from] === 1) continue;
      row[from] = 1;
      stack.push(from);
    }
  }
  return row;
}
