// The prompt where an engine has no chat template of its own: ChatML, with the tools as Hermes models are told of them.
// https://github.com/openai/openai-python/blob/release-v0.28.0/chatml.md
import type { Engine } from "../engine.ts";
import type { OutputPiece } from "../readers/special-token-codes.ts";
import type { NormalisedRequest } from "../request/normalised-request.ts";
import { refusal } from "../request/refusal.ts";
import { asFunctionCall } from "../tool-calls/custom-tool.ts";
import { writtenCall } from "../tool-calls/written-call.ts";

const begin = "<|im_start|>";
const end = "<|im_end|>";

/** `continued`: the text that the answer continues. Throws a RequestError for a content part that isn't text. */
export function chatMlPrompt(
  engine: Engine,
  normalised: NormalisedRequest,
  continued: readonly OutputPiece[],
): number[] {
  const { request, tools, continuedText } = normalised;
  const { encode, vocabulary } = engine;
  const marker = (name: string): readonly number[] => {
    const id = vocabulary.specialTokens.get(name);
    return id === undefined ? encode(name) : [id];
  };
  const turn = (role: string, text: string) => [
    ...marker(begin),
    ...encode(`${role}\n${text}`),
    ...marker(end),
    ...encode("\n"),
  ];
  const told = tools.allowed.map(({ name, description, parameters }) => {
    const said = description === undefined ? "" : `,"description":${JSON.stringify(description)}`;
    return `{"name":${JSON.stringify(name)}${said},"parameters":${parameters ?? "{}"}}`;
  });
  const messages = continuedText === undefined ? request.messages : request.messages.slice(0, -1);
  return [
    ...(told.length === 0 ? [] : turn("system", `You may call these tools:\n${told.join("\n")}`)),
    ...messages.flatMap((message, i) => turn(message.role, textOf(normalised, i))),
    ...marker(begin),
    ...encode("assistant\n"),
    ...continued.flatMap((piece) => ("text" in piece ? encode(piece.text) : marker(piece.special))),
  ];
}

function textOf(normalised: NormalisedRequest, index: number): string {
  const message = normalised.request.messages[index]!;
  const { content } = message;
  const calls = "tool_calls" in message ? (message.tool_calls ?? []) : [];
  const oldCall = "function_call" in message ? message.function_call : undefined;
  const texts =
    typeof content === "string"
      ? [content]
      : (content ?? []).map((part, i) => {
          if (part.type === "text") return part.text;
          if (part.type === "refusal") return part.refusal;
          const path = ["messages", index, "content", i];
          throw refusal(normalised, "unsupported", [[path, `this model reads text alone, no ${part.type}`]]);
        });
  const written = calls.map((call) =>
    writtenCall(call.type === "function" ? call.function : asFunctionCall(call.custom)),
  );
  if (oldCall) written.push(writtenCall(oldCall));
  return [...texts, ...written].join("\n");
}
