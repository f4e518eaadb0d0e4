// The matcher through the public face, on Llama 3's vocabulary: going on, back, and apart leaves masks as they were.
import { describe, expect, test } from "vitest";
import { Compiler, type ConstraintSpec } from "../../src/index.ts";
import { llama3 } from "../vocabularies.ts";

const vocabulary = llama3();
const compiler = new Compiler(vocabulary);
const uncached = new Compiler(vocabulary, { cacheMasks: false });
const schema = {
  type: "object",
  properties: { name: { type: "string", maxLength: 12 }, tags: { type: "array", items: { enum: ["a", 1, null] } } },
  required: ["name"],
};
const cases: readonly (readonly [ConstraintSpec, string])[] = [
  [{ type: "regex", pattern: "[a-z]+( [a-z]+){0,20}" }, "some words in a row"],
  [{ type: "ebnf", grammar: 'root ::= root "+" root | [0-9]+' }, "12+3+456"],
  [{ type: "json_schema", schema }, '{"tags": ["a", 1, null], "name": "Zoë \\u00e9", "other": {"x": [1.5e3]}}'],
];

function maskOf(matcher: { fillMask(mask: Uint32Array): void }): string {
  const mask = new Uint32Array((vocabulary.size + 31) >> 5);
  matcher.fillMask(mask);
  return Buffer.from(mask.buffer).toString("base64");
}

describe.each(cases)("%j", (spec, text) => {
  const ids = Array.from(vocabulary.encode!(text));

  test("accepts its text, token by token, and may then stop", () => {
    const matcher = compiler.compile(spec).matcher();
    expect(matcher.validateTokens(ids)).toBe(ids.length);
    expect(matcher.acceptTokens(ids)).toBe(ids.length);
    expect(matcher.isAccepting).toBe(true);
    expect(matcher.accept(vocabulary.eosTokenIds[0]!)).toBe(true);
    expect(matcher.isTerminated).toBe(true);
    expect(matcher.mask()).toMatchObject({ kind: "sparse", count: vocabulary.eosTokenIds.length });
  });

  test("masks are the same cached, uncached, after rollback and replay, in a fork, and after the same text as bytes", () => {
    const matcher = compiler.compile(spec).matcher();
    const plain = uncached.compile(spec).matcher();
    const masks: string[] = [];
    for (const id of ids) {
      masks.push(maskOf(matcher));
      expect(maskOf(plain)).toBe(masks.at(-1));
      expect(matcher.accept(id) && plain.accept(id)).toBe(true);
    }
    matcher.rollback(ids.length);
    ids.forEach((id, i) => {
      expect(maskOf(matcher)).toBe(masks[i]);
      const fork = matcher.fork();
      expect(fork.accept(id)).toBe(true);
      expect(maskOf(matcher)).toBe(masks[i]);
      expect(matcher.accept(id)).toBe(true);
    });
    const asBytes = compiler.compile(spec).matcher();
    expect(asBytes.acceptBytes(text)).toBe(true);
    expect(asBytes.state).toBe(matcher.state);
  });
});

test("a token that isn't allowed changes nothing, one outside the vocabulary throws", () => {
  const matcher = compiler.compile({ type: "choice", choices: ["yes", "no"] }).matcher();
  const before = matcher.state;
  expect(matcher.accept(vocabulary.encode!("maybe")[0]!)).toBe(false);
  expect(() => matcher.accept(vocabulary.size)).toThrow(/isn't in the vocabulary/);
  expect(() => matcher.accept(-1)).toThrow(/isn't in the vocabulary/);
  expect(() => matcher.rollback(1)).toThrow(/0 were accepted/);
  expect(() => matcher.fillMask(new Uint32Array(3))).toThrow(/needs/);
  expect(matcher.state).toBe(before);
});

test("forced text stops where there is a choice", () => {
  const matcher = compiler.compile({ type: "regex", pattern: "prefix-(a|b)" }).matcher();
  expect(matcher.forcedText()).toBe("prefix-");
  expect(matcher.acceptBytes("prefix-a")).toBe(true);
  expect(matcher.forcedText()).toBe("");
});

test("forced text is whole characters: none in the middle of one, and U+FEFF is one", () => {
  const matcher = compiler.compile({ type: "regex", pattern: "\\ufeff?é\\ufeffb" }).matcher();
  expect(matcher.acceptBytes(Uint8Array.of(0xc3))).toBe(true);
  expect(matcher.forcedText()).toBe("");
  expect(matcher.forcedTokens()).toEqual([]);
  expect(matcher.acceptBytes(Uint8Array.of(0xa9))).toBe(true);
  expect(matcher.forcedText()).toBe("\ufeffb");
});
