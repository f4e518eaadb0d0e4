// The undeclared keys of an object as an automaton over decoded text: which class a key ends in, and whether a beginning
// can still become a key of an allowed class. A product of the DFAs of the object's patterns and of its propertyNames; or, where those ask for a
// format that isn't regular, that format's automaton, whose states are made as they are reached.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { commonClasses, type Dfa, stepDfa } from "../../term/dfa-table.ts";
import type { Procedure } from "../../term/procedure.ts";

/** States are integers; 0 is dead, `start` isn't. */
export interface KeyAutomaton {
  readonly start: number;
  step(state: number, byte: number): number;
  /** The class of a key that ends in that state; −1: not a key. */
  classOf(state: number): number;
  /** By class: for each pattern, is the key in it? */
  readonly classes: readonly (readonly boolean[])[];
  /** Null where states are made as they are reached. */
  readonly table: KeyTable | null;
  /** Where there is no table: the classes of which keys can be completed from the state, infinitely many of each. */
  endless(state: number): readonly number[];
}

/** States are 0 … size − 1. */
export interface KeyTable extends Pick<Dfa, "classOf" | "classCount" | "next" | "size"> {
  /** By state: the states that can follow, but for the dead one, each with the number of bytes that lead there. */
  readonly successors: readonly ReadonlyMap<number, number>[];
}

const none: readonly number[] = [];
const only = [0];

/** Every text is a key, all of one class. */
export const anyKey: KeyAutomaton = {
  start: 1,
  step: (state) => state,
  classOf: (state) => state - 1,
  classes: [[]],
  table: null,
  endless: (state) => (state === 0 ? none : only),
};

/**
 * Keys told apart by whether they are in the language of `texts`: the memberships of those that are, and of the others, null where they are no keys.
 * Infinitely many texts of the language, and infinitely many others, must begin with what leads to any state of `texts` but its dead one.
 */
export function endlessKeys(
  texts: Procedure,
  inside: readonly boolean[] | null,
  outside: readonly boolean[] | null,
): KeyAutomaton {
  const classes = [inside, outside].filter((each) => each !== null);
  const all = [...classes.keys()];
  const inClass = inside === null ? -1 : 0;
  const outClass = outside === null ? -1 : classes.length - 1;
  const outClasses = outside === null ? [] : [outClass];
  // The states of `texts` plus one: behind its dead state there are keys, too.
  return {
    start: texts.start + 1,
    step: (state, byte) => (state <= 1 ? state : texts.step(state - 1, byte) + 1),
    classOf: (state) => (state > 1 && texts.isAccepting(state - 1) ? inClass : state > 0 ? outClass : -1),
    classes,
    table: null,
    endless: (state) => (state > 1 ? all : state === 1 ? outClasses : none),
  };
}

/** States of patterns that states of a `keyAutomaton` are made of, in all. */
const maxVectorItems = 3_000_000;

/**
 * Keys in all of `within` (valid UTF-8 must be one of them), told apart by `patterns`. Throws "limit" above `limits.maxIslandStates` states, fewer where
 * there are many patterns: a state is one of each.
 */
export function keyAutomaton(within: readonly Dfa[], patterns: readonly Dfa[], limits: Limits): KeyAutomaton {
  const parts = [...within, ...patterns];
  const maxStates = Math.min(limits.maxIslandStates, Math.floor(maxVectorItems / parts.length));
  const byteClass = commonClasses(parts);
  const ids = new Map<string, number>();
  const states: number[][] = [[]];
  const classOf = [-1];
  const classIds = new Map<string, number>();
  const classes: boolean[][] = [];
  const idOf = (vector: number[]): number => {
    for (let i = 0; i < within.length; i++) if (vector[i] === 0) return 0;
    const key = vector.join();
    let id = ids.get(key);
    if (id === undefined) {
      id = states.length;
      if (id > maxStates) {
        throw new ConstraintError(
          "limit",
          `The ${patterns.length} patterns of an object's keys need more than ${maxStates} states`,
        );
      }
      ids.set(key, id);
      states.push(vector);
      classOf.push(classAt(vector));
    }
    return id;
  };
  const classAt = (vector: readonly number[]): number => {
    const isIn = vector.map((state, i) => parts[i]!.accepting[state] === 1);
    if (!within.every((_, i) => isIn[i])) return -1;
    const memberships = isIn.slice(within.length);
    const key = memberships.join();
    let id = classIds.get(key);
    if (id === undefined) {
      classIds.set(key, (id = classes.length));
      classes.push(memberships);
    }
    return id;
  };
  const start = idOf(parts.map((dfa) => dfa.start));
  const classCount = byteClass.representatives.length;
  const rows: number[] = new Array(classCount).fill(0);
  for (let id = 1; id < states.length; id++) {
    const vector = states[id]!;
    for (const byte of byteClass.representatives)
      rows.push(idOf(parts.map((dfa, i) => stepDfa(dfa, vector[i]!, byte))));
  }
  const next = Int32Array.from(rows);
  const widths: number[] = new Array(classCount).fill(0);
  for (const each of byteClass.of) widths[each]!++;
  const successors = states.map((_, state) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < classCount; i++) {
      const to = next[state * classCount + i]!;
      if (to !== 0) counts.set(to, (counts.get(to) ?? 0) + widths[i]!);
    }
    return counts;
  });
  return {
    start,
    step: (state, byte) => next[state * classCount + byteClass.of[byte]!]!,
    classOf: (state) => classOf[state]!,
    classes,
    table: { size: states.length, classOf: byteClass.of, classCount, next, successors },
    endless: () => none,
  };
}

/** How many keys can still be completed from a state; Infinity where there is no end of them. */
export type KeyCounts = (state: number) => number;

/** Those of the allowed classes. Cost: linear in the transitions. */
export function countKeys(automaton: KeyAutomaton, isAllowed: (keyClass: number) => boolean): KeyCounts {
  const { table } = automaton;
  if (table === null) {
    return (state) => (automaton.endless(state).some(isAllowed) ? Number.POSITIVE_INFINITY : 0);
  }
  const { size, successors } = table;
  const accepts = Array.from({ length: size }, (_, state) => {
    const keyClass = automaton.classOf(state);
    return keyClass >= 0 && isAllowed(keyClass);
  });
  const live = liveStates(successors, accepts);
  // Kahn's order on the live part, backwards: what is left over lies on, or leads to, a cycle of live states.
  const pending = successors.map((next, state) =>
    live[state] ? [...next.keys()].filter((each) => live[each]).length : 0,
  );
  const predecessors: number[][] = Array.from({ length: size }, () => []);
  successors.forEach((next, state) => {
    if (live[state]) for (const each of next.keys()) if (live[each]) predecessors[each]!.push(state);
  });
  const counts = new Float64Array(size);
  const todo: number[] = [];
  for (let state = 0; state < size; state++) {
    if (!live[state]) continue;
    counts[state] = Number.POSITIVE_INFINITY;
    if (pending[state] === 0) todo.push(state);
  }
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    let count = accepts[state] ? 1 : 0;
    for (const [next, times] of successors[state]!) if (live[next]) count += times * counts[next]!;
    counts[state] = Math.min(count, Number.MAX_SAFE_INTEGER);
    for (const previous of predecessors[state]!) if (--pending[previous]! === 0) todo.push(previous);
  }
  return (state) => counts[state]!;
}

/** Are there more keys than one object can hold? Each takes at least four states of it (at its start, colon, value and end). */
export function isEndless(count: number, limits: Limits): boolean {
  return count > limits.maxStates / 4;
}

/** Bytes of listed keys, what they begin with in common counted once. */
const maxListedBytes = 20_000;

interface Beginning {
  readonly state: number;
  readonly byte: number;
  readonly before: Beginning | null;
}

/** The keys of the wanted classes, of which there must be finitely many. Throws "limit" where they are too long together. */
export function listKeys(automaton: KeyAutomaton, isWanted: (keyClass: number) => boolean): string[] {
  const counts = countKeys(automaton, isWanted);
  const keys: string[] = [];
  const todo: Beginning[] = [{ state: automaton.start, byte: -1, before: null }];
  let listed = 0;
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (++listed > maxListedBytes) {
      throw new ConstraintError("limit", `The keys to tell apart by name have more than ${maxListedBytes} bytes`);
    }
    const keyClass = automaton.classOf(at.state);
    if (keyClass >= 0 && isWanted(keyClass)) keys.push(textOf(at));
    for (let byte = 0; byte < 256; byte++) {
      const state = automaton.step(at.state, byte);
      if (counts(state) !== 0) todo.push({ state, byte, before: at });
    }
  }
  return keys;
}

function textOf(end: Beginning): string {
  const bytes: number[] = [];
  for (let at = end; at.before !== null; at = at.before) bytes.push(at.byte);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes.reverse()));
}

function liveStates(successors: readonly ReadonlyMap<number, number>[], accepts: readonly boolean[]): boolean[] {
  const predecessors: number[][] = successors.map(() => []);
  successors.forEach((next, state) => {
    for (const each of next.keys()) predecessors[each]!.push(state);
  });
  const live = accepts.slice();
  const todo = accepts.flatMap((isAccepting, state) => (isAccepting ? [state] : []));
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    for (const previous of predecessors[state]!) {
      if (live[previous]) continue;
      live[previous] = true;
      todo.push(previous);
    }
  }
  return live;
}
