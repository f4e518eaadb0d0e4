// Half surrogate pairs, which an escape can write: no tokenizer has bytes for them.
import type { JsonNode } from "../../json-schema/reading/json-text.ts";
import type { RequestViolation } from "./request-error.ts";
import { violationAt } from "./request-place.ts";

/** Strings and keys that aren't Unicode: at most the first hundred of them. Cost: linear. */
export function findIllFormedTexts(tree: JsonNode): RequestViolation[] {
  const violations: RequestViolation[] = [];
  const path: (string | number)[] = [];
  const check = (text: string): void => {
    if (!/\p{Surrogate}/u.test(text) || violations.length === 100) return;
    violations.push(
      violationAt(tree, path, "unicode", (param) => `${param} must be Unicode text: half of a surrogate pair is in it`),
    );
  };
  const visit = (node: JsonNode): void => {
    if (node.kind === "string") check(node.value);
    if (node.kind !== "array" && node.kind !== "object") return;
    for (const [key, item] of node.kind === "array" ? node.items.entries() : node.entries) {
      path.push(key);
      if (typeof key === "string") check(key);
      visit(item);
      path.pop();
    }
  };
  visit(tree);
  return violations;
}
