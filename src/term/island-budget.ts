// What the islands of one constraint may come to together. One of them is bounded, but they are made of each other (And, Not), and there may be many.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";

export class IslandBudget {
  private readonly max: number;
  private spent = 0;

  constructor(limits: Limits) {
    this.max = limits.maxTotalIslandStates;
  }

  /** Once this is so, no island is made any more. */
  get isExhausted(): boolean {
    return this.spent > this.max;
  }

  /** For states made, also in vain. Throws "limit" where they are too many. */
  spend(states: number): void {
    this.spent += states;
    if (!this.isExhausted) return;
    throw new ConstraintError(
      "limit",
      `the regular parts together need more than ${this.max} states (limits.maxTotalIslandStates); simplify them, or lower their repetition counts`,
    );
  }

  /** For the next constraint. */
  restart(): void {
    this.spent = 0;
  }
}
