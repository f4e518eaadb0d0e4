// The chat-completion request as OpenAI-compatible servers speak it, with SGLang's fields. The types say what a request looks like;
// request.schema.json says which values are allowed, check-rules.ts how fields go together, fields.ts what becomes of each.
import type { ChatMessage, Optional, TextContent } from "./message.ts";

/** A JSON Schema as a value. Where the order of integer-like keys or the spelling of numbers matters, send the request as text. */
export type SchemaValue = { readonly [keyword: string]: unknown };

export interface FunctionDefinition {
  /** 1 to 64 of the characters a-z, A-Z, 0-9, _ and -. */
  readonly name: string;
  readonly description?: Optional<string>;
  /** A JSON Schema of the arguments; without it any object will do. */
  readonly parameters?: Optional<SchemaValue>;
  /** Keys come in the schema's order, and OpenAI's subset of JSON Schema is asked for. Default: false. */
  readonly strict?: Optional<boolean>;
}

export interface FunctionTool {
  readonly type: "function";
  readonly function: FunctionDefinition;
}

/** A tool that takes a text. */
export interface CustomTool {
  readonly type: "custom";
  readonly custom: {
    /** As a function's. */
    readonly name: string;
    readonly description?: Optional<string>;
    /** Default: any text. */
    readonly format?: Optional<
      | { readonly type: "text" }
      | {
          readonly type: "grammar";
          /** An ECMAScript regex that the whole text matches. */
          readonly grammar: { readonly syntax: "regex"; readonly definition: string };
        }
    >;
  };
}

export type Tool = FunctionTool | CustomTool;

/** A tool by its name, as OpenAI spells it or as SGLang does. */
export type ToolReference =
  | { readonly type: "function"; readonly function: { readonly name: string } }
  | { readonly type: "function"; readonly name: string };

export interface AllowedTools {
  readonly mode: "auto" | "required";
  /** At least one. */
  readonly tools: readonly ToolReference[];
}

export type ToolChoiceOption =
  | "none"
  | "auto"
  | "required"
  | { readonly type: "function"; readonly function: { readonly name: string } }
  | { readonly type: "custom"; readonly custom: { readonly name: string } }
  | { readonly type: "allowed_tools"; readonly allowed_tools: AllowedTools }
  | ({ readonly type: "allowed_tools" } & AllowedTools);

export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly json_schema: {
        /** 1 to 64 of the characters a-z, A-Z, 0-9, _ and -. */
        readonly name: string;
        readonly description?: Optional<string>;
        readonly schema: SchemaValue | boolean;
        /** Keys come in the schema's order, and OpenAI's subset of JSON Schema is asked for. Default: false. */
        readonly strict?: Optional<boolean>;
      };
    }
  | {
      readonly type: "structural_tag";
      /** A format of ../structural-tag/format.ts. */
      readonly format: { readonly type: string; readonly [field: string]: unknown };
    }
  /** The older spelling. */
  | {
      readonly type: "structural_tag";
      readonly structures: readonly { readonly begin: string; readonly schema?: unknown; readonly end: string }[];
      readonly triggers: readonly string[];
    };

export interface ChatCompletionRequest extends FurtherOpenAiFields {
  /** The conversation so far; not empty. */
  readonly messages: readonly ChatMessage[];
  /** Which model answers; not empty. */
  readonly model: string;

  /** What the answer looks like. Default: text. */
  readonly response_format?: Optional<ResponseFormat>;
  /** The answer matches this ECMAScript regex as a whole. */
  readonly regex?: Optional<string>;
  /** The answer follows this grammar (GBNF, rule `root`). */
  readonly ebnf?: Optional<string>;

  /** What the model may call; at least one. */
  readonly tools?: Optional<readonly Tool[]>;
  /** Default: "auto" with tools, "none" without. */
  readonly tool_choice?: Optional<ToolChoiceOption>;
  /** More than one call in an answer. Default: true. */
  readonly parallel_tool_calls?: Optional<boolean>;
  /** @deprecated Replaced by `tools`. */
  readonly functions?: Optional<readonly Omit<FunctionDefinition, "strict">[]>;
  /** @deprecated Replaced by `tool_choice`. */
  readonly function_call?: Optional<"none" | "auto" | { readonly name: string }>;

  /** The last message, an assistant's, is the beginning of the answer. Default: false. */
  readonly continue_final_message?: Optional<boolean>;

  /** Reasoning comes as `reasoning_content`, apart from the content. Default: true. */
  readonly separate_reasoning?: Optional<boolean>;
  /** Reasoning is streamed as it comes, not in one piece at its end. Default: true. */
  readonly stream_reasoning?: Optional<boolean>;
  /** Told to the chat template. */
  readonly reasoning_effort?: Optional<"none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max">;

  /** Texts at which the answer ends: at most 4, none empty. */
  readonly stop?: Optional<string | readonly string[]>;
  /** Token ids at which the answer ends, each 0 to 2³² − 1. */
  readonly stop_token_ids?: Optional<readonly number[]>;
  /** The stop text stays in the answer. Default: false. */
  readonly no_stop_trim?: Optional<boolean>;
  /** The model's end-of-sequence token doesn't end the answer. Default: false. */
  readonly ignore_eos?: Optional<boolean>;

  /** @deprecated Replaced by `max_completion_tokens`. */
  readonly max_tokens?: Optional<number>;
  /** Tokens of the answer, reasoning included, at most: 1 to 2³² − 1. */
  readonly max_completion_tokens?: Optional<number>;
  /** Tokens of the answer at least: 0 to the maximum. Default: 0. */
  readonly min_tokens?: Optional<number>;

  /** 0 to 2; 0 takes the likeliest token. Default: 1. */
  readonly temperature?: Optional<number>;
  /** Above 0, up to 1. Default: 1. */
  readonly top_p?: Optional<number>;
  /** How many of the likeliest tokens are left, at least 1; −1 for all, the default. */
  readonly top_k?: Optional<number>;
  /** 0 to 1: least probability, relative to the likeliest token's. Default: 0. */
  readonly min_p?: Optional<number>;

  /** −2 to 2. Default: 0. */
  readonly frequency_penalty?: Optional<number>;
  /** −2 to 2. Default: 0. */
  readonly presence_penalty?: Optional<number>;
  /** Above 0, up to 2. Default: 1. */
  readonly repetition_penalty?: Optional<number>;
  /** By token id (decimal, up to 2³² − 1): −100 to 100, added to the logit before the mask. */
  readonly logit_bias?: Optional<{ readonly [tokenId: string]: number }>;

  /** @deprecated Replaced by `sampling_seed`. −2⁶³ to 2⁶³ − 1; a bigint beyond 2⁵³. */
  readonly seed?: Optional<number | bigint>;
  /** 0 to 2⁶⁴ − 1; a bigint beyond 2⁵³. Default: the server's choice. */
  readonly sampling_seed?: Optional<number | bigint>;

  /** Tell the log-probability of each token. Default: false. */
  readonly logprobs?: Optional<boolean>;
  /** How many of the likeliest tokens are told with theirs: 0 to 20. Needs `logprobs`. */
  readonly top_logprobs?: Optional<number>;
  /** How many answers: 1 to 10. Default: 1. */
  readonly n?: Optional<number>;
  /** Default: false. */
  readonly stream?: Optional<boolean>;
  /** Needs `stream`. */
  readonly stream_options?: Optional<{
    /** A last chunk tells the tokens used. */
    readonly include_usage?: Optional<boolean>;
    /** Chunks carry padding, so that their sizes tell nothing. */
    readonly include_obfuscation?: Optional<boolean>;
  }>;
  /** Special tokens are no part of the answer's text. Default: true. */
  readonly skip_special_tokens?: Optional<boolean>;

  // Passed through to the engine by name.
  readonly return_hidden_states?: Optional<boolean>;
  readonly lora_path?: Optional<string>;
  readonly session_params?: Optional<{ readonly [name: string]: unknown }>;
  readonly chat_template_kwargs?: Optional<{ readonly [name: string]: unknown }>;
  readonly modalities?: Optional<readonly string[]>;
  readonly prompt_cache_key?: Optional<string>;
  readonly safety_identifier?: Optional<string>;
  readonly service_tier?: Optional<"auto" | "default" | "flex" | "scale" | "priority">;
  readonly verbosity?: Optional<"low" | "medium" | "high">;
  /** At most 16 keys of up to 64 characters, values of up to 512. */
  readonly metadata?: Optional<{ readonly [key: string]: string }>;
}

/** What OpenAI's API knows beyond the fields of this library: passed through to the engine by name, too. */
export interface FurtherOpenAiFields {
  readonly audio?: Optional<{ readonly format: string; readonly voice: string | { readonly id: string } }>;
  readonly moderation?: Optional<{ readonly [field: string]: unknown }>;
  readonly prediction?: Optional<{ readonly type: "content"; readonly content: TextContent }>;
  readonly prompt_cache_options?: Optional<{ readonly [field: string]: unknown }>;
  readonly prompt_cache_retention?: Optional<"in_memory" | "24h">;
  readonly store?: Optional<boolean>;
  /** @deprecated Replaced by `safety_identifier` and `prompt_cache_key`. */
  readonly user?: Optional<string>;
  readonly web_search_options?: Optional<{ readonly [field: string]: unknown }>;
}
