// From an automaton over characters back to a term, by eliminating states: the cheapest next, by Delgado and Morais's
// weight ("Approximation to the smallest regular expression for a given regular language", 2004).
import type { Limits } from "../base/limits.ts";
import type { CodePoints } from "../term/code-points.ts";
import { AssertionAutomatonTooLarge, type CharacterAutomaton } from "./assertion-automaton.ts";
import { type Fragment, FragmentBuilder } from "./fragment.ts";

/** Nodes that the result, or an edge on the way, may have. In the worst case the size is exponential in the states. */
const maxNodes = 100_000;

/** The language of `automaton`. Throws AssertionAutomatonTooLarge. */
export function automatonFragment(automaton: CharacterAutomaton, alphabet: CodePoints, limits: Limits): Fragment {
  const most = Math.min(maxNodes, limits.maxTermNodes);
  const builder = new FragmentBuilder(alphabet, most, () => {
    throw new AssertionAutomatonTooLarge(`more than ${most} nodes`);
  });
  if (automaton.start === 0) return builder.nothing;
  const graph = new Graph(builder);
  // State 0, dead in the automaton, is the entry; the one past the last is the exit.
  const exit = automaton.size;
  graph.add(0, automaton.start, builder.emptyWord);
  for (let state = 1; state < automaton.size; state++) {
    for (const [to, set] of automaton.edges[state]!) graph.add(state, to, builder.set(set));
    if (automaton.accepting[state] === 1) graph.add(state, exit, builder.emptyWord);
  }
  const left = new Set(Array.from({ length: automaton.size - 1 }, (_, i) => i + 1));
  while (left.size > 0) {
    let cheapest = -1;
    let least = Infinity;
    for (const state of left) {
      const weight = graph.weight(state);
      if (weight < least) [cheapest, least] = [state, weight];
    }
    graph.eliminate(cheapest);
    left.delete(cheapest);
  }
  return graph.label(0, exit) ?? builder.nothing;
}

/** A graph with fragments on its edges. */
class Graph {
  readonly #builder: FragmentBuilder;
  readonly #outgoing = new Map<number, Map<number, Fragment>>();
  readonly #incoming = new Map<number, Set<number>>();

  constructor(builder: FragmentBuilder) {
    this.#builder = builder;
  }

  label(from: number, to: number): Fragment | undefined {
    return this.#outgoing.get(from)?.get(to);
  }

  add(from: number, to: number, fragment: Fragment): void {
    let edges = this.#outgoing.get(from);
    if (edges === undefined) this.#outgoing.set(from, (edges = new Map()));
    const known = edges.get(to);
    const label = known === undefined ? fragment : this.#builder.alt([known, fragment]);
    edges.set(to, label);
    let sources = this.#incoming.get(to);
    if (sources === undefined) this.#incoming.set(to, (sources = new Set()));
    sources.add(from);
  }

  /** How much larger the graph's labels get without `state`. */
  weight(state: number): number {
    const targets = this.#outgoing.get(state) ?? new Map<number, Fragment>();
    const sources = this.#incoming.get(state) ?? new Set<number>();
    const loops = targets.has(state) ? 1 : 0;
    const [ins, outs] = [sources.size - loops, targets.size - loops];
    let weight = (targets.get(state)?.size ?? 0) * (ins * outs - 1);
    for (const source of sources) if (source !== state) weight += this.label(source, state)!.size * (outs - 1);
    for (const [to, label] of targets) if (to !== state) weight += label.size * (ins - 1);
    return weight;
  }

  /** Takes `state` out; the paths through it become edges. */
  eliminate(state: number): void {
    const targets = this.#outgoing.get(state) ?? new Map<number, Fragment>();
    const sources = this.#incoming.get(state) ?? new Set<number>();
    const loop = targets.get(state);
    const around = loop === undefined ? this.#builder.emptyWord : this.#builder.repeat(loop, 0, Infinity);
    targets.delete(state);
    sources.delete(state);
    for (const to of targets.keys()) this.#incoming.get(to)!.delete(state);
    for (const source of sources) {
      const edges = this.#outgoing.get(source)!;
      const before = this.#builder.cat([edges.get(state)!, around]);
      edges.delete(state);
      for (const [to, label] of targets) this.add(source, to, this.#builder.cat([before, label]));
    }
    this.#outgoing.delete(state);
    this.#incoming.delete(state);
  }
}
