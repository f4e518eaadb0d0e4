// A JSON array as a procedure whose items are calls: the state holds how many there are, as far as that matters, and what `contains` has found.
// Nothing is unrolled, however large the counts.
import type { Limits } from "../../base/limits.ts";
import type { Call } from "../../term/procedure.ts";
import type { Rule } from "../../term/term.ts";
import type { Layout } from "../layout.ts";
import { ArrayPlaces, type ArraySpec } from "./array-places.ts";
import { ArraySyntax } from "./array-syntax.ts";

const noCalls: readonly Call[] = [];

export class ArrayProcedure extends ArraySyntax {
  readonly rules: readonly Rule[];
  private readonly spec: ArraySpec;
  private readonly callsOf = new Map<number, readonly Call[]>();
  private readonly areVaried: (rule: Rule, count: number) => boolean;
  private places: ArrayPlaces | undefined;

  /** `areVaried`: does the rule surely have more than `count` values? */
  constructor(spec: ArraySpec, areVaried: (rule: Rule, count: number) => boolean, layout: Layout, limits: Limits) {
    super(layout, limits);
    this.areVaried = areVaried;
    this.spec = spec;
    this.rules = [...new Set(spec.choices.flat().map((choice) => choice.rule))];
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    const places = new ArrayPlaces(this.spec, productive);
    return places.isAlive(places.first);
  }

  bind(productive: (rule: Rule) => boolean): void {
    this.places = new ArrayPlaces(this.spec, productive);
  }

  calls(state: number): readonly Call[] {
    let calls = this.callsOf.get(state);
    if (calls === undefined) {
      const place = this.placeBeforeItem(state);
      const next = place < 0 ? [] : this.places!.next(place);
      calls =
        next.length === 0
          ? noCalls
          : next.map(({ choice, then }) => ({ rule: choice.rule, then: this.after(then, 0, 0) }));
      this.callsOf.set(state, calls);
    }
    return calls;
  }

  hasMoreValues(state: number, count: number): boolean {
    const place = this.placeBeforeMore(state);
    if (place < 0) return false;
    const next = this.places!.next(place);
    const isEndless = this.spec.max === Number.POSITIVE_INFINITY && this.spec.contains.length === 0;
    // Where there is no end of items, there is none of lengths.
    if (isEndless && next.length > 0 && this.spec.choices.length === 1) return true;
    return next.some(({ choice }) => this.areVaried(choice.rule, count));
  }

  protected firstPlace(): number {
    return this.places!.first;
  }

  protected mayEnd(place: number): boolean {
    return this.places!.mayEnd(place);
  }

  protected mayGoOn(place: number): boolean {
    return this.places!.mayGoOn(place);
  }

  protected beginItem(): number {
    return 0;
  }

  protected stepItem(): number {
    return 0;
  }
}
