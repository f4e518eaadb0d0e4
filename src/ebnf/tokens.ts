// The lexer of GBNF: what the pieces of a grammar look like. Literals, classes and token references are scanned by hand,
// because a backtracking pattern over a literal of megabytes isn't bounded. One token stands for names, numbers and dots
// ("any character"): only tokens before and after can tell them apart, so arrange-tokens.ts does.
import { type CustomPatternMatcherReturn, createToken, Lexer, type TokenType } from "chevrotain";
import { ConstraintError } from "../base/errors.ts";
import { locate } from "../base/source.ts";

export const Space = createToken({ name: "Space", pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED });
export const Comment = createToken({ name: "Comment", pattern: /#[^\r\n]*/, group: Lexer.SKIPPED });
export const Assign = createToken({ name: "Assign", label: "::=", pattern: "::=" });
export const Pipe = createToken({ name: "Pipe", label: "|", pattern: "|" });
export const Lookahead = createToken({ name: "Lookahead", label: "(=", pattern: "(=" });
export const LeftParen = createToken({ name: "LeftParen", label: "(", pattern: "(" });
export const RightParen = createToken({ name: "RightParen", label: ")", pattern: ")" });
export const LeftBrace = createToken({ name: "LeftBrace", label: "{", pattern: "{" });
export const RightBrace = createToken({ name: "RightBrace", label: "}", pattern: "}" });
export const Comma = createToken({ name: "Comma", label: ",", pattern: "," });
export const Star = createToken({ name: "Star", label: "*", pattern: "*" });
export const Plus = createToken({ name: "Plus", label: "+", pattern: "+" });
export const Question = createToken({ name: "Question", label: "?", pattern: "?" });
export const Bang = createToken({ name: "Bang", label: "!", pattern: "!" });
export const Name = createToken({ name: "Name", label: "a name", pattern: /[a-zA-Z0-9_.-]+/ });
export const Literal = createToken({
  name: "Literal",
  label: "a literal",
  pattern: (text, offset) => scanTo('"', text, offset, "this literal isn't closed: expected \""),
  line_breaks: true,
  start_chars_hint: ['"'],
});
export const Class = createToken({
  name: "Class",
  label: "a character class",
  pattern: (text, offset) => scanTo("]", text, offset, "this character class isn't closed: expected ]"),
  line_breaks: true,
  start_chars_hint: ["["],
});
export const TokenReference = createToken({
  name: "TokenReference",
  label: "a token reference",
  pattern: scanTokenReference,
  line_breaks: true,
  start_chars_hint: ["<"],
});

/** Never lexed: arrange-tokens.ts turns names into these, parse.ts makes groups. */
export const RuleName = createToken({ name: "RuleName", label: "a rule's name", pattern: Lexer.NA });
export const Dot = createToken({ name: "Dot", label: ".", pattern: Lexer.NA });
export const TokenMacro = createToken({ name: "TokenMacro", label: "Token", pattern: Lexer.NA });
/** A group that has been read: its payload is an Expression. */
export const Group = createToken({ name: "Group", label: "a group", pattern: Lexer.NA });

export const tokenTypes: TokenType[] = [
  Space,
  Comment,
  Name,
  Literal,
  Class,
  TokenReference,
  Assign,
  Pipe,
  Lookahead,
  LeftParen,
  RightParen,
  LeftBrace,
  RightBrace,
  Comma,
  Star,
  Plus,
  Question,
  Bang,
  RuleName,
  Dot,
  TokenMacro,
  Group,
];

/** From `offset`, which has the opening character, to the next `closing` one without a backslash before it. */
function scanTo(closing: string, text: string, offset: number, problem: string): CustomPatternMatcherReturn | null {
  if (text[offset] !== (closing === "]" ? "[" : closing)) return null;
  for (let at = offset + 1; at < text.length; at++) {
    if (text[at] === closing) return [text.slice(offset, at + 1)];
    if (text[at] === "\\") at++;
  }
  // Thrown here, not left to the lexer, which would try again from each later bracket: quadratic.
  throw new ConstraintError("syntax", problem, locate(text, offset));
}

function scanTokenReference(text: string, offset: number): CustomPatternMatcherReturn | null {
  if (text[offset] !== "<") return null;
  const end = text.indexOf(">", offset);
  if (end < 0)
    throw new ConstraintError("syntax", "this token reference isn't closed: expected >", locate(text, offset));
  return [text.slice(offset, end + 1)];
}
