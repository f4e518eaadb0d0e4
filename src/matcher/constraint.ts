// A compiled constraint: a token automaton that is made as it is used, and matchers that walk it.
import type { AutomatonStats, TokenAutomaton } from "../automaton/token-automaton.ts";
import type { DroppedKeyword } from "../json-schema/keywords/dropped-keywords.ts";
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import { Matcher } from "./matcher.ts";

export class Constraint {
  readonly vocabulary: Vocabulary;
  /** What a JSON Schema's lenient mode left out, by JSON Pointer; empty otherwise. */
  readonly dropped: readonly DroppedKeyword[];
  private readonly make: () => TokenAutomaton;
  private current: TokenAutomaton;

  /** Use `compiler.compile`. `make` makes the same automaton anew, without any state. */
  constructor(automaton: TokenAutomaton, make: () => TokenAutomaton, dropped: readonly DroppedKeyword[]) {
    this.current = automaton;
    this.make = make;
    this.dropped = dropped;
    this.vocabulary = automaton.vocabulary;
  }

  /**
   * The token automaton: `start`, `mask(state)`, `next(state, token)`, `isAccepting(state)`. States are kept for good, so one that
   * has used half of its budget of states is left to the matchers that are in it, and a new one is given from then on: a constraint that
   * is used for ever stays bounded.
   */
  get automaton(): TokenAutomaton {
    if (this.current.isHalfFull) this.current = this.make();
    return this.current;
  }

  /** Sizes so far, and what masks have cost. */
  get stats(): AutomatonStats {
    return this.current.stats;
  }

  /** A new cursor at the beginning. Cheap: states and masks belong to the constraint and are shared. */
  matcher(): Matcher {
    return new Matcher(this);
  }
}
