// onnxruntime-web's WebGPU provider, in Node: Dawn stands in for the browser's WebGPU. Masks go on logits that never leave the GPU.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GpuLogitsMask, OnnxEngine, type OrtSession } from "../../src/engines/onnxruntime/index.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";
import { acquireTestDevice } from "../gpu-device.ts";
import { endOfTurn, tinyTokens } from "./byte-tokens.ts";
import { schemaSpec, violations, zipSpec } from "./constraints.ts";
import { decodeGreedily } from "./greedy.ts";
import { tinyTokenizer, writeTinyOnnx } from "./write-onnx.ts";

const directory = mkdtempSync(join(tmpdir(), "grammask-webgpu-"));
const found = await acquireTestDevice();
const vocabulary = Vocabulary.fromTokenizerJson(tinyTokenizer, { eosTokenIds: [endOfTurn] });
const compiler = new Compiler(vocabulary);

afterAll(() => rmSync(directory, { recursive: true }));

describe.skipIf("reason" in found)("onnxruntime-web on WebGPU", () => {
  let ort: typeof import("onnxruntime-web/webgpu");
  let session: OrtSession;
  let device: GPUDevice;

  beforeAll(async () => {
    writeTinyOnnx(directory);
    ort = await loadWithDawn();
    session = await ort.InferenceSession.create(readFileSync(join(directory, "onnx/model.onnx")), {
      executionProviders: ["webgpu"],
      preferredOutputLocation: "gpu-buffer",
      logSeverityLevel: 3,
    });
    device = await ort.env.webgpu.device;
    takeSharedMemory(device.queue);
  });

  test("the mask is on the logits of every row's last position, and on nothing else", async () => {
    const mask = await GpuLogitsMask.create(device);
    const int64 = (values: number[]) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [2, 3]);
    const empty = () => new ort.Tensor("float32", new Float32Array(0), [2, 1, 0, 32]);
    const feeds = {
      input_ids: int64([1, 2, 3, 4, 5, 6]),
      attention_mask: int64([1, 1, 1, 1, 1, 1]),
      position_ids: int64([0, 1, 2, 0, 1, 2]),
      "past_key_values.0.key": empty(),
      "past_key_values.0.value": empty(),
    };
    const free = (await (await session.run(feeds))["logits"]!.getData()) as Float32Array;
    const logits = (await session.run(feeds))["logits"]!;
    const matchers = [schemaSpec, zipSpec].map((spec) => compiler.compile(spec).matcher());
    expect(logits.location).toBe("gpu-buffer");
    mask.apply(logits, matchers);
    const masked = (await logits.getData(true)) as Float32Array;
    const expected = free.map((logit, i) => {
      const [row, position, token] = [
        Math.floor(i / 3 / tinyTokens.length),
        Math.floor(i / tinyTokens.length) % 3,
        i % tinyTokens.length,
      ];
      return position < 2 || matchers[row]!.validateTokens([token]) === 1 ? logit : Number.NEGATIVE_INFINITY;
    });
    expect(masked).toEqual(expected);
    mask.dispose();
  });

  test("an engine with its cache on the GPU decodes under a constraint", async () => {
    const encode = (text: string) => [...new TextEncoder().encode(text)];
    const engine = new OnnxEngine({ model: "tiny", session, Tensor: ort.Tensor, vocabulary, encode });
    const text = await decodeGreedily(engine, "Go: ", compiler.compile(zipSpec).matcher());
    expect(violations(zipSpec, text)).toEqual([]);
    expect(violations(zipSpec, await decodeGreedily(engine, "Go: ", undefined, 20))).not.toEqual([]);
  });
});

/** The package for browsers, with Dawn as the page's WebGPU. */
async function loadWithDawn(): Promise<typeof import("onnxruntime-web/webgpu")> {
  const dawn = await import("webgpu");
  Object.assign(globalThis, dawn.globals);
  Object.defineProperty(globalThis, "navigator", { value: { gpu: dawn.create([]) }, configurable: true });
  const loaded = await import("onnxruntime-web/webgpu");
  const wasm = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm");
  loaded.env.wasm.wasmBinary = readFileSync(wasm).buffer;
  loaded.env.wasm.numThreads = 1;
  return loaded;
}

/** Dawn in Node takes no views of shared memory, which onnxruntime's WebAssembly uses; browsers take them. */
function takeSharedMemory(queue: GPUQueue): void {
  const write = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer, offset, data, ...rest) =>
    write(buffer, offset, ArrayBuffer.isView(data) ? (data as Uint8Array).slice() : data, ...rest);
}
