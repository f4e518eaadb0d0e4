// Deterministic automata over bytes that are read side by side; see product-procedure.ts.

import { type ByteSet, byteRange } from "../base/byte-set.ts";

const everyByte = byteRange(0, 255);

export interface Operand {
  readonly start: number;
  /** State 0 is dead, and stays so. */
  step(state: number, byte: number): number;
  isAccepting(state: number): boolean;
  /** All bytes that don't lead to the dead state are among them. */
  reads(state: number): ByteSet;
  /** Bytes of one class are alike. */
  readonly classOf: Uint8Array;
  /** States, none of them dead, that together read what `state` reads. Fewer different ones are met than whole states. */
  parts(state: number): readonly number[];
  /** Words from `state` have no fewer characters, and no more; characters as in character-distances.ts. */
  least(state: number): number;
  most(state: number): number;
}

/** The words that `automaton` doesn't read. Its states are one up, so that its dead one is alive. */
export class ComplementOperand implements Operand {
  readonly start: number;
  readonly classOf: Uint8Array;
  private readonly automaton: Pick<Operand, "start" | "step" | "isAccepting" | "classOf">;

  constructor(automaton: Pick<Operand, "start" | "step" | "isAccepting" | "classOf">) {
    this.automaton = automaton;
    this.start = automaton.start + 1;
    this.classOf = automaton.classOf;
  }

  step(state: number, byte: number): number {
    return this.automaton.step(state - 1, byte) + 1;
  }

  isAccepting(state: number): boolean {
    return !this.automaton.isAccepting(state - 1);
  }

  reads(): ByteSet {
    return everyByte;
  }

  parts(state: number): readonly number[] {
    return [state];
  }

  least(): number {
    return 0;
  }

  most(): number {
    return Infinity;
  }
}
