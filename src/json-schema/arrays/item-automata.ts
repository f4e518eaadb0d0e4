// The automata that arrays of different items read their items with: each made when it is first needed, and shared by all arrays at one depth. Those
// in items have automata of their own: a schema may lead back to itself, and no automaton can step while it is stepping.

import { ConstraintError } from "../../base/errors.ts";
import type { ByteAutomaton } from "../../term/byte-automaton.ts";
import type { Rule } from "../../term/term.ts";
import { conjunctionOf } from "../keywords/keywords.ts";
import type { Layout } from "../layout.ts";
import type { Conjunction } from "../shapes/conjunction.ts";
import type { Normaliser } from "../shapes/normalise.ts";
import { JsonValueIds } from "./json-value-ids.ts";
import type { ItemAutomata } from "./unique-array-procedure.ts";
import { hasMoreValues } from "./value-count.ts";

/** Makes the automaton of a conjunction's texts, in which arrays use `inner`; null where there are no texts. */
export type MakeAutomaton = (conjunction: Conjunction, layout: Layout, inner: SharedAutomata) => ByteAutomaton | null;

/** How deep arrays of different items may be in each other, in a text. */
const maxDepth = 64;

/** Owned by one lowering. */
export class SharedAutomata {
  readonly values: JsonValueIds;
  private readonly normaliser: Normaliser;
  private readonly make: MakeAutomaton;
  private readonly depth: number;
  private readonly made = new Map<string, ByteAutomaton | null>();
  private ofItems: SharedAutomata | undefined;

  constructor(normaliser: Normaliser, make: MakeAutomaton, depth = 0) {
    this.normaliser = normaliser;
    this.make = make;
    this.depth = depth;
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
    if (automaton === undefined) {
      if (this.depth >= maxDepth) {
        throw new ConstraintError("limit", `Arrays with uniqueItems in each other, more than ${maxDepth} deep`);
      }
      this.ofItems ??= new SharedAutomata(this.normaliser, this.make, this.depth + 1);
      this.made.set(key, (automaton = this.make(conjunction, layout, this.ofItems)));
    }
    return automaton;
  }
}
