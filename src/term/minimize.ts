// Trims a deterministic automaton to what is reachable and can accept, and minimises it. Method: Valmari and Lehtinen's
// partition refinement over states and transitions, O(m log n) for m transitions; then states are renumbered breadth
// first, so that equal languages over equal byte classes give equal tables, and byte classes that behave alike are merged.
import type { RawDfa } from "./dfa-table.ts";

const none: readonly never[] = [];

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
  return quotient(raw, order, place, live, refine(raw, order, transitions(raw, order, place)));
}

/** The states that can accept, whether they are reached or not. */
function liveStates(raw: RawDfa): Uint8Array {
  const { size, classCount, next, symbolNext } = raw;
  const starts = new Int32Array(size + 2);
  eachEdge((_, to) => starts[to + 1]!++);
  for (let state = 0; state <= size; state++) starts[state + 1]! += starts[state]!;
  const fill = starts.slice();
  const sources = new Int32Array(starts[size]!);
  eachEdge((from, to) => {
    sources[fill[to]!++] = from;
  });
  const live = new Uint8Array(size);
  const stack: number[] = [];
  for (let state = 1; state < size; state++) {
    if (raw.accepting[state] === 1) {
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

  /** Neighbouring classes that lead to the same state are one edge. */
  function eachEdge(visit: (from: number, to: number) => void): void {
    for (let from = 1; from < size; from++) {
      let previous = 0;
      for (let i = from * classCount; i < (from + 1) * classCount; i++) {
        const to = next[i]!;
        if (to !== previous && to !== 0) visit(from, to);
        previous = to;
      }
      const pairs = symbolNext[from] ?? none;
      for (let i = 1; i < pairs.length; i += 2) if (pairs[i] !== 0) visit(from, pairs[i]!);
    }
  }
}

/** Between live states, by their places: `ends[k]` is where those of the k-th label (byte classes, then symbols) end. */
interface Transitions {
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly ends: readonly number[];
}

function transitions(
  { next, classCount, symbols, symbolNext }: RawDfa,
  order: number[],
  place: Int32Array,
): Transitions {
  const bySymbol: number[][] = symbols.map(() => []);
  for (const state of order) {
    const pairs = symbolNext[state] ?? none;
    for (let i = 0; i < pairs.length; i += 2) {
      const to = place[pairs[i + 1]!]!;
      if (to >= 0) bySymbol[pairs[i]!]!.push(place[state]!, to);
    }
  }
  const most = order.length * classCount + bySymbol.reduce((sum, list) => sum + list.length / 2, 0);
  const tails = new Int32Array(most);
  const heads = new Int32Array(most);
  const ends: number[] = [];
  let m = 0;
  for (let c = 0; c < classCount; c++) {
    for (let i = 0; i < order.length; i++) {
      const to = place[next[order[i]! * classCount + c]!]!;
      if (to < 0) continue;
      tails[m] = i;
      heads[m++] = to;
    }
    ends.push(m);
  }
  for (const list of bySymbol) {
    for (let i = 0; i < list.length; i += 2) {
      tails[m] = list[i]!;
      heads[m++] = list[i + 1]!;
    }
    ends.push(m);
  }
  return { tails: tails.subarray(0, m), heads: heads.subarray(0, m), ends };
}

function refine(raw: RawDfa, order: readonly number[], { tails, heads, ends }: Transitions): Partition {
  const n = order.length;
  const m = tails.length;
  const cords = new Partition(m);
  cords.count = 0;
  let from = 0;
  for (const end of ends) {
    if (end === from) continue;
    cords.first[cords.count] = from;
    cords.blockOf.fill(cords.count, from, end);
    cords.past[cords.count++] = from = end;
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

/** Classes are one where they lead alike from every state: split, state by state. */
function mergeClasses(raw: RawDfa, rows: readonly Int32Array[]) {
  const { classCount } = raw;
  const newClass = new Uint8Array(classCount);
  /** By new class: one of its classes. */
  let kept = [0];
  for (const row of rows) {
    let isSplit = false;
    for (let c = 0; c < classCount && !isSplit; c++) isSplit = row[c] !== row[kept[newClass[c]!]!];
    if (!isSplit) continue;
    const groups = new Map<number, number>();
    kept = [];
    for (let c = 0; c < classCount; c++) {
      const key = row[c]! * 256 + newClass[c]!;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = kept.push(c) - 1));
      newClass[c] = group;
    }
  }
  const count = kept.length;
  const next = new Int32Array(rows.length * count);
  for (let id = 0; id < rows.length; id++) {
    for (let group = 0; group < count; group++) next[id * count + group] = rows[id]![kept[group]!]!;
  }
  return { next, classCount: count, classOf: raw.classOf.map((c) => newClass[c]!) };
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
