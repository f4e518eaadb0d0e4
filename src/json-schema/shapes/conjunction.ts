// What a place in an instance must satisfy: a conjunction of subschemas and negated subschemas, interned. The universe of
// literals is finite (the schema's nodes, twice), so recursion through intersections ends.
import type { LoweringWork } from "./lowering-work.ts";

/** A subschema's id, doubled, plus 1 where it is negated. */
export type Literal = number;

export interface Conjunction {
  readonly id: number;
  /** Sorted, distinct, without opposites. Empty: anything goes. */
  readonly literals: readonly Literal[];
  readonly isFalse: boolean;
}

export function literalOf(nodeId: number, negated = false): Literal {
  return nodeId * 2 + (negated ? 1 : 0);
}

/** Is it plain that `a` is at least as strong? */
export function isWithin(a: Conjunction, b: Conjunction): boolean {
  return a === b || a.isFalse || (!b.isFalse && b.literals.every((literal) => a.literals.includes(literal)));
}

/** Of interning one: it is sorted, and looked up as text. */
const stepsOfLiteral = 4;

/** Owned by one lowering. */
export class Conjunctions {
  readonly true: Conjunction = { id: 0, literals: [], isFalse: false };
  readonly false: Conjunction = { id: 1, literals: [], isFalse: true };
  private readonly all: Conjunction[] = [this.true, this.false];
  private readonly byKey = new Map<string, Conjunction>([["", this.true]]);
  private readonly pairs = new Map<number, Map<number, Conjunction>>();
  readonly work: LoweringWork;

  constructor(work: LoweringWork) {
    this.work = work;
  }

  of(literals: Iterable<Literal>): Conjunction {
    const sorted = [...new Set(literals)].sort((a, b) => a - b);
    this.work.spend(stepsOfLiteral * sorted.length);
    for (let i = 1; i < sorted.length; i++) if ((sorted[i]! ^ 1) === sorted[i - 1]!) return this.false;
    const key = sorted.join();
    let found = this.byKey.get(key);
    if (found === undefined) {
      found = { id: this.all.length, literals: sorted, isFalse: false };
      this.all.push(found);
      this.byKey.set(key, found);
    }
    return found;
  }

  and(a: Conjunction, b: Conjunction): Conjunction {
    this.work.spend(1);
    if (a === b || b === this.true || a.isFalse) return a;
    if (a === this.true || b.isFalse) return b;
    const [first, second] = a.id < b.id ? [a, b] : [b, a];
    let row = this.pairs.get(first.id);
    if (row === undefined) this.pairs.set(first.id, (row = new Map()));
    let both = row.get(second.id);
    if (both === undefined) row.set(second.id, (both = this.of([...a.literals, ...b.literals])));
    return both;
  }

  get(id: number): Conjunction {
    return this.all[id]!;
  }
}
