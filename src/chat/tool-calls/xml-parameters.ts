// Arguments that a model writes as XML elements, turned into JSON while they come: a string stands for itself, anything else is JSON
// already. Where the schema leaves it open which, JSON that it takes is that, and any other text is a string.
import type { JsonStyle } from "../../structural-tag/format.ts";
import { dsmlMarker } from "../../structural-tag/xml-style.ts";
import type { Incoming, Script } from "../readers/incoming.ts";
import { MarkerScanner } from "../readers/marker-scanner.ts";
import { type JsonType, type ParameterTypes, typesOf } from "./parameter-types.ts";

/** What the schema of a function says of its parameters. */
export interface ParameterValues {
  readonly types: ParameterTypes;
  /** May this parameter be this JSON text? Undefined where only its types can tell. */
  takes(parameter: string, json: string): boolean | undefined;
}

/** How an element is written. */
interface ElementStyle {
  readonly beforeName: string;
  /** Behind the name stands one of these; some say whether the value is a string. */
  readonly behindName: readonly { readonly text: string; readonly isString?: boolean }[];
  /** What the value has around it, where it isn't in the same element as the name. */
  readonly begin?: string;
  readonly end: string;
  /** A line break behind the begin tag and one before the end tag aren't part of the value. */
  readonly hasLineBreaks?: boolean;
}

export type ParameterStyle = Exclude<JsonStyle, "json">;

const elementStyles: Readonly<Record<ParameterStyle, ElementStyle>> = {
  qwen_xml: { beforeName: "<parameter=", behindName: [{ text: ">" }], end: "</parameter>", hasLineBreaks: true },
  glm_xml: { beforeName: "<arg_key>", behindName: [{ text: "</arg_key>" }], begin: "<arg_value>", end: "</arg_value>" },
  deepseek_xml: {
    beforeName: `<${dsmlMarker}parameter name="`,
    behindName: [
      { text: '" string="true">', isString: true },
      { text: '" string="false">', isString: false },
    ],
    end: `</${dsmlMarker}parameter>`,
  },
  minimax_xml: { beforeName: '<parameter name="', behindName: [{ text: '">' }], end: "</parameter>" },
};

/** Reads all elements that follow each other, as the members of one object. `markerText`: how a marker stands in the text. */
export function* readParameters(
  incoming: Incoming,
  style: ParameterStyle,
  values: ParameterValues,
  markerText: (name: string) => string,
): Script {
  const { beforeName, end, ...rest } = elementStyles[style];
  const element = {
    ...rest,
    beforeName: beforeName.replace(dsmlMarker, markerText),
    end: end.replace(dsmlMarker, markerText),
  };
  incoming.arguments("{");
  for (let separator = ""; ; separator = ", ") {
    const start = yield* incoming.attempt(() => readStart(incoming, element));
    if (start === undefined) break;
    incoming.arguments(`${separator}${JSON.stringify(start.name)}: `);
    yield* readValue(incoming, element, parameterOf(start, values));
  }
  if (!(yield* incoming.isAtEnd())) incoming.arguments("}");
}

interface ElementStart {
  readonly name: string;
  readonly isString: boolean | undefined;
}

/** Reads a begin tag. */
function* readStart(incoming: Incoming, element: ElementStyle): Script<ElementStart | undefined> {
  yield* incoming.skipSpace();
  if (!(yield* incoming.take(element.beforeName))) return undefined;
  const { text, end } = yield* readTo(incoming, new MarkerScanner(element.behindName.map((behind) => behind.text)));
  if (element.begin !== undefined) {
    yield* incoming.skipSpace();
    if (!(yield* incoming.take(element.begin))) return undefined;
  }
  const behind = element.behindName.find((one) => one.text === end);
  return behind === undefined ? undefined : { name: text, isString: behind.isString };
}

/** What a value may be. */
interface Parameter {
  readonly types: ReadonlySet<JsonType>;
  takes(json: string): boolean | undefined;
}

function parameterOf({ name, isString }: ElementStart, values: ParameterValues): Parameter {
  const known = values.types.of(name);
  const takes = (json: string) => values.takes(name, json);
  if (isString === undefined) return { types: known, takes };
  const types = isString ? ["string" as const] : [...known].filter((type) => type !== "string");
  return { types: new Set(types), takes };
}

/** Reads a value and the end tag. What is certain to be a string, an object or an array goes on as it comes. */
function* readValue(incoming: Incoming, element: ElementStyle, parameter: Parameter): Script {
  const { types } = parameter;
  const lineBreaks = element.hasLineBreaks ? ["\r\n", "\n"] : [];
  const opening = yield* incoming.takeOneOf(lineBreaks);
  const closings = opening === undefined ? lineBreaks : [opening];
  const scanner = new MarkerScanner([...closings.map((lineBreak) => lineBreak + element.end), element.end]);
  if (types.has("string") && types.size === 1) {
    incoming.arguments('"');
    const end = yield* incoming.until(scanner, (text) => incoming.arguments(escaped(incoming.decode(text))));
    if (end !== undefined && (yield* incoming.take(end))) incoming.arguments('"');
  } else if (!types.has("string") && (yield* isBracketNext(incoming))) {
    yield* incoming.skipSpace();
    yield* incoming.jsonValue((text) => incoming.arguments(text));
    yield* readTo(incoming, scanner);
  } else {
    const json = yield* incoming.attempt(() => readWholeJson(incoming, element, parameter));
    incoming.arguments(json ?? asJson((yield* readTo(incoming, scanner)).text, parameter));
  }
}

/** An object or an array, and the end tag: the end tag's text may stand in its strings. */
function* readWholeJson(incoming: Incoming, element: ElementStyle, parameter: Parameter): Script<string | undefined> {
  if (!(yield* isBracketNext(incoming))) return undefined;
  yield* incoming.skipSpace();
  let text = "";
  yield* incoming.jsonValue((piece) => {
    text += piece;
  });
  yield* incoming.skipSpace();
  return isJson(text, parameter) && (yield* incoming.take(element.end)) ? text : undefined;
}

function isBracketNext(incoming: Incoming): Script<boolean> {
  return incoming.ahead(function* () {
    yield* incoming.skipSpace();
    return ["{", "["].includes(yield* incoming.peek());
  });
}

/** Reads up to a marker, and the marker. */
function* readTo(incoming: Incoming, scanner: MarkerScanner): Script<{ text: string; end: string | undefined }> {
  let text = "";
  const end = yield* incoming.until(scanner, (piece) => {
    text += incoming.decode(piece);
  });
  if (end !== undefined) yield* incoming.take(end);
  return { text, end };
}

/** JSON that the parameter may be, if the text is that, or else a string. */
function asJson(text: string, parameter: Parameter): string {
  return isJson(text, parameter) ? text.trim() : JSON.stringify(text);
}

/** Where it can be no string, all JSON is taken as it stands: a double may not tell what number it is. */
function isJson(text: string, { types, takes }: Parameter): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (!types.has("string")) return true;
  if (typeof value === "string") return false;
  return takes(text.trim()) ?? [...typesOf(value)].some((type) => types.has(type));
}

/** As it stands between the quotes of a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
