// From a state of the byte automaton to the set of tokens that it allows. The plain way is a walk of the vocabulary's trie
// with the automaton beside it. Three short cuts, all exact, keep that walk small:
//   - a run (a string, a list of words): what stays inside comes from a profile, only its exits are walked (`addRun`);
//     also below an inner node of the trie, where a walk comes into a run with much of the vocabulary below it;
//   - a union: every item with a run is done by itself, the rest of the items together;
//   - a neighbour: a state that for most first bytes goes where a run goes takes that run's mask, and walks only where the two
//     differ. Its procedure knows it (an object's key, `addNear`), or it is found (a pattern's first character, `addByDifference`).
// Tokens whose fate depends on what a blind state has forgotten are collected and asked one by one, from the real state.
import { grow } from "../base/interner.ts";
import { type ByteAutomaton, dead, uncertainState } from "../term/byte-automaton.ts";
import type { Near, Procedure, Run } from "../term/procedure.ts";
import type { TokenTrie } from "../vocabulary/token-trie.ts";
import { MaskBuilder } from "./mask.ts";
import type { RunProfile, RunProfiles } from "./run-profile.ts";

/** Uses of profiles that are kept: one is a few hundred bytes. */
const maxUses = 20_000;
/** More runs than this together are walked. */
const fewRuns = 4;
/** Subtrees of fewer nodes are walked. */
const bigSubtree = 256;
/** States that allow less of the vocabulary's trie are walked, however much they are like another. */
const bigDifference = 4096;

/** What a head needs of a profile, whatever its tail is. */
interface RunUse {
  readonly profile: RunProfile;
  /** Bytes that leave the run and live: the head after the byte (−1: uncertain), and the exit trie. */
  readonly exits: readonly { readonly head: number; readonly trie: TokenTrie }[];
  /** Heads in the run that accept or call, with the units after which they do. */
  readonly sides: readonly { readonly head: number; readonly r: number; readonly low: number; readonly high: number }[];
}

export interface TextMask {
  /** Good until the next call. */
  readonly builder: MaskBuilder;
  /** Tokens that aren't in it, and must be asked one by one. */
  readonly uncertain: readonly number[];
}

export class MaskEngine {
  private readonly automaton: ByteAutomaton;
  private readonly trie: TokenTrie;
  private readonly profiles: RunProfiles;
  /** May a token end in that state? Null: wherever it isn't dead. */
  private readonly canEnd: ((state: number) => boolean) | null;
  private runs: (Run | null | undefined)[] = [];
  private nears: (Near | null | undefined)[] = [];
  /** By trie, and by head and node as one number. */
  private uses = new WeakMap<TokenTrie, Map<number, RunUse>>();
  private useCount = 0;
  private readonly result: MaskBuilder;
  /** For what is patched (`beginPatch`), by depth. */
  private readonly spares: MaskBuilder[] = [];
  private patches = 0;
  /** The one of these that tokens are added to. */
  private builder: MaskBuilder;
  private uncertain: number[] = [];
  /** One stack for all (nested) walks: by depth, the state, the place of its transition row, and what it may read. */
  private states: Int32Array = new Int32Array(1024);
  private rows: Int32Array = new Int32Array(1024);
  /** Eight words a depth: the bytes that the state may read. */
  private sets: Uint32Array = new Uint32Array(8 * 1024);
  private readonly rootSet = new Uint32Array(8);
  private top = 0;
  /** Trie nodes visited since the engine was made: what masks cost, apart from the machine. */
  visited = 0;

  constructor(
    automaton: ByteAutomaton,
    trie: TokenTrie,
    size: number,
    profiles: RunProfiles,
    canEnd: ((state: number) => boolean) | null,
  ) {
    this.automaton = automaton;
    this.trie = trie;
    this.profiles = profiles;
    this.canEnd = canEnd;
    this.result = new MaskBuilder(size);
    this.builder = this.result;
  }

  /** The text tokens allowed in `state`; special tokens aren't its business. */
  compute(state: number): TextMask {
    if (this.useCount > maxUses) this.dropUses();
    this.builder = this.result;
    this.builder.clear();
    this.patches = 0;
    this.uncertain = [];
    this.top = 0;
    this.addState(state);
    return { builder: this.builder, uncertain: this.uncertain };
  }

  /** Forgets what was worked out per head. */
  private dropUses(): void {
    this.uses = new WeakMap();
    this.runs = [];
    this.nears = [];
    this.useCount = 0;
  }

  private addState(state: number): void {
    const { automaton } = this;
    const count = automaton.itemCount(state);
    let done = 0;
    for (let i = 0; i < count; i++) {
      const head = automaton.itemHead(state, i);
      const tail = automaton.itemTail(state, i);
      const run = this.runOf(head);
      if (run !== null) this.addRun(this.trie, 0, head, tail, run);
      else if (this.nearOf(head) !== null) {
        this.addNear(this.trie, 0, count === 1 ? state : automaton.keep(state, (each) => each === head));
      } else continue;
      done++;
    }
    if (done === count && count > 0) return;
    const rest =
      done === 0 ? state : automaton.keep(state, (each) => this.runOf(each) === null && this.nearOf(each) === null);
    if (!this.addByDifference(rest)) this.walk(this.trie, 0, rest);
  }

  private nearOf(head: number): Near | null {
    let near = this.nears[head];
    if (near === undefined) {
      const procedure = this.automaton.procedureOf(head);
      this.nears[head] = near = procedure.near?.(this.automaton.localOf(head)) ?? null;
    }
    return near;
  }

  /** Adds what the state of one item allows below a node, by its neighbour's run. */
  private addNear(trie: TokenTrie, node: number, state: number): void {
    const { automaton } = this;
    const head = automaton.itemHead(state, 0);
    const tail = automaton.itemTail(state, 0);
    const nearHead = automaton.sibling(head, this.nearOf(head)!.state);
    const outer = this.beginPatch();
    this.addRun(trie, node, nearHead, tail, this.runOf(nearHead)!);
    this.patch(trie, node, state, automaton.stateOfItem(nearHead, tail));
    this.endPatch(outer);
  }

  private runOf(head: number): Run | null {
    let run = this.runs[head];
    if (run === undefined) this.runs[head] = run = this.automaton.run(head);
    return run;
  }

  /** Adds the tokens that `state` allows from the trie's root on. */
  private walkRoot(trie: TokenTrie, state: number): void {
    const { automaton } = this;
    for (const byte of this.rootReads(trie, state)) {
      this.addBelow(trie, trie.rootChild[byte]!, automaton.walkStep(state, byte));
    }
  }

  /** The bytes that `state` may read and tokens begin with. */
  private rootReads(trie: TokenTrie, state: number): number[] {
    const reads = this.rootSet;
    this.automaton.readReads(state, reads, 0);
    const bytes: number[] = [];
    const { rootBytes } = trie;
    for (let i = 0; i < rootBytes.length; i++) {
      const byte = rootBytes[i]!;
      if (((reads[byte >> 5]! >>> (byte & 31)) & 1) === 1) bytes.push(byte);
    }
    return bytes;
  }

  /** Adds the tokens of `node` and below it that `state`, the state at that node, allows. */
  private addBelow(trie: TokenTrie, node: number, state: number): void {
    if (state === dead) return;
    if (state === uncertainState) {
      this.addUncertain(trie, node);
      return;
    }
    if (this.canEnd === null || this.canEnd(state)) {
      this.builder.addRange(trie.tokenIds, trie.tokenStart[node]!, trie.tokenStart[node + 1]!);
    }
    const size = trie.end[node]! - node;
    if (size > 1 && !(size > bigSubtree && this.addShort(trie, node, state))) this.walk(trie, node, state);
  }

  /** Adds the tokens below `node` that `state`, the state at that node, allows. */
  private walk(trie: TokenTrie, node: number, state: number): void {
    if (node === 0) {
      this.walkRoot(trie, state);
      return;
    }
    const { byte, end, depth, tokenStart, tokenIds } = trie;
    const { automaton, builder, canEnd } = this;
    const stop = end[node]!;
    const base = this.top - depth[node]!;
    if (this.top + trie.maxDepth >= this.states.length) {
      this.states = grow(this.states, this.top + trie.maxDepth + 1);
      this.rows = grow(this.rows, this.states.length);
      const sets = new Uint32Array(8 * this.states.length);
      sets.set(this.sets);
      this.sets = sets;
    }
    const { states, rows, sets } = this;
    states[this.top] = state;
    rows[this.top] = automaton.row(state);
    automaton.readReads(state, sets, 8 * this.top);
    let { transitions } = automaton;
    let visited = 0;
    for (let at = node + 1; at < stop; ) {
      const level = base + depth[at]!;
      const read = byte[at]!;
      let next = transitions[rows[level - 1]! + read]!;
      if (next === 0) {
        if (((sets[8 * (level - 1) + (read >> 5)]! >>> (read & 31)) & 1) === 0) {
          at = end[at]!;
          continue;
        }
        next = automaton.walkStep(states[level - 1]!, read) + 1;
      }
      visited++;
      if (next <= uncertainState + 1) {
        if (next === uncertainState + 1) this.addUncertain(trie, at);
        at = end[at]!;
        continue;
      }
      if (canEnd === null || (tokenStart[at]! < tokenStart[at + 1]! && canEnd(next - 1))) {
        for (let i = tokenStart[at]!; i < tokenStart[at + 1]!; i++) builder.add(tokenIds[i]!);
      }
      if (end[at] === at + 1) {
        at++;
        continue;
      }
      if (end[at]! - at > bigSubtree) {
        this.top = level + 1;
        const isRun = this.addShort(trie, at, next - 1);
        this.top = base + depth[node]!;
        transitions = automaton.transitions;
        if (isRun) {
          at = end[at]!;
          continue;
        }
      }
      states[level] = next - 1;
      rows[level] = automaton.row(next - 1);
      automaton.readReads(next - 1, sets, 8 * level);
      transitions = automaton.transitions;
      at++;
    }
    this.visited += visited;
  }

  /** Has each item of the state a run, and are they few? */
  private isRuns(state: number): boolean {
    const { automaton } = this;
    const count = automaton.itemCount(state);
    if (count === 0 || count > fewRuns) return false;
    for (let i = 0; i < count; i++) if (this.runOf(automaton.itemHead(state, i)) === null) return false;
    return true;
  }

  /** Adds what a state allows below a node, if its items have runs. */
  private addRuns(trie: TokenTrie, node: number, state: number): boolean {
    if (!this.isRuns(state)) return false;
    const { automaton } = this;
    for (let i = 0; i < automaton.itemCount(state); i++) {
      const head = automaton.itemHead(state, i);
      this.addRun(trie, node, head, automaton.itemTail(state, i), this.runOf(head)!);
    }
    return true;
  }

  /** Adds what a state allows below a node, if there is a short cut. */
  private addShort(trie: TokenTrie, node: number, state: number): boolean {
    if (this.addRuns(trie, node, state)) return true;
    // A patch takes tokens out below a node: wrong where they may be somewhere else, too.
    if (trie.hasRepeats || this.automaton.itemCount(state) !== 1) return false;
    if (this.nearOf(this.automaton.itemHead(state, 0)) === null) return false;
    this.addNear(trie, node, state);
    return true;
  }

  private addRun(trie: TokenTrie, node: number, head: number, tail: number, run: Run): void {
    const { automaton, builder } = this;
    const { profile, exits, sides } = this.useOf(trie, node, head, run);
    const count = profile.insideCount(run.budget);
    if (count > builder.ids.length) builder.addWords(profile.insideWords(run.budget, builder.words.length));
    else builder.addRange(profile.inside, 0, count);
    for (const exit of exits) {
      this.addBelow(
        exit.trie,
        0,
        exit.head < 0 ? uncertainState : automaton.blind(automaton.stateOfItem(exit.head, tail)),
      );
    }
    for (const { head: sideHead, r, low, high } of sides) {
      const side = automaton.sidesOfItem(sideHead, tail);
      if (automaton.itemCount(side) === 0) continue;
      for (const byte of this.rootReads(this.trie, side)) {
        const exitTrie = profile.exitTrie(r, byte, low, high);
        if (exitTrie !== null) this.addBelow(exitTrie, 0, automaton.walkStep(side, byte));
      }
    }
  }

  private addUncertain(trie: TokenTrie, node: number): void {
    for (let i = trie.tokenStart[node]!; i < trie.tokenStart[trie.end[node]!]!; i++) {
      this.uncertain.push(trie.tokenIds[i]!);
    }
  }

  private useOf(trie: TokenTrie, node: number, head: number, run: Run): RunUse {
    let ofTrie = this.uses.get(trie);
    if (ofTrie === undefined) this.uses.set(trie, (ofTrie = new Map()));
    const key = head * trie.size + node;
    let use = ofTrie.get(key);
    if (use === undefined) {
      this.useCount++;
      ofTrie.set(key, (use = this.computeUse(this.profiles.get(trie, node, run), head, run)));
    }
    return use;
  }

  private computeUse(profile: RunProfile, head: number, run: Run): RunUse {
    const { automaton } = this;
    const procedure = automaton.procedureOf(head);
    const exits: { head: number; trie: TokenTrie }[] = [];
    const sides: { head: number; r: number; low: number; high: number }[] = [];
    const counted = run.budget !== Infinity || run.unitEnd.includes(1);
    for (const r of profile.reached) {
      for (const byte of profile.leaving[r]!) {
        if (run.canLeave !== undefined && !run.canLeave(r, byte)) continue;
        const units = counted && !run.isUniform ? profile.exitUnits(r, byte) : noUnits;
        for (const { value, low, high } of groups(units, (k) => localAfter(procedure, run.local(r, k), byte))) {
          const most = run.isUniform ? run.budget : counted ? high : Infinity;
          const exitTrie = profile.exitTrie(r, byte, low, most);
          if (exitTrie !== null) exits.push({ head: value < 0 ? -1 : automaton.sibling(head, value), trie: exitTrie });
        }
      }
      // Other counted runs have no calls: wherever they accept, they return to the same place.
      const always = [0, run.budget] as const;
      const [low, high] = run.isUniform || !counted ? always : (run.accepts?.(r) ?? never);
      if (low > Math.min(high, profile.maxUnits)) continue;
      const sideHead = automaton.sibling(head, run.local(r, low));
      if (automaton.hasSides(sideHead)) sides.push({ head: sideHead, r, low, high });
    }
    return { profile, exits, sides };
  }

  /**
   * If for most of the vocabulary `state` goes where another state p goes, and p is a loop (it goes there itself): takes p's mask, and
   * walks where the two part. False where that isn't so, or wouldn't pay.
   */
  private addByDifference(state: number): boolean {
    const { automaton, trie } = this;
    const weights = new Map<number, number>();
    let plain = 0;
    for (const byte of this.rootReads(trie, state)) {
      const child = trie.rootChild[byte]!;
      const weight = trie.end[child]! - child;
      plain += weight;
      const next = automaton.walkStep(state, byte);
      weights.set(next, (weights.get(next) ?? 0) + weight);
    }
    if (plain < bigDifference) return false;
    let neighbour = 0;
    for (const [next, weight] of weights) if (weight > (weights.get(neighbour) ?? 0)) neighbour = next;
    if (neighbour === state || neighbour <= uncertainState) return false;
    if (!this.isRuns(neighbour)) return false;
    let different = 0;
    for (let child = 1; child < trie.size; child = trie.end[child]!) {
      const byte = trie.byte[child]!;
      if (automaton.walkStep(state, byte) !== automaton.walkStep(neighbour, byte))
        different += trie.end[child]! - child;
    }
    if (different * 2 > plain) return false;

    const outer = this.beginPatch();
    this.addRuns(trie, 0, neighbour);
    this.patch(trie, 0, state, neighbour);
    this.endPatch(outer);
    return true;
  }

  /** Taking tokens out must not touch what others have allowed: until `endPatch` adds it to theirs, what is put together has a builder of its own. */
  private beginPatch(): MaskBuilder {
    const outer = this.builder;
    if (this.patches === this.spares.length) this.spares.push(new MaskBuilder(this.result.size));
    this.builder = this.spares[this.patches++]!;
    this.builder.clear();
    return outer;
  }

  private endPatch(outer: MaskBuilder): void {
    outer.addBuilder(this.builder);
    this.builder = outer;
    this.patches--;
  }

  /** Makes the tokens below a node right for `state` where they are right for `other`. */
  private patch(trie: TokenTrie, node: number, state: number, other: number): void {
    const { automaton } = this;
    const { byte, end } = trie;
    let near: Near | null = null;
    if (automaton.itemCount(state) === 1 && automaton.itemCount(other) === 1) {
      const head = automaton.itemHead(state, 0);
      near = this.nearOf(head);
      if (near !== null && automaton.sibling(head, near.state) !== automaton.itemHead(other, 0)) near = null;
    }
    for (let child = node + 1; child < end[node]!; child = end[child]!) {
      if (near !== null && ((near.bytes[byte[child]! >> 5]! >>> (byte[child]! & 31)) & 1) === 0) continue;
      this.patchChild(trie, child, state, other);
    }
  }

  /** Makes the tokens of `child` and below right for `state`, the state at its parent, where they are right for `other`. */
  private patchChild(trie: TokenTrie, child: number, state: number, other: number): void {
    const { automaton, builder } = this;
    const { byte, end, tokenStart, tokenIds } = trie;
    this.visited++;
    const next = automaton.walkStep(state, byte[child]!);
    const otherNext = automaton.walkStep(other, byte[child]!);
    if (next === otherNext) return;
    if (otherNext === uncertainState || next <= uncertainState || otherNext === dead) {
      builder.removeRange(tokenIds, tokenStart[child]!, tokenStart[end[child]!]!);
      this.addBelow(trie, child, next);
      return;
    }
    if (this.canEnd === null || this.canEnd(next))
      builder.addRange(tokenIds, tokenStart[child]!, tokenStart[child + 1]!);
    else builder.removeRange(tokenIds, tokenStart[child]!, tokenStart[child + 1]!);
    this.patch(trie, child, next, otherNext);
  }
}

const noUnits = [0];
const never = [Infinity, -Infinity] as const;

/** The local state after `byte`, 0 where `local` is dead. */
function localAfter(procedure: Procedure, local: number, byte: number): number {
  return local <= 0 ? local : procedure.step(local, byte);
}

/** Neighbouring units of equal value, as ranges; value 0 is left out. */
function groups(
  units: readonly number[],
  valueAt: (k: number) => number,
): { value: number; low: number; high: number }[] {
  const found: { value: number; low: number; high: number }[] = [];
  let last: { value: number; low: number; high: number } | undefined;
  for (const k of units) {
    const value = valueAt(k);
    if (last !== undefined && last.value === value) {
      last.high = k;
      continue;
    }
    last = { value, low: k, high: k };
    if (value !== 0) found.push(last);
  }
  return found;
}
