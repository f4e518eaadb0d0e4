// For states that bytes could complete and tokens perhaps can't: where a vocabulary can't spell every text byte by byte (it is small or
// odd), and where few of the tokens that may be counted are left. Method: search the graph of states and tokens for one that is sure to
// complete, and remember every answer.

import { ConstraintError } from "../base/errors.ts";
import { type ByteAutomaton, dead } from "../term/byte-automaton.ts";
import type { TokenTrie } from "../vocabulary/token-trie.ts";

const maxSearched = 10_000;

export class TokenLiveness {
  private readonly automaton: ByteAutomaton;
  private readonly trie: TokenTrie;
  private readonly isSure: (state: number) => boolean;
  private readonly known = new Map<number, boolean>([[dead, false]]);

  /** `isSure`: can tokens surely complete a text from there? */
  constructor(automaton: ByteAutomaton, trie: TokenTrie, isSure: (state: number) => boolean) {
    this.automaton = automaton;
    this.trie = trie;
    this.isSure = isSure;
  }

  /** Can tokens complete a text from `state`? Throws code "limit" where that takes more than 10,000 states to find out. */
  isLive(state: number): boolean {
    if (state !== dead && this.isSure(state)) return true;
    const answer = this.known.get(state);
    if (answer !== undefined) return answer;
    const sources = new Map<number, number[]>([[state, []]]);
    // Breadth first: nested grammars have endless ways down, and the way out is short.
    const todo = [state];
    for (let i = 0; i < todo.length; i++) {
      const at = todo[i]!;
      if ((at !== dead && this.isSure(at)) || this.known.get(at) === true) {
        this.markLive(at, sources);
        return true;
      }
      if (this.known.get(at) === false) continue;
      for (const next of this.successors(at)) {
        const found = sources.get(next);
        if (found !== undefined) {
          found.push(at);
          continue;
        }
        sources.set(next, [at]);
        todo.push(next);
        if (sources.size > maxSearched) {
          throw new ConstraintError(
            "limit",
            `it takes more than ${maxSearched} states to find out what this vocabulary can spell`,
          );
        }
      }
    }
    for (const at of sources.keys()) this.known.set(at, false);
    return false;
  }

  private markLive(state: number, sources: ReadonlyMap<number, readonly number[]>): void {
    const todo = [state];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (this.known.get(at) === true) continue;
      this.known.set(at, true);
      todo.push(...(sources.get(at) ?? []));
    }
  }

  private successors(state: number): Set<number> {
    const { automaton, trie } = this;
    const found = new Set<number>();
    for (const id of automaton.specialTokens(state))
      found.add(automaton.tokenEnd(automaton.stepSpecialToken(state, id)));
    const states = [state];
    for (let at = 1; at < trie.size; ) {
      const level = trie.depth[at]!;
      const next = automaton.step(states[level - 1]!, trie.byte[at]!);
      if (next === dead) {
        at = trie.end[at]!;
        continue;
      }
      states[level] = next;
      if (trie.tokenStart[at + 1]! > trie.tokenStart[at]!) found.add(automaton.tokenEnd(next));
      at++;
    }
    return found;
  }
}
