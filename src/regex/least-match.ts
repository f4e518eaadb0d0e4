// What a search needs to find of a pattern: whatever may follow a match, or come before it, may as well be the rest of a longer one. So counts at
// either end go down to their least (`.{1,320}` is found where `.` is), which keeps the automaton of a search small: in it a match may begin
// anywhere, and each that has begun would be counted by itself.
import { emptyWord, type RegexNode } from "./ast.ts";

/** A pattern that is found in the same texts as `node`. Cost: linear in its size. */
export function leastMatch(node: RegexNode): RegexNode {
  return trim(trim(node, false), true);
}

/** With any text after it (`behind`: before it) it matches the same texts as `node` does. Assertions keep their places: they see the same text. */
function trim(node: RegexNode, behind: boolean): RegexNode {
  switch (node.kind) {
    case "alt": {
      const items = node.items.map((item) => trim(item, behind));
      return items.some(isEmptyWord) ? emptyWord : { kind: "alt", items };
    }
    case "cat": {
      const items = behind ? node.items.toReversed() : [...node.items];
      while (items.length > 0) {
        const trimmed = trim(items.pop()!, behind);
        if (isEmptyWord(trimmed)) continue;
        items.push(trimmed);
        break;
      }
      if (behind) items.reverse();
      return items.length === 1 ? items[0]! : { kind: "cat", items };
    }
    case "repeat": {
      const { item, min } = node;
      if (min === 0) return emptyWord;
      const last = trim(item, behind);
      if (isEmptyWord(last)) return last;
      const others: RegexNode[] = min > 1 ? [{ kind: "repeat", item, min: min - 1, max: min - 1 }] : [];
      const items = behind ? [last, ...others] : [...others, last];
      return items.length === 1 ? last : { kind: "cat", items };
    }
    default:
      return node;
  }
}

function isEmptyWord(node: RegexNode): boolean {
  return node.kind === "cat" && node.items.length === 0;
}
