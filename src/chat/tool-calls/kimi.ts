// Kimi K2: calls name themselves, and that is their id. https://huggingface.co/moonshotai/Kimi-K2-Instruct, docs/tool_call_guidance.md
import { templateDialect } from "./template-dialect.ts";

export const kimiK2 = templateDialect("kimi_k2", {
  form: {
    frame: "<|tool_calls_section_begin|>{calls}<|tool_calls_section_end|>",
    call: "<|tool_call_begin|>functions.{name}:{index}<|tool_call_argument_begin|>{arguments}<|tool_call_end|>",
  },
  markers: [
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<|tool_call_begin|>",
    "<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
  ],
  callId: (name, index) => `functions.${name}:${index}`,
});
