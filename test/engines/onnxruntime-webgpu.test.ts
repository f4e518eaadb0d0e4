// onnxruntime-web's WebGPU provider, in a real browser. Masks go on logits that never leave the GPU.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { type ModulePage, openBrowser } from "../browser/open-browser.ts";
import { endOfTurn, tinyTokens } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import type * as onnxruntime from "./onnxruntime-webgpu-page.ts";
import { tinyTokenizer, writeTinyOnnx } from "./write-onnx.ts";

const wasm = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm";
const specs = [schemaSpec, zipSpec];
const browser = await openBrowser();
afterAll(() => ("reason" in browser ? undefined : browser.close()));

describe.skipIf("reason" in browser)("onnxruntime-web on WebGPU", () => {
  let page: ModulePage<typeof onnxruntime>;

  beforeAll(async () => {
    if ("reason" in browser) return;
    const directory = mkdtempSync(join(tmpdir(), "grammask-webgpu-"));
    writeTinyOnnx(directory);
    const files = {
      "/model.onnx": readFileSync(join(directory, "onnx/model.onnx")),
      "/ort.wasm": new URL(wasm, import.meta.url),
    };
    rmSync(directory, { recursive: true });
    page = await browser.openPage(new URL("onnxruntime-webgpu-page.ts", import.meta.url), { files });
    await page.call("load", tinyTokenizer);
  });

  test("the mask is on the logits of every row's last position, and on nothing else", async () => {
    const { data: free } = await page.call("logits", []);
    const { location, data: masked } = await page.call("logits", specs);
    expect(location).toBe("gpu-buffer");
    const compiler = new Compiler(Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] }));
    const matchers = specs.map((spec) => compiler.compile(spec).matcher());
    const expected = free.map((logit, i) => {
      const [row, position, token] = [
        Math.floor(i / 3 / tinyTokens.length),
        Math.floor(i / tinyTokens.length) % 3,
        i % tinyTokens.length,
      ];
      return position < 2 || matchers[row]!.validateTokens([token]) === 1 ? logit : Number.NEGATIVE_INFINITY;
    });
    expect(masked).toEqual(expected);
  });

  test.each(specs)("an engine with its cache on the GPU decodes under a constraint: $type", async (spec) => {
    expect(violations(spec, await page.call("decode", spec))).toEqual([]);
    expect(violations(spec, await page.call("decode"))).not.toEqual([]);
  });
});
