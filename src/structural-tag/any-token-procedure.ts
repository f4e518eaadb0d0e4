// Whole tokens of any text: one, or at most so many, none of some that are excluded. A token is told by its bytes: it must begin where a token
// begins and end where one ends, and its bytes may not be those of an excluded one (a trie tells). Local states are a place and a count of
// the tokens that have ended; the places are `between`, `waiting`, `done`, and in a token `other` and the trie's nodes.
import { type ByteSet, byteRange, bytesOf, emptyByteSet } from "../base/byte-set.ts";
import { Interner } from "../base/interner.ts";
import type { Call, Procedure, TokenStep } from "../term/procedure.ts";
import { otherTextBytes } from "../term/spared-bytes.ts";

export interface AnyTokenSpec {
  /** The bytes of excluded tokens. */
  readonly excluded: readonly Uint8Array[];
  /** The special tokens that may be read. */
  readonly specialTokens: readonly number[];
  /** One token exactly; otherwise any number up to `max`. */
  readonly isOne: boolean;
  readonly max: number;
}

/** The trie's root: a token begins here, and nothing of it has been read. */
const between = 0;
/** In the middle of a token that isn't this procedure's. */
const waiting = -1;
/** No more. */
const done = -2;
/** In a token that is none of the excluded ones. */
const other = -3;
/** In place of a count: so few that it doesn't matter. */
const plenty = -1;
const everyByte = byteRange(0, 255);
const noBytes = emptyByteSet();
const noCalls: readonly Call[] = [];
const noTokens: readonly TokenStep[] = [];

export class AnyTokenProcedure implements Procedure {
  readonly rules = [];
  readonly start: number;
  private readonly spec: AnyTokenSpec;
  /** By node of the trie: its children, and whether a word ends there. */
  private readonly children: Map<number, number>[] = [new Map()];
  private readonly isExcluded: boolean[] = [false];
  private readonly locals = new Interner();
  private readonly pair = [0, 0];
  private readonly tokensOf: (readonly TokenStep[] | undefined)[] = [];

  constructor(spec: AnyTokenSpec) {
    this.spec = spec;
    for (const word of spec.excluded) this.exclude(word);
    this.locals.intern([0]); // id 0: dead
    this.start = this.local(waiting, spec.isOne || spec.max === Infinity ? plenty : 0);
  }

  /** Behind the beginning of an excluded token each byte leads to `other` that no excluded token goes on with. */
  canSpare(bytes: ByteSet): boolean {
    const others = bytesOf(otherTextBytes(bytes));
    return this.children.every((children) => others.some((byte) => !children.has(byte)));
  }

  private exclude(word: Uint8Array): void {
    let node = between;
    for (const byte of word) {
      let child = this.children[node]!.get(byte);
      if (child === undefined) {
        child = this.children.push(new Map()) - 1;
        this.isExcluded.push(false);
        this.children[node]!.set(byte, child);
      }
      node = child;
    }
    this.isExcluded[node] = true;
  }

  canComplete(): boolean {
    return true;
  }

  isNullable(): boolean {
    return !this.spec.isOne;
  }

  bind(): void {}

  step(state: number, byte: number): number {
    const place = this.place(state);
    if (place === waiting || place === done || (place === between && this.isFull(state))) return 0;
    return this.local(place === other ? other : (this.children[place]!.get(byte) ?? other), this.count(state));
  }

  atTokenEnd(state: number): number {
    const place = this.place(state);
    if (place === waiting) return this.local(between, this.count(state));
    if (place === between || place === done) return state;
    return place !== other && this.isExcluded[place] === true ? 0 : this.afterToken(state);
  }

  private afterToken(state: number): number {
    const count = this.count(state);
    return this.spec.isOne ? this.local(done, plenty) : this.local(between, count === plenty ? plenty : count + 1);
  }

  isAccepting(state: number): boolean {
    const place = this.place(state);
    return this.spec.isOne ? place === done : place === between || place === waiting;
  }

  reads(state: number): ByteSet {
    const place = this.place(state);
    return place === waiting || place === done || (place === between && this.isFull(state)) ? noBytes : everyByte;
  }

  calls(): readonly Call[] {
    return noCalls;
  }

  tokens(state: number): readonly TokenStep[] {
    if (this.place(state) !== between || this.isFull(state)) return noTokens;
    return (this.tokensOf[state] ??= this.spec.specialTokens.map((id) => ({ id, then: this.afterToken(state) })));
  }

  /** Within one token the count doesn't matter, where one more may be read. */
  blind(state: number): number {
    return this.isFull(state) ? state : this.local(this.place(state), plenty);
  }

  private isFull(state: number): boolean {
    return this.count(state) >= this.spec.max;
  }

  private place(state: number): number {
    return this.locals.items[this.locals.start(state)]!;
  }

  private count(state: number): number {
    return this.locals.items[this.locals.start(state) + 1]!;
  }

  private local(place: number, count: number): number {
    this.pair[0] = place;
    this.pair[1] = count;
    return this.locals.intern(this.pair);
  }
}
