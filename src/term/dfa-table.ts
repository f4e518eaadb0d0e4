// The tables of a DFA over bytes, calls and special tokens.
import type { ByteSet } from "../base/byte-set.ts";
import type { Call, TokenStep } from "./procedure.ts";
import type { Rule } from "./term.ts";

/** What is the same before and after minimisation: states are 0 … size − 1, and 0 is dead. */
interface Tables {
  readonly size: number;
  /** 0 when the language is empty. */
  readonly start: number;
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** `next[state * classCount + classOf[byte]]` */
  readonly next: Int32Array;
  /** 1 where the state accepts. */
  readonly accepting: Uint8Array;
}

/** Every state but 0 can accept. Equal languages give equal tables. */
export interface Dfa extends Tables {
  /** By state: the calls and special tokens offered. */
  readonly calls: readonly (readonly Call[])[];
  readonly tokens: readonly (readonly TokenStep[])[];
}

export function stepDfa(dfa: Dfa, state: number, byte: number): number {
  return dfa.next[state * dfa.classCount + dfa.classOf[byte]!]!;
}

/** Bytes of one class are alike to all of `dfas`; a byte of each class represents it. */
export function commonClasses(dfas: readonly Dfa[]): { of: Uint8Array; representatives: number[] } {
  const of = new Uint8Array(256);
  const representatives: number[] = [];
  const ids = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const key = dfas.map((dfa) => dfa.classOf[byte]).join();
    let id = ids.get(key);
    if (id === undefined) {
      ids.set(key, (id = representatives.length));
      representatives.push(byte);
    }
    of[byte] = id;
  }
  return { of, representatives };
}

/** The bytes that lead from `state` to a live state. */
export function bytesRead(dfa: Dfa, state: number): ByteSet {
  const set = new Uint32Array(8);
  for (let byte = 0; byte < 256; byte++) if (stepDfa(dfa, state, byte) !== 0) set[byte >> 5]! |= 1 << (byte & 31);
  return set;
}

/** The bytes that lead from `state` to each live state. */
export function byteSetsByTarget(dfa: Dfa, state: number): Map<number, ByteSet> {
  const sets = new Map<number, ByteSet>();
  for (let byte = 0; byte < 256; byte++) {
    const target = stepDfa(dfa, state, byte);
    if (target === 0) continue;
    let set = sets.get(target);
    if (set === undefined) sets.set(target, (set = new Uint32Array(8)));
    set[byte >> 5]! |= 1 << (byte & 31);
  }
  return sets;
}

/** Before trimming: `symbolNext[state]` lists pairs symbol, target. */
export interface RawDfa extends Tables {
  readonly symbols: readonly (Rule | number)[];
  readonly symbolNext: readonly (readonly number[])[];
}
