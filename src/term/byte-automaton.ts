// The byte automaton: a program run on all of its possible stacks at once, made lazily, every state interned.
//
// A state is a set of items (head, tail). A head is a local state of a rule's procedure; a tail is what comes after that rule
// is done: an interned set of (return head, tail), opened only when the rule returns, so stacks share what they have in
// common (a graph-structured stack; Scott and Johnstone, "GLL parsing", 2010). Heads are grouped at the top only: a state
// has each head once, with the union of its tails. Determinising further down (the tails' own return heads) is not done:
// it explodes on ambiguous grammars.
//
// Closing a set of items after a byte has three phases: return from what has finished, down the existing tails; group by head;
// enter called rules, callers before callees (the program's components), so that the tail of a called rule is complete when it is
// built. The empty word never returns: procedures offer what follows a nullable call beside the call.
//
// Left-recursive rules call each other at one position, so their tails would hold themselves. Such a component is entered as
// one: an *entry* is the set of its rules that are called from outside, with their callers; a rule's tail then holds those callers and
// one mark (rule, entry), which stands for the calls from inside the component and is opened when the rule returns.
//
// A long file: the phases of closing share their scratch, and nothing of it can be asked from outside.
import { type ByteSet, complementByteSet, emptyByteSet } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import { grow, Interner } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import type { Procedure, Run } from "./procedure.ts";
import type { Program } from "./program.ts";
import { MinHeap, Pairs, Stamps } from "./scratch.ts";

/** The state from which nothing completes. */
export const dead = 0;
/** Where the byte's outcome depends on what a blind state has forgotten. */
export const uncertainState = 1;
/** After a stop token: nothing may follow but stop tokens. */
export const finished = 2;
/** The return head of the root rule: the end. A head −2 − r stands for the calls of rule r from inside its component; its tail is an entry. */
const bottom = -1;

/** Places of the direct-mapped cache of transitions that aren't worth a row. */
const edgeCacheSize = 1 << 12;

/** In `rowOf`: no row yet, but walked from. */
const walkedOnce = -1;
/** Calls up to which `someHead` looks. */
const maxCallsUp = 6;
/** Unions of tails, and blind states, that are remembered. */
const maxRemembered = 100_000;
const everyByte: ByteSet = complementByteSet(emptyByteSet());
const unknownFlag = 0;
const known = 1;
const acceptingFlag = 2;
const readsFlag = 4;
const callsFlag = 8;
const tokensFlag = 16;

export class ByteAutomaton {
  /** Does some procedure count tokens? */
  readonly countsTokens: boolean;
  /** Where tokens begin. */
  readonly start: number;
  /** Where a text begins: another state than `start` where a space at the very start of the tokens' text isn't part of it. */
  readonly textStart: number;
  private readonly procedures: readonly Procedure[];
  private readonly program: Program;
  private readonly limits: Limits;

  private readonly states = new Interner();
  private readonly tails = new Interner();
  private readonly heads = new Interner();
  /** Sequences: component, then by rule called from outside: rule, the tail of its callers there. */
  private readonly entries = new Interner();
  /** By entry: for each rule of its component the tail, or −1 where no call leads to the rule. */
  private readonly entryTails: (Int32Array | undefined)[] = [];
  private readonly componentOf: Int32Array;
  /** By rule: its place in its component; and the calls of it from inside, as flat pairs return head, place of the caller. */
  private readonly placeOf: Int32Array;
  private readonly insideCallers: (readonly number[] | undefined)[] = [];
  private flags = new Uint8Array(256);
  private readonly headOf: Int32Array[];
  /** Calls by head, as flat triples rule, return head, 1 if nothing can follow in the return head. */
  private readonly callsOf: (Int32Array | undefined)[] = [];

  /** By head: the bytes that its procedure may read there. */
  private readonly readsOf: (ByteSet | undefined)[] = [];
  /**
   * Transition rows, of the states that were walked from more than once: `table[rowOf[state] + byte]` is the next blind state + 1, or 0
   * where it isn't known yet. Row 0 stands for no row; `walkedOnce` is the mark of a state that may get one.
   */
  private table: Int32Array = new Int32Array(256 * 16);
  private rowOf: Int32Array = new Int32Array(256);
  private rowCount = 1;
  private readonly edgeKeys = new Float64Array(edgeCacheSize).fill(-1);
  private readonly edgeTargets = new Int32Array(edgeCacheSize);
  /** Sets of tails, and by set the tail that holds what they hold; 0: not known. */
  private unions = new Interner();
  private unionTails: Int32Array = new Int32Array(64);
  private parts: Int32Array = new Int32Array(16);
  private readonly blinds = new Map<number, number>();
  /** By state: the state after a token's end + 1, or 0 where it isn't known yet. */
  private tokenEnds: Int32Array = new Int32Array(64);

  // Scratch for closing a set of items.
  private readonly queue = new Pairs();
  private readonly kept = new Pairs();
  private readonly frames = new Pairs();
  private readonly tailStamp = new Stamps();
  private accepts = 0;
  /** What is left of `limits.maxItemsPerMask` while a mask is worked out. */
  private itemsLeft = Number.POSITIVE_INFINITY;
  /** True while callers are being collected: still true in `begin`, it tells of a step that failed. */
  private isClosing = false;
  private readonly callers: (Pairs | undefined)[];
  /** Components with callers. */
  private readonly called = new MinHeap();
  private readonly pair = new Int32Array(2);

  /** `stripLeadingSpace`: as SentencePiece decodes, a space at the very start is dropped. */
  constructor(program: Program, limits: Limits, stripLeadingSpace = false) {
    this.program = program;
    this.procedures = program.procedures;
    this.limits = limits;
    this.countsTokens = program.procedures.some((procedure) => procedure.atTokenEnd !== undefined);
    this.headOf = program.procedures.map(() => new Int32Array(16).fill(-1));
    this.callers = program.procedures.map(() => undefined);
    this.componentOf = new Int32Array(program.procedures.length);
    this.placeOf = new Int32Array(program.procedures.length);
    program.components.forEach((rules, component) => {
      rules.forEach((rule, place) => {
        this.componentOf[rule] = component;
        this.placeOf[rule] = place;
      });
    });
    this.states.intern([0]); // dead
    this.states.intern([-1]); // uncertain
    this.states.intern([-2]); // finished
    this.tails.intern([bottom, 0]);
    this.heads.intern([-1, 0]);
    this.accepts = program.isNullable ? 1 : 0;
    this.enter(0, bottom, 0, false);
    this.textStart = this.tokenEnd(this.finish(0));
    this.start = stripLeadingSpace ? this.states.intern([-3]) : this.textStart;
  }

  get stateCount(): number {
    return this.states.size;
  }

  get tailCount(): number {
    return this.tails.size;
  }

  /** Bytes of the transition rows, which can be made again. */
  get rowBytes(): number {
    return this.table.byteLength + this.rowOf.byteLength;
  }

  get byteLength(): number {
    const { states, tails, heads, entries } = this;
    return states.byteLength + tails.byteLength + heads.byteLength + entries.byteLength + this.rowBytes;
  }

  /** Forgets all transition rows; states stay. */
  dropRows(): void {
    this.table = new Int32Array(256 * 16);
    this.rowOf = new Int32Array(256);
    this.rowCount = 1;
  }

  isAccepting(at: number): boolean {
    const state = at === this.start ? this.textStart : at;
    return this.states.items[this.states.start(state)] === 1;
  }

  /** What `work` steps through is one mask: within the budget of one. Throws a "limit" error where that runs out, and what `work` throws. */
  withinMaskBudget<T>(work: () => T): T {
    this.itemsLeft = this.limits.maxItemsPerMask;
    try {
      return work();
    } finally {
      this.itemsLeft = Number.POSITIVE_INFINITY;
    }
  }

  /** The state after `byte`; `dead`, or `uncertainState` after a blind state. May throw a "limit" error, after which the automaton is as before. */
  step(state: number, byte: number): number {
    const key = state * 256 + byte;
    const place = (Math.imul(state, 0x9e3779b1) ^ byte) & (edgeCacheSize - 1);
    if (this.edgeKeys[place] === key) return this.edgeTargets[place]!;
    const to =
      state === this.start && state !== this.textStart ? this.stepFromStart(byte) : this.computeStep(state, byte);
    this.edgeKeys[place] = key;
    this.edgeTargets[place] = to;
    return to;
  }

  /** The blind state after `byte`: for the masks' walks, whose states needn't remember what they read. A look-up where the state has a row. */
  walkStep(state: number, byte: number): number {
    const row = state < this.rowOf.length ? this.rowOf[state]! : 0;
    if (row <= 0) return this.blind(this.step(state, byte));
    if (this.table[row + byte] !== 0) return this.table[row + byte]! - 1;
    const to = this.blind(this.step(state, byte));
    this.table[row + byte] = to + 1;
    return to;
  }

  /**
   * The place in `transitions` of the row of a state that is about to be walked from: byte b's entry is the next blind state + 1,
   * or 0: call `walkStep`, which fills it. A state that is walked from for the first time has the empty row 0: most are met once.
   */
  row(state: number): number {
    if (state >= this.rowOf.length) this.rowOf = grow(this.rowOf, state + 1);
    const row = this.rowOf[state]!;
    if (row > 0) return row;
    this.rowOf[state] = row === walkedOnce ? this.makeRow() : walkedOnce;
    return Math.max(0, this.rowOf[state]!);
  }

  /** The rows of all states; replaced when it grows, which `row` may make it. */
  get transitions(): Int32Array {
    return this.table;
  }

  /** Writes the set of the bytes that may not lead to `dead` to `sets[at … at + 8)`. */
  readReads(from: number, sets: Uint32Array, at: number): void {
    const state = from === this.start ? this.textStart : from;
    sets.fill(0, at, at + 8);
    const { states } = this;
    const end = states.end(state);
    for (let i = states.start(state) + 1; i < end; i += 2) {
      const reads = this.reads(states.items[i]!);
      for (let word = 0; word < 8; word++) sets[at + word]! |= reads[word]!;
    }
    if (state !== from) sets[at + 1]! |= 1;
  }

  private reads(head: number): ByteSet {
    return (this.readsOf[head] ??= this.procedureOf(head).reads?.(this.localOf(head)) ?? everyByte);
  }

  /** Does the head read any byte? */
  private readsAny(head: number): boolean {
    const procedure = this.procedureOf(head);
    const local = this.localOf(head);
    const reads = this.reads(head);
    for (let byte = 0; byte < 256; byte++) {
      if (((reads[byte >> 5]! >>> (byte & 31)) & 1) === 1 && procedure.step(local, byte) !== 0) return true;
    }
    return false;
  }

  private makeRow(): number {
    const row = 256 * this.rowCount++;
    if (row + 256 > this.table.length) this.table = grow(this.table, row + 256);
    return row;
  }

  /** How many items the state has. */
  itemCount(state: number): number {
    return (this.states.length(state) - 1) >> 1;
  }

  itemHead(state: number, index: number): number {
    return this.states.items[this.states.start(state) + 1 + 2 * index]!;
  }

  itemTail(state: number, index: number): number {
    return this.states.items[this.states.start(state) + 2 + 2 * index]!;
  }

  /** Does `test` hold for one of the state's heads, or one that a call returns to, as far as a few calls up? */
  someHead(state: number, test: (procedure: Procedure, local: number) => boolean): boolean {
    const some = (head: number, tail: number, depth: number): boolean => {
      if (test(this.procedureOf(head), this.localOf(head))) return true;
      const { tails } = this;
      for (let i = tails.start(tail); depth < maxCallsUp && i < tails.end(tail); i += 2) {
        if (tails.items[i]! >= 0 && some(tails.items[i]!, tails.items[i + 1]!, depth + 1)) return true;
      }
      return false;
    };
    for (let i = 0; i < this.itemCount(state); i++) {
      if (some(this.itemHead(state, i), this.itemTail(state, i), 0)) return true;
    }
    return false;
  }

  /** The run of a head, if its procedure offers one. */
  run(head: number): Run | null {
    return this.procedureOf(head).run?.(this.localOf(head)) ?? null;
  }

  procedureOf(head: number): Procedure {
    return this.procedures[this.heads.items[this.heads.start(head)]!]!;
  }

  localOf(head: number): number {
    return this.heads.items[this.heads.start(head) + 1]!;
  }

  /** The head of another local state of the same procedure. */
  sibling(head: number, local: number): number {
    return this.head(this.heads.items[this.heads.start(head)]!, local);
  }

  /** Does the head's procedure accept, call, or offer tokens there: has the state of that one item more to it than the head's bytes? */
  hasSides(head: number): boolean {
    return (this.flagsOf(head) & (acceptingFlag | callsFlag | tokensFlag)) !== 0;
  }

  /** The closed state of one item. */
  stateOfItem(head: number, tail: number): number {
    this.begin();
    this.queue.add(head, tail);
    return this.close();
  }

  /** The closed state of one item, without what the head itself reads: what it returns to, and what it calls. */
  sidesOfItem(head: number, tail: number): number {
    this.begin();
    this.queue.add(head, tail);
    return this.close(head);
  }

  /** The state of some of a state's items (they are closed already). */
  keep(state: number, isKept: (head: number) => boolean): number {
    const items: number[] = [0];
    for (let i = 0; i < this.itemCount(state); i++) {
      const head = this.itemHead(state, i);
      if (isKept(head)) items.push(head, this.itemTail(state, i));
    }
    return this.states.intern(items);
  }

  /** `state` with its heads made blind; see `Procedure.blind`. Itself where no head has anything to forget. */
  blind(state: number): number {
    const count = this.itemCount(state);
    let some = false;
    for (let i = 0; i < count && !some; i++) {
      const head = this.itemHead(state, i);
      const procedure = this.procedureOf(head);
      some = procedure.blind !== undefined && procedure.blind(this.localOf(head)) !== this.localOf(head);
    }
    if (!some) return state;
    let blind = this.blinds.get(state);
    if (blind === undefined) {
      const { kept } = this;
      this.begin();
      for (let i = 0; i < count; i++) {
        const head = this.itemHead(state, i);
        const local = this.localOf(head);
        kept.add(this.sibling(head, this.procedureOf(head).blind?.(local) ?? local), this.itemTail(state, i));
      }
      this.group();
      blind = this.states.intern(kept.withFront(this.isAccepting(state) ? 1 : 0), 0, 1 + 2 * kept.length);
      if (this.blinds.size > maxRemembered) this.blinds.clear();
      this.blinds.set(state, blind);
    }
    return blind;
  }

  /** The special tokens that the state offers. */
  specialTokens(at: number): number[] {
    const state = at === this.start ? this.textStart : at;
    const ids: number[] = [];
    for (let i = 0; i < this.itemCount(state); i++) {
      const head = this.itemHead(state, i);
      if ((this.flagsOf(head) & tokensFlag) === 0) continue;
      for (const { id } of this.procedureOf(head).tokens(this.localOf(head))) ids.push(id);
    }
    return ids;
  }

  /** The state after the special token `id`, or `dead`. */
  stepSpecialToken(at: number, id: number): number {
    const state = at === this.start ? this.textStart : at;
    this.begin();
    for (let i = 0; i < this.itemCount(state); i++) {
      const head = this.itemHead(state, i);
      if ((this.flagsOf(head) & tokensFlag) === 0) continue;
      for (const step of this.procedureOf(head).tokens(this.localOf(head))) {
        if (step.id === id) this.queue.add(this.sibling(head, step.then), this.itemTail(state, i));
      }
    }
    return this.close();
  }

  /** The state that `state` becomes where a token ends, `dead` where none may end there: itself, where no procedure counts tokens. */
  tokenEnd(state: number): number {
    if (!this.countsTokens || state <= finished) return state;
    if (state >= this.tokenEnds.length) this.tokenEnds = grow(this.tokenEnds, state + 1);
    if (this.tokenEnds[state] === 0) this.tokenEnds[state] = this.computeTokenEnd(state) + 1;
    return this.tokenEnds[state]! - 1;
  }

  /** What a token's end lets finish may be followed by more that its end concerns: so until nothing is added. */
  private computeTokenEnd(from: number): number {
    for (let state = from; ; ) {
      this.begin();
      this.accepts = this.isAccepting(state) ? 1 : 0;
      let isChanged = false;
      for (let i = 0; i < this.itemCount(state); i++) {
        const head = this.itemHead(state, i);
        const local = this.localOf(head);
        const to = this.procedureOf(head).atTokenEnd?.(local) ?? local;
        if (to !== local) isChanged = true;
        if (to !== 0) this.queue.add(this.sibling(head, to), this.itemTail(state, i));
      }
      if (!isChanged) return state;
      const next = this.close();
      if (next === state) return state;
      state = next;
    }
  }

  /** Is each of the state's procedures short of tokens? See `Procedure.isPressed`. */
  isPressed(state: number): boolean {
    if (state === finished || this.isAccepting(state)) return false;
    for (let i = 0; i < this.itemCount(state); i++) {
      const head = this.itemHead(state, i);
      if (this.procedureOf(head).isPressed?.(this.localOf(head)) !== true) return false;
    }
    return true;
  }

  private computeStep(state: number, byte: number): number {
    const { states } = this;
    if (states.size > this.limits.maxStates) {
      throw new ConstraintError(
        "limit",
        `the constraint needs more than ${this.limits.maxStates} states (limits.maxStates)`,
      );
    }
    this.begin();
    const end = states.end(state);
    for (let i = states.start(state) + 1; i < end; i += 2) {
      const head = states.items[i]!;
      const at = this.heads.start(head);
      const rule = this.heads.items[at]!;
      const local = this.procedures[rule]!.step(this.heads.items[at + 1]!, byte);
      if (local > 0) this.queue.add(this.head(rule, local), states.items[i + 1]!);
      else if (local < 0) return uncertainState;
    }
    return this.close();
  }

  /** Where leading spaces are stripped: a first space leads to the text's own start. */
  private stepFromStart(byte: number): number {
    return byte === 0x20 ? this.textStart : this.step(this.textStart, byte);
  }

  /** Empties the scratch, whatever a step that failed has left in it. */
  private begin(): void {
    this.queue.clear();
    this.kept.clear();
    this.accepts = 0;
    if (!this.isClosing) return;
    for (const frames of this.callers) frames?.clear();
    this.called.clear();
    this.isClosing = false;
  }

  /** Closes the items in the queue to a state; the item of head `except` is left out of it, but not what it leads to. */
  private close(except = 0): number {
    const { queue, kept } = this;
    if (queue.length === 0 && this.accepts === 0) return dead;
    this.tailStamp.next(this.tails.size);
    for (let i = 0; i < queue.length; i++) {
      const head = queue.first(i);
      const flags = this.flagsOf(head);
      if ((flags & (readsFlag | callsFlag | tokensFlag)) !== 0) kept.add(head, queue.second(i));
      if ((flags & acceptingFlag) !== 0 && this.tailStamp.mark(queue.second(i))) this.returnTo(queue.second(i));
      if (queue.length > this.limits.maxItemsPerByte) throw this.ambiguous();
    }
    this.itemsLeft -= queue.length;
    if (this.itemsLeft < 0) throw this.manyItems();
    return this.finish(except);
  }

  private returnTo(tail: number): void {
    const { tails, queue } = this;
    const end = tails.end(tail);
    for (let i = tails.start(tail); i < end; i += 2) {
      const head = tails.items[i]!;
      if (head >= 0) queue.add(head, tails.items[i + 1]!);
      else if (head === bottom) this.accepts = 1;
      else this.returnInside(-2 - head, tails.items[i + 1]!);
    }
  }

  /** Returns from a left-recursive rule to where rules of its component called it when `entry` was made. */
  private returnInside(rule: number, entry: number): void {
    const callers = this.insideCallersOf(rule);
    const tails = this.entryTails[entry]!;
    for (let i = 0; i < callers.length; i += 2) {
      const tail = tails[callers[i + 1]!]!;
      if (tail >= 0) this.queue.add(callers[i]!, tail);
    }
  }

  /** Groups the kept items, enters what they call, and interns the state. */
  private finish(except: number): number {
    const { kept } = this;
    this.isClosing = true;
    if (kept.length > 1) this.group();
    for (let i = 0; i < kept.length; i++) this.enterCalls(kept.first(i), kept.second(i));
    while (this.called.length > 0) this.enterNext();
    if (kept.length > 1) this.group();
    this.isClosing = false;
    const out = this.queue;
    out.clear();
    for (let i = 0; i < kept.length; i++) {
      const head = kept.first(i);
      if ((this.flagsOf(head) & (readsFlag | tokensFlag)) !== 0 && head !== except) out.add(head, kept.second(i));
    }
    if (out.length === 0 && this.accepts === 0) return dead;
    return this.states.intern(out.withFront(this.accepts), 0, 1 + 2 * out.length);
  }

  /** Sorts the kept items by head, and joins the tails of equal heads. */
  private group(): void {
    const { kept } = this;
    kept.normalise();
    let to = 0;
    for (let from = 0; from < kept.length; ) {
      const head = kept.first(from);
      let end = from + 1;
      while (end < kept.length && kept.first(end) === head) end++;
      kept.set(to++, head, this.union(from, end));
      from = end;
    }
    kept.length = to;
  }

  /** The tail that holds what the tails of the kept items `from … end` hold: joined in one go, so that no tail in between is made. */
  private union(from: number, end: number): number {
    const { kept, tails, frames } = this;
    if (end - from === 1) return kept.second(from);
    const parts = this.parts.length < end - from ? (this.parts = new Int32Array(2 * (end - from))) : this.parts;
    for (let k = from; k < end; k++) parts[k - from] = kept.second(k);
    if (this.unions.size > maxRemembered) {
      this.unions = new Interner();
      this.unionTails.fill(0);
    }
    const union = this.unions.intern(parts, 0, end - from);
    if (union < this.unionTails.length && this.unionTails[union]! !== 0) return this.unionTails[union]!;
    frames.clear();
    for (let k = from; k < end; k++) {
      const tail = kept.second(k);
      for (let i = tails.start(tail); i < tails.end(tail); i += 2) frames.add(tails.items[i]!, tails.items[i + 1]!);
      if (frames.length > this.limits.maxItemsPerByte) throw this.ambiguous();
    }
    if (union >= this.unionTails.length) this.unionTails = grow(this.unionTails, union + 1);
    this.unionTails[union] = this.internTail(frames);
    return this.unionTails[union]!;
  }

  private internTail(frames: Pairs): number {
    this.itemsLeft -= frames.length;
    frames.normalise();
    return this.tails.intern(frames.data, 0, 2 * frames.length);
  }

  private enterCalls(head: number, tail: number): void {
    if ((this.flagsOf(head) & callsFlag) === 0) return;
    const calls = this.calls(head);
    for (let i = 0; i < calls.length; i += 3) this.enter(calls[i]!, calls[i + 1]!, tail, calls[i + 2] === 1);
  }

  /** Notes that `rule` is called, to return to `head` with `tail`; where nothing can follow there, straight to what `tail` returns to. */
  private enter(rule: number, head: number, tail: number, isTailCall: boolean): void {
    let frames = this.callers[rule];
    if (frames === undefined) this.callers[rule] = frames = new Pairs();
    if (frames.length === 0) this.called.push(this.componentOf[rule]!);
    if (!isTailCall) {
      frames.add(head, tail);
      return;
    }
    const { tails } = this;
    for (let i = tails.start(tail); i < tails.end(tail); i += 2) frames.add(tails.items[i]!, tails.items[i + 1]!);
    if (frames.length > this.limits.maxItemsPerByte) throw this.ambiguous();
  }

  /** Starts the first called component's rules: all of their callers are known by then. */
  private enterNext(): void {
    const component = this.called.pop();
    const rules = this.program.components[component]!;
    const rule = rules[0]!;
    if (rules.length === 1 && this.insideCallersOf(rule).length === 0) {
      const frames = this.callers[rule]!;
      const tail = this.internTail(frames);
      frames.clear();
      this.beginRule(rule, tail);
      return;
    }
    const tails = this.tailsOfEntry(this.internEntry(component, rules));
    for (let place = 0; place < rules.length; place++) {
      if (tails[place]! >= 0) this.beginRule(rules[place]!, tails[place]!);
    }
  }

  private beginRule(rule: number, tail: number): void {
    const head = this.head(rule, this.procedures[rule]!.start);
    const flags = this.flagsOf(head);
    if ((flags & (readsFlag | callsFlag | tokensFlag)) !== 0) this.kept.add(head, tail);
    if ((flags & callsFlag) === 0) return;
    const component = this.componentOf[rule]!;
    const calls = this.calls(head);
    for (let i = 0; i < calls.length; i += 3) {
      if (this.componentOf[calls[i]!] !== component) this.enter(calls[i]!, calls[i + 1]!, tail, calls[i + 2] === 1);
    }
  }

  /** The entry of a component at the callers collected for its rules, which are taken. */
  private internEntry(component: number, rules: readonly number[]): number {
    const entry = [component];
    for (const rule of rules) {
      const frames = this.callers[rule];
      if (frames === undefined || frames.length === 0) continue;
      entry.push(rule, this.internTail(frames));
      frames.clear();
    }
    return this.entries.intern(entry);
  }

  private tailsOfEntry(entry: number): Int32Array {
    let tails = this.entryTails[entry];
    if (tails === undefined) this.entryTails[entry] = tails = this.computeTails(entry);
    return tails;
  }

  private computeTails(entry: number): Int32Array {
    const { entries, tails, frames } = this;
    const from = entries.start(entry);
    const rules = this.program.components[entries.items[from]!]!;
    const outside = new Map<number, number>();
    for (let i = from + 1; i < entries.end(entry); i += 2) outside.set(entries.items[i]!, entries.items[i + 1]!);
    const reached = new Set(outside.keys());
    for (const caller of reached) {
      for (const rule of rules) {
        const callers = this.insideCallersOf(rule);
        if (callers.some((place, i) => i % 2 === 1 && place === this.placeOf[caller])) reached.add(rule);
      }
    }
    return Int32Array.from(rules, (rule) => {
      if (!reached.has(rule)) return -1;
      frames.clear();
      frames.add(-2 - rule, entry);
      const tail = outside.get(rule);
      if (tail !== undefined) {
        for (let i = tails.start(tail); i < tails.end(tail); i += 2) frames.add(tails.items[i]!, tails.items[i + 1]!);
      }
      return this.internTail(frames);
    });
  }

  /** The calls of `rule` before a byte is read by rules of its own component: none where it isn't left-recursive. */
  private insideCallersOf(rule: number): readonly number[] {
    let callers = this.insideCallers[rule];
    if (callers === undefined) {
      this.insideCallers[rule] = callers = this.program.components[this.componentOf[rule]!]!.flatMap(
        (caller, place) => {
          const calls = this.calls(this.head(caller, this.procedures[caller]!.start));
          const found: number[] = [];
          for (let i = 0; i < calls.length; i += 3) if (calls[i] === rule) found.push(calls[i + 1]!, place);
          return found;
        },
      );
    }
    return callers;
  }

  private head(rule: number, local: number): number {
    let byLocal = this.headOf[rule]!;
    if (local >= byLocal.length) {
      const length = byLocal.length;
      this.headOf[rule] = byLocal = grow(byLocal, local + 1);
      byLocal.fill(-1, length);
    }
    let head = byLocal[local]!;
    if (head < 0) {
      this.pair[0] = rule;
      this.pair[1] = local;
      byLocal[local] = head = this.heads.intern(this.pair);
    }
    return head;
  }

  private flagsOf(head: number): number {
    if (head >= this.flags.length) {
      const bigger = new Uint8Array(Math.max(head + 1, 2 * this.flags.length));
      bigger.set(this.flags);
      this.flags = bigger;
    }
    return this.flags[head] !== unknownFlag ? this.flags[head]! : this.computeFlags(head);
  }

  private computeFlags(head: number): number {
    const procedure = this.procedureOf(head);
    const local = this.localOf(head);
    let flags = known;
    if (procedure.isAccepting(local)) flags |= acceptingFlag;
    if (procedure.tokens(local).length > 0) flags |= tokensFlag;
    if (procedure.calls(local).length > 0) flags |= callsFlag;
    // A state is never dead: what does nothing else reads.
    if (flags === known || this.readsAny(head)) flags |= readsFlag;
    // What waits for a token's end may read behind it.
    if (procedure.atTokenEnd !== undefined && procedure.atTokenEnd(local) !== local) flags |= readsFlag;
    this.flags[head] = flags;
    return flags;
  }

  private calls(head: number): Int32Array {
    let calls = this.callsOf[head];
    if (calls === undefined) {
      const offered = this.procedureOf(head).calls(this.localOf(head));
      calls = new Int32Array(3 * offered.length);
      for (let i = 0; i < offered.length; i++) {
        const returnHead = this.sibling(head, offered[i]!.then);
        calls[3 * i] = this.program.ruleIds.get(offered[i]!.rule)!;
        calls[3 * i + 1] = returnHead;
        calls[3 * i + 2] = (this.flagsOf(returnHead) & (readsFlag | callsFlag | tokensFlag)) === 0 ? 1 : 0;
      }
      this.callsOf[head] = calls;
    }
    return calls;
  }

  private manyItems(): ConstraintError {
    return new ConstraintError(
      "limit",
      `what may follow can be read in so many ways that a mask meets more than ${this.limits.maxItemsPerMask} items (limits.maxItemsPerMask)`,
    );
  }

  private ambiguous(): ConstraintError {
    return new ConstraintError(
      "limit",
      `the text so far can be read in more than ${this.limits.maxItemsPerByte} ways (limits.maxItemsPerByte)`,
    );
  }
}
