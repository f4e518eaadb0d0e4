// Harmony, the format of gpt-oss: an answer is a row of messages, each in a channel. Reasoning is the channel `analysis`, a call is a message to
// a function, which ends the answer, so there is never more than one. https://developers.openai.com/cookbook/articles/openai-harmony
// The prompt ends in `<|start|>assistant`: a text that is continued begins with its header. `<|call|>` and `<|return|>` are stop tokens: the format ends before them.
import type { StructuralFormat } from "../../structural-tag/format.ts";
import type { Incoming, Script } from "../readers/incoming.ts";
import { MarkerScanner } from "../readers/marker-scanner.ts";
import { ScriptReader } from "../readers/script-reader.ts";
import { argumentFormat, constant, markerFormat, sequence, tagOf } from "./call-format.ts";
import type { ToolCallOptions, ToolDialect, ToolFunction } from "./dialect.ts";

const markers = {
  start: "<|start|>",
  channel: "<|channel|>",
  constrain: "<|constrain|>",
  message: "<|message|>",
  end: "<|end|>",
  call: "<|call|>",
  return: "<|return|>",
};

const recipientOf = (name: string) => `functions.${name}`;

export const harmony: ToolDialect = {
  name: "harmony",
  hasReasoning: true,

  format(tools, options) {
    const { channel, message, start, end } = markers;
    const marker = (name: string) => markerFormat(name, options);
    const anyText = freeText(options);
    const answer = sequence([marker(channel), constant("final"), marker(message), options.text ?? anyText]);
    const calls = tools.flatMap((tool) => callFormats(tool, options));
    const last = options.required ? calls : [answer, ...calls];

    const before = (name: string, text: StructuralFormat) =>
      sequence([
        tagOf([marker(channel), constant(name), marker(message), text, marker(end)]),
        marker(start),
        constant("assistant"),
      ]);
    const preamble = before("commentary", anyText);
    // A bounded reasoning is one message: any number of them would have no bound together.
    const max = options.maxReasoningTokens;
    const reasoning: readonly StructuralFormat[] =
      max === undefined ? [] : [{ type: "optional", content: before("analysis", { ...anyText, max_tokens: max }) }];
    const others: StructuralFormat =
      max === undefined ? { type: "or", elements: [before("analysis", anyText), preamble] } : preamble;
    return sequence([...reasoning, { type: "star", content: others }, { type: "or", elements: last }]);
  },

  reader(tools, options) {
    return new ScriptReader((incoming) => readMessages(incoming, tools, options));
  },
};

/** Text without what would end or begin a message. */
function freeText(options: ToolCallOptions): Extract<StructuralFormat, { type: "any_text" }> {
  const excludes = Object.values(markers).filter((name) => !options.isSpecial(name));
  return { type: "any_text", ...(excludes.length === 0 ? {} : { excludes }) };
}

/** A call names its function in the channel's part of the header, or in the role's: the model does both. */
function callFormats(tool: ToolFunction, options: ToolCallOptions): StructuralFormat[] {
  const marker = (name: string) => markerFormat(name, options);
  const recipient = constant(` to=${recipientOf(tool.name)}`);
  // The type's marker stands behind a space or at once, and may be missing.
  const before: StructuralFormat = {
    type: "or",
    elements: [constant(" "), sequence([{ type: "optional", content: constant(" ") }, marker(markers.constrain)])],
  };
  const rest = [before, constant("json"), marker(markers.message), argumentFormat(tool)];
  return [
    sequence([marker(markers.channel), constant("commentary"), recipient, ...rest]),
    sequence([recipient, marker(markers.channel), constant("commentary"), ...rest]),
  ];
}

interface Header {
  readonly channel: string;
  /** The function that is called. */
  readonly name: string | undefined;
}

function* readMessages(incoming: Incoming, tools: readonly ToolFunction[], options: ToolCallOptions): Script {
  const codes = codesOf(incoming, options);
  const ends = new MarkerScanner([codes.end, codes.call, codes.return, codes.start]);
  const starts = new MarkerScanner([codes.start]);
  const content = (text: string) => incoming.content(text);
  while (!(yield* incoming.isAtEnd())) {
    const header = yield* incoming.attempt(() => readHeader(incoming, codes, tools));
    if (header === undefined) {
      // No message, or one to somebody unknown.
      if (yield* incoming.take(codes.start)) content(codes.start);
      yield* incoming.until(starts, content);
      continue;
    }
    if (header.name !== undefined) {
      incoming.call(header.name, undefined);
      yield* incoming.skipSpace();
      yield* incoming.jsonValue((text) => incoming.arguments(text));
    }
    const pass = header.channel === "analysis" ? (text: string) => incoming.reasoning(text) : content;
    const end = yield* incoming.until(ends, pass);
    if (end !== undefined && end !== codes.start) yield* incoming.take(end);
  }
}

function* readHeader(
  incoming: Incoming,
  codes: typeof markers,
  tools: readonly ToolFunction[],
): Script<Header | undefined> {
  yield* incoming.take(codes.start);
  yield* incoming.take("assistant");
  const byRole = yield* readRecipient(incoming);
  if (!(yield* incoming.take(codes.channel))) return undefined;
  const channel = yield* incoming.takeAll(/[a-z]/);
  const recipient = byRole ?? (yield* readRecipient(incoming));
  yield* incoming.skipSpace();
  yield* incoming.take(codes.constrain);
  yield* incoming.takeAll(/[a-z ]/);
  if (!(yield* incoming.take(codes.message))) return undefined;
  if (recipient === undefined) return { channel, name: undefined };
  const tool = tools.find(({ name }) => recipientOf(name) === recipient);
  return tool === undefined ? undefined : { channel: "commentary", name: tool.name };
}

function* readRecipient(incoming: Incoming): Script<string | undefined> {
  yield* incoming.skipSpace();
  if (!(yield* incoming.take("to="))) return undefined;
  const recipient = yield* incoming.takeAll(/[^\s<\uDC00-\uDFFF]/);
  yield* incoming.skipSpace();
  return recipient;
}

/** The markers as they stand in the text. */
function codesOf(incoming: Incoming, options: ToolCallOptions): typeof markers {
  const codeOf = (name: string) => (options.isSpecial(name) ? incoming.codeOf(name) : name);
  const codes = Object.entries(markers).map(([key, name]) => [key, codeOf(name)]);
  return Object.fromEntries(codes) as typeof markers;
}
