// Thompson's NFA of a term: bytes and symbols (calls, special tokens) on its edges. And and Not come as finished DFAs of
// their own, and are embedded.
import { type ByteSet, byteSetOf, hasByte } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import type { Interner } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import { byteSetsByTarget, type Dfa } from "./dfa-table.ts";
import type { IslandBudget } from "./island-budget.ts";
import type { Rule, Term } from "./term.ts";

const none: readonly never[] = [];

/** What a compilation does about calls. */
export interface CallPolicy {
  /** The body to compile in place of a call, or undefined: the call becomes a symbol. */
  inline(rule: Rule): Term | undefined;
  /** The same under And and Not, where every call must be put in; undefined where it can't be. */
  inlineRegular(rule: Rule): Term | undefined;
  /** The automata of And and Not, and of what stands under them, or why there is none, once it is known. */
  readonly booleans: Map<Term, Dfa | ConstraintError>;
  /** By And and Not whose automaton is over the budget: what is called in its place. */
  readonly lazyBooleans: Map<Term, Rule>;
  readonly islands: IslandBudget;
  isProductive(rule: Rule): boolean;
  isNullable(rule: Rule): boolean;
}

export type CompileBoolean = (term: Term & { kind: "and" | "not" }) => Dfa;

export interface Nfa {
  readonly start: number;
  readonly accept: number;
  readonly epsilons: readonly (readonly number[])[];
  /** By state: pairs set, target. */
  readonly byteEdges: readonly (readonly { set: ByteSet; to: number }[])[];
  readonly symbolEdges: readonly (readonly { symbol: number; to: number }[])[];
  readonly symbols: readonly (Rule | number)[];
  readonly sets: readonly ByteSet[];
}

export function buildNfa(term: Term, limits: Limits, calls: CallPolicy, compileBoolean: CompileBoolean): Nfa {
  return new NfaBuilder(limits, calls, compileBoolean).build(term);
}

class NfaBuilder {
  private readonly epsilons: (readonly number[])[] = [];
  private readonly byteEdges: (readonly { set: ByteSet; to: number }[])[] = [];
  private readonly symbolEdges: (readonly { symbol: number; to: number }[])[] = [];
  private readonly symbolIds = new Map<Rule | number, number>();
  private readonly sets = new Set<ByteSet>();
  private readonly singletons: ByteSet[] = [];
  private readonly limits: Limits;
  private readonly calls: CallPolicy;
  private readonly compileBoolean: CompileBoolean;

  constructor(limits: Limits, calls: CallPolicy, compileBoolean: CompileBoolean) {
    this.limits = limits;
    this.calls = calls;
    this.compileBoolean = compileBoolean;
  }

  build(term: Term): Nfa {
    const start = this.state();
    const accept = this.state();
    this.add(term, start, accept);
    return {
      start,
      accept,
      epsilons: this.epsilons,
      byteEdges: this.byteEdges,
      symbolEdges: this.symbolEdges,
      symbols: [...this.symbolIds.keys()],
      sets: [...this.sets],
    };
  }

  private state(): number {
    // An NFA has a few states for each of the DFA's in sane terms; 8 times the budget stops the others.
    if (this.epsilons.length >= this.limits.maxIslandStates * 8) {
      throw new ConstraintError("limit", `an automaton needs more than ${this.limits.maxIslandStates * 8} states`);
    }
    this.byteEdges.push(none);
    this.symbolEdges.push(none);
    return this.epsilons.push(none) - 1;
  }

  private addEpsilon(from: number, to: number): void {
    addTo(this.epsilons, from, to);
  }

  private addBytes(set: ByteSet, from: number, to: number): void {
    this.sets.add(set);
    addTo(this.byteEdges, from, { set, to });
  }

  private addSymbol(symbol: Rule | number, from: number, to: number): void {
    let id = this.symbolIds.get(symbol);
    if (id === undefined) this.symbolIds.set(symbol, (id = this.symbolIds.size));
    addTo(this.symbolEdges, from, { symbol: id, to });
  }

  private add(term: Term, from: number, to: number): void {
    switch (term.kind) {
      case "empty":
        return;
      case "epsilon":
        this.addEpsilon(from, to);
        return;
      case "bytes":
        this.addBytes(term.set, from, to);
        return;
      case "words":
        this.addWords(term.words, from, to);
        return;
      case "cat": {
        let at = from;
        term.items.forEach((item, i) => {
          const next = i === term.items.length - 1 ? to : this.state();
          this.add(item, at, next);
          at = next;
        });
        return;
      }
      case "alt":
        for (const item of term.items) this.add(item, from, to);
        return;
      case "repeat":
        this.addRepeat(term.item, term.min, term.max, from, to);
        return;
      case "and":
      case "not":
        this.embed(this.compileBoolean(term), from, to);
        return;
      case "call":
        this.addCall(term.rule, from, to);
        return;
      case "token":
        for (const id of term.ids) this.addSymbol(id, from, to);
    }
  }

  private addCall(rule: Rule, from: number, to: number): void {
    const body = this.calls.inline(rule);
    if (body !== undefined) {
      this.add(body, from, to);
    } else if (this.calls.isProductive(rule)) {
      this.addSymbol(rule, from, to);
      if (this.calls.isNullable(rule)) this.addEpsilon(from, to);
    }
  }

  private addWords(words: readonly Uint8Array[], from: number, to: number): void {
    // Sorted words: a trie by keeping the path of the previous word.
    const path = [from];
    let previous: Uint8Array = new Uint8Array(0);
    for (const word of words) {
      let shared = 0;
      while (shared < previous.length && shared < word.length && previous[shared] === word[shared]) shared++;
      path.length = shared + 1;
      for (let i = shared; i < word.length; i++) {
        const next = this.state();
        const byte = word[i]!;
        this.addBytes((this.singletons[byte] ??= byteSetOf(byte)), path[i]!, next);
        path.push(next);
      }
      this.addEpsilon(path[word.length]!, to);
      previous = word;
    }
  }

  private addRepeat(item: Term, min: number, max: number, from: number, to: number): void {
    let at = from;
    for (let i = 0; i < min; i++) {
      const next = this.state();
      this.add(item, at, next);
      at = next;
    }
    if (max === Infinity) {
      const loop = this.state();
      const back = this.state();
      this.addEpsilon(at, loop);
      this.add(item, loop, back);
      this.addEpsilon(back, loop);
      this.addEpsilon(loop, to);
      return;
    }
    for (let i = min; i < max; i++) {
      this.addEpsilon(at, to);
      const next = this.state();
      this.add(item, at, next);
      at = next;
    }
    this.addEpsilon(at, to);
  }

  private embed(dfa: Dfa, from: number, to: number): void {
    const states = Array.from({ length: dfa.size }, () => this.state());
    if (dfa.start !== 0) this.addEpsilon(from, states[dfa.start]!);
    for (let state = 1; state < dfa.size; state++) {
      for (const [target, set] of byteSetsByTarget(dfa, state)) this.addBytes(set, states[state]!, states[target]!);
      if (dfa.accepting[state] === 1) this.addEpsilon(states[state]!, to);
    }
  }
}

/** Most states have no more than one kind of edges: an array of their own only then. */
function addTo<T>(lists: (readonly T[])[], at: number, item: T): void {
  if (lists[at] === none) lists[at] = [item];
  else (lists[at] as T[]).push(item);
}

/** States in all closures of an NFA: a row of optional parts has quadratically many. */
const maxClosed = 10_000_000;

/** ε-closures, one NFA state at a time, reduced to the states that read something or accept. */
export class Closures {
  private readonly nfa: Nfa;
  private readonly closureOf: (readonly number[] | undefined)[] = [];
  /** By NFA state: the id of its closure alone; −1 where it isn't known. */
  private readonly alone: Int32Array;
  private readonly mark: Int32Array;
  private readonly union: Int32Array;
  private stamp = 0;
  /** States in closures. */
  private closed = 0;

  constructor(nfa: Nfa) {
    const size = nfa.epsilons.length;
    this.nfa = nfa;
    this.alone = new Int32Array(size).fill(-1);
    this.mark = new Int32Array(size);
    this.union = new Int32Array(size);
  }

  /** The id of the closed set of the first `count` of `states`; 0 where there are none. Throws "limit" where closures are too large. */
  intern(states: readonly number[], count: number, sets: Interner): number {
    if (count === 1) {
      const known = this.alone[states[0]!]!;
      if (known >= 0) return known;
    }
    const { union, mark } = this;
    for (let i = 0; i < count; i++) this.closureOf[states[i]!] ??= this.closure(states[i]!);
    const stamp = ++this.stamp;
    let length = 0;
    for (let i = 0; i < count; i++) {
      for (const state of this.closureOf[states[i]!]!) {
        if (mark[state] === stamp) continue;
        mark[state] = stamp;
        union[length++] = state;
      }
    }
    if (length > 1) union.subarray(0, length).sort();
    const id = sets.intern(union, 0, length);
    if (count === 1) this.alone[states[0]!] = id;
    return id;
  }

  private closure(state: number): readonly number[] {
    const { epsilons, byteEdges, symbolEdges, accept } = this.nfa;
    const stamp = ++this.stamp;
    const found: number[] = [];
    const stack = [state];
    this.mark[state] = stamp;
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (at === accept || byteEdges[at]!.length > 0 || symbolEdges[at]!.length > 0) found.push(at);
      for (const to of epsilons[at]!) {
        if (this.mark[to] === stamp) continue;
        this.mark[to] = stamp;
        stack.push(to);
      }
    }
    this.closed += found.length;
    if (this.closed > maxClosed) {
      throw new ConstraintError(
        "limit",
        "a regular part has too many ways to leave out what is optional; put fewer optional parts in a row",
      );
    }
    return found;
  }
}

export function byteClasses(sets: readonly ByteSet[]) {
  const classOf = new Uint8Array(256);
  let classCount = 1;
  /** By class: the new class of its bytes outside the set, and of those inside; −1: none yet. */
  const split = new Int16Array(512);
  for (const set of sets) {
    split.fill(-1, 0, 2 * classCount);
    classCount = 0;
    for (let byte = 0; byte < 256; byte++) {
      const key = 2 * classOf[byte]! + ((set[byte >> 5]! >>> (byte & 31)) & 1);
      if (split[key]! < 0) split[key] = classCount++;
      classOf[byte] = split[key]!;
    }
  }
  const representative = new Uint8Array(classCount);
  for (let byte = 255; byte >= 0; byte--) representative[classOf[byte]!] = byte;
  const classesOf = new Map<ByteSet, readonly number[]>();
  for (const set of sets) {
    const classes: number[] = [];
    for (let c = 0; c < classCount; c++) if (hasByte(set, representative[c]!)) classes.push(c);
    classesOf.set(set, classes);
  }
  return { classOf, classCount, classesOf };
}
