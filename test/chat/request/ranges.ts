// For each field of a request: values that it takes, range ends first of all, and values just beyond.
import type { furtherOpenAiFields, requestFields } from "../../../src/chat/index.ts";
import { tool } from "./read.ts";

export interface Range {
  readonly takes: readonly unknown[];
  readonly refuses: readonly unknown[];
  /** What else the request must have. */
  readonly beside?: object;
}

const u32 = 4294967295;
const user = { role: "user", content: "Hi" };
const custom = (grammar: object) => ({ type: "custom", custom: { name: "c", format: { type: "grammar", grammar } } });
const name64 = "n".repeat(64);

const boolean: Range = { takes: [true, false, null], refuses: [0, "true", []] };
const text: Range = { takes: ["", "a", null], refuses: [0, true, {}] };
const object: Range = { takes: [{}, { a: [1] }, null], refuses: ["", 1, []] };
const penalty: Range = { takes: [-2, 0, 2, null], refuses: [-2.01, 2.01, "0", true] };
const atLeastOne: Range = { takes: [1, u32, null], refuses: [0, -1, 1.5, u32 + 1, "1"] };

function oneOf(...values: string[]): Range {
  return { takes: [...values, null], refuses: ["", "other", 1, true, values.slice(0, 1)] };
}

function schemaFormat(fields: object): object {
  return { type: "json_schema", json_schema: { name: "a", schema: {}, ...fields } };
}

export const ranges: { readonly [field in keyof (typeof requestFields & typeof furtherOpenAiFields)]: Range } = {
  messages: {
    takes: [
      [user],
      [{ role: "system", content: "Be brief", name: "s" }, user],
      [{ role: "developer", content: [{ type: "text", text: "Be brief" }] }, user],
      [
        user,
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{" } }],
        },
      ],
      [user, { role: "tool", tool_call_id: "1", content: "4" }],
      [user, { role: "function", name: "f", content: null }],
    ],
    refuses: [
      null,
      "Hi",
      [],
      ["Hi"],
      [{}],
      [{ role: "robot", content: "Hi" }],
      [{ role: "user" }],
      [{ role: "user", content: null }],
      [{ role: "user", content: [] }],
      [{ role: "user", content: [{ type: "video" }] }],
      [{ role: "user", content: "Hi", name: 3 }],
      [{ role: "system", content: [{ type: "image_url", image_url: { url: "" } }] }],
      [{ role: "assistant" }],
      [{ role: "assistant", content: null, tool_calls: [] }],
      [{ role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: {} } }] }],
      [{ role: "tool", content: "4" }],
      [{ role: "function", content: "4" }],
    ],
  },
  model: { takes: ["m"], refuses: [null, "", 3] },

  response_format: {
    takes: [
      null,
      { type: "text" },
      { type: "json_object" },
      schemaFormat({ name: name64 }),
      schemaFormat({ strict: null, description: "d", schema: true }),
      { type: "structural_tag", format: { type: "any_text" } },
      { type: "structural_tag", structures: [{ begin: "<a>", schema: {}, end: "</a>" }], triggers: ["<a>"] },
    ],
    refuses: [
      "json_object",
      {},
      { type: "xml" },
      { type: "text", schema: {} },
      { type: "json_schema" },
      schemaFormat({ name: `${name64}n` }),
      schemaFormat({ name: "a b" }),
      schemaFormat({ name: "" }),
      schemaFormat({ schema: "{}" }),
      schemaFormat({ strict: "yes" }),
      schemaFormat({ more: 1 }),
      { type: "structural_tag" },
      { type: "structural_tag", structures: [] },
    ],
  },
  regex: text,
  ebnf: text,
  tools: {
    takes: [
      null,
      [tool(name64)],
      [{ type: "function", function: { name: "f", parameters: null, strict: true } }],
      [{ type: "custom", custom: { name: name64 } }],
      [{ type: "custom", custom: { name: "c", description: "d", format: { type: "text" } } }],
      [custom({ syntax: "regex", definition: "a+" })],
    ],
    refuses: [
      [],
      {},
      [{}],
      [tool(`${name64}n`)],
      [tool("a b")],
      [{ type: "custom" }],
      [{ type: "custom", custom: { name: `${name64}n` } }],
      [{ type: "custom", custom: { name: "c", format: { type: "text", grammar: {} } } }],
      [custom({ syntax: "regex" })],
      [custom({ syntax: "lark", definition: "start: A" })],
      [{ type: "function" }],
      [{ type: "function", function: { name: "f", parameters: true } }],
      [{ type: "function", function: { name: "f", extra: 1 } }],
    ],
  },
  tool_choice: {
    takes: [
      null,
      "none",
      "auto",
      "required",
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "c" } },
      {
        type: "allowed_tools",
        allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
      },
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] },
    ],
    refuses: [
      "any",
      true,
      {},
      { type: "function" },
      { type: "function", function: { name: "g" } },
      { type: "custom", custom: { name: "f" } },
      { type: "function", function: { name: "c" } },
      { type: "allowed_tools" },
      { type: "allowed_tools", allowed_tools: { mode: "none", tools: [{ type: "function", name: "f" }] } },
      { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } },
      { type: "allowed_tools", mode: "auto", tools: [{ type: "mcp", name: "f" }] },
      { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "g" }] },
    ],
    beside: { tools: [tool("f"), { type: "custom", custom: { name: "c" } }] },
  },
  parallel_tool_calls: boolean,
  functions: { takes: [null, [{ name: "f" }]], refuses: [[], [{}], [{ name: "" }], [{ name: "f", strict: true }]] },
  function_call: {
    takes: [null, "none", "auto", { name: "f" }],
    refuses: ["required", {}, { name: "g" }, []],
    beside: { functions: [{ name: "f" }] },
  },

  continue_final_message: {
    takes: [true, false, null],
    refuses: [1, "true"],
    beside: { messages: [user, { role: "assistant", content: "I" }] },
  },
  separate_reasoning: boolean,
  stream_reasoning: boolean,
  reasoning_effort: oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max"),

  stop: { takes: [null, "a", [], ["a", "b", "c", "d"]], refuses: ["", [""], ["a", "b", "c", "d", "e"], [1], 1] },
  stop_token_ids: { takes: [null, [], [0, u32]], refuses: [[-1], [u32 + 1], [1.5], ["1"], 1] },
  no_stop_trim: boolean,
  ignore_eos: boolean,

  max_tokens: atLeastOne,
  max_completion_tokens: atLeastOne,
  min_tokens: { takes: [0, u32, null], refuses: [-1, 1.5, u32 + 1, "1"] },

  temperature: { takes: [0, 0.7, 2, null], refuses: [-0.01, 2.01, "1", []] },
  top_p: { takes: [Number.MIN_VALUE, 1, null], refuses: [0, -1, 1.01, "1"] },
  top_k: { takes: [-1, 1, u32, null], refuses: [0, -2, 1.5, "1"] },
  min_p: { takes: [0, 1, null], refuses: [-0.01, 1.01] },
  frequency_penalty: penalty,
  presence_penalty: penalty,
  repetition_penalty: { takes: [Number.MIN_VALUE, 1, 2, null], refuses: [0, -1, 2.01] },
  logit_bias: {
    takes: [null, {}, { 0: -100, [u32]: 100 }],
    refuses: [
      [],
      { 0: -100.5 },
      { 0: 101 },
      { 0: null },
      { [u32 + 1]: 0 },
      { a: 0 },
      { "01": 0 },
      { "-1": 0 },
      { "1.5": 0 },
    ],
  },
  seed: {
    takes: [null, 0, -1, -(2n ** 63n), 2n ** 63n - 1n, 2 ** 53 - 1],
    refuses: [-(2n ** 63n) - 1n, 2n ** 63n, 2 ** 53, 1.5, "1"],
  },
  sampling_seed: { takes: [null, 0, 2n ** 64n - 1n], refuses: [-1, 2n ** 64n, 2 ** 53, 0.5, "1"] },

  logprobs: boolean,
  top_logprobs: { takes: [0, 20, null], refuses: [-1, 21, 0.5], beside: { logprobs: true } },
  n: { takes: [1, 10, null], refuses: [0, 11, 1.5] },
  stream: boolean,
  stream_options: {
    takes: [null, {}, { include_usage: true, include_obfuscation: false }],
    refuses: [{ include_usage: 1 }, { usage: true }, []],
    beside: { stream: true },
  },
  skip_special_tokens: boolean,

  return_hidden_states: boolean,
  lora_path: text,
  session_params: object,
  chat_template_kwargs: object,
  modalities: { takes: [null, [], ["text", "audio"]], refuses: ["text", [1]] },
  prompt_cache_key: text,
  safety_identifier: text,
  service_tier: oneOf("auto", "default", "flex", "scale", "priority"),
  verbosity: oneOf("low", "medium", "high"),
  metadata: {
    takes: [
      null,
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, ""])),
      { ["k".repeat(64)]: "v".repeat(512) },
    ],
    refuses: [
      Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])),
      { ["k".repeat(65)]: "" },
      { k: "v".repeat(513) },
      { k: 1 },
      [],
    ],
  },

  audio: object,
  moderation: object,
  prediction: object,
  prompt_cache_options: object,
  prompt_cache_retention: oneOf("in_memory", "24h"),
  store: boolean,
  user: text,
  web_search_options: object,
};
