// Free text with what may end or interrupt it, as a DFA whose states call rules: where a stop may begin, its rule is offered, and the text
// itself dies where the stop is complete. So both readings of a beginning that may yet be either run side by side, and a stop may begin and
// end anywhere in a token.
import type { Limits } from "../base/limits.ts";
import type { Dfa } from "../term/dfa-table.ts";
import type { Call } from "../term/procedure.ts";
import { alt, Rule, type Term } from "../term/term.ts";
import { TextAutomaton } from "./text-automaton.ts";

/** What the text may be followed by, wherever it is between two characters. */
export interface Stop {
  /** How `term` begins: where it is first complete in the text, the text is over. Null: `term` begins with a special token. */
  readonly word: Uint8Array | null;
  readonly term: Term;
  /** Does nothing follow it? Otherwise the text goes on behind it. */
  readonly isLast: boolean;
}

export interface TextSpec {
  readonly excludes: readonly Uint8Array[];
  readonly stops: readonly Stop[];
  /** May the text end without a stop? */
  readonly mayEnd: boolean;
}

/** What a state calls: the rules of the stops that end the text, and of those behind which it goes on. */
interface Offers {
  readonly last: Rule | null;
  readonly again: Rule | null;
}

export class FreeText {
  readonly rules: readonly Rule[];
  /** By place in `TextSpec.stops`: false where another stop is always complete before it. */
  readonly isReachable: readonly boolean[];
  private readonly automaton: TextAutomaton;
  private readonly mayEnd: boolean;
  /** By state; null inside of a character. */
  private readonly offers: readonly (Offers | null)[];

  /** Throws a ConstraintError of code "limit" for too many words. Cost: linear in them, where few overlap. */
  constructor({ excludes, stops, mayEnd }: TextSpec, limits: Limits) {
    const words = stops.flatMap(({ word }) => (word === null ? [] : [word]));
    this.automaton = new TextAutomaton(words, excludes, limits);
    this.mayEnd = mayEnd;
    const withWord = [...stops.keys()].filter((i) => stops[i]!.word !== null);
    const reachable = new Set(this.automaton.reachableStops.map((i) => withWord[i]!));
    this.isReachable = stops.map(({ word }, i) => word === null || reachable.has(i));
    const made = new Map<string, Rule>();
    const ruleOf = (places: readonly number[]): Rule | null => {
      if (places.length === 0) return null;
      const key = places.join();
      let rule = made.get(key);
      if (rule === undefined)
        made.set(key, (rule = new Rule("what ends the text", alt(...places.map((i) => stops[i]!.term)))));
      return rule;
    };
    const tokens = [...stops.keys()].filter((i) => stops[i]!.word === null);
    const known = new Map<readonly number[], Offers>();
    this.offers = Array.from({ length: this.automaton.size }, (_, state) => {
      if (!this.automaton.isBoundary(state)) return null;
      const at = this.automaton.stopsAt(state);
      let offers = known.get(at);
      if (offers === undefined) {
        const places = [...at.map((i) => withWord[i]!), ...tokens];
        const last = ruleOf(places.filter((i) => stops[i]!.isLast));
        offers = { last, again: ruleOf(places.filter((i) => !stops[i]!.isLast)) };
        known.set(at, offers);
      }
      return offers;
    });
    this.rules = [...made.values()];
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    return this.distances(productive)[this.automaton.start] !== -1;
  }

  /** Can it be empty, stop and all? Stops never are. */
  get isNullable(): boolean {
    return this.mayEnd;
  }

  /** May the text end in `state`, with or without a stop? */
  private canEnd(state: number, productive: (rule: Rule) => boolean): boolean {
    const offers = this.offers[state]!;
    return offers !== null && (this.mayEnd || (offers.last !== null && productive(offers.last)));
  }

  /** The DFA, if just those rules have words: without the states that can't complete. The last state is the end behind a stop. */
  dfa(productive: (rule: Rule) => boolean): Dfa {
    const { size, start, classOf, classCount } = this.automaton;
    const isOffered = (rule: Rule | null): rule is Rule => rule !== null && productive(rule);
    const live = this.bytesTo(
      (state) => this.canEnd(state, productive) || isOffered(this.offers[state]?.again ?? null),
    );
    const done = size;
    const next = new Int32Array((size + 1) * classCount);
    next.set(this.automaton.next.map((to) => (live[to] === -1 ? 0 : to)));
    const calls = this.offers.map((offers): Call[] => {
      if (offers === null) return [];
      const { last, again } = offers;
      return [
        ...(isOffered(last) ? [{ rule: last, then: done }] : []),
        ...(isOffered(again) ? [{ rule: again, then: start }] : []),
      ];
    });
    const accepting = Uint8Array.from(this.offers, (offers) => (offers !== null && this.mayEnd ? 1 : 0));
    return {
      size: size + 1,
      start,
      classOf,
      classCount,
      next,
      accepting: Uint8Array.of(...accepting, 1),
      calls: [...calls, []],
      tokens: Array.from({ length: size + 1 }, () => []),
    };
  }

  /** By state: how many bytes of text it takes at least to where the text may end; −1 where none lead there. */
  distances(productive: (rule: Rule) => boolean): Int32Array {
    return this.bytesTo((state) => this.canEnd(state, productive));
  }

  /** By state: the least number of bytes of text to a state of which `isGoal` holds, or −1. Breadth first, backwards. */
  private bytesTo(isGoal: (state: number) => boolean): Int32Array {
    const { size, classCount, next } = this.automaton;
    const sources: number[][] = Array.from({ length: size }, () => []);
    for (let state = 1; state < size; state++) {
      for (let c = 0; c < classCount; c++) sources[next[state * classCount + c]!]!.push(state);
    }
    const distances = new Int32Array(size).fill(-1);
    const reached: number[] = [];
    for (let state = 1; state < size; state++) {
      if (!isGoal(state)) continue;
      distances[state] = 0;
      reached.push(state);
    }
    for (let i = 0; i < reached.length; i++) {
      for (const from of sources[reached[i]!]!) {
        if (distances[from] !== -1) continue;
        distances[from] = distances[reached[i]!]! + 1;
        reached.push(from);
      }
    }
    return distances;
  }
}
