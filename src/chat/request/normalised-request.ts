// What a request asks for, once it has been checked: one spelling for each thing, defaults filled in, grouped by the part of the loop that
// reads it. normalise-request.ts makes it; the decode plan is made from it.
import type { StructuralFormat } from "../../structural-tag/format.ts";
import type { SamplingSettings } from "../sampler/settings.ts";
import type { ToolFunction } from "../tool-calls/dialect.ts";
import type { ChatCompletionRequest } from "./request.ts";

export interface NormalisedRequest {
  readonly model: string;
  /** As it was sent, for the chat template: messages, tools, kwargs. A seed that a double can't hold is a bigint in here. */
  readonly request: ChatCompletionRequest;
  readonly format: OutputFormat;
  readonly tools: ToolSettings;
  /** With continue_final_message: the text of the last message, which is the beginning of the answer. */
  readonly continuedText: string | undefined;
  readonly reasoning: ReasoningSettings;
  readonly sampling: RequestedSampling;
  readonly stopping: StopSettings;
  readonly response: ResponseSettings;
  /**
   * What is for the engine, by field. Fields that ask for nothing (null, false, `modalities: ["text"]`) aren't in it. Which of
   * them change the answer: fields.ts.
   */
  readonly passThrough: ReadonlyMap<string, unknown>;
}

/** The user's constraint: response_format, regex or ebnf. Together with required tools it is always "text". */
export type OutputFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly name: string;
      readonly description: string | undefined;
      /** JSON text: keys in their order, numbers as they were spelled. */
      readonly schema: string;
      readonly strict: boolean;
    }
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "ebnf"; readonly grammar: string }
  /** Schemas in it are texts. Its shape hasn't been checked: that is the compiler's. */
  | { readonly type: "structural_tag"; readonly format: StructuralFormat };

export interface ToolSettings {
  /** "named": exactly one call, of the one tool in `allowed`. */
  readonly mode: "none" | "auto" | "required" | "named";
  /** What may be called, in the request's order; empty where mode is "none". Their `parameters` are JSON texts. */
  readonly allowed: readonly ToolFunction[];
  /** More than one call in an answer. */
  readonly parallel: boolean;
  /** How the answer tells calls: "function_call" where the request was in the old spelling (functions). */
  readonly spelling: "tool_calls" | "function_call";
  /** The names of custom tools. They are among `allowed` as functions (../tool-calls/custom-tool.ts). */
  readonly custom: ReadonlySet<string>;
}

export interface ReasoningSettings {
  /** As `reasoning_content`, apart from the content. */
  readonly separate: boolean;
  /** As it comes, not in one piece at its end. */
  readonly stream: boolean;
  readonly effort: (ChatCompletionRequest["reasoning_effort"] & string) | undefined;
}

/** The seed, 0 to 2⁶⁴ − 1, is undefined where the request has none; a negative one of the old spelling is its two's complement. */
export type RequestedSampling = Omit<SamplingSettings, "seed"> & { readonly seed: bigint | undefined };

export interface StopSettings {
  readonly strings: readonly string[];
  readonly tokenIds: readonly number[];
  /** A stop text stays in the answer. */
  readonly keepString: boolean;
  readonly ignoreEos: boolean;
  /** Infinity where the request sets no bound. */
  readonly maxTokens: number;
  readonly minTokens: number;
}

export interface ResponseSettings {
  /** How many answers. */
  readonly choices: number;
  /** How many of the likeliest tokens are told beside each token's log-probability; undefined: no log-probabilities. */
  readonly topLogprobs: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly includeObfuscation: boolean;
  readonly skipSpecialTokens: boolean;
}
