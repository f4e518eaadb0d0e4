// Between lexer and parser: what needs to look around. It finds the rules' names, tells names from dots, knows XGrammar's
// macros, refuses what has no meaning here, and bounds the nesting.
//
// llama.cpp and XGrammar differ in three ways that this settles so that each one's grammars keep their meaning:
// - A name with dots is one name where a rule is called so (XGrammar); else the dots mean "any character" (llama.cpp,
//   whose names have no dots).
// - `Token(` and the other macros are macros only where no rule is called so.
// - Line breaks mean nothing (XGrammar), but a rule's name must be the first thing on its line. llama.cpp ends a rule at a
//   line break outside parentheses unless `::=` or `|` came before it; what it reads, this reads alike.
import { createTokenInstance, type IToken, type TokenType } from "chevrotain";
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import {
  Assign,
  Bang,
  Class,
  Dot,
  LeftBrace,
  LeftParen,
  Lookahead,
  Name,
  Plus,
  Question,
  RightBrace,
  RightParen,
  RuleName,
  Star,
  TokenMacro,
} from "./tokens.ts";

const otherMacros: ReadonlySet<string> = new Set([
  "ExcludeToken",
  "Regex",
  "Substring",
  "TagDispatch",
  "TokenTagDispatch",
]);

/** The tokens that the parser reads. Throws ConstraintError, located. Linear. */
export function arrangeTokens(tokens: readonly IToken[], source: string, limits: Limits): IToken[] {
  const ruleNames = new Set<string>();
  for (let i = 1; i < tokens.length; i++) {
    if (tokens[i]!.tokenType === Assign && tokens[i - 1]!.tokenType === Name) ruleNames.add(tokens[i - 1]!.image);
  }
  const out: IToken[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.tokenType === Name) {
      const next = tokens[i + 1];
      if (next?.tokenType === Assign) {
        requireLineStart(tokens[i - 1], token, source);
        out.push(retyped(token, RuleName));
      } else if (next?.tokenType === LeftParen && !ruleNames.has(token.image) && token.image === "Token") {
        out.push(retyped(token, TokenMacro));
      } else if (next?.tokenType === LeftParen && !ruleNames.has(token.image) && otherMacros.has(token.image)) {
        throw unsupported(`the macro ${token.image}(…)`, token, source);
      } else if (token.image.includes(".") && !ruleNames.has(token.image)) splitDots(token, out);
      else out.push(token);
    } else if (token.tokenType === Lookahead) {
      throw unsupported("a lookahead assertion (= …)", token, source);
    } else if (token.tokenType === Bang) {
      throw unsupported("a negated token !<…>", token, source);
    } else if (token.tokenType === Class && tokens[i + 1]?.tokenType === Assign) {
      throw unsupported("a rule option", token, source);
    } else out.push(token);
  }
  checkDepth(out, source, limits.maxDepth);
  return out;
}

function requireLineStart(previous: IToken | undefined, token: IToken, source: string): void {
  if (previous === undefined) return;
  const between = source.slice(previous.startOffset + previous.image.length, token.startOffset);
  if (/[\r\n]/.test(between)) return;
  const message = `expected a new line before the rule ${token.image}`;
  throw new ConstraintError("syntax", message, locate(source, token.startOffset, token.image.length));
}

function splitDots(token: IToken, out: IToken[]): void {
  for (const part of token.image.matchAll(/\.|[^.]+/g)) {
    out.push(instance(part[0] === "." ? Dot : Name, part[0], token.startOffset + part.index));
  }
}

function retyped(token: IToken, type: TokenType): IToken {
  return instance(type, token.image, token.startOffset);
}

function instance(type: TokenType, image: string, offset: number): IToken {
  return createTokenInstance(type, image, offset, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
}

function unsupported(what: string, token: IToken, source: string): ConstraintError {
  return new ConstraintError(
    "unsupported",
    `${what} isn't supported`,
    locate(source, token.startOffset, token.image.length),
  );
}

/**
 * A group is one level, and so is each of the repetitions stacked on one item (`"a"?*`): together they bound the
 * recursion of everything that walks the tree.
 */
function checkDepth(tokens: readonly IToken[], source: string, maxDepth: number): void {
  const heights = [0];
  let height = 0;
  let inBraces = false;
  for (const token of tokens) {
    const type = token.tokenType;
    if (type === RuleName) {
      heights.length = 1;
      heights[0] = 0;
      height = 0;
    } else if (type === LeftParen) {
      heights.push(0);
      height = 0;
    } else if (type === RightParen) height = (heights.length > 1 ? heights.pop()! : 0) + 1;
    else if (type === LeftBrace) inBraces = true;
    else if (type === RightBrace || type === Star || type === Plus || type === Question) {
      inBraces = false;
      height++;
    } else if (!inBraces) height = 0;
    const top = heights.length - 1;
    heights[top] = Math.max(heights[top]!, height);
    if (top > maxDepth || heights[top]! > maxDepth) {
      const message = `nested more than ${maxDepth} deep`;
      throw new ConstraintError("limit", message, locate(source, token.startOffset));
    }
  }
}
