// The table of fields: the 47 that requests have, OpenAI's others, and nothing else; in the schema as well.
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { expect, expectTypeOf, test } from "vitest";
import { type ChatCompletionRequest, furtherOpenAiFields, requestFields } from "../../../src/chat/index.ts";
import schema from "../../../src/chat/request/request.schema.json" with { type: "json" };

const names = `messages model response_format regex ebnf tools tool_choice parallel_tool_calls functions function_call
  continue_final_message separate_reasoning stream_reasoning reasoning_effort stop stop_token_ids no_stop_trim ignore_eos
  max_tokens max_completion_tokens min_tokens temperature top_p top_k min_p frequency_penalty presence_penalty
  repetition_penalty logit_bias seed sampling_seed logprobs top_logprobs n stream stream_options skip_special_tokens
  return_hidden_states lora_path session_params chat_template_kwargs modalities prompt_cache_key safety_identifier
  service_tier verbosity metadata`.split(/\s+/);

test("the table has the 47 fields", () => {
  expect(names).toHaveLength(47);
  expect(Object.keys(requestFields).sort()).toEqual([...names].sort());
});

test("the schema has the table's fields", () => {
  const all = [...Object.keys(requestFields), ...Object.keys(furtherOpenAiFields)];
  expect(Object.keys(schema.properties).sort()).toEqual(all.sort());
});

test("OpenAI's client has no field beyond them", () => {
  expectTypeOf<Exclude<keyof ChatCompletionCreateParams, keyof ChatCompletionRequest>>().toEqualTypeOf<never>();
});

test("the schema is one", () => {
  expect(new Ajv2020().validateSchema(schema)).toBe(true);
});
