// Hermes 2 Pro, Qwen 2.5 and Qwen 3, and whoever was trained on their templates: a JSON object in tags.
// https://huggingface.co/Qwen/Qwen3-8B, tokenizer_config.json
import type { CallStyle } from "./call-format.ts";
import { templateDialect } from "./template-dialect.ts";

const style: CallStyle = {
  form: { call: "<tool_call>\n{call}\n</tool_call>", separator: "\n" },
  markers: ["<tool_call>", "</tool_call>"],
};

export const hermes = templateDialect("hermes", style);
export const qwen3 = templateDialect("qwen3", style);
