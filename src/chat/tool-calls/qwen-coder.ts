// Qwen3-Coder, Qwen 3.5: a call and its arguments as elements. https://huggingface.co/Qwen/Qwen3-Coder-480B-A35B-Instruct, chat_template.jinja
import { templateDialect } from "./template-dialect.ts";

export const qwen3Coder = templateDialect("qwen3_coder", {
  form: { call: "<tool_call>\n<function={name}>\n{parameters}</function>\n</tool_call>", separator: "\n" },
  markers: ["<tool_call>", "</tool_call>"],
  parameterStyle: "qwen_xml",
});
