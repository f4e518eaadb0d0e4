// A DFA as a procedure: the common case, a table look-up a byte.
import type { ByteSet } from "../base/byte-set.ts";
import { bytesRead, type Dfa } from "./dfa-table.ts";
import type { Call, Procedure, Run, TokenStep } from "./procedure.ts";
import { loopAround, loopComponents, runKey } from "./run.ts";
import { canSpareOfClasses } from "./spared-bytes.ts";
import type { Rule } from "./term.ts";

export class DfaProcedure implements Procedure {
  readonly rules: readonly Rule[];
  readonly start: number;
  readonly dfa: Dfa;
  private readonly readSets: (ByteSet | undefined)[] = [];
  private components: Int32Array | undefined;
  private readonly runs = new Map<number, Run | null>();

  /** `dfa`'s calls and tokens are offered as they are: only productive rules may be in it. */
  constructor(dfa: Dfa) {
    this.dfa = dfa;
    this.start = dfa.start;
    this.rules = [...new Set(dfa.calls.flatMap((calls) => calls.map((call) => call.rule)))];
  }

  canComplete(): boolean {
    return this.dfa.start !== 0;
  }

  isNullable(): boolean {
    return this.dfa.accepting[this.dfa.start] === 1;
  }

  bind(): void {}

  step(state: number, byte: number): number {
    const { next, classCount, classOf } = this.dfa;
    return next[state * classCount + classOf[byte]!]!;
  }

  isAccepting(state: number): boolean {
    return this.dfa.accepting[state] === 1;
  }

  reads(state: number): ByteSet {
    return (this.readSets[state] ??= bytesRead(this.dfa, state));
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareOfClasses(bytes, this.dfa.classOf);
  }

  calls(state: number): readonly Call[] {
    return this.dfa.calls[state]!;
  }

  tokens(state: number): readonly TokenStep[] {
    return this.dfa.tokens[state]!;
  }

  run(state: number): Run | null {
    let run = this.runs.get(state);
    if (run === undefined) this.runs.set(state, (run = this.computeRun(state)));
    return run;
  }

  private computeRun(state: number): Run | null {
    this.components ??= loopComponents(this.dfa);
    const loop = loopAround(this.dfa, this.components, state);
    if (loop === null) return null;
    const { states, table } = loop;
    const none = new Uint8Array(states.length);
    return {
      key: runKey(table, none, none),
      table,
      unitEnd: none,
      distance: none,
      budget: Infinity,
      local: (r) => states[r]!,
    };
  }
}
