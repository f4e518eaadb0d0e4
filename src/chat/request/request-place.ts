// Places in a request: how they are named, and what stands there.
import { escapeSegment, type JsonNode } from "../../json-schema/reading/json-text.ts";
import type { RequestViolation } from "./request-error.ts";

/** Property names and indices, from the root. */
export type Path = readonly (string | number)[];

const maxShown = 60;

/** The value at a path; undefined where there is none. */
export function nodeAt(root: JsonNode, path: Path): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const segment of path) {
    if (node?.kind === "array") node = node.items[Number(segment)];
    else if (node?.kind === "object") node = node.entries.get(String(segment));
    else return undefined;
  }
  return node;
}

/** The name that OpenAI's errors give it: `messages[0].role`. */
export function paramOf(root: JsonNode, path: Path): string {
  return path
    .map((segment, i) => {
      if (nodeAt(root, path.slice(0, i))?.kind === "array") return `[${segment}]`;
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(String(segment))) return `[${shorten(String(segment))}]`;
      return i === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** A value in a few words; undefined for none. */
export function shownValue(node: JsonNode | undefined): string | undefined {
  switch (node?.kind) {
    case undefined:
      return undefined;
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "number":
      return node.text.length <= maxShown ? node.text : `${node.text.slice(0, maxShown)}…`;
    case "string":
      return shorten(node.value);
    case "array":
      return node.items.length === 0 ? "an empty array" : `an array of ${node.items.length}`;
    case "object":
      return "an object";
  }
}

/** `say` is told the place's name and what stands there, and gives the sentence. */
export function violationAt(
  root: JsonNode,
  path: Path,
  keyword: string,
  say: (param: string, value: string | undefined) => string,
): RequestViolation {
  const param = paramOf(root, path);
  const value = shownValue(nodeAt(root, path));
  const pointer = path.map((segment) => `/${escapeSegment(String(segment))}`).join("");
  return { location: { pointer }, keyword, param, value, rule: say(param === "" ? "The request" : param, value) };
}

function shorten(text: string): string {
  return JSON.stringify(text.length <= maxShown ? text : `${text.slice(0, maxShown)}…`);
}
