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
import { hasStructure, type OracleToken } from "../oracles/structural-recogniser.ts";

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

/** Compares every sequence of up to `most` tokens, and the mask after each that is allowed. */
function checkAll(format: StructuralFormat, texts: readonly string[], most: number): void {
  const vocabulary = vocabularyOf(texts);
  const constraint = compile(format, vocabulary);
  const tokens: OracleToken[] = [...texts.map(utf8), "X", "Y"];
  if (constraint === undefined) return;
  const matcher = constraint.matcher();
  const visit = (path: OracleToken[]): void => {
    expect({ path: path.map(show), accepted: matcher.isAccepting }).toEqual({
      path: path.map(show),
      accepted: hasStructure(format, path, tokens),
    });
    const row = new Uint32Array(1);
    matcher.fillMask(row);
    expect(row[0]).not.toBe(0);
    for (const [id, token] of tokens.entries()) {
      const isAllowed = matcher.accept(id);
      expect({ path: path.map(show), id, bit: (row[0]! >>> id) & 1 }).toEqual({
        path: path.map(show),
        id,
        bit: isAllowed ? 1 : 0,
      });
      if (isAllowed) {
        if (path.length < most) visit([...path, token]);
        matcher.rollback(1);
      } else if (path.length < most) {
        // What is refused can't be completed: not by this many tokens, at least.
        expect({
          refused: [...path, token].map(show),
          completed: completion(format, [...path, token], tokens, most),
        }).toEqual({
          refused: [...path, token].map(show),
          completed: undefined,
        });
      }
    }
  };
  visit([]);
}

const show = (token: OracleToken): string =>
  typeof token === "string" ? `<${token}>` : new TextDecoder().decode(token);

/** A sequence that begins with `path`, has the form, and has at most `most` tokens. */
function completion(
  format: StructuralFormat,
  path: readonly OracleToken[],
  tokens: readonly OracleToken[],
  most: number,
): readonly OracleToken[] | undefined {
  if (hasStructure(format, path, tokens)) return path;
  if (path.length >= most) return undefined;
  for (const token of tokens) {
    const found = completion(format, [...path, token], tokens, most);
    if (found !== undefined) return found;
  }
  return undefined;
}

test("random formats over random vocabularies: every sequence of three tokens", () => {
  fc.assert(
    fc.property(formats(false), vocabularies, (format, texts) => checkAll(format, texts, 3)),
    { numRuns: Number(process.env["RUNS"] ?? 120), seed, verbose: 0 },
  );
});

test("the same with tokens that are counted, or told apart", () => {
  fc.assert(
    fc.property(formats(true), vocabularies, (format, texts) => checkAll(format, texts, 3)),
    { numRuns: Number(process.env["RUNS"] ?? 120), seed, verbose: 0 },
  );
});
