// What lowering a schema may cost. Much of it is quadratic in what one place of an instance is asked (constraints that are joined one by one, keys by
// subschemas, negations by keys), and the intersections that recursion leads to may be exponentially many. So the steps are counted, all over one budget.
import { ConstraintError } from "../../base/errors.ts";

/** Of a place that several subschemas together describe: its rules, procedures and automata, of which others can be made without end. */
export const stepsOfJointPlace = 2000;
/** Of an item of an array of which each is told by itself: its choices, and places in tables. */
export const stepsOfItem = 20;

const mergedInStep = 4;

/** Owned by one lowering. */
export class LoweringWork {
  private readonly max: number;
  private left: number;

  /** `max`: limits.maxSchemaSteps. */
  constructor(max: number) {
    this.max = max;
    this.left = max;
  }

  /** Throws "limit" when there is none left. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left >= 0) return;
    throw new ConstraintError(
      "limit",
      `The schema's constraints take more than ${this.max} steps to join (limits.maxSchemaSteps)`,
    );
  }

  /** On sorted lists of so many items in all, joined in one pass, or on a text so long. */
  spendOnMerging(items: number): void {
    this.spend(items / mergedInStep);
  }

  /** From here on it isn't the schema's lowering: what was spent doesn't count. */
  restart(): void {
    this.left = this.max;
  }
}
