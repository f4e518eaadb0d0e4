// The automaton spelled out: its words must be the constraint's, its drawing what Graphviz reads.
import { expect, test } from "vitest";
import { Compiler, ConstraintError, Vocabulary } from "../../src/index.ts";

const texts = ["a", "b", "ab", "ba", '"', "\\", "\n"];
const vocabulary = Vocabulary.fromTokens([...texts.map((text) => new TextEncoder().encode(text)), null, null], {
  eosTokenIds: [8],
  specialTokens: new Map([["<think>", 7]]),
});
const automatonOf = (pattern: string) => new Compiler(vocabulary).compile({ type: "regex", pattern }).automaton;

test("a finite constraint is complete, and its paths are its words in every tokenisation", () => {
  const { states, isComplete } = automatonOf("a(?:b|ba)?").explore();
  expect(isComplete).toBe(true);
  const byState = new Map(states.map((each) => [each.state, each]));
  const words: string[] = [];
  const walk = (state: number, word: string[]): void => {
    for (const [to, tokens] of byState.get(state)!.edges) {
      for (const token of tokens) {
        if (token === 8) words.push(word.join("·"));
        else walk(to, [...word, texts[token]!]);
      }
    }
  };
  walk(states[0]!.state, []);
  expect(words.sort()).toEqual(["a", "a·b", "a·ba", "a·b·a", "ab", "ab·a"].sort());
});

test("budgets and bad numbers", () => {
  const automaton = automatonOf("a{0,50}");
  const { states, isComplete } = automaton.explore({ maxStates: 3 });
  expect(isComplete).toBe(false);
  expect(states.filter((each) => each.isExpanded).length).toBe(3);
  expect(states.filter((each) => !each.isExpanded).every((each) => each.edges.size === 0)).toBe(true);
  for (const maxStates of [0, -1, 1.5, Number.NaN])
    expect(() => automaton.explore({ maxStates })).toThrow(ConstraintError);
});

test("a drawing", () => {
  expect(automatonOf('["\\\\\\n]').toDot()).toMatchInlineSnapshot(`
    "digraph constraint {
      rankdir=LR;
      node [shape=circle, label=""];
      start [shape=point];
      start -> s3;
      s3 [label="3"];
      s3 -> s4 [label="\\"\\\\\\"\\"\\n\\"\\\\\\\\\\"\\n\\"\\\\n\\""];
      s4 [label="4", shape=doublecircle];
      s4 -> s2 [label="<8>"];
      s2 [label="2", shape=doublecircle];
      s2 -> s2 [label="<8>"];
    }
    "
  `);
  const grammar = { type: "ebnf", grammar: 'root ::= <think> "a"' } as const;
  expect(new Compiler(vocabulary).compile(grammar).automaton.toDot()).toContain('label="<7>"');
});
