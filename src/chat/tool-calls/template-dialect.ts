// Dialects that are told by templates: most families'.
import type { StructuralFormat } from "../../structural-tag/format.ts";
import { ContentReader } from "../readers/content-reader.ts";
import type { OutputReader } from "../readers/output-events.ts";
import { ScriptReader } from "../readers/script-reader.ts";
import { readAnswer, readEitherAnswer } from "./answer-reader.ts";
import { type CallStyle, callsInText, callsOnly } from "./call-format.ts";
import type { ToolCallOptions, ToolDialect, ToolFunction } from "./dialect.ts";
import { TemplateReader } from "./template-reader.ts";

export function templateDialect(name: string, style: CallStyle): ToolDialect {
  return {
    name,
    format(tools: readonly ToolFunction[], options: ToolCallOptions): StructuralFormat {
      if (tools.length === 0) return options.text ?? { type: "any_text" };
      if (options.required) return callsOnly(style, tools, options);
      if (options.text === undefined) return callsInText(style, tools, options);
      return { type: "or", elements: [callsOnly(style, tools, options), options.text] };
    },
    reader(tools: readonly ToolFunction[], options: ToolCallOptions): OutputReader {
      if (tools.length === 0) return new ContentReader();
      const readScript = options.text === undefined ? readAnswer : readEitherAnswer;
      return new ScriptReader((incoming) => readScript(incoming, new TemplateReader(incoming, style, tools, options)));
    },
  };
}
