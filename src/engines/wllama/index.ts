// `grammask/engines/wllama`: llama.cpp in a browser. wllama 2.4 gives the chat loop a model's probabilities, by `WllamaEngine`, so that
// every constraint is exact there; that costs 60 ms a step for 128,000 tokens. wllama 3 gives none, and takes grammars, choices and regexes as text, by
// `wllamaGrammar`.
export type { RenderTemplate } from "../chat-template.ts";
export { wllamaGrammar } from "./grammar.ts";
export { WllamaEngine, type WllamaEngineOptions } from "./wllama-engine.ts";
export type { Wllama2 } from "./wllama-types.ts";
