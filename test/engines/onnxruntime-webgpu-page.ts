// In the page: onnxruntime-web with WebGPU and the tiny model, whose logits and caches stay on the GPU.
import * as ort from "onnxruntime-web/webgpu";
import { GpuLogitsMask, OnnxEngine, type OrtSession } from "../../src/engines/onnxruntime/index.ts";
import { Compiler, type ConstraintSpec, Vocabulary } from "../../src/index.ts";
import { endOfTurn } from "./byte-tokens.ts";
import { decodeGreedily } from "./greedy.ts";

let session: OrtSession;
let compiler: Compiler;

export async function load(tokenizerJson: object): Promise<void> {
  ort.env.wasm.wasmPaths = { wasm: "/ort.wasm" };
  session = await ort.InferenceSession.create("/model.onnx", {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
    logSeverityLevel: 3,
  });
  compiler = new Compiler(Vocabulary.fromTokenizerJson(tokenizerJson, { eosTokenIds: [endOfTurn] }));
}

/** The logits of two rows of three tokens, [2, 3, V], masked on the GPU by these constraints, if there are any. */
export async function logits(specs: readonly ConstraintSpec[]): Promise<{ location: string; data: Float32Array }> {
  const int64 = (values: number[]) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [2, 3]);
  const empty = () => new ort.Tensor("float32", new Float32Array(0), [2, 1, 0, 32]);
  const outputs = await session.run({
    input_ids: int64([1, 2, 3, 4, 5, 6]),
    attention_mask: int64([1, 1, 1, 1, 1, 1]),
    position_ids: int64([0, 1, 2, 0, 1, 2]),
    "past_key_values.0.key": empty(),
    "past_key_values.0.value": empty(),
  });
  const logits = outputs["logits"]!;
  const { location } = logits;
  const mask = await GpuLogitsMask.create(await ort.env.webgpu.device);
  const matchers = specs.map((spec) => compiler.compile(spec).matcher());
  if (matchers.length > 0) mask.apply(logits, matchers);
  const data = (await logits.getData(true)) as Float32Array;
  mask.dispose();
  return { location, data };
}

export function decode(spec?: ConstraintSpec): Promise<string> {
  const { vocabulary } = compiler;
  const encode = (text: string) => [...new TextEncoder().encode(text)];
  const engine = new OnnxEngine({ model: "tiny", session, Tensor: ort.Tensor, vocabulary, encode });
  return decodeGreedily(engine, "Go: ", spec && compiler.compile(spec).matcher(), spec ? 200 : 20);
}
