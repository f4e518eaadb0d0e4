// Random structural tags over small vocabularies whose tokens straddle triggers and ends, against the recogniser in test/oracles/: every
// sequence of tokens up to a length, and the masks on the way.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  Compiler,
  type Constraint,
  ConstraintError,
  type StructuralFormat,
  type TagFormat,
  type TokenFormat,
  Vocabulary,
} from "../../src/index.ts";
import type { OracleToken } from "../oracles/structural-recogniser.ts";
import { compareAll } from "./compare-all.ts";

const seed = Number(process.env["GRAMMASK_SEED"] ?? 20261126);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The texts that random vocabularies take tokens from; the letters themselves are always there. */
const pool = ["ab", "ba", "aa", "<a", "<b", "a<", "b>", ">a", "<a>", "b<a", "ab<", "aba", "><", "<<", "bab"];
const letters = ["a", "b", "<", ">"];

const vocabularies = fc.subarray(pool, { minLength: 1, maxLength: 4 }).map((texts) => [...letters, ...texts]);

const word = fc.constantFrom("a", "b", "<", "ab", "aba", "<a", "<a>", "<b", "b>", "<<", "aa", "a<");
const special = fc.constantFrom("X", "Y").map((name): TokenFormat => ({ type: "token", token: name }));
const marker = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: special });
const end = fc.oneof(
  marker,
  fc.array(fc.oneof({ weight: 5, arbitrary: marker }, { weight: 1, arbitrary: fc.constant("") }), {
    minLength: 1,
    maxLength: 2,
  }),
);
const excludes = fc.oneof(fc.constant([]), fc.array(word, { minLength: 1, maxLength: 2 }));

const excludedTokens = fc.array(fc.constantFrom<string | number>("X", "Y", 0, 2, 4), { maxLength: 2 });

/** With `max_tokens` where `isCounted`. */
function formats(isCounted: boolean): fc.Arbitrary<StructuralFormat> {
  return fc.letrec<{ format: StructuralFormat; tag: TagFormat }>((tie) => ({
    tag: fc.record({ type: fc.constant("tag" as const), begin: marker, content: tie("format"), end }),
    format: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      word.map((value): StructuralFormat => ({ type: "const_string", value })),
      isCounted
        ? fc.record({ type: fc.constant("any_text" as const), excludes, max_tokens: fc.nat(3) })
        : fc.record({ type: fc.constant("any_text" as const), excludes }),
      isCounted
        ? fc.record({
            type: fc.constantFrom("exclude_token" as const, "any_tokens" as const),
            exclude_tokens: excludedTokens,
          })
        : fc.record({ type: fc.constant("any_text" as const), excludes }),
      isCounted
        ? fc.record({ type: fc.constant("any_tokens" as const), exclude_tokens: excludedTokens, max_tokens: fc.nat(2) })
        : fc.record({ type: fc.constant("any_text" as const), excludes }),
      fc.constantFrom("[ab]*", "a<?", "(ab)+").map((pattern): StructuralFormat => ({ type: "regex", pattern })),
      special,
      fc
        .array(tie("format"), { minLength: 1, maxLength: 3 })
        .map((elements): StructuralFormat => ({ type: "sequence", elements })),
      fc
        .array(tie("format"), { minLength: 1, maxLength: 2 })
        .map((elements): StructuralFormat => ({ type: "or", elements })),
      fc.record({
        type: fc.constantFrom("optional" as const, "star" as const, "plus" as const),
        content: tie("format"),
      }),
      fc.record({
        type: fc.constant("repeat" as const),
        content: tie("format"),
        min: fc.nat(1),
        max: fc.integer({ min: 1, max: 2 }),
      }),
      tie("tag"),
      fc.record({
        type: fc.constant("tags_with_separator" as const),
        tags: fc.array(tie("tag"), { minLength: 1, maxLength: 2 }),
        separator: fc.constantFrom("a", ">"),
        at_least_one: fc.boolean(),
        stop_after_first: fc.boolean(),
      }),
      fc.record({
        type: fc.constant("dispatch" as const),
        rules: fc.array(fc.tuple(word, tie("format")), { minLength: 1, maxLength: 2 }),
        loop: fc.boolean(),
        excludes,
      }),
      isCounted
        ? fc.record({
            type: fc.constant("token_triggered_tags" as const),
            trigger_tokens: fc.constant(["X"]),
            tags: fc.array(
              tie("tag").map((tag): TagFormat => ({ ...tag, begin: { type: "token", token: "X" } })),
              { minLength: 1, maxLength: 2 },
            ),
            at_least_one: fc.boolean(),
            stop_after_first: fc.boolean(),
            exclude_tokens: excludedTokens,
          })
        : tie("tag"),
      fc
        .record({
          tags: fc.array(fc.tuple(tie("tag"), fc.constantFrom("", ">", "b")), { minLength: 1, maxLength: 2 }),
          triggers: fc.array(marker, { minLength: 1, maxLength: 2 }),
          at_least_one: fc.boolean(),
          stop_after_first: fc.boolean(),
          excludes,
        })
        .map(
          ({ tags, triggers, ...rest }): StructuralFormat => ({
            type: "triggered_tags",
            triggers,
            tags: tags.map(([tag, more], i) => {
              const trigger = triggers[i % triggers.length]!;
              return { ...tag, begin: typeof trigger === "string" ? trigger + more : trigger };
            }),
            ...rest,
          }),
        ),
    ),
  })).format;
}

function vocabularyOf(texts: readonly string[]): Vocabulary {
  return Vocabulary.fromTokens([...texts.map(utf8), null, null, null], {
    specialTokens: new Map([
      ["X", texts.length],
      ["Y", texts.length + 1],
    ]),
    eosTokenIds: [texts.length + 2],
  });
}

/** Undefined where no text has the form, or the form is refused. */
function compile(format: StructuralFormat, vocabulary: Vocabulary): Constraint | undefined {
  try {
    return new Compiler(vocabulary).compile({ type: "structural_tag", format });
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable" || error.code === "vocabulary") return undefined;
    expect([error.code, error.message]).toEqual(["invalid", expect.stringContaining("complete within this")]);
    return undefined;
  }
}

/** The whole vocabulary but the stop token, by id. */
function tokensOf(texts: readonly string[]): Map<number, OracleToken> {
  return new Map([...texts.map(utf8), "X", "Y"].entries());
}

function checkAll(format: StructuralFormat, texts: readonly string[]): void {
  const vocabulary = vocabularyOf(texts);
  const constraint = compile(format, vocabulary);
  if (constraint !== undefined) compareAll(format, constraint, tokensOf(texts), 3);
}

test("random formats over random vocabularies: every sequence of three tokens", () => {
  fc.assert(
    fc.property(formats(false), vocabularies, (format, texts) => checkAll(format, texts)),
    { numRuns: 120, seed },
  );
});

test("the same with tokens that are counted, or told apart", () => {
  fc.assert(
    fc.property(formats(true), vocabularies, (format, texts) => checkAll(format, texts)),
    { numRuns: 120, seed },
  );
});
