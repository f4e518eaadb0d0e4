// DeepSeek V3 and R1, V3.1, V3.2: all calls of an answer stand in one frame. The chat templates are in tokenizer_config.json of
// https://huggingface.co/deepseek-ai/DeepSeek-R1 and https://huggingface.co/deepseek-ai/DeepSeek-V3.1
import { dsmlMarker } from "../../structural-tag/xml-style.ts";
import type { CallStyle } from "./call-format.ts";
import type { ToolCallOptions, ToolDialect } from "./dialect.ts";
import { templateDialect } from "./template-dialect.ts";

const frame = "<｜tool▁calls▁begin｜>{calls}<｜tool▁calls▁end｜>";

const markers = [
  "<｜tool▁calls▁begin｜>",
  "<｜tool▁calls▁end｜>",
  "<｜tool▁call▁begin｜>",
  "<｜tool▁call▁end｜>",
  "<｜tool▁sep｜>",
];

export const deepseekV3 = templateDialect("deepseek_v3", {
  form: {
    frame,
    call: "<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n{arguments}\n```<｜tool▁call▁end｜>",
    separator: "\n",
  },
  markers,
});

export const deepseekV31 = templateDialect("deepseek_v3_1", {
  form: { frame, call: "<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{arguments}<｜tool▁call▁end｜>" },
  markers,
});

const dsml: CallStyle = {
  form: {
    frame: `<${dsmlMarker}function_calls>\n{calls}\n</${dsmlMarker}function_calls>`,
    call: `<${dsmlMarker}invoke name="{name}">\n{parameters}</${dsmlMarker}invoke>`,
    separator: "\n",
  },
  markers: [],
  parameterStyle: "deepseek_xml",
};
const dsmlText = templateDialect("deepseek_v3_2", dsml);
const dsmlToken = templateDialect("deepseek_v3_2", { ...dsml, markers: [dsmlMarker] });

/** V3.2: arguments as elements. https://huggingface.co/deepseek-ai/DeepSeek-V3.2, encoding/encoding_dsv32.py */
export const deepseekV32: ToolDialect = {
  name: "deepseek_v3_2",
  format: (tools, options) => dsmlOf(options).format(tools, options),
  reader: (tools, options) => dsmlOf(options).reader(tools, options),
};

function dsmlOf({ isSpecial }: ToolCallOptions): ToolDialect {
  return isSpecial(dsmlMarker) ? dsmlToken : dsmlText;
}
