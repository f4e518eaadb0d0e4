// A procedure is a deterministic automaton over bytes, built as lazily as its author likes, some of whose states may
// call rules. It is what a rule becomes, and the one interface for custom terms (a JSON object with its seen keys, a
// decimal number with bounds). The engine above sees nothing else: it knows no JSON and no regexes.
//
// A local state is an integer ≥ 1; 0 is dead. The contract that makes masks exact: a state other than 0 can always reach
// an accepting one, given that every rule for which `bind` was told "productive" has at least one word.
import type { ByteSet } from "../base/byte-set.ts";
import type { Rule } from "./term.ts";

/** In the state that offers it: read one word of `rule`, then go on in state `then`. */
export interface Call {
  readonly rule: Rule;
  readonly then: number;
}

/** In the state that offers it: read the special token of that id (never its text), then go on in state `then`. */
export interface TokenStep {
  readonly id: number;
  readonly then: number;
}

export interface Procedure {
  /** The rules it may call, each once. Asked before `bind`. */
  readonly rules: readonly Rule[];
  /** Can it read at least one word (perhaps an empty one), if just those rules have words? Monotone in `productive`; asked repeatedly. */
  canComplete(productive: (rule: Rule) => boolean): boolean;
  /**
   * Can it read the empty word, if just those rules can? Monotone; asked repeatedly.
   */
  isNullable(nullable: (rule: Rule) => boolean): boolean;
  /**
   * Called once, before the first step. From here on it must offer only calls to productive rules and no state that can't
   * complete. A call to a nullable rule is optional: a state that offers it must behave as if it stood in the call's
   * `then` state as well (its bytes, its calls, its acceptance), because the engine never returns from an empty call.
   */
  bind(productive: (rule: Rule) => boolean, nullable: (rule: Rule) => boolean): void;
  readonly start: number;
  /** The state after `byte`, or 0. Same arguments, same answer. May throw a ConstraintError of code "limit". */
  step(state: number, byte: number): number;
  isAccepting(state: number): boolean;
  /** The bytes that `step` may not answer 0 to; some more may be in it. Cheap, where there is any such set; absent or null: any byte. */
  reads?(state: number): ByteSet | null;
  /**
   * Has each way to an end, from each state, another one that makes the same calls and reads none of `bytes`? Then a vocabulary without these loses
   * spellings, and no state. Asked once, after `bind`; absent: not known.
   */
  canSpare?(bytes: ByteSet): boolean;
  /** The calls offered in `state`. Same array on each call. */
  calls(state: number): readonly Call[];
  /** The special tokens offered in `state`. */
  tokens(state: number): readonly TokenStep[];
  /** How masks at `state` can be had without walking the whole vocabulary; see `Run`. Absent or null: no short cut. */
  run?(state: number): Run | null;
  /** A state with a run that goes on as `state` does after all bytes but some; null: none is known. */
  near?(state: number): Near | null;
  /**
   * A state that allows the same bytes as `state` in every continuation up to and including the next call or pop, but that forgets
   * what it has read (the text of the key it is in), so that masks can be cached by it. After it, `step` may answer
   * `uncertain`, where the forgotten text would matter.
   */
  blind?(state: number): number;
  /**
   * Of a procedure that counts tokens: what `state` becomes where a token ends; 0: none may end there. Again applied, it changes nothing. It is
   * asked of the states on top only, so such a procedure's calls must lead to states that it leaves as they are. A state that accepts may not become one that doesn't,
   * and in a run a token may end anywhere.
   */
  atTokenEnd?(state: number): number;
  /** Of such a state: are so few tokens left that single bytes can't complete it, and only the vocabulary knows whether other tokens can? */
  isPressed?(state: number): boolean;
  /** Of a procedure that reads JSON: are there surely more than `count` different values that the text may still become? */
  hasMoreValues?(state: number, count: number): boolean;
}

/** A neighbour of a state; see `Procedure.near`. */
export interface Near {
  readonly state: number;
  /** The bytes after which the two may part. */
  readonly bytes: ByteSet;
}

/** What `step` from a blind state answers where the answer depends on what the state has forgotten. */
export const uncertain = -1;

/**
 * A loop in a procedure's automaton: a small strongly connected part in which many tokens stay. Tokens that stay inside
 * are found once per vocabulary and structure (`key`), not once per state.
 */
export interface Run {
  /** Two runs with the same key have the same `table`, `unitEnd` and `distance`. */
  readonly key: string;
  /** `table[r * 256 + byte]`: the run state after `byte`, or −1 where it leaves the run. Run state 0 is the entry: the state asked about. */
  readonly table: Int16Array;
  /** 1 where arriving in run state r ends a unit (a character), else 0. All 0 where nothing is counted. */
  readonly unitEnd: Uint8Array;
  /** Units that must still follow run state r before anything can accept; 0 where nothing is counted. */
  readonly distance: Uint8Array;
  /** Units that may still end; Infinity where nothing is counted. A path inside the run is alive iff units + distance ≤ budget. */
  readonly budget: number;
  /** The local state for run state r after `units` more units; 0 where it is dead, `uncertain` where only what a blind state has forgotten tells. */
  local(r: number, units: number): number;
  /** After any number of units that the budget allows, does `local(r, units)` leave, call and accept alike? */
  readonly isUniform?: boolean;
  /** False only if `byte` is dead in `local(r, units)` for all units. Cheap; absent: always true. */
  canLeave?(r: number, byte: number): boolean;
  /** The units, from–to, after which `local(r, units)` accepts; null: never. Absent: nothing in the run accepts. Must be there where something does, units are counted and the run isn't uniform. */
  accepts?(r: number): readonly [from: number, to: number] | null;
}
