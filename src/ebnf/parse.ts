// Text → tree, for GBNF (llama.cpp's grammars/README.md and src/llama-grammar.cpp, as of 2025) with the additions of
// XGrammar's EBNF. Lexer and parser are chevrotain's; after arrange-tokens.ts has been over the tokens the grammar is LL(1):
//
//   grammar  = (RuleName "::=" choice)*          choice     = sequence ("|" sequence)*
//   sequence = item*                             item       = primary repetition*
//   primary  = Literal | Class | "." | Name | Group | "<[" id "]>" | "<name>" | "Token" "(" id ("," id)* ")"
//   Group    = "(" choice ")"                    repetition = "*" | "+" | "?" | "{" m [ "," [ n ] ] "}"
//
// Groups are read from the inside out, by a stack here: a recursive descent through chevrotain's frames overflows the
// JavaScript stack at some 300 parentheses.
import {
  createTokenInstance,
  EmbeddedActionsParser,
  EOF,
  type ILexingError,
  type IParserErrorMessageProvider,
  type IToken,
  Lexer,
  type ParserMethod,
  type TokenType,
  tokenLabel,
} from "chevrotain";
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import type { CodePoints } from "../term/code-points.ts";
import { arrangeTokens } from "./arrange-tokens.ts";
import type { Expression, GrammarDefinition, RuleDefinition } from "./ast.ts";
import { anyCharacter, decodeClass, decodeLiteral } from "./characters.ts";
import {
  Class,
  Comma,
  Dot,
  Group,
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
    const rules: RuleDefinition[] = [];
    this.#parser.begin(source);
    try {
      this.#readRules(arrangeTokens(tokens, source, limits), source, rules);
    } finally {
      this.#parser.end();
    }
    return rules;
  }

  #readRules(tokens: readonly IToken[], source: string, rules: RuleDefinition[]): void {
    if (tokens.length > 0 && tokens[0]!.tokenType !== RuleName) {
      throw syntaxError(`expected a rule (name ::= …), found ${shown(tokens[0]!.image)}`, tokens[0]!, source);
    }
    const end = createTokenInstance(EOF, "", source.trimEnd().length, NaN, NaN, NaN, NaN, NaN);
    for (let i = 0; i < tokens.length; ) {
      const name = tokens[i]!;
      let bodyEnd = i + 2;
      while (bodyEnd < tokens.length && tokens[bodyEnd]!.tokenType !== RuleName) bodyEnd++;
      const body = this.#readBody(tokens, i + 2, bodyEnd, tokens[bodyEnd] ?? end, source);
      rules.push({ name: name.image, offset: name.startOffset, body });
      i = bodyEnd;
    }
  }

  /** The tokens `from`–`to`, before `next`. */
  #readBody(tokens: readonly IToken[], from: number, to: number, next: IToken, source: string): Expression {
    let level: IToken[] = [];
    const outer: { readonly level: IToken[]; readonly open: IToken }[] = [];
    let inMacro = false;
    for (let i = from; i < to; i++) {
      const token = tokens[i]!;
      if (token.tokenType === LeftParen && !inMacro) {
        inMacro = level.at(-1)?.tokenType === TokenMacro;
        if (!inMacro) {
          outer.push({ level, open: token });
          level = [];
          continue;
        }
      } else if (token.tokenType === RightParen && inMacro) inMacro = false;
      else if (token.tokenType === RightParen && outer.length > 0) {
        const payload = this.#parser.parse(level, token);
        const { level: below, open } = outer.pop()!;
        const group = createTokenInstance(Group, "(", open.startOffset, NaN, NaN, NaN, NaN, NaN);
        group.payload = payload;
        level = below;
        level.push(group);
        continue;
      }
      level.push(token);
    }
    // What is wrong inside the group comes before that it isn't closed.
    const body = this.#parser.parse(level, next);
    if (outer.length > 0) throw syntaxError(`expected ), found ${found(next)}`, next, source);
    return body;
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

function syntaxError(message: string, { startOffset, image }: IToken, source: string): ConstraintError {
  return new ConstraintError("syntax", message, locate(source, startOffset, image.length));
}

class GbnfParser extends EmbeddedActionsParser {
  #source = "";
  #next: IToken | undefined;
  readonly #classes = new Map<string, CodePoints>();

  constructor() {
    super(tokenTypes, { maxLookahead: 1, recoveryEnabled: false, errorMessageProvider: messages });
    this.performSelfAnalysis();
  }

  begin(source: string): void {
    this.#source = source;
  }

  /** The choice that `tokens` are, all of them; `next` is what follows them in the source. */
  parse(tokens: IToken[], next: IToken): Expression {
    this.#next = next;
    this.input = tokens;
    const expression = this.choice();
    const error = this.errors[0];
    if (error === undefined) return expression;
    const token = error.token.tokenType === EOF ? next : error.token;
    let expected = error.message;
    if (error.name === "NotAllInputParsedException") {
      if (repetitions.has(token.tokenType)) {
        throw syntaxError(`expected an item before ${token.image}`, token, this.#source);
      }
      expected = `expected an item, | or ${next.tokenType === RightParen ? ")" : "the next rule"}`;
    }
    throw syntaxError(`${expected}, found ${found(token)}`, token, this.#source);
  }

  /** Forgets the text. */
  end(): void {
    this.#source = "";
    this.#next = undefined;
    this.#classes.clear();
    this.input = [];
  }

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
      const next = this.#next!;
      if (items.length > 0 || next.tokenType !== RuleName || this.LA(1).tokenType !== EOF) return;
      const message = 'expected an alternative before the next rule; the empty one is written ""';
      throw syntaxError(message, next, this.#source);
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
      { ALT: () => this.CONSUME(Group).payload as Expression },
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

/** What was expected; `parse` adds what was found, which may lie after these tokens. */
const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => `expected ${expected === Name ? "a number" : tokenLabel(expected)}`,
  buildNotAllInputParsedMessage: () => "expected an item",
  buildNoViableAltMessage: () => "expected an item",
  buildEarlyExitMessage: () => "expected a number",
};

function found(token: IToken): string {
  return token.tokenType === EOF ? "the end" : shown(token.image);
}

function shown(text: string): string {
  const short = text.length > 30 ? `${text.slice(0, 30)}…` : text;
  return /^["!-~]+$/.test(short) ? short : JSON.stringify(short);
}
