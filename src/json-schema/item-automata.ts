// The automata that arrays of different items read their items with: each made when it is first needed, and shared by all arrays of a schema, those
// inside other items too.

import type { ByteAutomaton } from "../term/byte-automaton.ts";
import type { Rule } from "../term/term.ts";
import type { Conjunction } from "./conjunction.ts";
import { JsonValueIds } from "./json-value-ids.ts";
import { conjunctionOf } from "./keywords.ts";
import type { Layout } from "./layout.ts";
import type { Normaliser } from "./normalise.ts";
import type { ItemAutomata } from "./unique-array-procedure.ts";
import { hasMoreValues } from "./value-count.ts";

/** Makes the automaton of a conjunction's texts; null where there are none. */
export type MakeAutomaton = (conjunction: Conjunction, layout: Layout) => ByteAutomaton | null;

/** Owned by one lowering. */
export class SharedAutomata {
  readonly values: JsonValueIds;
  private readonly normaliser: Normaliser;
  private readonly make: MakeAutomaton;
  private readonly made = new Map<string, ByteAutomaton | null>();

  constructor(normaliser: Normaliser, make: MakeAutomaton) {
    this.normaliser = normaliser;
    this.make = make;
    this.values = new JsonValueIds(normaliser.context.limits);
  }

  /** Those of one array, whose items are laid out so. */
  forArray(layout: Layout, conjunctionOfRule: (rule: Rule) => Conjunction): ItemAutomata {
    const { graph, conjunctions } = this.normaliser.context;
    const ofValue = (value: number) =>
      conjunctionOf(graph.valueNode(graph.root, this.values.node(value)), this.normaliser.context);
    const get = (conjunction: Conjunction) => this.get(conjunction, layout);
    const byRule = new Map<Rule, ByteAutomaton>();
    const byValue: (ByteAutomaton | undefined)[] = [];
    return {
      values: this.values,
      ofRule(rule) {
        let automaton = byRule.get(rule);
        if (automaton === undefined) byRule.set(rule, (automaton = get(conjunctionOfRule(rule))!));
        return automaton;
      },
      ofValue: (value) => (byValue[value] ??= get(ofValue(value))!),
      without: (rule, values) =>
        get(
          values.reduce(
            (rest, value) => conjunctions.and(rest, this.normaliser.negate(ofValue(value))),
            conjunctionOfRule(rule),
          ),
        ),
      hasMoreValues: (rule, count) => hasMoreValues(conjunctionOfRule(rule), count, this.normaliser),
    };
  }

  private get(conjunction: Conjunction, layout: Layout): ByteAutomaton | null {
    const key = `${conjunction.id} ${layout.key}`;
    let automaton = this.made.get(key);
    if (automaton === undefined) this.made.set(key, (automaton = this.make(conjunction, layout)));
    return automaton;
  }
}
