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
  private readonly words = new Map<number, Uint32Array>();

  /** Cost: one visit of each node under `node` that stays inside the run, or is just outside. */
  constructor(trie: TokenTrie, node: number, run: Run) {
    this.trie = trie;
    this.node = node;
    this.table = run.table;
    this.unitEnd = run.unitEnd;
    const ids: number[] = [];
    const needs: number[] = [];
    const leaving: number[][] = Array.from(run.unitEnd, () => []);
    const reached = new Set<number>([0]);
    let maxUnits = 0;
    const { tokenStart, tokenIds, byte } = trie;
    this.visit((at, from, to, units) => {
      if (to < 0) {
        const key = from * 256 + byte[at]!;
        let exits = this.leavingExits.get(key);
        if (exits === undefined) {
          this.leavingExits.set(key, (exits = { nodes: [], units: [], tries: new Map() }));
          leaving[from]!.push(byte[at]!);
        }
        exits.nodes.push(at);
        exits.units.push(units);
        return;
      }
      reached.add(to);
      if (units > maxUnits) maxUnits = units;
      for (let i = tokenStart[at]!; i < tokenStart[at + 1]!; i++) {
        ids.push(tokenIds[i]!);
        needs.push(units + run.distance[to]!);
      }
    });
    this.reached = [...reached];
    this.leaving = leaving;
    this.maxUnits = maxUnits;
    const maxNeed = needs.reduce((most, need) => Math.max(most, need), 0);
    this.needEnd = new Int32Array(maxNeed + 1);
    for (const need of needs) this.needEnd[need]!++;
    for (let k = 1; k <= maxNeed; k++) this.needEnd[k]! += this.needEnd[k - 1]!;
    const place = new Int32Array(maxNeed + 1);
    for (let k = 1; k <= maxNeed; k++) place[k] = this.needEnd[k - 1]!;
    this.inside = new Int32Array(ids.length);
    ids.forEach((id, i) => {
      this.inside[place[needs[i]!]!++] = id;
    });
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
    let exits = this.innerExits.get(key);
    if (exits === undefined) {
      const nodes: number[] = [];
      const units: number[] = [];
      this.visit((at, from, to, count) => {
        if (from !== r || this.trie.byte[at] !== byte) return;
        nodes.push(at);
        units.push(count - (to < 0 ? 0 : this.unitEnd[to]!));
      });
      this.innerExits.set(key, (exits = { nodes, units, tries: new Map() }));
    }
    return exits;
  }

  /** Calls back for each node inside or just outside: node, run state before, run state after or −1, units after (or, outside, before). */
  private visit(callback: (at: number, from: number, to: number, units: number) => void): void {
    const { byte, end, depth } = this.trie;
    const base = depth[this.node]!;
    const stop = end[this.node]!;
    const states = [0];
    const counts = [0];
    for (let at = this.node + 1; at < stop; ) {
      const level = depth[at]! - base;
      const from = states[level - 1]!;
      const to = this.table[from * 256 + byte[at]!]!;
      const units = counts[level - 1]! + (to < 0 ? 0 : this.unitEnd[to]!);
      callback(at, from, to, units);
      if (to < 0) {
        at = end[at]!;
        continue;
      }
      states[level] = to;
      counts[level] = units;
      at++;
    }
  }
}

const noExits: Exits = { nodes: [], units: [], tries: new Map(), distinctUnits: [] };

/** The profiles of a vocabulary, shared by all of its constraints. */
export class RunProfiles {
  private profiles = new WeakMap<TokenTrie, Map<string, RunProfile>>();
  private count = 0;
  private readonly maxProfiles: number;

  /** When there are `maxProfiles` of them, all are forgotten: they can be made again. */
  constructor(maxProfiles = 1000) {
    this.maxProfiles = maxProfiles;
  }

  get(trie: TokenTrie, node: number, run: Run): RunProfile {
    let ofTrie = this.profiles.get(trie);
    if (ofTrie === undefined) this.profiles.set(trie, (ofTrie = new Map()));
    const key = `${node}:${run.key}`;
    let profile = ofTrie.get(key);
    if (profile === undefined) {
      if (++this.count > this.maxProfiles) {
        this.profiles = new WeakMap([[trie, (ofTrie = new Map())]]);
        this.count = 1;
      }
      ofTrie.set(key, (profile = new RunProfile(trie, node, run)));
    }
    return profile;
  }
}
