// Loops of a DFA as `Run`s: the strongly connected part around a state, as a canonical table. See `Run` in procedure.ts
// for what they're for. Method: Tarjan's algorithm over the byte edges, then a breadth-first numbering from the entry.
import { type Dfa, stepDfa } from "./dfa-table.ts";

/** Larger loops are left to the plain walk: a profile of them would rarely be met twice. */
const maxRunStates = 64;

/** A loop of a DFA: `states[r]` is the DFA's state for run state r, `table` as in `Run`. */
export interface DfaLoop {
  readonly states: Int32Array;
  readonly table: Int16Array;
}

/** By state: the number of its strongly connected component, or −1 for a state in no loop. Cost: linear in the table. */
export function loopComponents(dfa: Dfa): Int32Array {
  const { size, classCount, next } = dfa;
  const component = new Int32Array(size).fill(-1);
  const index = new Int32Array(size);
  const low = new Int32Array(size);
  const onStack = new Uint8Array(size);
  const stack: number[] = [];
  const path: number[] = [];
  const edge = new Int32Array(size);
  let counter = 0;
  let components = 0;
  for (let root = 1; root < size; root++) {
    if (index[root] !== 0) continue;
    path.push(root);
    while (path.length > 0) {
      const state = path[path.length - 1]!;
      if (index[state] === 0) {
        index[state] = low[state] = ++counter;
        stack.push(state);
        onStack[state] = 1;
      }
      let descended = false;
      while (edge[state]! < classCount) {
        const to = next[state * classCount + edge[state]!++]!;
        if (to === 0) continue;
        if (index[to] === 0) {
          path.push(to);
          descended = true;
          break;
        }
        if (onStack[to] === 1 && low[to]! < low[state]!) low[state] = low[to]!;
      }
      if (descended) continue;
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined && low[state]! < low[parent]!) low[parent] = low[state]!;
      if (low[state] !== index[state]) continue;
      const members = stack.splice(stack.lastIndexOf(state));
      const loops = members.length > 1 || hasSelfLoop(dfa, state);
      for (const member of members) {
        onStack[member] = 0;
        if (loops) component[member] = components;
      }
      if (loops) components++;
    }
  }
  return component;
}

function hasSelfLoop(dfa: Dfa, state: number): boolean {
  const row = state * dfa.classCount;
  for (let c = 0; c < dfa.classCount; c++) if (dfa.next[row + c] === state) return true;
  return false;
}

/** The loop around `entry`, or null where there is none or it has too many states. */
export function loopAround(dfa: Dfa, component: Int32Array, entry: number): DfaLoop | null {
  if (component[entry] === -1) return null;
  const place = new Map<number, number>([[entry, 0]]);
  const states = [entry];
  const table: number[] = [];
  for (let r = 0; r < states.length; r++) {
    for (let byte = 0; byte < 256; byte++) {
      const to = stepDfa(dfa, states[r]!, byte);
      if (to === 0 || component[to] !== component[entry]) {
        table.push(-1);
        continue;
      }
      let at = place.get(to);
      if (at === undefined) {
        if (states.length === maxRunStates) return null;
        place.set(to, (at = states.push(to) - 1));
      }
      table.push(at);
    }
  }
  return { states: Int32Array.from(states), table: Int16Array.from(table) };
}

/** A string that is equal for equal tables, units and distances: runs of equal entries are counted. */
export function runKey(table: Int16Array, unitEnd: Uint8Array, distance: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < table.length; ) {
    let to = from + 1;
    while (to < table.length && table[to] === table[from] && (to & 255) !== 0) to++;
    parts.push(`${table[from]!.toString(36)}*${(to - from).toString(36)}`);
    from = to;
  }
  return `${parts.join()};${unitEnd.join("")};${distance.join()}`;
}
