// A regex as a term: the entry of this front-end.
//   1. text → AST (parse-regex.ts)
//   2. AST → fragments, where assertions that a neighbour decides, or that see no further than a neighbour, go at
//      once (assertion-sequence.ts)
//   3. the other assertions outside of repetitions become And and Not with everything before or after them
//   4. what is left (an assertion in a loop that sees beyond it, or a lookahead that crosses a lookbehind) goes
//      through an automaton of the whole pattern (assertion-automaton.ts) and back to a term (automaton-term.ts)
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import { type CodePoints, intersectCodePoints } from "../term/code-points.ts";
import type { Term } from "../term/term.ts";
import { AssertionAutomatonTooLarge, assertionAutomaton } from "./assertion-automaton.ts";
import { AssertionSequences, TooInvolved } from "./assertion-sequence.ts";
import type { Look, RegexNode } from "./ast.ts";
import { automatonFragment } from "./automaton-term.ts";
import { FragmentBuilder } from "./fragment.ts";
import { leastMatch } from "./least-match.ts";
import { parseRegex } from "./parse-regex.ts";
import { scalarValues, UnicodeTables } from "./unicode-tables.ts";

export interface RegexOptions {
  /** ECMAScript's letters. i m s u mean what they do there; d and g nothing; v and y are refused. */
  readonly flags?: string;
  /** The text contains a match; otherwise the text is one. */
  readonly search?: boolean;
  readonly limits: Limits;
  /**
   * The characters that a text may consist of; every class, and what \B or [^a] range over, is cut to it. Default:
   * all.
   */
  readonly alphabet?: CodePoints;
  /** A cache of Unicode properties for many patterns; without, each lowering that needs one makes its own (80 ms). */
  readonly unicode?: UnicodeTables;
}

/**
 * The texts (Unicode scalar values, in UTF-8) that match `pattern`, an
 * ECMAScript regex read as with flag u, or in the legacy syntax of Annex B where it is valid only without u. Also
 * there it is a sequence of code points, and case is folded as with u. A lone surrogate in a pattern matches nothing.
 * Counts aren't unrolled. The term is regular: made of bytes, words, cat, alt, repeat, and, not; every word of it is
 * a well-formed text.
 *
 * Throws ConstraintError with a place in the pattern: "syntax"; "unsupported" for backreferences, the flags v and y,
 * modifier groups, and for assertions whose exact treatment needs too large an automaton; "limit" (maxPatternLength,
 * maxDepth, maxTermNodes).
 */
export function lowerRegex(pattern: string, options: RegexOptions): Term {
  const { limits, search = false } = options;
  const parsed = parseRegex(pattern, options.flags ?? "", limits, options.unicode ?? new UnicodeTables());
  const alphabet = intersectCodePoints(options.alphabet ?? scalarValues, scalarValues);
  const anyText: RegexNode = { kind: "repeat", item: { kind: "set", set: alphabet }, min: 0, max: Infinity };
  const node: RegexNode = search ? { kind: "cat", items: [anyText, leastMatch(parsed), anyText] } : parsed;

  const assertion = firstLook(parsed);
  const builder = new FragmentBuilder(alphabet, limits.maxTermNodes, () => {
    if (assertion !== undefined) throw new TooInvolved();
    const message = `The pattern needs more than ${limits.maxTermNodes} nodes (maxTermNodes)`;
    throw new ConstraintError("limit", message, locate(pattern, 0, pattern.length));
  });
  const direct = new AssertionSequences(builder).language(node);
  if (direct !== undefined) return direct.term;

  try {
    return automatonFragment(assertionAutomaton(node, alphabet, limits), alphabet, limits).term;
  } catch (error) {
    if (!(error instanceof AssertionAutomatonTooLarge)) throw error;
    const { offset, length } = assertion!.at;
    const message = `This assertion, where it stands, can't be lowered exactly: ${error.message}`;
    throw new ConstraintError("unsupported", message, locate(pattern, offset, length));
  }
}

function firstLook(node: RegexNode): Look | undefined {
  if (node.kind === "look") return node;
  if (node.kind === "set") return undefined;
  for (const item of node.kind === "repeat" ? [node.item] : node.items) {
    const found = firstLook(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
