// What comes back: OpenAI's chat.completion and chat.completion.chunk, with the additions that SGLang's and DeepSeek's servers make
// (reasoning_content, matched_stop).
// https://platform.openai.com/docs/api-reference/chat/object, https://platform.openai.com/docs/api-reference/chat/streaming
import type { FunctionCall, ToolCall } from "./request/message.ts";

/** "length": max tokens, or the engine's longest text. "function_call" answers requests that use the deprecated `functions`. */
export type FinishReason = "stop" | "length" | "tool_calls" | "function_call";

export interface TokenLogprob {
  /** The token's text; what isn't whole characters is in `bytes` alone. */
  readonly token: string;
  /** Natural logarithm, at most 0. */
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
}

export interface ChosenLogprob extends TokenLogprob {
  readonly top_logprobs: readonly TokenLogprob[];
}

export interface Logprobs {
  readonly content: readonly ChosenLogprob[];
  readonly refusal: null;
}

export interface Usage {
  readonly prompt_tokens: number;
  /** Of all choices together, forced tokens and stop tokens included. */
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
}

/** The first of a call has its id, type and name. */
export type ToolCallDelta = {
  readonly index: number;
  readonly id?: string;
} & (
  | { readonly type?: "function"; readonly function: { readonly name?: string; readonly arguments?: string } }
  | { readonly type?: "custom"; readonly custom: { readonly name?: string; readonly input?: string } }
);

export interface Delta {
  readonly role?: "assistant";
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly ToolCallDelta[];
  readonly function_call?: { readonly name?: string; readonly arguments?: string };
}

/** How a choice has ended. */
export interface Finish {
  readonly finish_reason: FinishReason;
  /** The stop string or stop token that ended it; null where it was the constraint, or a length. */
  readonly matched_stop: string | number | null;
  /** What couldn't be carried out as asked; absent where all was. */
  readonly warnings?: readonly string[];
}

export type ChunkChoice = {
  readonly index: number;
  readonly delta: Delta;
  readonly logprobs: Logprobs | null;
} & (Finish | { readonly finish_reason: null });

export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: "chat.completion.chunk";
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChunkChoice[];
  /** Only with `stream_options.include_usage`: null, but in the last chunk, which has no choices. */
  readonly usage?: Usage | null;
  /** Only with `stream_options.include_obfuscation`: padding, so that a chunk's size tells nothing of its text. */
  readonly obfuscation?: string;
}

export interface AssistantMessage {
  readonly role: "assistant";
  /** null where there are only tool calls. */
  readonly content: string | null;
  readonly refusal: null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly ToolCall[];
  readonly function_call?: FunctionCall;
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: "chat.completion";
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ({
    readonly index: number;
    readonly message: AssistantMessage;
    readonly logprobs: Logprobs | null;
  } & Finish)[];
  readonly usage: Usage;
}
