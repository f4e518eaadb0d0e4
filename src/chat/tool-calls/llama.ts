// Llama 3.1 to 3.3: an answer is calls or text. https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1/
import type { StructuralFormat } from "../../structural-tag/format.ts";
import { ContentReader } from "../readers/content-reader.ts";
import type { Incoming, Script } from "../readers/incoming.ts";
import { ScriptReader } from "../readers/script-reader.ts";
import { readEitherAnswer } from "./answer-reader.ts";
import { parsedSchema } from "./argument-schema.ts";
import { type CallStyle, callsOnly } from "./call-format.ts";
import type { ToolCallOptions, ToolDialect, ToolFunction } from "./dialect.ts";
import { templateDialect } from "./template-dialect.ts";
import { TemplateReader } from "./template-reader.ts";

/** Custom functions in a tag, as the model card's other prompt asks for them. */
export const llama3Function = templateDialect("llama3_function", {
  form: { call: "<function={name}>{arguments}</function>" },
  markers: [],
});

const pythonTag = "<|python_tag|>";
const bare: CallStyle = { form: { call: "{call}", separator: "; " }, markers: [], argumentsKey: "parameters" };
const tagged: CallStyle = { ...bare, form: { ...bare.form, frame: `${pythonTag}{calls}` }, markers: [pythonTag] };

/** No marker begins a call: it is an object with one of these keys first, and free text doesn't begin with such an object. */
const firstKeys = ['"name"', '"type"'];

export const llama3: ToolDialect = {
  name: "llama3",

  format(tools, options) {
    if (tools.length === 0) return options.text ?? { type: "any_text" };
    const calls = [bare, tagged].map((style) => callsOnly(style, tools, options));
    const text = options.text === undefined ? freeText(options) : withoutCalls(options.text, tools);
    return { type: "or", elements: options.required ? calls : [...calls, text] };
  },

  reader(tools, options) {
    if (tools.length === 0) return new ContentReader();
    return new ScriptReader((incoming) => readLlama(incoming, tools, options));
  },
};

function freeText(options: ToolCallOptions): StructuralFormat {
  const call = `\\{\\s*(?:${firstKeys.join("|")})`;
  const begin = options.isSpecial(pythonTag) ? call : `${call}|<\\|python_tag\\|>`;
  return { type: "regex", pattern: `(?!\\s*(?:${begin}))[^]*` };
}

/**
 * A format without objects that a reader takes for calls, where that can be said: of a JSON object told by its properties alone. Other formats are
 * left as they are.
 */
function withoutCalls(text: StructuralFormat, tools: readonly ToolFunction[]): StructuralFormat {
  if (text.type !== "json_schema" || text.strict === true) return text;
  const schema = parsedSchema(text.json_schema);
  if (typeof schema !== "object" || schema === null || !Object.keys(schema).every((key) => plainKeywords.has(key))) {
    return text;
  }
  const calls = { required: ["name", "parameters"], properties: { name: { enum: tools.map(({ name }) => name) } } };
  const json = typeof text.json_schema === "string" ? text.json_schema.trim() : JSON.stringify(schema);
  const rest = Object.keys(schema).length === 0 ? "}" : `,${json.slice(1)}`;
  return { ...text, json_schema: `{"not":${JSON.stringify(calls)}${rest}` };
}

const plainKeywords: ReadonlySet<string> = new Set([
  ...["$schema", "$id", "$defs", "definitions", "title", "description"],
  ...["type", "properties", "required", "additionalProperties"],
]);

function* readLlama(incoming: Incoming, tools: readonly ToolFunction[], options: ToolCallOptions): Script {
  const [bareCalls, taggedCalls] = [bare, tagged].map((style) => new TemplateReader(incoming, style, tools, options));
  const isCall = yield* incoming.ahead(() => beginsLikeCall(incoming, tools, options));
  yield* readEitherAnswer(incoming, isCall ? bareCalls! : taggedCalls!);
}

/** Beside a format, which may be one of objects too, only what is written just as the constraint has it is a call. */
function* beginsLikeCall(
  incoming: Incoming,
  tools: readonly ToolFunction[],
  options: ToolCallOptions,
): Script<boolean> {
  if (options.text !== undefined) {
    return (yield* incoming.takeOneOf(tools.map(({ name }) => `{"name": "${name}", "parameters": {`))) !== undefined;
  }
  yield* incoming.skipSpace();
  if (!(yield* incoming.take("{"))) return false;
  yield* incoming.skipSpace();
  return (yield* incoming.takeOneOf(firstKeys)) !== undefined;
}
