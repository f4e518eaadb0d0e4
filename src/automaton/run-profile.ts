// What a vocabulary's trie looks like from inside a run (see `Run` in term/procedure.ts), found by one walk and kept for
// every state with a run of that structure: the tokens that stay inside, by the units they need, and the trie nodes just
// outside, by run state, byte and units, merged into small exit tries. A mask is then one copy and a walk of a few exit tries.

import type { Run } from "../term/procedure.ts";
import { TokenTrie } from "../vocabulary/token-trie.ts";

interface Exits {
  readonly nodes: number[];
  /** Units ended before the exit, by node. */
  readonly units: number[];
  readonly tries: Map<number, TokenTrie | null>;
  distinctUnits?: readonly number[];
}

export class RunProfile {
  readonly trie: TokenTrie;
  readonly node: number;
  /** The run states that some path under the node reaches. */
  readonly reached: readonly number[];
  /** By run state: the bytes that leave the run there, on some path. */
  readonly leaving: readonly (readonly number[])[];
  /** The most units that end on any path inside. */
  readonly maxUnits: number;
  /** Ids of the tokens that stay inside, by need ascending; `needEnd[k]` of them need at most k units. */
  readonly inside: Int32Array;
  private readonly needEnd: Int32Array;
  private readonly table: Int16Array;
  private readonly unitEnd: Uint8Array;
  private readonly leavingExits = new Map<number, Exits>();
  private readonly innerExits = new Map<number, Exits>();
  /** The bytes that `innerExits` has been filled for. */
  private readonly innerBytes = new Set<number>();
  private readonly words = new Map<number, Uint32Array>();

  /** Cost: one visit of each node under `node` that stays inside the run, or is just outside. */
  constructor(trie: TokenTrie, node: number, run: Run) {
    this.trie = trie;
    this.node = node;
    this.table = run.table;
    this.unitEnd = run.unitEnd;
    const { byte, end, depth, tokenStart, tokenIds } = trie;
    const { table, unitEnd, distance } = run;
    const base = depth[node]!;
    const stop = end[node]!;
    const most = tokenStart[stop]! - tokenStart[node]!;
    const ids = new Int32Array(most);
    const needs = new Uint16Array(most);
    const states = new Int16Array(trie.maxDepth + 2);
    const counts = new Uint16Array(trie.maxDepth + 2);
    const reached = new Uint8Array(unitEnd.length);
    reached[0] = 1;
    let found = 0;
    let maxUnits = 0;
    let maxNeed = 0;
    for (let at = node + 1; at < stop; ) {
      const level = depth[at]! - base;
      const key = states[level - 1]! * 256 + byte[at]!;
      const to = table[key]!;
      if (to < 0) {
        addExit(this.leavingExits, key, at, counts[level - 1]!);
        at = end[at]!;
        continue;
      }
      const units = counts[level - 1]! + unitEnd[to]!;
      states[level] = to;
      counts[level] = units;
      reached[to] = 1;
      if (units > maxUnits) maxUnits = units;
      const need = units + distance[to]!;
      for (let i = tokenStart[at]!; i < tokenStart[at + 1]!; i++) {
        ids[found] = tokenIds[i]!;
        needs[found++] = need;
        if (need > maxNeed) maxNeed = need;
      }
      at++;
    }
    this.reached = Array.from(unitEnd, (_, r) => r).filter((r) => reached[r] === 1);
    this.leaving = Array.from(unitEnd, (_, r) =>
      [...this.leavingExits.keys()].filter((key) => key >> 8 === r).map((key) => key & 255),
    );
    this.maxUnits = maxUnits;
    this.needEnd = new Int32Array(maxNeed + 1);
    for (let i = 0; i < found; i++) this.needEnd[needs[i]!]!++;
    for (let k = 1; k <= maxNeed; k++) this.needEnd[k]! += this.needEnd[k - 1]!;
    const place = new Int32Array(maxNeed + 1);
    for (let k = 1; k <= maxNeed; k++) place[k] = this.needEnd[k - 1]!;
    this.inside = new Int32Array(found);
    for (let i = 0; i < found; i++) this.inside[place[needs[i]!]!++] = ids[i]!;
  }

  /** How many of `inside` need at most `budget` units. */
  insideCount(budget: number): number {
    const last = this.needEnd.length - 1;
    return budget < 0 ? 0 : this.needEnd[Math.min(budget, last)]!;
  }

  /** The same tokens as a bitmap of `wordCount` words; made once per distinct budget. */
  insideWords(budget: number, wordCount: number): Uint32Array {
    const key = Math.min(budget, this.needEnd.length - 1);
    let words = this.words.get(key);
    if (words === undefined) {
      words = new Uint32Array(wordCount);
      const count = this.insideCount(key);
      for (let i = 0; i < count; i++) words[this.inside[i]! >> 5]! |= 1 << (this.inside[i]! & 31);
      this.words.set(key, words);
    }
    return words;
  }

  /** The units, ascending and distinct, after which paths in run state `r` have an exit by `byte`. */
  exitUnits(r: number, byte: number): readonly number[] {
    const exits = this.exits(r, byte);
    exits.distinctUnits ??= [...new Set(exits.units)].sort((a, b) => a - b);
    return exits.distinctUnits;
  }

  /** All that can follow `byte`, read in run state `r` after `low` to `high` units, as one trie; null where there is nothing. */
  exitTrie(r: number, byte: number, low: number, high: number): TokenTrie | null {
    const exits = this.exits(r, byte);
    const key = low * 0x10000 + Math.min(high, this.maxUnits);
    let trie = exits.tries.get(key);
    if (trie === undefined) {
      const nodes = exits.nodes.filter((_, i) => exits.units[i]! >= low && exits.units[i]! <= high);
      trie = nodes.length === 0 ? null : TokenTrie.merge(this.trie, nodes);
      exits.tries.set(key, trie);
    }
    return trie;
  }

  private exits(r: number, byte: number): Exits {
    const key = r * 256 + byte;
    if (this.table[key]! < 0) return this.leavingExits.get(key) ?? noExits;
    if (!this.innerBytes.has(byte)) this.findInnerExits(byte);
    return this.innerExits.get(key) ?? noExits;
  }

  /** The nodes reached from inside by a byte, by the run state that it is read in: one walk for all of them. */
  private findInnerExits(byte: number): void {
    this.innerBytes.add(byte);
    const { trie, table, unitEnd, node } = this;
    const base = trie.depth[node]!;
    const stop = trie.end[node]!;
    const states = new Int16Array(trie.maxDepth + 2);
    const counts = new Uint16Array(trie.maxDepth + 2);
    for (let at = node + 1; at < stop; ) {
      const level = trie.depth[at]! - base;
      const from = states[level - 1]!;
      if (trie.byte[at] === byte) addExit(this.innerExits, from * 256 + byte, at, counts[level - 1]!);
      const to = table[from * 256 + trie.byte[at]!]!;
      if (to < 0) {
        at = trie.end[at]!;
        continue;
      }
      states[level] = to;
      counts[level] = counts[level - 1]! + unitEnd[to]!;
      at++;
    }
  }
}

function addExit(exits: Map<number, Exits>, key: number, node: number, units: number): void {
  let known = exits.get(key);
  if (known === undefined) exits.set(key, (known = { nodes: [], units: [], tries: new Map() }));
  known.nodes.push(node);
  known.units.push(units);
}

const noExits: Exits = { nodes: [], units: [], tries: new Map(), distinctUnits: [] };

/** Profiles that are kept, and ids of tokens inside them: 64 MiB. Their exits come beside that. */
const maxProfiles = 4000;
const maxProfileIds = 1 << 24;

/** The profiles of a vocabulary, shared by all of its constraints. */
export class RunProfiles {
  private profiles = new WeakMap<TokenTrie, Map<number, RunProfile>>();
  /** Runs' keys are long: compared once, numbered from then on. */
  private keys = new Map<string, number>();
  private count = 0;
  private ids = 0;

  get(trie: TokenTrie, node: number, run: Run): RunProfile {
    let key = this.keys.get(run.key);
    if (key === undefined) this.keys.set(run.key, (key = this.keys.size));
    let ofTrie = this.profiles.get(trie);
    if (ofTrie === undefined) this.profiles.set(trie, (ofTrie = new Map()));
    let profile = ofTrie.get(key * trie.size + node);
    if (profile === undefined) {
      // All are forgotten at once: they can be made again.
      if (++this.count > maxProfiles || this.ids > maxProfileIds) {
        key = 0;
        this.keys = new Map([[run.key, key]]);
        this.profiles = new WeakMap([[trie, (ofTrie = new Map())]]);
        this.count = 1;
        this.ids = 0;
      }
      ofTrie.set(key * trie.size + node, (profile = new RunProfile(trie, node, run)));
      this.ids += profile.inside.length;
    }
    return profile;
  }
}
