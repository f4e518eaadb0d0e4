// Transformers.js in Node and in a real browser.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { constraintProcessor } from "../../src/engines/transformers.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { type ModulePage, openBrowser } from "../browser/open-browser.ts";
import { endOfTurn } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import * as transformers from "./transformers-page.ts";
import { tinyTokenizer, writeTinyOnnx } from "./write-onnx.ts";

type TransformersPage = ModulePage<typeof transformers>;

const directory = mkdtempSync(join(tmpdir(), "grammask-transformers-"));
const compiler = new Compiler(Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] }));
const browser = await openBrowser();

beforeAll(() => writeTinyOnnx(join(directory, "tiny")));
afterAll(async () => {
  if (!("reason" in browser)) await browser.close();
  rmSync(directory, { recursive: true });
});

describe("in Node", () => {
  const functions = { ...transformers };
  const page: TransformersPage = { call: (name, ...args) => Reflect.apply(functions[name], undefined, args) as never };
  beforeAll(() => page.call("load", directory, tinyTokenizer));
  afterAll(() => page.call("unload"));
  decodes(() => page);
});

describe.skipIf("reason" in browser)("in a browser", () => {
  let page: TransformersPage;
  beforeAll(async () => {
    if ("reason" in browser) return;
    page = await browser.openPage(new URL("transformers-page.ts", import.meta.url), { files: pageFiles() });
    await page.call("load", "/models/", tinyTokenizer, { wasm: "/ort.wasm", mjs: "/ort.mjs" });
  });
  decodes(() => page);
});

function decodes(page: () => TransformersPage): void {
  test.each([
    ["greedily", { do_sample: false }],
    ["by sampling", { do_sample: true, temperature: 1.2 }],
  ])("a batch of different constraints and lengths, %s; a finished row gets stop tokens only", async (_, options) => {
    const specs = [schemaSpec, zipSpec];
    const prompts = ["Go: ", "A longer prompt: "];
    const rows = await page().call("generate", prompts, specs, options);
    for (const [i, spec] of specs.entries()) {
      expect(rows[i]!.ended).toBe(true);
      expect(violations(spec, rows[i]!.text)).toEqual([]);
    }
    const free = await page().call("generate", prompts, [null, null], options);
    for (const [i, spec] of specs.entries()) expect(violations(spec, free[i]!.text)).not.toEqual([]);
  });

  test("a row without a matcher is free", async () => {
    const options = { do_sample: false, max_new_tokens: 20 };
    const [free, constrained] = await page().call("generate", ["Go: ", "Go: "], [null, zipSpec], options);
    const [alone] = await page().call("generate", ["Go: "], [null], options);
    expect(free).toEqual(alone);
    expect(violations(zipSpec, constrained!.text)).toEqual([]);
  });
}

function pageFiles(): Record<string, URL> {
  // Transformers.js brings an onnxruntime of its own.
  const { resolve } = createRequire(createRequire(import.meta.url).resolve("@huggingface/transformers"));
  const runtime = (kind: string) => pathToFileURL(resolve(`onnxruntime-web/ort-wasm-simd-threaded.asyncify.${kind}`));
  const model = (name: string) => [`/models/tiny/${name}`, pathToFileURL(join(directory, "tiny", name))] as const;
  const names = readdirSync(join(directory, "tiny")).filter((name) => name.endsWith(".json"));
  return {
    "/ort.wasm": runtime("wasm"),
    "/ort.mjs": runtime("mjs"),
    ...Object.fromEntries(["onnx/model.onnx", ...names].map(model)),
  };
}

test("rows that change places, as beams do, are followed", () => {
  const matchers = [zipSpec, zipSpec].map((spec) => compiler.compile(spec).matcher());
  const processor = constraintProcessor(matchers);
  const width = compiler.vocabulary.size;
  const step = (...texts: string[]) => {
    const data = new Float32Array(2 * width);
    processor(
      texts.map((text) => [...text].map((digit) => BigInt(digit.charCodeAt(0)))),
      { dims: [2, width], data },
    );
    return [0, 1].map((row) => data.subarray(row * width, (row + 1) * width).filter(Number.isFinite).length);
  };
  expect(step("p", "p")).toEqual([10, 10]);
  expect(step("p1", "p2")).toEqual([10, 10]);
  step("p23", "p23");
  step("p1234", "p2345");
  expect(step("p23456", "p23456")).toEqual([2, 2]);
  expect(matchers.map((matcher) => matcher.tokenCount)).toEqual([5, 5]);
  expect(() => step("p2x", "p2")).toThrow(/isn't allowed/);
});

test("a batch of another size is refused", () => {
  const processor = constraintProcessor([compiler.compile(zipSpec).matcher()]);
  const width = compiler.vocabulary.size;
  expect(() => processor([[1n], [1n]], { dims: [2, width], data: new Float32Array(2 * width) })).toThrow(/batch of 2/);
});
