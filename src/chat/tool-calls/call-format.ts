// Templates → the structural formats that bind a model to them.
import type { JsonSchemaFormat, Marker, StructuralFormat, TagFormat } from "../../structural-tag/format.ts";
import { argumentSchema, closedArgumentSchema } from "./argument-schema.ts";
import { type CallForm, callIdMarker, parseTemplate, splitAt, type TemplatePart } from "./call-template.ts";
import type { ToolCallOptions, ToolFunction } from "./dialect.ts";
import type { ParameterStyle } from "./xml-parameters.ts";

export interface CallStyle {
  readonly form: CallForm;
  /** The names in the form's templates that may be special tokens. */
  readonly markers: readonly string[];
  /** What a {call} calls its arguments; default "arguments". */
  readonly argumentsKey?: "arguments" | "parameters";
  /** May a {call} hold an id behind them? */
  readonly hasIdMember?: boolean;
  /** How {parameters} are written. */
  readonly parameterStyle?: ParameterStyle;
  /** A call's id, where it holds one in some way. */
  callId?(name: string, index: string): string;
  /** How many letters and digits the family's chat template asks of an id. */
  readonly idLength?: number;
}

/** An answer that is nothing but calls: one, or several where the options allow it. */
export function callsOnly(
  style: CallStyle,
  tools: readonly ToolFunction[],
  options: ToolCallOptions,
): StructuralFormat {
  return sequence(framedCalls(style, tools, options));
}

/** Free text that may go over to calls where one begins. A frame holds all calls of an answer, which ends behind it. */
export function callsInText(
  style: CallStyle,
  tools: readonly ToolFunction[],
  options: ToolCallOptions,
): StructuralFormat {
  const isFramed = style.form.frame !== undefined;
  const framed = framedCalls(style, tools, options);
  // Text in front of a special token is free text too, until that token comes: it triggers nothing.
  if (isFramed && framed[0]!.type === "const_string" && framed[1]!.type === "token") {
    return sequence([{ type: "any_text" }, optional(...framed)]);
  }
  const tag = isFramed ? tagOf(framed) : callTag(style, tools, options);
  return {
    type: "triggered_tags",
    triggers: [tag.begin],
    tags: [tag],
    stop_after_first: isFramed || !options.parallel,
  };
}

function framedCalls(
  style: CallStyle,
  tools: readonly ToolFunction[],
  options: ToolCallOptions,
): readonly StructuralFormat[] {
  const { frame = "{calls}", separator = "" } = style.form;
  const { before, behind } = splitAt(parseTemplate(frame, style.markers), "calls");
  const calls: StructuralFormat = {
    type: "tags_with_separator",
    tags: [callTag(style, tools, options)],
    separator,
    at_least_one: true,
    stop_after_first: !options.parallel,
  };
  return [...before.map((part) => fixed(part, options)), calls, ...behind.map((part) => fixed(part, options))];
}

/** One call, to any of the functions. */
function callTag(style: CallStyle, tools: readonly ToolFunction[], options: ToolCallOptions): TagFormat {
  const { form, markers, argumentsKey = "arguments", hasIdMember = false } = style;
  const call = `{"name": "{name}", "${argumentsKey}": {arguments}${hasIdMember ? "{id_member}" : ""}}`;
  const template = form.call.replace("{call}", call);
  const { before, behind } = splitAt(parseTemplate(template, markers), "name");
  const last = behind.slice(behind.at(-1)?.kind === "slot" ? behind.length : -1);
  const middle = behind.slice(0, behind.length - last.length);
  const calls = tools.map((tool) =>
    sequence([constant(tool.name), ...middle.map((part) => partFormat(part, style, tool, options))]),
  );
  return tagOf([
    ...before.map((part) => fixed(part, options)),
    calls.length === 1 ? calls[0]! : { type: "or", elements: calls },
    ...last.map((part) => fixed(part, options)),
  ]);
}

function partFormat(
  part: TemplatePart,
  style: CallStyle,
  tool: ToolFunction,
  options: ToolCallOptions,
): StructuralFormat {
  if (part.kind !== "slot") return fixed(part, options);
  switch (part.slot) {
    case "index":
      return { type: "regex", pattern: "0|[1-9][0-9]*" };
    case "call_id":
      return optional(markerFormat(callIdMarker, options), callId);
    case "id_member":
      return optional(constant(', "id": "'), callId, constant('"'));
    case "arguments":
      return argumentFormat(tool);
    default:
      return parameterFormat(tool, style.parameterStyle!);
  }
}

/** As Mistral's templates ask for it. */
const callId: StructuralFormat = { type: "regex", pattern: "[A-Za-z0-9]{9}" };

function optional(...elements: readonly StructuralFormat[]): StructuralFormat {
  return { type: "optional", content: sequence(elements) };
}

/** A function's arguments as JSON. */
export function argumentFormat(tool: ToolFunction): JsonSchemaFormat {
  return { type: "json_schema", json_schema: argumentSchema(tool), ...strictness(tool) };
}

/** A function's arguments as elements. */
function parameterFormat(tool: ToolFunction, style: ParameterStyle): JsonSchemaFormat {
  const json_schema = style === "deepseek_xml" ? argumentSchema(tool) : closedArgumentSchema(tool);
  return { type: "json_schema", json_schema, style, ...strictness(tool) };
}

function strictness({ strict }: ToolFunction): { strict?: boolean } {
  return strict === true ? { strict } : {};
}

/** A text, a marker, or a space that may be missing. */
function fixed(part: TemplatePart, options: ToolCallOptions): StructuralFormat {
  if (part.kind === "marker") return markerFormat(part.name, options);
  return part.kind === "text" ? constant(part.text) : optional(constant(" "));
}

/** The special token of this name, or its text where there is none. */
export function markerFormat(name: string, options: ToolCallOptions): StructuralFormat {
  return options.isSpecial(name) ? { type: "token", token: name } : constant(name);
}

export function constant(value: string): StructuralFormat {
  return { type: "const_string", value };
}

/** Sequences within are opened; texts side by side become one. */
export function sequence(elements: readonly StructuralFormat[]): StructuralFormat {
  const joined: StructuralFormat[] = [];
  for (const element of elements.flatMap((one) => (one.type === "sequence" ? one.elements : [one]))) {
    const last = joined.at(-1);
    if (last?.type === "const_string" && element.type === "const_string") {
      joined[joined.length - 1] = constant(last.value + element.value);
    } else joined.push(element);
  }
  return joined.length === 1 ? joined[0]! : { type: "sequence", elements: joined };
}

/** A sequence as a tag: its first text or token is the beginning, its last the end. Where there is none, it is the empty text. */
export function tagOf(elements: readonly StructuralFormat[]): TagFormat {
  const parts = [...elements];
  const begin = asMarker(parts[0]);
  if (begin !== undefined) parts.shift();
  const end = asMarker(parts.at(-1));
  if (end !== undefined) parts.pop();
  return { type: "tag", begin: begin ?? "", content: sequence(parts), end: end ?? "" };
}

function asMarker(format: StructuralFormat | undefined): Marker | undefined {
  if (format?.type === "const_string") return format.value;
  return format?.type === "token" ? format : undefined;
}
