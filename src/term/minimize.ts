// Trims a deterministic automaton to what is reachable and can accept, and minimises it. Method: Valmari and Lehtinen's
// partition refinement over states and transitions, O(m log n) for m transitions; then states are renumbered breadth
// first, so that equal languages over equal byte classes give equal tables, and byte classes that behave alike are merged.
import type { RawDfa } from "./dfa-table.ts";

/** A partition of 0 … n − 1 that can be refined: mark elements, then split every block into marked and unmarked. */
class Partition {
  count: number;
  readonly elements: Int32Array;
  readonly first: Int32Array;
  readonly past: Int32Array;
  readonly blockOf: Int32Array;
  private readonly location: Int32Array;
  private readonly marked: Int32Array;
  private readonly touched: number[] = [];

  constructor(n: number) {
    this.count = n > 0 ? 1 : 0;
    this.elements = Int32Array.from({ length: n }, (_, i) => i);
    this.location = this.elements.slice();
    this.blockOf = new Int32Array(n);
    this.first = new Int32Array(n + 1);
    this.past = new Int32Array(n + 1);
    this.marked = new Int32Array(n + 1);
    this.past[0] = n;
  }

  mark(element: number): void {
    const block = this.blockOf[element]!;
    const from = this.location[element]!;
    const to = this.first[block]! + this.marked[block]!;
    if (from < to) return;
    const other = this.elements[to]!;
    this.elements[from] = other;
    this.location[other] = from;
    this.elements[to] = element;
    this.location[element] = to;
    if (this.marked[block]!++ === 0) this.touched.push(block);
  }

  split(): void {
    for (let block = this.touched.pop(); block !== undefined; block = this.touched.pop()) {
      const border = this.first[block]! + this.marked[block]!;
      this.marked[block] = 0;
      if (border === this.past[block]) continue;
      const fresh = this.count++;
      if (border - this.first[block]! <= this.past[block]! - border) {
        this.first[fresh] = this.first[block]!;
        this.past[fresh] = this.first[block] = border;
      } else {
        this.past[fresh] = this.past[block]!;
        this.first[fresh] = this.past[block] = border;
      }
      for (let i = this.first[fresh]!; i < this.past[fresh]!; i++) this.blockOf[this.elements[i]!] = fresh;
    }
  }
}

/** The same language with as few states as can be; state 0 stays the dead one. */
export function minimize(raw: RawDfa): RawDfa {
  const live = liveStates(raw);
  if (raw.start === 0 || live[raw.start] === 0) return nothing(raw);
  const order: number[] = [];
  const place = new Int32Array(raw.size).fill(-1);
  for (let state = 1; state < raw.size; state++) {
    if (live[state] === 1) place[state] = order.push(state) - 1;
  }
  // Transitions, by label: byte classes first, then symbols.
  const { classCount } = raw;
  const labels = classCount + raw.symbols.length;
  const byLabel: number[][] = Array.from({ length: labels }, () => []);
  for (const state of order) {
    for (let c = 0; c < classCount; c++) {
      const to = raw.next[state * classCount + c]!;
      if (to !== 0 && live[to] === 1) byLabel[c]!.push(place[state]!, place[to]!);
    }
    const pairs = raw.symbolNext[state] ?? [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (live[pairs[i + 1]!] === 1) byLabel[classCount + pairs[i]!]!.push(place[state]!, place[pairs[i + 1]!]!);
    }
  }
  const blocks = refine(raw, order, byLabel);
  return quotient(raw, order, place, live, blocks);
}

function liveStates(raw: RawDfa): Uint8Array {
  const { size, classCount } = raw;
  const forward = new Uint8Array(size);
  const stack = raw.start === 0 ? [] : [raw.start];
  for (const state of stack) forward[state] = 1;
  const counts = new Int32Array(size + 1);
  const edges: number[] = [];
  while (stack.length > 0) {
    const state = stack.pop()!;
    const visit = (to: number): void => {
      if (to === 0) return;
      edges.push(state, to);
      counts[to]!++;
      if (forward[to] === 1) return;
      forward[to] = 1;
      stack.push(to);
    };
    let previous = 0;
    for (let c = 0; c < classCount; c++) {
      const to = raw.next[state * classCount + c]!;
      if (to !== previous) visit(to);
      previous = to;
    }
    const pairs = raw.symbolNext[state] ?? [];
    for (let i = 1; i < pairs.length; i += 2) visit(pairs[i]!);
  }
  const { starts, sources } = incoming(counts, edges);
  const live = new Uint8Array(size);
  for (let state = 1; state < size; state++) {
    if (forward[state] === 1 && raw.accepting[state] === 1) {
      live[state] = 1;
      stack.push(state);
    }
  }
  while (stack.length > 0) {
    const state = stack.pop()!;
    for (let i = starts[state]!; i < starts[state + 1]!; i++) {
      const from = sources[i]!;
      if (live[from] === 1) continue;
      live[from] = 1;
      stack.push(from);
    }
  }
  return live;
}

/** Edges (pairs from, to) as an adjacency by target; `counts[to]` of them each. */
function incoming(counts: Int32Array, edges: readonly number[]) {
  const starts = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) starts[i + 1] = starts[i]! + counts[i]!;
  const fill = starts.slice();
  const sources = new Int32Array(edges.length / 2);
  for (let i = 0; i < edges.length; i += 2) sources[fill[edges[i + 1]!]!++] = edges[i]!;
  return { starts, sources };
}

function refine(raw: RawDfa, order: readonly number[], byLabel: readonly (readonly number[])[]): Partition {
  const n = order.length;
  const m = byLabel.reduce((sum, list) => sum + list.length / 2, 0);
  const tails = new Int32Array(m);
  const heads = new Int32Array(m);
  const cords = new Partition(m);
  cords.count = 0;
  let at = 0;
  for (const list of byLabel) {
    if (list.length === 0) continue;
    cords.first[cords.count] = at;
    for (let i = 0; i < list.length; i += 2) {
      tails[at] = list[i]!;
      heads[at] = list[i + 1]!;
      cords.blockOf[at] = cords.count;
      at++;
    }
    cords.past[cords.count++] = at;
  }
  const counts = new Int32Array(n + 1);
  for (let t = 0; t < m; t++) counts[heads[t]!]!++;
  const arrivals = new Int32Array(m);
  const starts = new Int32Array(n + 2);
  for (let i = 0; i <= n; i++) starts[i + 1] = starts[i]! + counts[i]!;
  const fill = starts.slice();
  for (let t = 0; t < m; t++) arrivals[fill[heads[t]!]!++] = t;

  const blocks = new Partition(n);
  order.forEach((state, i) => {
    if (raw.accepting[state] === 1) blocks.mark(i);
  });
  blocks.split();
  let block = 1;
  for (let cord = 0; cord < cords.count; cord++) {
    for (let i = cords.first[cord]!; i < cords.past[cord]!; i++) blocks.mark(tails[cords.elements[i]!]!);
    blocks.split();
    for (; block < blocks.count; block++) {
      for (let i = blocks.first[block]!; i < blocks.past[block]!; i++) {
        const head = blocks.elements[i]!;
        for (let j = starts[head]!; j < starts[head + 1]!; j++) cords.mark(arrivals[j]!);
      }
      cords.split();
    }
  }
  return blocks;
}

function quotient(
  raw: RawDfa,
  order: readonly number[],
  place: Int32Array,
  live: Uint8Array,
  blocks: Partition,
): RawDfa {
  const { classCount } = raw;
  const idOf = new Int32Array(blocks.count);
  const representatives: number[] = [0];
  const discover = (state: number): number => {
    if (state === 0 || live[state] === 0) return 0;
    const block = blocks.blockOf[place[state]!]!;
    if (idOf[block] === 0) idOf[block] = representatives.push(order[blocks.elements[blocks.first[block]!]!]!) - 1;
    return idOf[block]!;
  };
  const start = discover(raw.start);
  const rows: Int32Array[] = [new Int32Array(classCount)];
  const symbolNext: number[][] = [[]];
  const accepting: number[] = [0];
  for (let id = 1; id < representatives.length; id++) {
    const state = representatives[id]!;
    const row = new Int32Array(classCount);
    for (let c = 0; c < classCount; c++) row[c] = discover(raw.next[state * classCount + c]!);
    rows.push(row);
    const pairs = raw.symbolNext[state] ?? [];
    const kept: number[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      const to = discover(pairs[i + 1]!);
      if (to !== 0) kept.push(pairs[i]!, to);
    }
    symbolNext.push(kept);
    accepting.push(raw.accepting[state]!);
  }
  const size = representatives.length;
  const merged = mergeClasses(raw, rows);
  return { ...raw, ...merged, size, start, accepting: Uint8Array.from(accepting), symbolNext };
}

function mergeClasses(raw: RawDfa, rows: readonly Int32Array[]) {
  const columns = new Map<string, number>();
  const newClass = new Uint8Array(raw.classCount);
  const kept: number[] = [];
  for (let c = 0; c < raw.classCount; c++) {
    const column = rows.length > 2000 ? String(c) : rows.map((row) => row[c]).join();
    if (!columns.has(column)) {
      columns.set(column, kept.length);
      kept.push(c);
    }
    newClass[c] = columns.get(column)!;
  }
  const classCount = kept.length;
  const next = new Int32Array(rows.length * classCount);
  rows.forEach((row, id) => {
    kept.forEach((c, i) => {
      next[id * classCount + i] = row[c]!;
    });
  });
  return { next, classCount, classOf: raw.classOf.map((c) => newClass[c]!) };
}

function nothing(raw: RawDfa): RawDfa {
  return {
    ...raw,
    size: 1,
    start: 0,
    classOf: new Uint8Array(256),
    classCount: 1,
    next: new Int32Array(1),
    accepting: new Uint8Array(1),
    symbolNext: [[]],
  };
}
