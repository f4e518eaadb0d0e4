// A JSON array as a procedure whose items are calls: the state holds how many there are, as far as that matters, and what `contains` has found.
// Nothing is unrolled, however large the counts.
import type { Limits } from "../base/limits.ts";
import type { Call } from "../term/procedure.ts";
import type { Rule } from "../term/term.ts";
import { ArrayPlaces, type ArraySpec } from "./array-places.ts";
import { ArraySyntax } from "./array-syntax.ts";
import type { Layout } from "./layout.ts";

const noCalls: readonly Call[] = [];

export class ArrayProcedure extends ArraySyntax {
  readonly rules: readonly Rule[];
  private readonly spec: ArraySpec;
  private readonly callsOf = new Map<number, readonly Call[]>();
  private places: ArrayPlaces | undefined;

  constructor(spec: ArraySpec, layout: Layout, limits: Limits) {
    super(layout, limits);
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
