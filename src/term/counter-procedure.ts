// Counted repetition of anything, by calls: state n + 1 has read n words of the rule. For items that are recursive, or
// regular but not prefix-free, where one text may hold different numbers of items.
import { type ByteSet, emptyByteSet } from "../base/byte-set.ts";
import type { Call, Procedure, TokenStep } from "./procedure.ts";
import type { Rule } from "./term.ts";

export class CounterProcedure implements Procedure {
  readonly rules: readonly Rule[];
  readonly start = 1;
  private readonly item: Rule;
  private min: number;
  private readonly max: number;
  private reachable = true;
  private readonly callsOf: Call[][] = [];

  constructor(item: Rule, min: number, max: number) {
    this.item = item;
    this.rules = [item];
    this.min = min;
    this.max = max;
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    return this.min === 0 || productive(this.item);
  }

  isNullable(nullable: (rule: Rule) => boolean): boolean {
    return this.min === 0 || nullable(this.item);
  }

  bind(productive: (rule: Rule) => boolean, nullable: (rule: Rule) => boolean): void {
    this.reachable = productive(this.item);
    // Empty words fill up any number of items.
    if (nullable(this.item)) this.min = 0;
  }

  step(): number {
    return 0;
  }

  isAccepting(state: number): boolean {
    return state > this.min;
  }

  reads(): ByteSet {
    return noBytes;
  }

  canSpare(): boolean {
    return true;
  }

  calls(state: number): readonly Call[] {
    if (!this.reachable || state > this.max) return noCalls;
    // Without an upper end, all counts from the least one on are one state.
    const then = this.max === Infinity ? Math.min(state + 1, this.min + 1) : state + 1;
    return (this.callsOf[state] ??= [{ rule: this.item, then }]);
  }

  tokens(): readonly TokenStep[] {
    return noTokens;
  }
}

const noBytes = emptyByteSet();
const noCalls: readonly Call[] = [];
const noTokens: readonly TokenStep[] = [];
