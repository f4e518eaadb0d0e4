// In the page: wllama 3 with the tiny model.
import { Wllama } from "@wllama/wllama";

// The model is noise. Bytes beyond ASCII it would put together to what is no UTF-8: wllama fails on it, and llama.cpp's grammars let some of
// it (overlong spellings) pass where a class has characters beyond ASCII. Its first tokens are the bytes. (The types ask for two spellings of a
// bias at once.)
const logit_bias = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [128 + i, -100])) as never;

const wllama = new Wllama({ default: "/wllama.wasm" }, { suppressNativeLog: true });

export async function load(): Promise<void> {
  const file = await (await fetch("/model.gguf")).blob();
  await wllama.loadModel([file], { n_ctx: 512, n_threads: 1, n_gpu_layers: 0 });
}

export async function complete(seed: number, grammar?: string) {
  const options = { prompt: "Go: ", max_tokens: 80, temperature: 1.2, seed, logit_bias };
  const { choices } = await wllama.createCompletion({ ...options, ...(grammar !== undefined && { grammar }) });
  return { text: choices[0]!.text, isWhole: choices[0]!.finish_reason === "stop" };
}
