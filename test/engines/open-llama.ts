// A GGUF file as an engine, on the CPU. The bench of a real model comes here for the packages that only this one has.
import { Template } from "@huggingface/jinja";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { LlamaEngine } from "../../src/engines/node-llama-cpp/index.ts";

export interface OpenLlama {
  readonly engine: LlamaEngine;
  dispose(): Promise<void>;
}

/** One thread by default: llama.cpp's wait for each other spinning, and a busy machine makes that slower than one alone. */
export async function openLlama(
  modelPath: string,
  { sequences = 1, contextSize = 2048, threads = 1 } = {},
): Promise<OpenLlama> {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ sequences, contextSize, threads });
  const engine = new LlamaEngine({
    context,
    renderTemplate: (template, variables) => new Template(template).render(variables),
  });
  return { engine, dispose: () => llama.dispose() };
}
