// A token automaton spelled out, for people and tools that want to look at it: states from the start on, breadth first, as far
// as a budget of states goes, with the tokens that lead from each to each; and as a drawing for Graphviz (dot).
import { ConstraintError } from "../base/errors.ts";
import { maskIds } from "./mask.ts";
import type { TokenAutomaton } from "./token-automaton.ts";

export interface ExploreOptions {
  /** How many states to go on from; default 100. The others are there, without edges. */
  readonly maxStates?: number;
}

export interface ExploredState {
  /** The automaton's state. */
  readonly state: number;
  readonly isAccepting: boolean;
  /** Were its edges followed? */
  readonly isExpanded: boolean;
  /** By target state: the tokens that lead there, ascending. */
  readonly edges: ReadonlyMap<number, readonly number[]>;
}

export interface Exploration {
  /** From the start on, in the order in which they are reached. */
  readonly states: readonly ExploredState[];
  /** Were all edges of all states followed? */
  readonly isComplete: boolean;
}

/** Tokens named on an edge of a drawing. */
const namedTokens = 4;
/** Characters of a token's name. */
const maxName = 24;

/** Cost: a step for each allowed token of each expanded state. Throws "usage" for a bad number of states, "limit" over a budget. */
export function explore(automaton: TokenAutomaton, { maxStates = 100 }: ExploreOptions = {}): Exploration {
  if (!Number.isInteger(maxStates) || maxStates < 1) {
    throw new ConstraintError("usage", `maxStates must be an integer from 1, not ${maxStates}`);
  }
  const reached = new Set([automaton.start]);
  const states: ExploredState[] = [];
  for (const state of reached) {
    const isExpanded = states.length < maxStates;
    const edges = new Map<number, number[]>();
    for (const token of isExpanded ? maskIds(automaton.mask(state)) : []) {
      const to = automaton.next(state, token);
      reached.add(to);
      const tokens = edges.get(to);
      if (tokens === undefined) edges.set(to, [token]);
      else tokens.push(token);
    }
    states.push({ state, isAccepting: automaton.isAccepting(state), isExpanded, edges });
  }
  return { states, isComplete: states.every((each) => each.isExpanded) };
}

/** The exploration in the DOT language: accepting states are double circles, states that weren't gone on from are dashed. */
export function toDot(automaton: TokenAutomaton, options?: ExploreOptions): string {
  const lines = ["digraph constraint {", "  rankdir=LR;", '  node [shape=circle, label=""];'];
  lines.push("  start [shape=point];", `  start -> s${automaton.start};`);
  for (const { state, isAccepting, isExpanded, edges } of explore(automaton, options).states) {
    const marks = [`label="${state}"`];
    if (isAccepting) marks.push("shape=doublecircle");
    if (!isExpanded) marks.push("style=dashed");
    lines.push(`  s${state} [${marks.join(", ")}];`);
    for (const [to, tokens] of edges) {
      const names = tokens.slice(0, namedTokens).map((token) => nameOf(automaton, token));
      if (tokens.length > namedTokens) names.push(`… ${tokens.length} tokens`);
      lines.push(`  s${state} -> s${to} [label="${names.map(escapeLabel).join("\\n")}"];`);
    }
  }
  return `${lines.join("\n")}\n}\n`;
}

/** The token's text as a JSON string; bytes that aren't text, and special tokens, by id. */
function nameOf({ vocabulary }: TokenAutomaton, token: number): string {
  const bytes = vocabulary.eosTokenIds.includes(token) ? null : vocabulary.tokenBytes(token);
  if (bytes === null) return `<${token}>`;
  const text = new TextDecoder().decode(bytes);
  if (text.includes("\ufffd")) return `<${token}>`;
  const name = JSON.stringify(text);
  return name.length <= maxName ? name : `${name.slice(0, maxName)}…`;
}

function escapeLabel(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}
