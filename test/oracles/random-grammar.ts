// Small random context-free grammars, mean ones by design: over {a, b, c}, with few rules, so that left recursion (direct,
// indirect, hidden behind what can be empty), ambiguity, cycles of rules (A → B → A), rules without a word and rules
// that nothing reaches come up all the time. Words are short, so an oracle can try them all.
import fc from "fast-check";
import { byteSetOf } from "../../src/base/byte-set.ts";
import { alt, bytes, call, cat, epsilon, literal, optional, Rule, repeat, type Term } from "../../src/term/term.ts";
import { printGbnf } from "./print-gbnf.ts";

/** Prints itself as GBNF. Rules that the root doesn't reach exist, but aren't printed. */
export class RandomGrammar {
  readonly root: Term;
  readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.root = call(rules[0]!);
  }

  toString(): string {
    return printGbnf(this.root);
  }

  [fc.toStringMethod](): string {
    return `\n${this.toString()}`;
  }
}

/** A shape that becomes a term once the rules exist. */
type Shape = (rules: readonly Rule[]) => Term;

const letter = fc.constantFrom(..."abc");

const terminal: fc.Arbitrary<Shape> = fc.oneof(
  { weight: 4, arbitrary: letter.map((character) => () => literal(character)) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(letter, { minLength: 2, maxLength: 3 })
      .map((letters) => () => bytes(byteSetOf(...letters.map((each) => each.charCodeAt(0))))),
  },
  {
    weight: 1,
    arbitrary: fc.array(letter, { minLength: 2, maxLength: 3 }).map((word) => () => literal(word.join(""))),
  },
);

const reference: fc.Arbitrary<Shape> = fc.nat(7).map((i) => (rules) => call(rules[i % rules.length]!));

const atom: fc.Arbitrary<Shape> = fc.oneof({ weight: 3, arbitrary: terminal }, { weight: 4, arbitrary: reference });

const counts = fc.constantFrom<readonly [number, number]>(
  [0, 1],
  [0, Infinity],
  [1, Infinity],
  [2, 2],
  [0, 3],
  [1, 3],
  [2, Infinity],
);

const item: fc.Arbitrary<Shape> = fc.oneof(
  { weight: 8, arbitrary: atom },
  {
    weight: 1,
    arbitrary: fc.tuple(atom, counts).map(
      ([shape, [min, max]]): Shape =>
        (rules) =>
          repeat(shape(rules), min, max),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.array(atom, { minLength: 1, maxLength: 2 }), fc.array(atom, { maxLength: 2 }), counts).map(
      ([left, right, [min, max]]): Shape =>
        (rules) => {
          const inner = alt(cat(...left.map((each) => each(rules))), cat(...right.map((each) => each(rules))));
          return repeat(inner, min, max);
        },
    ),
  },
);

const alternative: fc.Arbitrary<Shape> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Shape>(() => epsilon) },
  {
    weight: 6,
    arbitrary: fc.array(item, { minLength: 1, maxLength: 4 }).map(
      (items): Shape =>
        (rules) =>
          cat(...items.map((each) => each(rules))),
    ),
  },
  // Left recursion, often: rule i as the first thing of some rule, perhaps behind what can be empty.
  {
    weight: 2,
    arbitrary: fc.tuple(reference, reference, fc.boolean(), fc.array(item, { maxLength: 2 })).map(
      ([hidden, first, isHidden, rest]): Shape =>
        (rules) => {
          const tail = rest.map((each) => each(rules));
          return isHidden ? cat(optional(hidden(rules)), first(rules), ...tail) : cat(first(rules), ...tail);
        },
    ),
  },
);

const body = fc.array(alternative, { minLength: 1, maxLength: 4 });

/** One to `maxRules` rules; the first is the root. Shrinks towards fewer and shorter rules. */
export function randomGrammar({ maxRules = 4 } = {}): fc.Arbitrary<RandomGrammar> {
  return fc.array(body, { minLength: 1, maxLength: maxRules }).map((bodies) => {
    const rules = bodies.map((_, i) => new Rule("ABCDEFGH"[i] ?? `R${i}`));
    bodies.forEach((alternatives, i) => {
      rules[i]!.body = alt(...alternatives.map((each) => each(rules)));
    });
    return new RandomGrammar(rules);
  });
}

/** All words over {a, b, c} of at most `maxLength` letters, the shortest first. */
export function shortWords(maxLength: number): Uint8Array[] {
  const out = [new Uint8Array(0)];
  for (let i = 0, length = 0; length < maxLength; length++) {
    for (const end = out.length; i < end; i++) {
      for (const byte of [97, 98, 99]) out.push(Uint8Array.of(...out[i]!, byte));
    }
  }
  return out;
}
