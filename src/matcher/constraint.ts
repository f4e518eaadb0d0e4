// A compiled constraint: a token automaton that is made as it is used, and matchers that walk it.
import type { AutomatonStats, TokenAutomaton } from "../automaton/token-automaton.ts";
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import { Matcher } from "./matcher.ts";

export class Constraint {
  /** The token automaton: `start`, `mask(state)`, `next(state, token)`, `isAccepting(state)`. */
  readonly automaton: TokenAutomaton;

  /** Use `compiler.compile`. */
  constructor(automaton: TokenAutomaton) {
    this.automaton = automaton;
  }

  get vocabulary(): Vocabulary {
    return this.automaton.vocabulary;
  }

  /** Sizes so far, and what masks have cost. */
  get stats(): AutomatonStats {
    return this.automaton.stats;
  }

  /** A new cursor at the beginning. Cheap: states and masks belong to the constraint and are shared. */
  matcher(): Matcher {
    return new Matcher(this.automaton);
  }
}
