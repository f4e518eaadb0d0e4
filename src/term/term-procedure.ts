// A rule's body, a term, as a procedure: one minimal DFA over bytes and calls, or an NFA determinised on the way where
// that DFA would be too large. Large counted repetitions are moved out of the body first, into procedures that count; And and
// Not over the budget into products.
import type { Limits } from "../base/limits.ts";
import { CountedProcedure, loopOfUnits } from "./counted-procedure.ts";
import { CounterProcedure } from "./counter-procedure.ts";
import { compileDfa } from "./dfa.ts";
import { DfaProcedure } from "./dfa-procedure.ts";
import type { Dfa } from "./dfa-table.ts";
import { lazyProcedure, orNull } from "./lazy-procedure.ts";
import type { CallPolicy } from "./nfa.ts";
import type { Procedure } from "./procedure.ts";
import { alt, call, cat, isProcedure, Rule, repeat, type Term } from "./term.ts";

/** Repetitions up to this count, and up to this size unrolled, are unrolled: their states are few, and need no calls. */
const maxUnrolledCount = 16;
const maxUnrolledSize = 256;
/** A repetition whose items can't be counted by one counter is worth more unrolling. */
const maxAmbiguousSize = 2000;

/** Nodes of a term, repetition unrolled; a call counts as `sizeOf` says. Infinity where it would be over 2⁵³. */
export function unrolledSize(term: Term, sizeOf: (rule: Rule) => number): number {
  switch (term.kind) {
    case "words":
      return term.words.reduce((sum, word) => sum + word.length, 0);
    case "cat":
    case "alt":
    case "and":
      return term.items.reduce((sum, item) => sum + unrolledSize(item, sizeOf), 1);
    case "not":
      return 1 + unrolledSize(term.item, sizeOf);
    case "repeat":
      return 1 + unrolledSize(term.item, sizeOf) * Math.max(1, term.max === Infinity ? term.min + 1 : term.max);
    case "call":
      return sizeOf(term.rule);
    default:
      return 1;
  }
}

/** `term` with calls to procedures in place of its large repetitions, and of And and Not whose DFA is over the budget. */
export function outline(term: Term, limits: Limits, calls: CallPolicy): Term {
  switch (term.kind) {
    case "cat":
      return cat(...term.items.map((item) => outline(item, limits, calls)));
    case "alt":
      return alt(...term.items.map((item) => outline(item, limits, calls)));
    case "repeat":
      return outlineRepeat(term, limits, calls);
    case "and":
    case "not":
      return outlineBoolean(term, limits, calls);
    default:
      return term;
  }
}

export function outlineBoolean(term: Term & { kind: "and" | "not" }, limits: Limits, calls: CallPolicy): Term {
  const known = calls.lazyBooleans.get(term);
  if (known !== undefined) return call(known);
  if (orNull(() => compileDfa(term, limits, calls)) !== null) return term;
  const rule = new Rule(term.kind, lazyProcedure(term, limits, calls));
  calls.lazyBooleans.set(term, rule);
  return call(rule);
}

function outlineRepeat(term: Term & { kind: "repeat" }, limits: Limits, calls: CallPolicy): Term {
  const { min, max } = term;
  const item = outline(term.item, limits, calls);
  const count = max === Infinity ? min : max;
  const size = unrolledSize(item, () => 8) * count;
  if (count <= 1 || (count <= maxUnrolledCount && size <= maxUnrolledSize)) return repeat(item, min, max);
  const name = `{${min},${max === Infinity ? "" : max}}`;
  const unit = regularUnit(term.item, limits, calls);
  const loop = unit === null ? null : loopOfUnits(unit);
  if (loop !== null) return call(new Rule(name, new CountedProcedure(loop.dfa, loop.unitEnd, min, max)));
  if (unit !== null && size <= maxAmbiguousSize) return repeat(item, min, max);
  return call(new Rule(name, new CounterProcedure(new Rule(`item of ${name}`, item), min, max)));
}

function regularUnit(item: Term, limits: Limits, calls: CallPolicy): Dfa | null {
  if (!isRegular(item, calls) || unrolledSize(item, () => 1) > maxAmbiguousSize) return null;
  return orNull(() => compileDfa(item, { ...limits, maxIslandStates: maxAmbiguousSize }, calls));
}

function isRegular(term: Term, calls: CallPolicy): boolean {
  switch (term.kind) {
    case "cat":
    case "alt":
      return term.items.every((item) => isRegular(item, calls));
    case "repeat":
      return isRegular(term.item, calls);
    case "call": {
      const body = calls.inline(term.rule);
      return body !== undefined && isRegular(body, calls);
    }
    default:
      return term.kind !== "token";
  }
}

/** The procedure of an outlined body. */
export function termProcedure(body: Term, limits: Limits, calls: CallPolicy): Procedure {
  const dfa = orNull(() => compileDfa(body, limits, calls));
  return dfa !== null ? new DfaProcedure(dfa) : lazyProcedure(body, limits, calls);
}

/** The rules that a body mentions, each once. */
export function rulesOf(body: Term | Procedure): Set<Rule> {
  if (isProcedure(body)) return new Set(body.rules);
  const found = new Set<Rule>();
  const todo: Term[] = [body];
  for (let term = todo.pop(); term !== undefined; term = todo.pop()) {
    if (term.kind === "call") found.add(term.rule);
    else if ("items" in term) for (const item of term.items) todo.push(item);
    else if ("item" in term) todo.push(term.item);
  }
  return found;
}
