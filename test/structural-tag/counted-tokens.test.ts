// Budgets of tokens: what counts, what the last token may be where characters are split between tokens, and long budgets over a real vocabulary.
import { describe, expect, test } from "vitest";
import { Compiler, type StructuralFormat, Vocabulary } from "../../src/index.ts";
import type { OracleToken } from "../oracles/structural-recogniser.ts";
import { llama3 } from "../vocabularies.ts";
import { compareAll } from "./compare-all.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every byte, and some tokens that hold parts of characters; a special token X. */
const parts = [bytes(0xf0, 0x9f), bytes(0x98, 0x80), bytes(0x9f, 0x98), utf8("a>"), bytes(0x80, 0x3e), utf8("é")];
const texts = [...Array.from({ length: 256 }, (_, byte) => bytes(byte)), ...parts];
const vocabulary = Vocabulary.fromTokens([...texts, null, null], {
  specialTokens: new Map([["X", texts.length]]),
  eosTokenIds: [texts.length + 1],
});
/** What the compared sequences are made of. */
const chosen = [0xf0, 0x98, 0x80, 0x61, 0x3e, ...parts.map((_, i) => 256 + i)];
const tokens = new Map<number, OracleToken>(chosen.map((id) => [id, texts[id]!]));

const bounded = (max_tokens: number, excludes: string[] = []): StructuralFormat => ({
  type: "any_text",
  max_tokens,
  excludes,
});
const tag = (content: StructuralFormat, end: string | string[]): StructuralFormat => ({
  type: "tag",
  begin: "",
  content,
  end,
});

describe("characters split between tokens: no token leads to where the budget can't complete one", () => {
  test.each<[string, StructuralFormat]>([
    ["one token", bounded(1)],
    ["two tokens", bounded(2)],
    ["three, then an end", tag(bounded(3), ">")],
    ["two, some excluded", tag(bounded(2, ["a", "\u{1f600}"]), ">")],
    ["none", tag(bounded(0), ["a", ">"])],
    ["two texts", { type: "sequence", elements: [bounded(1), { type: "const_string", value: "a" }, bounded(1)] }],
    ["in a loop", { type: "star", content: tag(bounded(1), ">") }],
  ])("%s", (_, format) => {
    compareAll(format, new Compiler(vocabulary).compile({ type: "structural_tag", format }), tokens, 3);
  });
});

test("a text given as bytes counts as one token", () => {
  const matcher = new Compiler(vocabulary).compile({ type: "structural_tag", format: bounded(2) }).matcher();
  expect(matcher.acceptBytes("many bytes")).toBe(true);
  expect(matcher.acceptBytes("and more")).toBe(true);
  expect(matcher.acceptBytes("!")).toBe(false);
  expect(matcher.isAccepting).toBe(true);
});

test("a text is forced only where no token's end would allow another", () => {
  const elements: StructuralFormat[] = [
    { type: "const_string", value: "ab" },
    { type: "any_tokens" },
    { type: "const_string", value: "c" },
  ];
  const format: StructuralFormat = { type: "sequence", elements };
  expect(new Compiler(vocabulary).compile({ type: "structural_tag", format }).matcher().forcedText()).toBe("ab");
});

test("a token that can't be told from an excluded one is refused", () => {
  const twins = Vocabulary.fromTokens([utf8("a"), utf8("b"), utf8("a"), null], { eosTokenIds: [3] });
  const compile =
    (...exclude_tokens: number[]) =>
    () =>
      new Compiler(twins).compile({ type: "structural_tag", format: { type: "exclude_token", exclude_tokens } });
  expect(compile(0)).toThrow("token 2 has the text of an excluded token");
  const matcher = compile(0, 2)().matcher();
  expect([0, 1, 2].map((id) => matcher.validateTokens([id]))).toEqual([0, 1, 0]);
  expect(compile(0, 1, 2)).toThrow("no text at all");
});

test("a reasoning of 32,768 tokens over Llama 3's vocabulary, and JSON after it", () => {
  const llama = llama3();
  const encode = (text: string) => Array.from(llama.encode!(text));
  const constraint = new Compiler(llama).compile({
    type: "structural_tag",
    format: {
      type: "sequence",
      elements: [
        { type: "tag", begin: "<think>", content: { type: "any_text", max_tokens: 32_768 }, end: "</think>" },
        { type: "json_schema", json_schema: { enum: [{ a: 1 }] } },
      ],
    },
  });
  const words = encode("Let me think: émojis 😀 and <b>tags</b>, so that </ thinks are there. ");
  const row = new Uint32Array(Math.ceil(llama.size / 32));
  const run = () => {
    const matcher = constraint.matcher();
    // The last token of "<think>" ends with it.
    matcher.acceptTokens(encode("<think>"));
    let count = 0;
    for (;;) {
      const id = words[count % words.length]!;
      matcher.fillMask(row);
      const isAllowed = ((row[id >> 5]! >>> (id & 31)) & 1) === 1;
      expect(matcher.accept(id)).toBe(isAllowed);
      if (!isAllowed) break;
      count++;
    }
    expect(count).toBe(32_768);
    expect(matcher.forcedText()).toBe("</think>{");
    expect(matcher.acceptTokens(encode('</think>{"a":1}'))).toBe(encode('</think>{"a":1}').length);
    expect(matcher.isAccepting).toBe(true);
  };
  run();
  const { states, bytes } = constraint.stats;
  run();
  // A second text shares the states of the first.
  expect(constraint.stats.states - states).toBeLessThan(100);
  expect(states).toBeLessThan(32_768 * 4);
  expect(bytes).toBeLessThan(16e6);
});
