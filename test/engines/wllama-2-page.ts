// In the page: wllama 2 with the tiny model, as the chat loop's engine.
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { Wllama } from "wllama-2/esm/index.js";
import { ChatDecoder } from "../../src/chat/index.ts";
import { WllamaEngine } from "../../src/engines/wllama/index.ts";
import { Vocabulary } from "../../src/index.ts";
import { endOfTurn } from "./byte-tokens.ts";

const wllama = new Wllama({ "single-thread/wllama.wasm": "/wllama.wasm" }, { suppressNativeLog: true });
let engine: WllamaEngine;
let decoder: ChatDecoder;

export async function load(tokenizerJson: object): Promise<void> {
  const file = await (await fetch("/model.gguf")).blob();
  await wllama.loadModel([file], { n_ctx: 1024, n_threads: 1 });
  const tokenizer = new Tokenizer(tokenizerJson, {});
  engine = new WllamaEngine({
    model: "tiny",
    wllama,
    vocabulary: Vocabulary.fromTokenizerJson(tokenizerJson, { eosTokenIds: [endOfTurn] }),
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    renderTemplate: (template, variables) => new Template(template).render(variables),
  });
  decoder = new ChatDecoder(engine);
}

/** A row that can't be computed is told by its message. */
export async function logits(tokens: readonly number[]): Promise<Float32Array | string> {
  const [row] = await engine.forward([{ sequence: 0, tokens, known: 0 }], new AbortController().signal);
  return row instanceof Error ? row.message : row!;
}

export async function prompt(content: string): Promise<string> {
  return engine.decode(await engine.prompt!({ model: "tiny", messages: [{ role: "user", content }] }));
}

export async function complete(request: string) {
  return (await decoder.generate(request)).completion();
}
