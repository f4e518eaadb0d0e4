// A decoder on a scripted engine, and a short way to ask it.
import { ChatDecoder } from "../../../src/chat/loop/chat-decoder.ts";
import type { ChatCompletionRequest } from "../../../src/chat/request/request.ts";
import { type ScriptedOptions, scriptedEngine } from "./scripted-engine.ts";

type Fields = Partial<ChatCompletionRequest>;

export function decoderOf(options: ScriptedOptions | string) {
  const scripted = scriptedEngine(typeof options === "string" ? { script: () => options } : options);
  const decoder = new ChatDecoder(scripted);
  const ask = async (fields: Fields = {}, signal?: AbortSignal) => {
    const request: ChatCompletionRequest = {
      model: "scripted",
      temperature: 0,
      messages: [{ role: "user", content: "?" }],
      ...fields,
    };
    const stream = await decoder.generate(request, signal && { signal });
    return (await stream.completion()).choices.map((choice) => ({ ...choice, ...choice.message }));
  };
  return { engine: scripted, decoder, ask };
}
