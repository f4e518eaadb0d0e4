// The tokens that a structural tag names, by text or id; and runs of tokens without some of them.
import { ConstraintError } from "../base/errors.ts";
import type { GrammarTokens } from "../ebnf/lower.ts";
import { custom, empty, type Term } from "../term/term.ts";
import { AnyTokenProcedure, type AnyTokenSpec } from "./any-token-procedure.ts";

/** What a structural tag has to know of the vocabulary. */
export interface TokenTexts {
  readonly size: number;
  readonly eosTokenIds: readonly number[];
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly stripLeadingSpace: boolean;
  /** Null for a token without text. */
  tokenBytes(id: number): Uint8Array | null;
  /** The tokens of just these bytes. */
  tokensOf(bytes: Uint8Array): readonly number[];
}

export class TokenNames {
  /** For grammars. */
  readonly grammarTokens: GrammarTokens;
  private readonly texts: TokenTexts;

  constructor(grammarTokens: GrammarTokens, texts: TokenTexts) {
    this.grammarTokens = grammarTokens;
    this.texts = texts;
  }

  /** The id of a special token. Throws, without a place, where it can't be named. */
  special(name: unknown): number {
    const id = this.id(name);
    this.grammarTokens.checkToken?.(id);
    return id;
  }

  /** The id of the special token of this name, if there is one. */
  specialOf(name: string): number | undefined {
    return this.texts.specialTokens.get(name);
  }

  /** The id of a special token by its name, or of any token. */
  id(name: unknown): number {
    const id = typeof name === "string" ? this.texts.specialTokens.get(name) : name;
    if (id === undefined) {
      throw new ConstraintError("invalid", `${JSON.stringify(name)} is no special token of the vocabulary`);
    }
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0) {
      throw new ConstraintError("invalid", "a token is named by its text or by its id");
    }
    if (id < this.texts.size) return id;
    throw new ConstraintError("invalid", `token ${id} isn't in the vocabulary (0 … ${this.texts.size - 1})`);
  }

  /**
   * Tokens but for those of `excluded`, and for stop tokens. Throws, without a place, "unsupported" where an excluded token can't be told from another.
   */
  anyToken(excluded: ReadonlySet<number>, count: Pick<AnyTokenSpec, "isOne" | "max">): Term {
    const { texts } = this;
    const words = [...excluded].flatMap((id) => texts.tokenBytes(id) ?? []);
    if (words.length > 0 && texts.stripLeadingSpace) {
      throw new ConstraintError("unsupported", "a token with text can't be excluded where leading spaces are stripped");
    }
    for (const word of words) {
      const twin = texts.tokensOf(word).find((id) => !excluded.has(id));
      if (twin === undefined) continue;
      throw new ConstraintError("unsupported", `token ${twin} has the text of an excluded token: exclude both`);
    }
    const specialTokens = [...new Set(texts.specialTokens.values())].filter(
      (id) => !excluded.has(id) && !texts.eosTokenIds.includes(id),
    );
    const spec = { ...count, excluded: words, specialTokens };
    if (count.isOne && specialTokens.length === 0 && !this.hasText(excluded)) return empty;
    return custom("any tokens", new AnyTokenProcedure(spec));
  }

  private hasText(excluded: ReadonlySet<number>): boolean {
    for (let id = 0; id < this.texts.size; id++) {
      if ((this.texts.tokenBytes(id)?.length ?? 0) > 0 && !excluded.has(id)) return true;
    }
    return false;
  }
}
