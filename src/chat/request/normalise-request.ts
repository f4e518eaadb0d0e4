// A request that has been checked to the normalised request: deprecated spellings mapped, defaults filled in, fields by the part that reads
// them. A null means that a field isn't there.
import type { JsonObject } from "../../json-schema/reading/json-text.ts";
import { defaultSampling } from "../sampler/settings.ts";
import { fieldOf } from "./fields.ts";
import type { AssistantMessage } from "./message.ts";
import { normaliseFormat } from "./normalise-format.ts";
import { normaliseTools } from "./normalise-tools.ts";
import type { NormalisedRequest, RequestedSampling, ResponseSettings, StopSettings } from "./normalised-request.ts";
import type { ChatCompletionRequest } from "./request.ts";

/** `tree`: the request's text, `request`: its value. */
export function normaliseRequest(tree: JsonObject, request: ChatCompletionRequest): NormalisedRequest {
  return {
    model: request.model,
    request,
    format: normaliseFormat(tree, request),
    tools: normaliseTools(tree, request),
    continuedText:
      request.continue_final_message === true ? textOf(request.messages.at(-1) as AssistantMessage) : undefined,
    reasoning: {
      separate: request.separate_reasoning ?? true,
      stream: request.stream_reasoning ?? true,
      effort: request.reasoning_effort ?? undefined,
    },
    sampling: sampling(request),
    stopping: stopping(request),
    response: response(request),
    passThrough: passThrough(request),
  };
}

function textOf({ content }: AssistantMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

function sampling(request: ChatCompletionRequest): RequestedSampling {
  const seed = request.sampling_seed ?? request.seed ?? undefined;
  const topK = request.top_k ?? -1;
  return {
    temperature: request.temperature ?? defaultSampling.temperature,
    topK: topK === -1 ? Number.POSITIVE_INFINITY : topK,
    topP: request.top_p ?? defaultSampling.topP,
    minP: request.min_p ?? defaultSampling.minP,
    frequencyPenalty: request.frequency_penalty ?? defaultSampling.frequencyPenalty,
    presencePenalty: request.presence_penalty ?? defaultSampling.presencePenalty,
    repetitionPenalty: request.repetition_penalty ?? defaultSampling.repetitionPenalty,
    logitBias: new Map(Object.entries(request.logit_bias ?? {}).map(([id, bias]) => [Number(id), bias])),
    seed: seed === undefined ? undefined : BigInt.asUintN(64, BigInt(seed)),
  };
}

function stopping(request: ChatCompletionRequest): StopSettings {
  return {
    strings: [request.stop ?? []].flat(),
    tokenIds: request.stop_token_ids ?? [],
    keepString: request.no_stop_trim ?? false,
    ignoreEos: request.ignore_eos ?? false,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY,
    minTokens: request.min_tokens ?? 0,
  };
}

function response(request: ChatCompletionRequest): ResponseSettings {
  return {
    choices: request.n ?? 1,
    topLogprobs: request.logprobs === true ? (request.top_logprobs ?? 0) : undefined,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
    includeObfuscation: request.stream_options?.include_obfuscation ?? false,
    skipSpecialTokens: request.skip_special_tokens ?? true,
  };
}

/** Also fields that nobody knows, where the reader lets them through. */
function passThrough(request: ChatCompletionRequest): Map<string, unknown> {
  const asked = Object.entries(request).filter(([name, value]) => {
    const field = fieldOf(name);
    if (value === null || field?.disposition === "honoured") return false;
    return !field?.neutral.includes(JSON.stringify(value));
  });
  return new Map(asked);
}
