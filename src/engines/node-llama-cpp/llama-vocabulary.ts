// The vocabulary of a loaded model, out of its GGUF metadata; what ends a text is what llama.cpp itself stops at.
import { type Encode, Vocabulary } from "../../vocabulary/vocabulary.ts";
import type { LlamaModel } from "./llama-types.ts";

/** Throws as `Vocabulary.fromGguf`. Cost: linear in the vocabulary. */
export function llamaVocabulary(model: LlamaModel): Vocabulary {
  const eosTokenIds = [...model.iterateAllTokens()].filter((token) => model.isEogToken(token));
  return Vocabulary.fromGguf(ggufMetadata(model), { eosTokenIds, encode: llamaEncode(model) });
}

export function llamaEncode(model: LlamaModel): Encode & ((text: string) => readonly number[]) {
  return (text) => model.tokenize(text, false, "trimLeadingSpace");
}

/** The file's keys as they are in the file ("tokenizer.ggml.tokens"): node-llama-cpp nests them at their dots. */
export function ggufMetadata(model: LlamaModel): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  const visit = (prefix: string, value: unknown): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      flat[prefix] = value;
      return;
    }
    for (const [key, inner] of Object.entries(value)) visit(prefix === "" ? key : `${prefix}.${key}`, inner);
  };
  visit("", model.fileInfo.metadata);
  return flat;
}
