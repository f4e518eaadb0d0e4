// Languages of texts that aren't regular (the format "regex"), read character by character: the interface, and the complement.
// What brings them to bytes, beside lengths and regular languages, is machine-procedure.ts.

import { uncertain } from "../../term/procedure.ts";

/** States are integers; 0 is dead, every other one leads to an accepting one. Made as they are reached. */
export interface CharacterMachine {
  readonly start: number;
  /** How much it has done since it was made, in steps or states. */
  readonly work: number;
  /** The state after the Unicode scalar value `codePoint`. May throw a ConstraintError of code "limit". */
  step(state: number, codePoint: number): number;
  isAccepting(state: number): boolean;
  /** No number of characters below this leads to an accepting state. */
  rest(state: number): number;
  /** Does some number of characters from `least` to `most` lead to an accepting state? May throw as `step` does. */
  canEnd(state: number, least: number, most: number): boolean;
  /** The state after any character above U+007F, where all lead to the same; −1 where they may not. */
  afterOthers(state: number): number;
  /** Does one of the characters from `first` to `last`, all above U+007F, lead on? Undefined: that is uncertain, after a blind state. */
  readsBetween(state: number, first: number, last: number): boolean | undefined;
  /** A text that leads to an accepting state: one, where it is quickly had; else null. */
  end(state: number): string | null;
  /**
   * Texts that may follow `end`, as an automaton over bytes, at state · 256 + byte; 0: no such text. Of the format "hostname", whose syntax must be
   * looked at beside, it is those that begin no A-label.
   */
  readonly plain: Uint8Array;
  /** The state of `plain` behind `end(state)`. */
  plainState(state: number): number;
  /**
   * A state that reads the same texts as `state`, with the same `rest` and `end`, but that has forgotten something: `step` from it, not from any
   * other, may answer `uncertain`. With `isAlone` only which texts it reads is the same, and that they are more than one.
   */
  blind(state: number, isAlone: boolean): number;
}

/**
 * The texts that aren't in `machine`'s language. From each state of `machine` some text of any length but 0 must lead to none that
 * accepts.
 */
export class Complement implements CharacterMachine {
  readonly start: number;
  readonly #machine: CharacterMachine;

  constructor(machine: CharacterMachine) {
    this.#machine = machine;
    this.start = machine.start + 1;
  }

  get work(): number {
    return this.#machine.work;
  }

  // The machine's state plus one, as its dead state is alive here.
  step(state: number, codePoint: number): number {
    if (state <= 1) return state;
    const next = this.#machine.step(state - 1, codePoint);
    return next === uncertain ? uncertain : next + 1;
  }

  isAccepting(state: number): boolean {
    return state === 1 || (state !== 0 && !this.#machine.isAccepting(state - 1));
  }

  rest(state: number): number {
    return state === 0 ? Infinity : this.isAccepting(state) ? 0 : 1;
  }

  canEnd(state: number, _least: number, most: number): boolean {
    return this.rest(state) <= most;
  }

  afterOthers(state: number): number {
    if (state <= 1) return state;
    const after = this.#machine.afterOthers(state - 1);
    return after < 0 ? after : after + 1;
  }

  readsBetween(state: number): boolean {
    return state !== 0;
  }

  end(state: number): string | null {
    return state === 1 ? "" : null;
  }

  // Any text, behind one that is in the language for good.
  readonly plain = new Uint8Array(512).fill(1, 256);

  plainState(): number {
    return 1;
  }

  blind(state: number, isAlone: boolean): number {
    return state <= 1 ? state : this.#machine.blind(state - 1, isAlone) + 1;
  }
}
