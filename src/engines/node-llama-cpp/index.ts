// `grammask/engines/node-llama-cpp`: llama.cpp in Node. `LlamaEngine` gives the chat loop raw logits; `tokenBias` is for callers who
// leave the sampling to llama.cpp, which is faster there: a step's logits cost node-llama-cpp 30 ms for 49,000 tokens.
export type { RenderTemplate } from "../chat-template.ts";
export { LlamaEngine, type LlamaEngineOptions } from "./llama-engine.ts";
export type { LlamaContext, LlamaModel, LlamaSequence } from "./llama-types.ts";
export { llamaVocabulary } from "./llama-vocabulary.ts";
export { tokenBias } from "./token-bias.ts";
