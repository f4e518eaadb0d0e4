// Which rules have a word, or the empty one: the least set of rules that its members bring about. Each is asked again only where one that it asked
// for in vain has come in, so long chains of rules are cheap in whatever order they are given.
import type { Rule } from "./term.ts";

/**
 * Puts into `members` those of `rules` that `holds`, until none is left that does. `holds` must ask for other rules by `isMember` only, and stay true
 * when more are members. Cost: each rule is asked once, and once more for each that it asked for in vain; callees before callers is cheapest.
 */
export function closeMembers(
  rules: readonly Rule[],
  members: Set<Rule>,
  holds: (rule: Rule, isMember: (rule: Rule) => boolean) => boolean,
): void {
  const waiting = new Map<Rule, Set<Rule>>();
  const todo = [...rules].reverse();
  for (let rule = todo.pop(); rule !== undefined; rule = todo.pop()) {
    if (members.has(rule)) continue;
    const asker = rule;
    const lacking = new Set<Rule>();
    const isMember = (other: Rule): boolean => {
      if (members.has(other)) return true;
      lacking.add(other);
      return false;
    };
    if (holds(asker, isMember)) {
      members.add(asker);
      for (const each of waiting.get(asker) ?? []) todo.push(each);
      waiting.delete(asker);
      continue;
    }
    for (const each of lacking) {
      const askers = waiting.get(each);
      if (askers === undefined) waiting.set(each, new Set([asker]));
      else askers.add(asker);
    }
  }
}
