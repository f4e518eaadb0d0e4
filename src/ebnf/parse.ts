// Text → tree, for GBNF (llama.cpp's grammars/README.md and src/llama-grammar.cpp, read in 2025) with the additions of
// XGrammar's EBNF. Lexer and parser are chevrotain's; the grammar is LL(1) once arrange-tokens.ts has been over the tokens:
//
//   grammar     = rule*                             rule     = RuleName "::=" choice
//   choice      = sequence ("|" sequence)*          sequence = item*
//   item        = primary repetition*               repetition = "*" | "+" | "?" | "{" m [ "," [ n ] ] "}"
//   primary     = Literal | Class | "." | Name | "(" choice ")" | "<[" id "]>" | "<name>" | "Token" "(" id ("," id)* ")"
import {
  EmbeddedActionsParser,
  EOF,
  type ILexingError,
  type IParserErrorMessageProvider,
  type IToken,
  Lexer,
  type ParserMethod,
  type TokenType,
} from "chevrotain";
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import type { CodePoints } from "../term/code-points.ts";
import { arrangeTokens } from "./arrange-tokens.ts";
import type { Expression, GrammarDefinition, RuleDefinition } from "./ast.ts";
import { anyCharacter, decodeClass, decodeLiteral } from "./characters.ts";
import {
  Assign,
  Class,
  Comma,
  Dot,
  LeftBrace,
  LeftParen,
  Literal,
  Name,
  Pipe,
  Plus,
  Question,
  RightBrace,
  RightParen,
  RuleName,
  Star,
  TokenMacro,
  TokenReference,
  tokenTypes,
} from "./tokens.ts";

interface Count {
  readonly min: number;
  readonly max: number;
}

/** As a counter of the engine. */
const maxCount = 2 ** 31 - 1;

/**
 * The rules of `source`. Throws ConstraintError, located: "syntax", "invalid" for a character, class or count without a
 * meaning, "unsupported" for what is known but not readable as a term, "limit". Linear; some milliseconds more at the first call.
 */
export function parseGrammar(source: string, limits: Limits): GrammarDefinition {
  if (source.length > limits.maxSourceLength) {
    throw new ConstraintError("limit", `the grammar is longer than ${limits.maxSourceLength} characters`);
  }
  return GbnfReader.shared().read(source, limits);
}

/** A lexer and a parser. Making them takes milliseconds; they keep nothing from one text to the next. */
class GbnfReader {
  static #shared: GbnfReader | undefined;
  readonly #lexer = new Lexer(tokenTypes, { positionTracking: "onlyOffset", ensureOptimizations: true });
  readonly #parser = new GbnfParser();

  /** One for all: without state between calls, and calls don't interleave. Made at first use, so that an import costs nothing. */
  static shared(): GbnfReader {
    GbnfReader.#shared ??= new GbnfReader();
    return GbnfReader.#shared;
  }

  read(source: string, limits: Limits): GrammarDefinition {
    const { tokens, errors } = this.#lexer.tokenize(source);
    if (errors.length > 0) throw lexingError(errors[0]!, source);
    return this.#parser.parse(arrangeTokens(tokens, source, limits), source);
  }
}

function lexingError(error: ILexingError, source: string): ConstraintError {
  const { offset } = error;
  const character = String.fromCodePoint(source.codePointAt(offset)!);
  let message = `unexpected ${shown(character)}`;
  if (character === ":" || character === "=") message = "expected ::=";
  else if (character === "'") message += ": literals are written in double quotes";
  else if (character === "/") message += ": comments begin with #";
  else if (character === ";") message += ": a rule ends where the next one begins";
  return new ConstraintError("syntax", message, locate(source, offset, character.length));
}

class GbnfParser extends EmbeddedActionsParser {
  #source = "";
  readonly #classes = new Map<string, CodePoints>();

  constructor() {
    super(tokenTypes, { maxLookahead: 1, recoveryEnabled: false, errorMessageProvider: messages });
    this.performSelfAnalysis();
  }

  parse(tokens: IToken[], source: string): GrammarDefinition {
    this.#source = source;
    this.input = tokens;
    try {
      const rules = this.grammar();
      const error = this.errors[0];
      if (error !== undefined) {
        const { token } = error;
        const atEnd = token.tokenType === EOF;
        const stray = error.name === "NotAllInputParsedException" && token !== tokens[0];
        throw new ConstraintError(
          "syntax",
          stray ? strayMessage(token) : error.message,
          locate(source, atEnd ? source.trimEnd().length : token.startOffset, atEnd ? 1 : token.image.length),
        );
      }
      return rules;
    } finally {
      this.#source = "";
      this.#classes.clear();
      this.input = [];
    }
  }

  readonly grammar: ParserMethod<[], GrammarDefinition> = this.RULE("grammar", () => {
    const rules: RuleDefinition[] = [];
    this.MANY(() => rules.push(this.SUBRULE(this.rule)));
    return rules;
  });

  readonly rule: ParserMethod<[], RuleDefinition> = this.RULE("rule", () => {
    const name = this.CONSUME(RuleName);
    this.CONSUME(Assign);
    const body = this.SUBRULE(this.choice);
    return { name: name.image, offset: name.startOffset, body };
  });

  readonly choice: ParserMethod<[], Expression> = this.RULE("choice", (): Expression => {
    const offset = this.LA(1).startOffset;
    const items = [this.SUBRULE(this.sequence)];
    this.MANY(() => {
      this.CONSUME(Pipe);
      items.push(this.SUBRULE2(this.sequence));
    });
    return items.length === 1 ? items[0]! : { kind: "choice", items, offset };
  });

  readonly sequence: ParserMethod<[], Expression> = this.RULE("sequence", (): Expression => {
    const offset = this.LA(1).startOffset;
    const items: Expression[] = [];
    this.MANY(() => items.push(this.SUBRULE(this.item)));
    this.ACTION(() => {
      // Both llama.cpp and XGrammar refuse it, and it is more likely forgotten than meant.
      const next = this.LA(1);
      if (items.length > 0 || next.tokenType !== RuleName) return;
      const message = 'expected an alternative before the next rule; the empty one is written ""';
      throw new ConstraintError("syntax", message, locate(this.#source, next.startOffset, next.image.length));
    });
    return items.length === 1 ? items[0]! : { kind: "sequence", items, offset };
  });

  readonly item: ParserMethod<[], Expression> = this.RULE("item", (): Expression => {
    let item = this.SUBRULE(this.primary);
    this.MANY(() => {
      const { startOffset } = this.LA(1);
      const { min, max } = this.SUBRULE(this.repetition);
      item = { kind: "repeat", item, min, max, offset: startOffset };
    });
    return item;
  });

  readonly repetition: ParserMethod<[], Count> = this.RULE("repetition", () =>
    this.OR<Count>([
      { ALT: () => this.#fixed(Star, 0, Infinity) },
      { ALT: () => this.#fixed(Plus, 1, Infinity) },
      { ALT: () => this.#fixed(Question, 0, 1) },
      {
        ALT: () => {
          const open = this.CONSUME(LeftBrace);
          const min = this.#count(this.CONSUME1(Name));
          let max = min;
          this.OPTION1(() => {
            this.CONSUME(Comma);
            max = Infinity;
            this.OPTION2(() => {
              const upper = this.CONSUME2(Name);
              // XGrammar prints "no upper bound" as -1.
              if (upper.image !== "-1") max = this.#count(upper);
            });
          });
          const close = this.CONSUME(RightBrace);
          this.ACTION(() => {
            if (min <= max) return;
            const message = `the count ${min} is more than ${max}`;
            const length = close.startOffset + 1 - open.startOffset;
            throw new ConstraintError("invalid", message, locate(this.#source, open.startOffset, length));
          });
          return { min, max };
        },
      },
    ]),
  );

  readonly primary: ParserMethod<[], Expression> = this.RULE("primary", () =>
    this.OR<Expression>([
      {
        ALT: () => {
          const { startOffset: offset, image } = this.CONSUME(Literal);
          return this.ACTION(() => {
            const text = decodeLiteral(this.#source, offset, offset + image.length);
            return { kind: "literal", text, offset };
          });
        },
      },
      {
        ALT: () => {
          const { startOffset: offset, image } = this.CONSUME(Class);
          return this.ACTION(() => {
            let set = this.#classes.get(image);
            if (set === undefined) {
              set = decodeClass(this.#source, offset, offset + image.length);
              this.#classes.set(image, set);
            }
            return { kind: "class", set, offset };
          });
        },
      },
      { ALT: () => ({ kind: "class", set: anyCharacter, offset: this.CONSUME(Dot).startOffset }) },
      {
        ALT: () => {
          const name = this.CONSUME3(Name);
          return { kind: "reference", name: name.image, offset: name.startOffset };
        },
      },
      {
        ALT: () => {
          this.CONSUME2(LeftParen);
          const inner = this.SUBRULE(this.choice);
          this.CONSUME2(RightParen);
          return inner;
        },
      },
      {
        ALT: () => {
          const reference = this.CONSUME(TokenReference);
          return this.ACTION(() => this.#tokenReference(reference));
        },
      },
      {
        ALT: () => {
          const macro = this.CONSUME(TokenMacro);
          this.CONSUME(LeftParen);
          const ids: number[] = [];
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => ids.push(this.#count(this.CONSUME(Name))) });
          this.CONSUME(RightParen);
          return { kind: "tokens", ids, offset: macro.startOffset };
        },
      },
    ]),
  );

  #fixed(operator: TokenType, min: number, max: number): Count {
    this.consume(operator === Star ? 1 : operator === Plus ? 2 : 3, operator);
    return { min, max };
  }

  /** `<[id]>`, or the text of a special token. */
  #tokenReference({ image, startOffset: offset }: IToken): Expression {
    if (!image.startsWith("<[")) return { kind: "token-name", name: image, offset };
    if (!/^<\[[0-9]+\]>$/.test(image)) {
      throw new ConstraintError(
        "syntax",
        "expected a token's id: <[1000]>",
        locate(this.#source, offset, image.length),
      );
    }
    return { kind: "tokens", ids: [this.#integer(image.slice(2, -2), offset, image.length)], offset };
  }

  #count(token: IToken): number {
    return this.ACTION(() => this.#integer(token.image, token.startOffset, token.image.length)) ?? 0;
  }

  #integer(digits: string, offset: number, length: number): number {
    if (!/^[0-9]+$/.test(digits)) {
      throw new ConstraintError("syntax", `expected a number, found ${digits}`, locate(this.#source, offset, length));
    }
    const value = Number(digits);
    if (value <= maxCount) return value;
    throw new ConstraintError("limit", `numbers end at ${maxCount}`, locate(this.#source, offset, length));
  }
}

const repetitions: ReadonlySet<TokenType> = new Set([Star, Plus, Question, LeftBrace]);

const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, ruleName }) => {
    if (ruleName === "primary" && repetitions.has(actual.tokenType)) return strayMessage(actual);
    return `expected ${expected === Name ? "a number" : (expected.LABEL ?? expected.name)}, found ${found(actual)}`;
  },
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `expected a rule (name ::= …), found ${found(firstRedundant)}`,
  buildNoViableAltMessage: ({ actual }) => `expected an item, found ${found(actual[0]!)}`,
  buildEarlyExitMessage: ({ actual }) => `expected a number, found ${found(actual[0]!)}`,
};

function strayMessage(token: IToken): string {
  if (repetitions.has(token.tokenType)) return `expected an item before ${token.image}`;
  return `expected an item, | or the next rule, found ${found(token)}`;
}

function found(token: IToken): string {
  return token.tokenType === EOF ? "the end" : shown(token.image);
}

function shown(text: string): string {
  const short = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return /^["!-~]+$/.test(short) ? short : JSON.stringify(short);
}
