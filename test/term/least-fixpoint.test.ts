// Long chains of rules must not be asked about over and over, in whatever order they are given.
import { expect, test } from "vitest";
import { closeMembers } from "../../src/term/least-fixpoint.ts";
import { Rule } from "../../src/term/term.ts";

/** Rule i needs rule i + 1; the last needs none. */
function chain(length: number): { rules: Rule[]; next: Map<Rule, Rule> } {
  const rules = Array.from({ length }, (_, i) => new Rule(`r${i}`));
  return { rules, next: new Map(rules.slice(1).map((rule, i) => [rules[i]!, rule])) };
}

for (const order of ["callers first", "callees first", "mixed"]) {
  test(`a chain of 2,000 rules, ${order}: each is asked at most twice`, () => {
    const { rules, next } = chain(2000);
    const given = [...rules];
    if (order === "callees first") given.reverse();
    if (order === "mixed") given.sort((a, b) => (a.name < b.name ? -1 : 1));
    const members = new Set<Rule>();
    let asked = 0;
    closeMembers(given, members, (rule, isMember) => {
      asked++;
      const needed = next.get(rule);
      return needed === undefined || isMember(needed);
    });
    expect(members.size).toBe(rules.length);
    expect(asked).toBeLessThanOrEqual(2 * rules.length);
  });
}

test("a circle without a way out, what needs it, and what was a member before", () => {
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => new Rule(name)) as [Rule, Rule, Rule, Rule, Rule];
  const needs = new Map([
    [a, [b]],
    [b, [a]],
    [c, [d, a]],
    [d, [e]],
  ]);
  const members = new Set([e]);
  closeMembers([a, b, c, d], members, (rule, isMember) => needs.get(rule)!.every(isMember));
  expect(members).toEqual(new Set([e, d]));
});
