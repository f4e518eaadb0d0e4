// Free text as a DFA: well-formed UTF-8 that holds none of some words, as the product of UTF-8 and the words' Aho-Corasick automaton. And
// where a stop may begin: a text ends at the *first* stop in it, so one may begin only where no other is complete before it.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { anyCodePoint, codePointsTerm } from "../term/code-points.ts";
import { compileDfa } from "../term/dfa.ts";
import { type Dfa, stepDfa } from "../term/dfa-table.ts";
import { repeat } from "../term/term.ts";
import { AhoCorasick } from "./aho-corasick.ts";

/** States are 1 … size − 1; 0 is dead. */
export class TextAutomaton {
  readonly size: number;
  readonly start = 1;
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** `next[state * classCount + classOf[byte]]` */
  readonly next: Int32Array;
  private readonly words: AhoCorasick;
  private readonly stops: readonly Uint8Array[];
  private readonly stopsByFirstByte = new Map<number, number[]>();
  /** The stops that no other stop is complete within, before their last byte. */
  readonly reachableStops: readonly number[];
  /** By state: the words' node between two characters, −1 inside of one. */
  private readonly nodes: readonly number[];

  /** Throws a ConstraintError of code "limit" where the words are longer together than an automaton may be. */
  constructor(stops: readonly Uint8Array[], excludes: readonly Uint8Array[], limits: Limits) {
    const length = [...stops, ...excludes].reduce((sum, word) => sum + word.length, 0);
    if (length > limits.maxIslandStates) {
      throw new ConstraintError(
        "limit",
        `triggers, ends and excludes of more than ${limits.maxIslandStates} bytes (limits.maxIslandStates)`,
      );
    }
    this.stops = stops;
    this.words = new AhoCorasick(stops, excludes);
    this.reachableStops = [...stops.keys()].filter((i) => !this.words.stopsBefore(0, stops[i]!));
    for (const i of this.reachableStops) {
      const first = stops[i]![0]!;
      const known = this.stopsByFirstByte.get(first);
      if (known === undefined) this.stopsByFirstByte.set(first, [i]);
      else known.push(i);
    }
    const utf8 = compileDfa(repeat(codePointsTerm(anyCodePoint), 0, Infinity), limits);
    const { classOf, examples } = joinClasses(utf8, this.words.columnOf);
    this.classOf = classOf;
    this.classCount = examples.length;
    const { next, nodes } = this.explore(utf8, examples);
    this.next = Int32Array.from(next);
    this.nodes = nodes;
    this.size = nodes.length;
  }

  private explore(utf8: Dfa, examples: readonly number[]): { next: number[]; nodes: number[] } {
    const { words } = this;
    const ids = new Map<number, number>();
    const pairs = [[0, 0]];
    const idOf = (node: number, at: number): number => {
      const key = node * utf8.size + at;
      let id = ids.get(key);
      if (id === undefined) ids.set(key, (id = pairs.push([node, at]) - 1));
      return id;
    };
    idOf(0, utf8.start);
    const next = examples.map(() => 0);
    for (let state = 1; state < pairs.length; state++) {
      const [node, at] = pairs[state] as [number, number];
      for (const byte of examples) {
        const to = stepDfa(utf8, at, byte);
        const toNode = words.step(node, byte);
        next.push(to === 0 || words.endsWord(toNode) ? 0 : idOf(toNode, to));
      }
    }
    return { next, nodes: pairs.map(([node, at]) => (utf8.accepting[at!] === 1 ? node! : -1)) };
  }

  /** Is `state` between two characters? */
  isBoundary(state: number): boolean {
    return this.nodes[state]! >= 0;
  }

  /** The stops that may begin in `state`, which is between two characters. Mostly `reachableStops` itself. */
  stopsAt(state: number): readonly number[] {
    const node = this.nodes[state]!;
    const early = new Set<number>();
    for (const [byte, stops] of this.stopsByFirstByte) {
      // Where nothing that has begun goes on, it is as in the root.
      if (this.words.step(node, byte) === this.words.step(0, byte)) continue;
      for (const i of stops) if (this.words.stopsBefore(node, this.stops[i]!)) early.add(i);
    }
    return early.size === 0 ? this.reachableStops : this.reachableStops.filter((i) => !early.has(i));
  }
}

/** Classes of bytes that neither automaton tells apart, and a byte of each. */
function joinClasses(utf8: Dfa, columnOf: Uint16Array): { classOf: Uint8Array; examples: number[] } {
  const classOf = new Uint8Array(256);
  const ids = new Map<number, number>();
  const examples: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const key = columnOf[byte]! * 256 + utf8.classOf[byte]!;
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = examples.push(byte) - 1));
    classOf[byte] = id;
  }
  return { classOf, examples };
}
