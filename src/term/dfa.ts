// From a term to a minimal DFA: an "island". Bytes are grouped into classes; calls and special tokens are symbols beside
// the bytes. Method: Thompson's NFA, subset construction, trimming of what can't accept, minimisation by Valmari and
// Lehtinen ("Efficient minimization of DFAs with partial transition functions", 2008). And and Not work on the DFAs of
// their operands, by product and complement, and are embedded into the NFA around them.
import { ConstraintError } from "../base/errors.ts";
import { Interner } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import { commonClasses, type Dfa, type RawDfa, stepDfa } from "./dfa-table.ts";
import { IslandBudget } from "./island-budget.ts";
import { minimize } from "./minimize.ts";
import { buildNfa, byteClasses, type CallPolicy, Closures, type Nfa } from "./nfa.ts";
import type { Call, TokenStep } from "./procedure.ts";
import type { Rule, Term } from "./term.ts";

/** NFA states that a state may stand for, on average over the budget: sets of many take long, and are many. */
const maxMembers = 4;

const none: readonly never[] = [];

/** The policy for terms that may call nothing: `refuse` makes the error. */
export function withoutCalls(limits: Limits, refuse: (rule: Rule) => ConstraintError = notRegular): CallPolicy {
  const inline = (rule: Rule): never => {
    throw refuse(rule);
  };
  return {
    inline,
    inlineRegular: inline,
    booleans: new Map(),
    lazyBooleans: new Map(),
    islands: new IslandBudget(limits),
    isProductive: () => true,
    isNullable: () => false,
  };
}

function notRegular(rule: Rule): ConstraintError {
  return new ConstraintError(
    "unsupported",
    `rule '${rule.name}' isn't regular, so it can't stand under "and" or "not"`,
  );
}

/**
 * The minimal DFA of `term`. Without a policy, the term must hold no calls. Throws a ConstraintError of code "limit" when
 * a DFA on the way has more than `limits.maxIslandStates` states, or all of them together are over the policy's budget. Worst case exponential, as
 * determinisation is; bounded by those limits.
 */
export function compileDfa(term: Term, limits: Limits, calls: CallPolicy = withoutCalls(limits)): Dfa {
  if (term.kind === "and" || term.kind === "not") return compileBoolean(term, limits, calls);
  calls.islands.spend(0);
  return determinize(buildTermNfa(term, limits, calls), limits, calls.islands);
}

/** As `compileDfa`, which keeps only what stands under And and Not; this keeps the automaton of `term`, too. */
export function compileShared(term: Term, limits: Limits, calls: CallPolicy): Dfa {
  return remembered(calls, term, () => compileDfa(term, limits, calls));
}

export function buildTermNfa(term: Term, limits: Limits, calls: CallPolicy): Nfa {
  return buildNfa(term, limits, calls, (boolean) => compileBoolean(boolean, limits, calls));
}

/** The DFA of an And or a Not; every call below must be inlinable. */
function compileBoolean(term: Term & { kind: "and" | "not" }, limits: Limits, calls: CallPolicy): Dfa {
  return remembered(calls, term, () => {
    const regular = callsPutIn(calls);
    const compileOperand = (operand: Term): Dfa =>
      remembered(calls, operand, () => {
        const dfa = compileDfa(operand, limits, regular);
        if (dfa.tokens.some((tokens) => tokens.length > 0)) throw noTokens();
        return dfa;
      });
    if (term.kind === "not") return complement(compileOperand(term.item), calls.islands);
    return term.items.map(compileOperand).reduce((a, b) => intersect(a, b, limits, calls.islands));
  });
}

/** The policy under And and Not. */
export function callsPutIn(calls: CallPolicy): CallPolicy {
  const inline = (rule: Rule): Term => {
    const body = calls.inlineRegular(rule);
    if (body === undefined) throw notRegular(rule);
    return body;
  };
  return { ...calls, inline };
}

export function noTokens(): ConstraintError {
  return new ConstraintError("unsupported", 'a special token can\'t stand under "and" or "not"');
}

/** A failure is remembered, too: it has taken long. Not that the budget is used up: another constraint may have more. */
function remembered({ booleans: known, islands }: CallPolicy, term: Term, compile: () => Dfa): Dfa {
  let dfa = known.get(term);
  if (dfa === undefined) {
    try {
      dfa = compile();
    } catch (error) {
      if (!(error instanceof ConstraintError) || islands.isExhausted) throw error;
      dfa = error;
    }
    known.set(term, dfa);
  }
  if (dfa instanceof ConstraintError) throw dfa;
  return dfa;
}

function complement(dfa: Dfa, islands: IslandBudget): Dfa {
  // State 0, dead, becomes the state that accepts everything.
  const { size, classCount } = dfa;
  const accepting = new Uint8Array(size + 1);
  const next = new Int32Array((size + 1) * classCount);
  for (let state = 0; state < size; state++) {
    accepting[state + 1] = 1 - dfa.accepting[state]!;
    for (let c = 0; c < classCount; c++) next[(state + 1) * classCount + c] = dfa.next[state * classCount + c]! + 1;
  }
  return finish(
    { ...dfa, size: size + 1, start: dfa.start + 1, next, accepting, symbols: [], symbolNext: [] },
    islands,
  );
}

/** Words of both. The tables are products over the reachable pairs. */
export function intersect(a: Dfa, b: Dfa, limits: Limits, islands: IslandBudget): Dfa {
  const { of: classOf, representatives } = commonClasses([a, b]);
  const classCount = representatives.length;
  const ids = new Map<number, number>([[0, 0]]);
  const todo: number[] = [0];
  const idOf = (p: number, q: number): number => {
    if (p === 0 || q === 0) return 0;
    const key = p * b.size + q;
    let id = ids.get(key);
    if (id === undefined) {
      ids.set(key, (id = todo.length));
      todo.push(key);
      if (id > limits.maxIslandStates) throw islandLimit(limits, islands);
    }
    return id;
  };
  const start = idOf(a.start, b.start);
  const next: number[] = new Array(classCount).fill(0);
  const accepting = [0];
  for (let id = 1; id < todo.length; id++) {
    const p = Math.floor(todo[id]! / b.size);
    const q = todo[id]! % b.size;
    for (let c = 0; c < classCount; c++)
      next.push(idOf(stepDfa(a, p, representatives[c]!), stepDfa(b, q, representatives[c]!)));
    accepting.push(a.accepting[p]! & b.accepting[q]!);
  }
  const table = {
    size: todo.length,
    start,
    classOf,
    classCount,
    next: Int32Array.from(next),
    accepting: Uint8Array.from(accepting),
    symbols: [],
    symbolNext: [],
  };
  return finish(table, islands);
}

/** What went into it is spent. */
function islandLimit(limits: Limits, islands: IslandBudget): ConstraintError {
  islands.spend(limits.maxIslandStates);
  return new ConstraintError(
    "limit",
    `a regular part needs more than ${limits.maxIslandStates} states (limits.maxIslandStates); simplify it, or lower its repetition counts`,
  );
}

function determinize(nfa: Nfa, limits: Limits, islands: IslandBudget): Dfa {
  const { classOf, classCount, classesOf } = byteClasses(nfa.sets);
  const closures = new Closures(nfa);
  const sets = new Interner();
  sets.intern([]); // id 0: the dead state
  const start = closures.intern([nfa.start], 1, sets);
  const symbolCount = nfa.symbols.length;
  const buckets: number[][] = Array.from({ length: classCount + symbolCount }, () => []);
  /** Arrays keep what they have grown to: there are as many fillings as transitions. */
  const counts = new Int32Array(buckets.length);
  const used: number[] = [];
  let next = new Int32Array(classCount * 64);
  const accepting: number[] = [0];
  const symbolNext: (readonly number[])[] = [none];
  for (let id = 1; id < sets.size; id++) {
    if (id > limits.maxIslandStates || sets.end(id) > maxMembers * limits.maxIslandStates) {
      throw islandLimit(limits, islands);
    }
    if ((id + 1) * classCount > next.length) {
      const bigger = new Int32Array(next.length * 2);
      bigger.set(next);
      next = bigger;
    }
    let accepts = 0;
    for (let i = sets.start(id); i < sets.end(id); i++) {
      const state = sets.items[i]!;
      if (state === nfa.accept) accepts = 1;
      for (const { set, to } of nfa.byteEdges[state]!) {
        for (const c of classesOf.get(set)!) addTo(c, to);
      }
      for (const { symbol, to } of nfa.symbolEdges[state]!) addTo(classCount + symbol, to);
    }
    accepting.push(accepts);
    const symbolTargets: number[] = [];
    for (const bucket of used) {
      const target = closures.intern(buckets[bucket]!, counts[bucket]!, sets);
      if (bucket < classCount) next[id * classCount + bucket] = target;
      else symbolTargets.push(bucket - classCount, target);
      counts[bucket] = 0;
    }
    symbolNext.push(symbolTargets.length === 0 ? none : symbolTargets);
    used.length = 0;
  }
  function addTo(bucket: number, to: number): void {
    if (counts[bucket] === 0) used.push(bucket);
    buckets[bucket]![counts[bucket]!++] = to;
  }
  const raw: RawDfa = {
    size: sets.size,
    start,
    classOf,
    classCount,
    next: next.subarray(0, sets.size * classCount),
    accepting: Uint8Array.from(accepting),
    symbols: nfa.symbols,
    symbolNext,
  };
  return finish(raw, islands);
}

function finish(raw: RawDfa, islands: IslandBudget): Dfa {
  islands.spend(raw.size);
  const { size, start, next, accepting, symbolNext, classOf, classCount } = minimize(raw);
  const calls: (readonly Call[])[] = new Array(size).fill(none);
  const tokens: (readonly TokenStep[])[] = new Array(size).fill(none);
  for (let state = 0; state < size; state++) {
    const pairs = symbolNext[state]!;
    if (pairs.length === 0) continue;
    const callsHere: Call[] = [];
    const tokensHere: TokenStep[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      const symbol = raw.symbols[pairs[i]!]!;
      if (typeof symbol === "number") tokensHere.push({ id: symbol, then: pairs[i + 1]! });
      else callsHere.push({ rule: symbol, then: pairs[i + 1]! });
    }
    calls[state] = callsHere;
    tokens[state] = tokensHere;
  }
  return { size, start, classOf, classCount, next, accepting, calls, tokens };
}
