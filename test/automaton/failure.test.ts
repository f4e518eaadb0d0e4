// A step that fails while called rules are still being entered: the next step must not find them.
import { expect, test } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { defaultLimits } from "../../src/base/limits.ts";
import { ByteAutomaton, dead } from "../../src/term/byte-automaton.ts";
import type { Procedure } from "../../src/term/procedure.ts";
import { compileProgram } from "../../src/term/program.ts";
import { alt, call, cat, literal, Rule } from "../../src/term/term.ts";

const letter = (text: string): number => text.charCodeAt(0);

/** Reads "a"; the first question that it is asked fails. */
function failingOnce(): Procedure {
  let hasFailed = false;
  return {
    rules: [],
    start: 1,
    canComplete: () => true,
    isNullable: () => false,
    bind: () => {},
    step: (state, byte) => (state === 1 && byte === letter("a") ? 2 : 0),
    isAccepting(state) {
      if (!hasFailed) {
        hasFailed = true;
        throw new ConstraintError("limit", "on purpose");
      }
      return state === 2;
    },
    calls: () => [],
    tokens: () => [],
  };
}

/** Recursive, so that it stays a rule of its own. */
function nested(open: string): Rule {
  const rule = new Rule(open);
  rule.body = alt(literal(open), cat(literal("("), call(rule), literal(")")));
  return rule;
}

test("rules that a failed step was about to enter aren't entered by the next one", () => {
  const called = ["b", "c"].map((open) => call(nested(open)));
  const failing = call(new Rule("failing", failingOnce()));
  const root = alt(cat(literal("x"), alt(called[0]!, failing, called[1]!)), literal("yz"));
  const automaton = new ByteAutomaton(compileProgram(root, defaultLimits), defaultLimits);
  expect(() => automaton.step(automaton.start, letter("x"))).toThrow("on purpose");
  const afterY = automaton.step(automaton.start, letter("y"));
  for (const other of ["a", "b", "c", "("]) expect(automaton.step(afterY, letter(other))).toBe(dead);
  expect(automaton.isAccepting(automaton.step(afterY, letter("z")))).toBe(true);
  const afterX = automaton.step(automaton.start, letter("x"));
  for (const first of ["a", "b", "c", "("]) expect(automaton.step(afterX, letter(first))).not.toBe(dead);
});
