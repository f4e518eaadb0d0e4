// What a regex says, with its syntax gone: classes are sets of code points (case folding done), groups are their
// content, greedy and lazy quantifiers are the same, and ^ $ \b \B are lookarounds of one character.
import type { CodePoints } from "../term/code-points.ts";

/** A piece of the pattern's text, in UTF-16 units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export type RegexNode =
  /** One code point of the set, which may be empty. */
  | { readonly kind: "set"; readonly set: CodePoints }
  /** One after the other; no items: the empty word. */
  | { readonly kind: "cat"; readonly items: readonly RegexNode[] }
  | { readonly kind: "alt"; readonly items: readonly RegexNode[] }
  /** `min` to `max` times, `max` may be Infinity. */
  | { readonly kind: "repeat"; readonly item: RegexNode; readonly min: number; readonly max: number }
  | Look;

/**
 * Matches the empty word where the text before (`behind`) or after the place ends or begins with a word of `item`, or
 * doesn't (`negative`).
 */
export interface Look {
  readonly kind: "look";
  readonly behind: boolean;
  readonly negative: boolean;
  readonly item: RegexNode;
  readonly at: Span;
}

export const emptyWord: RegexNode = { kind: "cat", items: [] };

/** `^` or `$`: nothing before or after; with `lineTerminators` (flag m), or one of those. */
export function edge(behind: boolean, any: CodePoints, lineTerminators: CodePoints | undefined, at: Span): RegexNode {
  const textEdge = look(behind, true, any, at);
  return lineTerminators === undefined
    ? textEdge
    : { kind: "alt", items: [textEdge, look(behind, false, lineTerminators, at)] };
}

/** `\b`, or `\B` where `negated`. */
export function wordBoundary(negated: boolean, word: CodePoints, at: Span): RegexNode {
  const place = (before: boolean, after: boolean): RegexNode => ({
    kind: "cat",
    items: [look(true, !before, word, at), look(false, !after, word, at)],
  });
  return { kind: "alt", items: [place(true, negated), place(false, !negated)] };
}

function look(behind: boolean, negative: boolean, set: CodePoints, at: Span): Look {
  return { kind: "look", behind, negative, item: { kind: "set", set }, at };
}
