// A regex as a grammar in GBNF, with all that its automaton knows (assertions, flags): a rule for each state in which a character is whole, an
// alternative for each state that a character leads to. (JSON Schemas aren't written so: their integers alone have automata without end.)
import type { ExploredState } from "../../automaton/explore.ts";
import { ConstraintError } from "../../base/errors.ts";
import { Compiler } from "../../matcher/compiler.ts";
import type { RegexSpec } from "../../matcher/lower-spec.ts";
import { type CodePoints, codePoints, pairs } from "../../term/code-points.ts";
import { Vocabulary } from "../../vocabulary/vocabulary.ts";
import { printClass } from "./characters.ts";

type Ranges = ReadonlyMap<number, CodePoints>;

const endOfText = 256;
const maxStates = 10_000;

/** Throws as compiling it does, and "limit" where its automaton over bytes has more than 10,000 states. */
export function regexGrammar(spec: RegexSpec): string {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const vocabulary = Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [endOfText] });
  const { automaton } = new Compiler(vocabulary).compile(spec);
  const { states, isComplete } = automaton.explore({ maxStates });
  if (!isComplete) throw new ConstraintError("limit", `as a grammar, the regex has more than ${maxStates} states`);
  const characters = new Characters(states);
  const names = new Map([[automaton.start, "root"]]);
  const rules: string[] = [];
  for (const [state, name] of names) {
    const alternatives = [...characters.from(state)].map(([to, set]) => {
      if (!names.has(to)) names.set(to, `s${names.size}`);
      return `${printClass(set)} ${names.get(to)}`;
    });
    if (automaton.isAccepting(state)) alternatives.unshift('""');
    rules.push(`${name} ::= ${alternatives.join(" | ")}\n`);
  }
  return rules.join("");
}

/** Steps over characters, of steps over the bytes of their UTF-8. */
class Characters {
  readonly #states: ReadonlyMap<number, ExploredState>;
  readonly #tails = new Map<string, Ranges>();

  constructor(states: readonly ExploredState[]) {
    this.#states = new Map(states.map((each) => [each.state, each]));
  }

  /** By target: the characters that lead from a state to it. */
  from(state: number): Ranges {
    return this.#gather(state, (byte) => {
      if (byte < 0x80) return { first: byte, length: 0 };
      if (byte < 0xe0) return { first: (byte & 0x1f) << 6, length: 1 };
      return byte < 0xf0 ? { first: (byte & 0x0f) << 12, length: 2 } : { first: (byte & 0x07) << 18, length: 3 };
    });
  }

  /** By target: what `length` continuation bytes add to a character. */
  #tail(state: number, length: number): Ranges {
    if (length === 0) return new Map([[state, [0, 0]]]);
    const key = `${state} ${length}`;
    let ranges = this.#tails.get(key);
    if (ranges === undefined) {
      ranges = this.#gather(state, (byte) => ({ first: (byte & 0x3f) << (6 * (length - 1)), length: length - 1 }));
      this.#tails.set(key, ranges);
    }
    return ranges;
  }

  #gather(state: number, read: (byte: number) => { first: number; length: number }): Ranges {
    const found = new Map<number, [number, number][]>();
    for (const [to, bytes] of this.#states.get(state)!.edges) {
      for (const byte of bytes) {
        if (byte === endOfText) continue;
        const { first, length } = read(byte);
        for (const [target, ranges] of this.#tail(to, length)) {
          const known = found.get(target) ?? [];
          for (const [low, high] of pairs(ranges)) known.push([first + low, first + high]);
          found.set(target, known);
        }
      }
    }
    return new Map([...found].map(([target, ranges]) => [target, codePoints(ranges)]));
  }
}
