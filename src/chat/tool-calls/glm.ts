// GLM 4.5 to 4.7: arguments as elements. https://huggingface.co/zai-org/GLM-4.5 and https://huggingface.co/zai-org/GLM-4.7, chat_template.jinja
import { templateDialect } from "./template-dialect.ts";

const markers = ["<tool_call>", "</tool_call>"];

export const glm4 = templateDialect("glm4", {
  form: { call: "<tool_call>{name}\n{parameters}</tool_call>", separator: "\n" },
  markers,
  parameterStyle: "glm_xml",
});

/** GLM 4.7: the same without line breaks. */
export const glm47 = templateDialect("glm4_7", {
  form: { call: "<tool_call>{name}{parameters}</tool_call>" },
  markers,
  parameterStyle: "glm_xml",
});
