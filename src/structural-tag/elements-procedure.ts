// Elements in any order, each at most once: a local state is the interned set of those that were there, and what is offered is the others. The
// elements behind them, which may come any number of times, leave it as it is.
import { type ByteSet, emptyByteSet } from "../base/byte-set.ts";
import type { Call, Procedure, TokenStep } from "../term/procedure.ts";
import type { Rule } from "../term/term.ts";

export interface Element {
  readonly rule: Rule;
  readonly isRequired: boolean;
}

const noBytes = emptyByteSet();
const noTokens: readonly TokenStep[] = [];

export class ElementsProcedure implements Procedure {
  readonly rules: readonly Rule[];
  readonly start = 1;
  private readonly elements: readonly Element[];
  private readonly again: Rule | null;
  private readonly required: bigint;
  private isOffered: (rule: Rule) => boolean = () => true;
  /** By state: the set of elements, bit i for the ith. */
  private readonly sets: bigint[] = [-1n, 0n];
  private readonly states = new Map<bigint, number>([[0n, 1]]);
  private readonly callsOf: (readonly Call[] | undefined)[] = [];

  /** None of the elements, which are told apart by how they begin, may be empty. `again`: may come any number of times. */
  constructor(elements: readonly Element[], again: Rule | null) {
    this.elements = elements;
    this.again = again;
    this.rules = [...elements.map(({ rule }) => rule), ...(again === null ? [] : [again])];
    this.required = elements.reduce((set, { isRequired }, i) => (isRequired ? set | (1n << BigInt(i)) : set), 0n);
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    return this.elements.every(({ rule, isRequired }) => !isRequired || productive(rule));
  }

  isNullable(): boolean {
    return this.required === 0n;
  }

  bind(productive: (rule: Rule) => boolean): void {
    this.isOffered = productive;
  }

  step(): number {
    return 0;
  }

  isAccepting(state: number): boolean {
    return (this.sets[state]! & this.required) === this.required;
  }

  reads(): ByteSet {
    return noBytes;
  }

  canSpare(): boolean {
    return true;
  }

  calls(state: number): readonly Call[] {
    return (this.callsOf[state] ??= this.computeCalls(state));
  }

  tokens(): readonly TokenStep[] {
    return noTokens;
  }

  private computeCalls(state: number): Call[] {
    const set = this.sets[state]!;
    const calls: Call[] = [];
    this.elements.forEach(({ rule }, i) => {
      const bit = 1n << BigInt(i);
      if ((set & bit) === 0n && this.isOffered(rule)) calls.push({ rule, then: this.stateOf(set | bit) });
    });
    if (this.again !== null && this.isOffered(this.again)) calls.push({ rule: this.again, then: state });
    return calls;
  }

  private stateOf(set: bigint): number {
    let state = this.states.get(set);
    if (state === undefined) {
      state = this.sets.push(set) - 1;
      this.states.set(set, state);
    }
    return state;
  }
}
