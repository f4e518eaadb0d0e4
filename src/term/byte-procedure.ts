// A procedure that reads bytes and nothing else: no rules, no special tokens.
import type { Call, Procedure, TokenStep } from "./procedure.ts";

const none: readonly never[] = [];

export abstract class ByteProcedure implements Procedure {
  readonly rules = none;
  /** 0: it has no words. */
  abstract readonly start: number;

  canComplete(): boolean {
    return this.start !== 0;
  }

  isNullable(): boolean {
    return this.start !== 0 && this.isAccepting(this.start);
  }

  bind(): void {}

  abstract step(state: number, byte: number): number;
  abstract isAccepting(state: number): boolean;

  calls(): readonly Call[] {
    return none;
  }

  tokens(): readonly TokenStep[] {
    return none;
  }
}
