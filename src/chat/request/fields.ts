// What becomes of each field of a request: one table, which the README's is printed from. No field is dropped in silence.
import type { ChatCompletionRequest, FurtherOpenAiFields } from "./request.ts";

export type FieldPart =
  | "prompt"
  | "constraint"
  | "reasoning"
  | "stopping"
  | "logits"
  | "sampler"
  | "response"
  /** Nothing here knows what it means. */
  | "engine";

export interface HonouredField {
  readonly part: FieldPart;
  readonly disposition: "honoured";
  readonly note: string;
}

export interface PassedField {
  readonly part: "engine";
  readonly disposition: "passed through";
  readonly note: string;
  /** An engine that doesn't know it gives another answer, or another response, than was asked for. */
  readonly changesAnswer: boolean;
  /** JSON texts of the values that ask for nothing: the engine isn't told. */
  readonly neutral: readonly string[];
}

export type RequestField = HonouredField | PassedField;

export const requestFields: {
  readonly [Name in Exclude<keyof ChatCompletionRequest, keyof FurtherOpenAiFields>]-?: RequestField;
} = {
  messages: honoured(
    "prompt",
    "the engine's chat template writes them; fields of a message that aren't known go there too",
  ),
  model: honoured("prompt", "which engine answers"),

  response_format: honoured(
    "constraint",
    "text, json_object, json_schema, structural_tag (also in the older spelling)",
  ),
  regex: honoured("constraint", "the whole answer matches"),
  ebnf: honoured("constraint", "the whole answer follows the grammar"),
  tools: honoured(
    "constraint",
    "functions, and custom tools that take a text or what a regex matches; a Lark grammar is refused",
  ),
  tool_choice: honoured(
    "constraint",
    "none, auto, required, a function, a custom tool, allowed_tools that are functions (OpenAI's spelling or SGLang's)",
  ),
  parallel_tool_calls: honoured("constraint", "false: at most one call"),
  functions: honoured("constraint", "deprecated: tools; the answer is in the old spelling, too"),
  function_call: honoured("constraint", "deprecated: tool_choice"),
  continue_final_message: honoured("constraint", "the constraint starts inside the last message's text"),

  separate_reasoning: honoured("reasoning", "reasoning_content apart from content"),
  stream_reasoning: honoured("reasoning", "false: reasoning comes in one piece"),
  reasoning_effort: honoured(
    "reasoning",
    "told to the chat template; OpenAI's none, minimal, xhigh and max are taken, too",
  ),

  stop: honoured("stopping", "at most 4 texts"),
  stop_token_ids: honoured("stopping", "tokens that end the answer"),
  no_stop_trim: honoured("stopping", "the stop text stays in the answer"),
  ignore_eos: honoured("stopping", "a finished constraint ends the answer all the same"),
  max_tokens: honoured("stopping", "deprecated: max_completion_tokens, which it must equal"),
  max_completion_tokens: honoured("stopping", "at least 1"),
  min_tokens: honoured("stopping", "at most the maximum"),

  temperature: honoured("sampler", "0 to 2"),
  top_p: honoured("sampler", "above 0, up to 1"),
  top_k: honoured("sampler", "at least 1, or -1 for all"),
  min_p: honoured("sampler", "0 to 1"),
  seed: honoured("sampler", "deprecated: sampling_seed, as two's complement, which it must equal"),
  sampling_seed: honoured("sampler", "all 64 bits, where the request comes as text"),

  frequency_penalty: honoured("logits", "-2 to 2"),
  presence_penalty: honoured("logits", "-2 to 2"),
  repetition_penalty: honoured("logits", "above 0, up to 2"),
  logit_bias: honoured("logits", "-100 to 100 by token id, before the mask"),

  logprobs: honoured("response", "each token's log-probability"),
  top_logprobs: honoured("response", "0 to 20; needs logprobs"),
  n: honoured("response", "1 to 10 matchers of one constraint"),
  stream: honoured("response", "server-sent events"),
  stream_options: honoured("response", "include_usage, include_obfuscation; needs stream"),
  skip_special_tokens: honoured("response", "special tokens are left out of the text"),

  return_hidden_states: passed("SGLang", true, ["false"]),
  lora_path: passed("SGLang", true),
  session_params: passed("SGLang", true, ["{}"]),
  chat_template_kwargs: passed("variables of the chat template", true, ["{}"]),
  modalities: passed("other than text", true, ["[]", '["text"]']),
  prompt_cache_key: passed("a hint for caches", false),
  safety_identifier: passed("who asks", false),
  service_tier: passed("how soon", false, ['"auto"', '"default"']),
  verbosity: passed("how long the answer is", true),
  metadata: passed("kept beside the answer", false, ["{}"]),
};

/** OpenAI's fields beyond those. */
export const furtherOpenAiFields: { readonly [Name in keyof FurtherOpenAiFields]-?: PassedField } = {
  audio: passed("the spoken answer's voice", true),
  moderation: passed("checks of prompt and answer", true),
  prediction: passed("an answer to start from, for speed", false),
  prompt_cache_options: passed("a hint for caches", false, ["{}"]),
  prompt_cache_retention: passed("a hint for caches", false),
  store: passed("kept by the server", false, ["false"]),
  user: passed("deprecated: who asks", false),
  web_search_options: passed("answers from the web", true),
};

/** Undefined for a field that nobody knows. */
export function fieldOf(name: string): RequestField | undefined {
  if (Object.hasOwn(requestFields, name)) return requestFields[name as keyof typeof requestFields];
  if (Object.hasOwn(furtherOpenAiFields, name)) return furtherOpenAiFields[name as keyof FurtherOpenAiFields];
  return undefined;
}

function honoured(part: FieldPart, note: string): HonouredField {
  return { part, disposition: "honoured", note };
}

function passed(note: string, changesAnswer: boolean, neutral: readonly string[] = []): PassedField {
  return { part: "engine", disposition: "passed through", note, changesAnswer, neutral };
}
