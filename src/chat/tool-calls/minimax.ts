// MiniMax M2: arguments as elements. https://huggingface.co/MiniMaxAI/MiniMax-M2, docs/tool_calling_guide.md
import { templateDialect } from "./template-dialect.ts";

export const minimaxM2 = templateDialect("minimax_m2", {
  form: {
    frame: "<minimax:tool_call>\n{calls}\n</minimax:tool_call>",
    call: '<invoke name="{name}">\n{parameters}</invoke>',
    separator: "\n",
  },
  markers: ["<minimax:tool_call>", "</minimax:tool_call>"],
  parameterStyle: "minimax_xml",
});
