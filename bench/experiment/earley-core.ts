// Experiment: a plain Earley chart over the islands' automata as the engine's core, instead of interned, grouped stacks. An item
// is (rule, state of its procedure, origin); a column holds the items at one position and who waits there for which rule.
// Same procedures, same contract: a call to a nullable rule is optional, so no item ever completes in the column it began in.
import type { Program } from "../../src/term/program.ts";
import type { Rule } from "../../src/term/term.ts";
import type { TokenTrie } from "../../src/vocabulary/token-trie.ts";

interface Waiting {
  readonly rule: number;
  readonly then: number;
  readonly origin: number;
}

class Column {
  readonly rules: number[] = [];
  readonly states: number[] = [];
  readonly origins: number[] = [];
  readonly waiting = new Map<number, Waiting[]>();
  accepting = false;
}

const originBits = 2 ** 22;

export class EarleyCore {
  readonly #program: Program;
  readonly #columns: Column[] = [];
  readonly #stateIds: Map<number, number>[];
  #states = 0;
  /** Items made since the beginning, for the statistics. */
  items = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#stateIds = program.procedures.map(() => new Map());
    const column = new Column();
    const seen = new Set<number>();
    this.#add(column, seen, 0, program.procedures[0]!.start, 0);
    this.#close(column, seen);
    column.accepting = program.isNullable;
    this.#columns.push(column);
  }

  /** Positions read so far. */
  get position(): number {
    return this.#columns.length - 1;
  }

  get width(): number {
    return this.#columns.at(-1)!.rules.length;
  }

  get isAccepting(): boolean {
    return this.#columns.at(-1)!.accepting;
  }

  /** Reads a byte; false, and no change, where nothing can follow. */
  push(byte: number): boolean {
    const { rules, states, origins } = this.#columns.at(-1)!;
    const { procedures } = this.#program;
    let column: Column | undefined;
    let seen: Set<number> | undefined;
    for (let i = 0; i < rules.length; i++) {
      const to = procedures[rules[i]!]!.step(states[i]!, byte);
      if (to === 0) continue;
      column ??= new Column();
      // One item that neither calls nor returns needs no set: the common case inside an island.
      seen ??= new Set();
      this.#add(column, seen, rules[i]!, to, origins[i]!);
    }
    if (column === undefined) return false;
    this.#close(column, seen!);
    this.#columns.push(column);
    return true;
  }

  pop(count = 1): void {
    this.#columns.length -= count;
  }

  #add(column: Column, seen: Set<number>, rule: number, state: number, origin: number): void {
    const ids = this.#stateIds[rule]!;
    let id = ids.get(state);
    if (id === undefined) ids.set(state, (id = this.#states++));
    const key = id * originBits + origin;
    if (seen.has(key)) return;
    seen.add(key);
    column.rules.push(rule);
    column.states.push(state);
    column.origins.push(origin);
    this.items++;
  }

  #close(column: Column, seen: Set<number>): void {
    const position = this.#columns.length;
    const { procedures, ruleIds } = this.#program;
    for (let i = 0; i < column.rules.length; i++) {
      const rule = column.rules[i]!;
      const state = column.states[i]!;
      const origin = column.origins[i]!;
      const procedure = procedures[rule]!;
      for (const call of procedure.calls(state)) {
        const callee = ruleIds.get(call.rule as Rule)!;
        const waiting = column.waiting.get(callee);
        if (waiting === undefined) {
          column.waiting.set(callee, [{ rule, then: call.then, origin }]);
          this.#add(column, seen, callee, procedures[callee]!.start, position);
        } else waiting.push({ rule, then: call.then, origin });
      }
      if (origin === position || !procedure.isAccepting(state)) continue;
      if (rule === 0 && origin === 0) column.accepting = true;
      const back = this.#columns[origin]!.waiting.get(rule);
      if (back !== undefined) for (const each of back) this.#add(column, seen, each.rule, each.then, each.origin);
    }
  }
}

/** The mask by a walk of the whole trie with a chart that grows and shrinks. Returns the trie nodes visited. */
export function walkEarley(core: EarleyCore, trie: TokenTrie, out: Uint32Array): number {
  out.fill(0);
  const base = core.position;
  let visited = 0;
  for (let node = 1; node < trie.size; ) {
    const depth = trie.depth[node]!;
    core.pop(core.position - base - (depth - 1));
    visited++;
    if (!core.push(trie.byte[node]!)) {
      node = trie.end[node]!;
      continue;
    }
    for (let t = trie.tokenStart[node]!; t < trie.tokenStart[node + 1]!; t++) {
      const id = trie.tokenIds[t]!;
      out[id >> 5]! |= 1 << (id & 31);
    }
    node++;
  }
  core.pop(core.position - base);
  return visited;
}
