// What reads wllama's grammars is llama.cpp, and here too, by node-llama-cpp: more texts than one would decode. wllama itself: wllama-browser.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import type { Wllama } from "@wllama/wllama";
import { getLlama, type Llama, LlamaGrammar, LlamaLogLevel } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import { wllamaGrammar } from "../../src/engines/wllama/index.ts";
import type { RegexSpec } from "../../src/index.ts";
import { readCases } from "../grammars/read-cases.ts";
import { earley } from "../oracles/earley.ts";
import { zipSpec } from "./constraints.ts";

const shipped = new URL("../../grammars/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, shipped), "utf8");
let llama: Llama;

beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.disabled });
});

afterAll(() => llama.dispose());

test("wllama takes it", () => {
  const options = {
    prompt: "",
    stream: true as const,
    grammar: wllamaGrammar({ type: "choice", choices: ["yes", "no"] }),
  };
  expect(options satisfies Parameters<Wllama["createCompletion"]>[0]).toHaveProperty(
    "grammar",
    'root ::= "yes" | "no"\n',
  );
});

describe.each(readdirSync(shipped).filter((file) => file.endsWith(".gbnf")))("%s", (file) => {
  const grammar = wllamaGrammar({ type: "ebnf", grammar: read(file) });
  const cases = readCases(read(file.replace(".gbnf", ".cases")));

  test.each(cases)("says the same as before: line $line", ({ accept, text }) => {
    const { recognises } = earley(lowerGrammar(grammar, { limits: defaultLimits }));
    expect(recognises(new TextEncoder().encode(text))).toBe(accept);
  });

  // Those that are left-recursive llama.cpp refuses.
  test.skipIf(/^(arithmetic|sql)/.test(file))("llama.cpp agrees", () => {
    const takes = reader(grammar);
    expect(cases.map(({ text }) => takes(text))).toEqual(cases.map(({ accept }) => accept));
  });
});

const spellings = String.raw`
main_rule ::= .{2} "\x41B" [^]? item.two{0,2} "" ( | "é" ) [\x00-\x1f"\\\]]?
item.two ::= "," [^a-z,]`;

test.each([
  [
    "names, escapes, classes",
    spellings,
    "main_rule",
    ["xyAB", "xyABz,1,2", 'xyABé"', "xyAB\\"],
    ["xAB", "xyAB,,a,b,c", "xyA"],
  ],
  ["a root of another name", 'root ::= "no"\nstart ::= "a" root+', "start", ["anono"], ["no", "a"]],
])("llama.cpp reads it alike: %s", (_, grammar, root, accepted, refused) => {
  const takes = reader(wllamaGrammar({ type: "ebnf", grammar, root }));
  expect(accepted.map(takes)).toEqual(accepted.map(() => true));
  expect(refused.map(takes)).toEqual(refused.map(() => false));
});

test("surrogates, which are no characters, are in no class", () => {
  const grammar = "root ::= [\\uD7FF-\\uE000]";
  expect(wllamaGrammar({ type: "ebnf", grammar })).toBe("root ::= [\\uD7FF\\uE000]\n");
});

test("counts that llama.cpp would drop are refused", () => {
  expect(() => wllamaGrammar({ type: "ebnf", grammar: 'root ::= "a"{0,3000}' })).toThrow(/2000/);
  expect(() => wllamaGrammar({ type: "ebnf", grammar: "root ::= missing" })).toThrow(/missing/);
});

const texts = [
  "",
  "a",
  "ab",
  "é",
  "aéb",
  "日本",
  "𝒳",
  "\u{10ffff}",
  "a\nb",
  "12345 Abc",
  "12345-6789 Abc",
  "12345-678 Abc",
  "AÉ",
  "aé1",
];

test.each([
  zipSpec,
  { type: "regex", pattern: "(?=.*é)[a-z\u00e0-\u{10ffff}]{2,3}", flags: "u" },
  { type: "regex", pattern: "[^a].*|\\p{Lu}+", flags: "s" },
  { type: "regex", pattern: "aé", flags: "i" },
  { type: "regex", pattern: "b$", search: true },
] satisfies RegexSpec[])("llama.cpp reads a regex as a grammar: $pattern", (spec) => {
  const takes = reader(wllamaGrammar(spec));
  const { search = false, flags = "", pattern } = spec as RegexSpec;
  const judge = new RegExp(search ? pattern : `^(?:${pattern})$`, flags.includes("u") ? flags : `${flags}u`);
  expect(texts.map(takes)).toEqual(texts.map((text) => judge.test(text)));
});

test("a regex with too many states is refused", () => {
  expect(() => wllamaGrammar({ type: "regex", pattern: "a{20000}" })).toThrow(/10000 states/);
});

/** llama.cpp's own answer, which node-llama-cpp keeps to itself. */
function reader(grammar: string): (text: string) => boolean {
  const parsed = new LlamaGrammar(llama, { grammar });
  return (text) => Reflect.apply(Reflect.get(parsed, "_testText"), parsed, [text]);
}
