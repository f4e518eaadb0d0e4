// wllama in a real browser, with the tiny model: 3 decodes by grammars, 2 gives its logits to the chat loop.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import { wllamaGrammar } from "../../src/engines/wllama/index.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { type ModulePage, openBrowser } from "../browser/open-browser.ts";
import { earley } from "../oracles/earley.ts";
import { endOfTurn } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { oneRow } from "./greedy.ts";
import { openLlama } from "./open-llama.ts";
import type * as wllama2 from "./wllama-2-page.ts";
import type * as wllama3 from "./wllama-page.ts";
import { writeTinyGguf } from "./write-gguf.ts";
import { tinyTokenizer } from "./write-onnx.ts";

const directory = mkdtempSync(join(tmpdir(), "grammask-wllama-"));
const modelPath = join(directory, "tiny.gguf");
const files = (wasm: string, model = modelPath) => ({
  "/model.gguf": pathToFileURL(model),
  "/wllama.wasm": new URL(`node_modules/${wasm}`, import.meta.url),
});
const shipped = new URL("../../grammars/", import.meta.url);
const grammarOf = (file: string) => readFileSync(new URL(file, shipped), "utf8");
// llama.cpp refuses left recursion.
const grammarFiles = readdirSync(shipped).filter((file) => /^(?!arithmetic|sql).*[.]gbnf$/.test(file));
const vocabulary = Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] });

const browser = await openBrowser();
beforeAll(() => writeTinyGguf(modelPath));
afterAll(async () => {
  if (!("reason" in browser)) await browser.close();
  rmSync(directory, { recursive: true });
});

describe.skipIf("reason" in browser)("wllama 3", () => {
  let page: ModulePage<typeof wllama3>;

  beforeAll(async () => {
    if ("reason" in browser) return;
    page = await browser.openPage(new URL("wllama-page.ts", import.meta.url), {
      files: files("@wllama/wllama/esm/wasm/wllama.wasm"),
    });
    await page.call("load");
  });

  const texts = (grammar?: string) => Promise.all([1, 2, 3].map((seed) => page.call("complete", seed, grammar)));

  test("a choice", async () => {
    const choices = ["yes", "no", 'größe "1"\n', "日本"];
    for (const { text } of await texts(wllamaGrammar({ type: "choice", choices }))) expect(choices).toContain(text);
    for (const { text } of await texts()) expect(choices).not.toContain(text);
  });

  const zip = 'root ::= [0-9]{5} ("-" [0-9]{4})? " " [A-Z] [a-z]{2,9}';

  test.each([zipSpec, { type: "ebnf", grammar: zip } as const])("$type, judged by RegExp", async (spec) => {
    for (const { text } of await texts(wllamaGrammar(spec))) expect(violations(zipSpec, text)).toEqual([]);
  });

  test.each(grammarFiles)("%s, judged by the matcher and by Earley's algorithm", async (file) => {
    const grammar = grammarOf(file);
    const { recognises, isViablePrefix } = earley(lowerGrammar(grammar, { limits: defaultLimits }));
    const constraint = new Compiler(vocabulary).compile({ type: "ebnf", grammar });
    for (const { text, isWhole } of await texts(wllamaGrammar({ type: "ebnf", grammar }))) {
      const bytes = new TextEncoder().encode(text);
      const matcher = constraint.matcher();
      expect([text, matcher.acceptBytes(bytes) && (!isWhole || matcher.isAccepting)]).toEqual([text, true]);
      expect([text, isWhole ? recognises(bytes) : isViablePrefix(bytes)]).toEqual([text, true]);
    }
  });
});

describe.skipIf("reason" in browser)("wllama 2", () => {
  let page: ModulePage<typeof wllama2>;

  async function openPage(model?: string): Promise<ModulePage<typeof wllama2>> {
    if ("reason" in browser) throw new Error(browser.reason);
    const page = await browser.openPage<typeof wllama2>(new URL("wllama-2-page.ts", import.meta.url), {
      files: files("wllama-2/esm/single-thread/wllama.wasm", model),
    });
    await page.call("load", tinyTokenizer);
    return page;
  }

  beforeAll(async () => {
    if (!("reason" in browser)) page = await openPage();
  });

  async function complete(fields: object) {
    const request = { model: "tiny", messages: [{ role: "user", content: "Go" }], seed: 1, ...fields };
    return (await page.call("complete", JSON.stringify(request))).choices.map(({ message }) => message);
  }

  test("logits are those of node-llama-cpp but for a constant, whatever was decoded before", async () => {
    const { engine, dispose } = await openLlama(modelPath);
    const fox = engine.encode("the quick brown fox");
    for (const tokens of [fox, fox.slice(0, 5), [...fox.slice(0, 5), 65], engine.encode("jumps"), fox]) {
      const logits = await oneRow(engine, { sequence: 0, tokens, known: 0 });
      const sum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
      const found = (await page.call("logits", tokens)) as Float32Array;
      expect(Math.max(...found.map((logit, i) => Math.abs(logit - (logits[i]! - sum))))).toBeLessThan(1e-3);
    }
    await dispose();
  });

  test("a row that can't be computed is an error, and the next is not", async () => {
    const whole = await page.call("logits", [65, 66, 67]);
    await page.call("logits", [65, 66]);
    expect(await page.call("logits", [65, ...Array(2000).fill(68)])).toMatch(/n_ctx/);
    expect(await page.call("logits", [65, 66, 67])).toEqual(whole);
  });

  test("a token whose probability is too small for a float stays possible", async () => {
    const model = join(directory, "loud.gguf");
    writeTinyGguf(model, 28);
    const logits = (await (await openPage(model)).call("logits", [65])) as Float32Array;
    const least = Math.min(...logits);
    expect(least).toBeGreaterThan(Number.NEGATIVE_INFINITY);
    expect(Array.from(logits).filter((logit) => logit === least).length).toBeGreaterThan(1);
  });

  test("logits that wllama makes no probabilities of are an error", async () => {
    const model = join(directory, "louder.gguf");
    writeTinyGguf(model, 1000);
    expect(await (await openPage(model)).call("logits", [65])).toMatch(/beyond/);
  });

  test("the prompt is the template's", async () => {
    const prompt = await page.call("prompt", "a");
    expect(prompt).toBe("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  });

  // The model would write blanks for ever. Its first tokens are the bytes.
  const logit_bias = { 9: -100, 10: -100, 13: -100, 32: -100 };
  const { schema } = schemaSpec;

  test("a JSON Schema", async () => {
    const [message] = await complete({
      logit_bias,
      response_format: { type: "json_schema", json_schema: { name: "it", schema } },
    });
    expect(violations(schemaSpec, message!.content!)).toEqual([]);
  });

  test("a regex; several choices run one after the other", async () => {
    const messages = await complete({ regex: zipSpec.pattern, n: 3 });
    expect(messages.flatMap(({ content }) => violations(zipSpec, content!))).toEqual([]);
    expect(new Set(messages.map(({ content }) => content)).size).toBe(3);
    const [free] = await complete({ max_tokens: 20 });
    expect(violations(zipSpec, free!.content!)).not.toEqual([]);
  });

  test("a tool call", async () => {
    const tools = [{ type: "function", function: { name: "note", parameters: schema } }];
    const [message] = await complete({ logit_bias, tools, tool_choice: "required" });
    const [call] = message!.tool_calls!;
    if (call?.type !== "function") throw new Error("no call of a function");
    expect(call.function.name).toBe("note");
    expect(violations(schemaSpec, call.function.arguments)).toEqual([]);
  });
});
