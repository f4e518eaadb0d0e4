// DeepSeek V3 and R1, V3.1, V3.2, V4: all calls of an answer stand in one frame. The chat templates are in tokenizer_config.json of
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

/** V3.2: arguments as elements. https://huggingface.co/deepseek-ai/DeepSeek-V3.2, encoding/encoding_dsv32.py */
export const deepseekV32 = dsmlDialect("deepseek_v3_2", "function_calls");

/** V4: the same in a frame of another name. */
export const deepseekV4 = dsmlDialect("deepseek_v4", "tool_calls");

function dsmlDialect(name: string, frameName: string): ToolDialect {
  const style: CallStyle = {
    form: {
      frame: `<${dsmlMarker}${frameName}>\n{calls}\n</${dsmlMarker}${frameName}>`,
      call: `<${dsmlMarker}invoke name="{name}">\n{parameters}</${dsmlMarker}invoke>`,
      separator: "\n",
    },
    markers: [],
    parameterStyle: "deepseek_xml",
  };
  const asText = templateDialect(name, style);
  const asToken = templateDialect(name, { ...style, markers: [dsmlMarker] });
  const dialectOf = ({ isSpecial }: ToolCallOptions) => (isSpecial(dsmlMarker) ? asToken : asText);
  return {
    name,
    format: (tools, options) => dialectOf(options).format(tools, options),
    reader: (tools, options) => dialectOf(options).reader(tools, options),
  };
}
