// An NFA determinised while it is being read, for regular parts whose whole DFA is over the budget: `(a|b)*a(a|b){40}`. A local
// state is an interned set of NFA states, and all NFA states that can't accept are dropped beforehand.
import { type ByteSet, emptyByteSet } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import { Interner } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import { type CharacterDistances, characterDistances } from "./character-distances.ts";
import { byteClasses, Closures, type Nfa } from "./nfa.ts";
import type { Operand } from "./operand.ts";
import type { Call, Procedure, TokenStep } from "./procedure.ts";
import { canSpareOfClasses } from "./spared-bytes.ts";
import type { Rule } from "./term.ts";

/** NFA states that a state may stand for, on average. */
const maxMembers = 4;

export class LazyDfaProcedure implements Procedure, Operand {
  readonly rules: readonly Rule[];
  readonly start: number;
  /** NFA states. */
  readonly size: number;
  private readonly nfa: Nfa;
  private readonly distances: CharacterDistances;
  private readonly limits: Limits;
  private readonly sets = new Interner();
  private readonly closures: Closures;
  readonly classOf: Uint8Array;
  private readonly representative: readonly number[];
  private readonly known = new Map<number, number>();
  private readonly readSets: (ByteSet | undefined)[] = [];
  private readonly partsOf: (readonly number[])[] = [];
  private readonly callsOf: Call[][] = [];
  private readonly tokensOf: TokenStep[][] = [];

  constructor(nfa: Nfa, limits: Limits) {
    this.nfa = nfa;
    this.size = nfa.epsilons.length;
    this.limits = limits;
    this.distances = characterDistances(nfa);
    this.closures = new Closures(nfa);
    const { classOf } = byteClasses(nfa.sets);
    this.classOf = classOf;
    this.representative = Array.from({ length: Math.max(...classOf) + 1 }, (_, c) => classOf.indexOf(c));
    this.rules = nfa.symbols.filter((symbol) => typeof symbol !== "number");
    this.sets.intern([]); // id 0: dead
    this.start = this.intern([nfa.start]);
  }

  canComplete(): boolean {
    return this.start !== 0;
  }

  isNullable(): boolean {
    return this.isAccepting(this.start);
  }

  bind(): void {}

  step(state: number, byte: number): number {
    const byteClass = this.classOf[byte]!;
    const key = state * 256 + byteClass;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const example = this.representative[byteClass]!;
    const targets: number[] = [];
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      for (const { set, to } of this.nfa.byteEdges[this.sets.items[i]!]!) {
        if (((set[example >> 5]! >>> (example & 31)) & 1) === 1) targets.push(to);
      }
    }
    const to = this.intern(targets);
    this.known.set(key, to);
    return to;
  }

  reads(state: number): ByteSet {
    return (this.readSets[state] ??= this.computeReads(state));
  }

  private computeReads(state: number): ByteSet {
    const reads = emptyByteSet();
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      for (const { set } of this.nfa.byteEdges[this.sets.items[i]!]!) {
        for (let word = 0; word < 8; word++) reads[word]! |= set[word]!;
      }
    }
    return reads;
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareOfClasses(bytes, this.classOf);
  }

  isAccepting(state: number): boolean {
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      if (this.sets.items[i] === this.nfa.accept) return true;
    }
    return false;
  }

  /** States that each stand for one NFA state. */
  parts(state: number): readonly number[] {
    return (this.partsOf[state] ??= Array.from(this.members(state), (member) => this.intern([member])));
  }

  least(state: number): number {
    let least = Infinity;
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      least = Math.min(least, this.distances.least[this.sets.items[i]!]!);
    }
    return least;
  }

  most(state: number): number {
    let most = 0;
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      most = Math.max(most, this.distances.most[this.sets.items[i]!]!);
    }
    return most;
  }

  private members(state: number): Int32Array {
    return this.sets.items.slice(this.sets.start(state), this.sets.end(state));
  }

  calls(state: number): readonly Call[] {
    this.computeSymbols(state);
    return this.callsOf[state]!;
  }

  tokens(state: number): readonly TokenStep[] {
    this.computeSymbols(state);
    return this.tokensOf[state]!;
  }

  private computeSymbols(state: number): void {
    if (this.callsOf[state] !== undefined) return;
    const targets = new Map<number, number[]>();
    for (let i = this.sets.start(state); i < this.sets.end(state); i++) {
      for (const { symbol, to } of this.nfa.symbolEdges[this.sets.items[i]!]!) {
        const list = targets.get(symbol);
        if (list === undefined) targets.set(symbol, [to]);
        else list.push(to);
      }
    }
    const calls: Call[] = [];
    const tokens: TokenStep[] = [];
    for (const [id, list] of targets) {
      const then = this.intern(list);
      const symbol = this.nfa.symbols[id]!;
      if (then === 0) continue;
      if (typeof symbol === "number") tokens.push({ id: symbol, then });
      else calls.push({ rule: symbol, then });
    }
    this.callsOf[state] = calls;
    this.tokensOf[state] = tokens;
  }

  private intern(states: readonly number[]): number {
    const live = states.filter((state) => this.distances.least[state] !== -1);
    const id = this.closures.intern(live, live.length, this.sets);
    const { maxStates } = this.limits;
    if (this.sets.size > maxStates || this.sets.end(this.sets.size - 1) > maxMembers * maxStates) {
      throw new ConstraintError("limit", `a regular part needed more than ${maxStates} states (limits.maxStates)`);
    }
    return id;
  }
}
