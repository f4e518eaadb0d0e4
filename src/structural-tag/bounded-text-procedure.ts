// Free text of at most so many tokens. A token counts from its first byte in the text on, so a local state is a state of the text's DFA, the
// tokens so far, and whether one of them is open: has it had a byte in the text already? While plenty of tokens are left, masks don't depend on
// how many (`blind`), so that a budget of 32,768 tokens costs a state or two a token, and no masks.
import { type ByteSet, emptyByteSet } from "../base/byte-set.ts";
import { Interner } from "../base/interner.ts";
import { DfaProcedure } from "../term/dfa-procedure.ts";
import type { Call, Procedure, Run, TokenStep } from "../term/procedure.ts";
import type { Rule } from "../term/term.ts";
import type { FreeText } from "./free-text.ts";

/** In place of a count: so few that it doesn't matter. */
const plenty = -1;
const noBytes = emptyByteSet();

export class BoundedTextProcedure implements Procedure {
  private readonly text: FreeText;
  private readonly max: number;
  private dfa!: DfaProcedure;
  /** By state of the DFA: the bytes that it takes to where the text may end. */
  private distances!: Int32Array;
  private maxDistance = 0;
  private readonly locals = new Interner();
  private readonly triple = [0, 0, 0];
  private readonly callsOf: (readonly Call[] | undefined)[] = [];

  /** Nothing may interrupt the text: what it calls ends it. */
  constructor(text: FreeText, max: number) {
    this.text = text;
    this.max = max;
    this.locals.intern([0, 0, 0]); // id 0: dead
  }

  get rules(): readonly Rule[] {
    return this.text.rules;
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    return this.text.canComplete(productive);
  }

  isNullable(): boolean {
    return this.text.isNullable;
  }

  bind(productive: (rule: Rule) => boolean): void {
    const dfa = this.text.dfa(productive);
    this.dfa = new DfaProcedure(dfa);
    // The end behind a stop, which is the DFA's alone, is no text.
    this.distances = Int32Array.of(...this.text.distances(productive), 0);
    this.maxDistance = this.distances.reduce((a, b) => Math.max(a, b), 0);
  }

  canSpare(bytes: ByteSet): boolean {
    return this.dfa.canSpare(bytes);
  }

  get start(): number {
    return this.local(this.dfa.start, 0, 0);
  }

  step(state: number, byte: number): number {
    const at = this.locals.start(state);
    const count = this.locals.items[at + 1]!;
    const isOpen = this.locals.items[at + 2]!;
    if (isOpen === 0 && count === this.max) return 0;
    const to = this.dfa.step(this.locals.items[at]!, byte);
    return to === 0 ? 0 : this.local(to, isOpen === 1 || count === plenty ? count : count + 1, 1);
  }

  atTokenEnd(state: number): number {
    const at = this.locals.start(state);
    const inner = this.locals.items[at]!;
    const count = this.locals.items[at + 1]!;
    return count === this.max && this.distances[inner]! > 0 ? 0 : this.local(inner, count, 0);
  }

  isPressed(state: number): boolean {
    const at = this.locals.start(state);
    const count = this.locals.items[at + 1]!;
    return count !== plenty && this.max - count < this.distances[this.locals.items[at]!]!;
  }

  /** With so many tokens left, whatever this token reads can be completed byte by byte. */
  blind(state: number): number {
    const at = this.locals.start(state);
    const isOpen = this.locals.items[at + 2]!;
    const after = this.locals.items[at + 1]! + 1 - isOpen;
    return this.max - after < this.maxDistance ? state : this.local(this.locals.items[at]!, plenty, isOpen);
  }

  isAccepting(state: number): boolean {
    return this.dfa.isAccepting(this.inner(state));
  }

  reads(state: number): ByteSet {
    const at = this.locals.start(state);
    const isFull = this.locals.items[at + 1] === this.max && this.locals.items[at + 2] === 0;
    return isFull ? noBytes : this.dfa.reads(this.inner(state));
  }

  calls(state: number): readonly Call[] {
    const inner = this.inner(state);
    return (this.callsOf[inner] ??= this.dfa
      .calls(inner)
      .map(({ rule, then }) => ({ rule, then: this.local(then, 0, 0) })));
  }

  tokens(state: number): readonly TokenStep[] {
    return this.dfa.tokens(this.inner(state));
  }

  /** Only where a token may end anywhere. */
  run(state: number): Run | null {
    const at = this.locals.start(state);
    if (this.locals.items[at + 1] !== plenty) return null;
    const run = this.dfa.run(this.inner(state));
    return run && { ...run, local: (r, units) => this.local(run.local(r, units), plenty, 1) };
  }

  private inner(state: number): number {
    return this.locals.items[this.locals.start(state)]!;
  }

  private local(inner: number, count: number, isOpen: number): number {
    this.triple[0] = inner;
    this.triple[1] = count;
    this.triple[2] = isOpen;
    return this.locals.intern(this.triple);
  }
}
