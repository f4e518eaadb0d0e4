// Grammar → term, the entry of this folder:
//   1. parse (parse.ts): text → tree
//   2. one Rule for each name, so that references may run ahead and in circles
//   3. lower each body; characters become the bytes of their UTF-8
// Left recursion, ambiguity, cycles and rules without a word are the engine's business. Where a name is defined twice, the
// last definition counts, as in llama.cpp (XGrammar refuses it).
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { locate } from "../base/source.ts";
import { type CodePoints, codePointsTerm } from "../term/code-points.ts";
import { alt, call, cat, literal, Rule, repeat, type Term, token, words } from "../term/term.ts";
import type { Expression } from "./ast.ts";
import { parseGrammar } from "./parse.ts";
import { suggest } from "./suggest.ts";

/** The special tokens that a grammar may name. */
export interface GrammarTokens {
  /** Ids by text, brackets and all: `<think>`. */
  readonly specialTokens?: ReadonlyMap<string, number> | undefined;
  /** Throws a ConstraintError, without a place, for an id that may not be named. */
  readonly checkToken?: ((id: number) => void) | undefined;
}

export interface EbnfOptions extends GrammarTokens {
  /** The rule that the whole text must match; "root" unless given. */
  readonly root?: string | undefined;
  /** "gbnf" (default): llama.cpp's notation and XGrammar's additions to it. Any other is refused. */
  readonly dialect?: string | undefined;
  readonly limits: Limits;
}

/**
 * A `call` of the root rule of `grammar`. Throws ConstraintError with a place in the text: "syntax"; "invalid" (an undefined
 * rule, no root, an unknown token name or id, an empty class, a range or a count the wrong way round, a code point that is no
 * character); "unsupported" (another dialect, negated tokens, lookahead, rule options, macros other than `Token(…)`);
 * "limit". Cost: linear in the grammar and the terms it makes.
 */
export function lowerGrammar(grammar: string, options: EbnfOptions): Term {
  const { root = "root", dialect = "gbnf" } = options;
  if (dialect !== "gbnf") throw new ConstraintError("unsupported", `the dialect ${dialect} isn't supported yet`);
  const definitions = parseGrammar(grammar, options.limits);

  const rules = new Map<string, Rule>();
  for (const { name } of definitions) if (!rules.has(name)) rules.set(name, new Rule(name));
  const start = rules.get(root);
  if (start === undefined) {
    throw new ConstraintError(
      "invalid",
      `there is no rule ${root} to start from${suggest(root, rules.keys())}`,
      locate(grammar, 0),
    );
  }

  const lowering = new Lowering(grammar, rules, options);
  for (const { name, body } of definitions) rules.get(name)!.body = lowering.lower(body);
  return call(start);
}

/** Arguments of one constructor call: beyond about 100,000 a JavaScript engine's stack overflows. */
const maxItems = 50_000;

class Lowering {
  readonly #source: string;
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #options: EbnfOptions;
  /** The same few classes come again and again. */
  readonly #classes = new Map<CodePoints, Term>();
  readonly #encoder = new TextEncoder();
  #nodes = 0;

  constructor(source: string, rules: ReadonlyMap<string, Rule>, options: EbnfOptions) {
    this.#source = source;
    this.#rules = rules;
    this.#options = options;
  }

  lower(expression: Expression): Term {
    switch (expression.kind) {
      case "choice":
        return this.#bounded(this.#choice(expression.items), expression.offset);
      case "sequence": {
        this.#spend(expression.items.length + 1, expression.offset);
        if (expression.items.length > maxItems) throw this.#tooLong(expression.offset);
        return this.#bounded(cat(...expression.items.map((item) => this.lower(item))), expression.offset);
      }
      case "literal": {
        const bytes = this.#encoder.encode(expression.text);
        this.#spend(bytes.length + 1, expression.offset);
        if (bytes.length > maxItems) throw this.#tooLong(expression.offset);
        return literal(bytes);
      }
      case "class": {
        this.#spend(expression.set.length + 1, expression.offset);
        return this.#class(expression.set);
      }
      case "repeat":
        this.#spend(1, expression.offset);
        return repeat(this.lower(expression.item), expression.min, expression.max);
      case "reference":
        this.#spend(1, expression.offset);
        return call(this.#rule(expression.name, expression.offset));
      case "tokens":
        this.#spend(expression.ids.length, expression.offset);
        for (const id of expression.ids) this.#checkToken(id, expression.offset);
        return token(...distinct(expression.ids));
      case "token-name":
        this.#spend(1, expression.offset);
        return token(this.#tokenId(expression.name, expression.offset));
    }
  }

  /** Literals go together into one trie. */
  #choice(items: readonly Expression[]): Term {
    const literals: string[] = [];
    const others: Term[] = [];
    for (const item of items) {
      if (item.kind === "literal" && item.text.length > 1 && item.text.length * 3 <= maxItems) {
        this.#spend(item.text.length, item.offset);
        literals.push(item.text);
      } else {
        if (others.length >= maxItems) throw this.#tooLong(item.offset);
        others.push(this.lower(item));
      }
    }
    return alt(...others, words(literals));
  }

  #class(set: CodePoints): Term {
    let term = this.#classes.get(set);
    if (term === undefined) {
      term = codePointsTerm(set);
      this.#classes.set(set, term);
    }
    return term;
  }

  #rule(name: string, offset: number): Rule {
    const rule = this.#rules.get(name);
    if (rule !== undefined) return rule;
    throw new ConstraintError(
      "invalid",
      `the rule ${name} isn't defined${suggest(name, this.#rules.keys())}`,
      locate(this.#source, offset, name.length),
    );
  }

  #tokenId(name: string, offset: number): number {
    const tokens = this.#options.specialTokens;
    const id = tokens?.get(name);
    if (id !== undefined) {
      this.#checkToken(id, offset);
      return id;
    }
    throw new ConstraintError(
      "invalid",
      `${name} is no special token of the vocabulary${suggest(name, tokens?.keys() ?? [])}`,
      locate(this.#source, offset, name.length),
    );
  }

  #checkToken(id: number, offset: number): void {
    try {
      this.#options.checkToken?.(id);
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      throw new ConstraintError(error.code, error.message, locate(this.#source, offset));
    }
  }

  #spend(nodes: number, offset: number): void {
    const { maxTermNodes } = this.#options.limits;
    if ((this.#nodes += nodes) <= maxTermNodes) return;
    throw new ConstraintError(
      "limit",
      `the grammar needs more than ${maxTermNodes} terms`,
      locate(this.#source, offset),
    );
  }

  #bounded(term: Term, offset: number): Term {
    if ((term.kind === "cat" || term.kind === "alt") && term.items.length > maxItems) throw this.#tooLong(offset);
    return term;
  }

  #tooLong(offset: number): ConstraintError {
    return new ConstraintError("limit", `more than ${maxItems} items in one place`, locate(this.#source, offset));
  }
}

function distinct(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
