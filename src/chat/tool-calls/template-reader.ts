// Reads calls that follow a template (call-template.ts). Models that nothing binds are met half-way: white space between the words of a
// template may be there or not, and a call object may be written in any way (call-object.ts).
import type { Incoming, Script } from "../readers/incoming.ts";
import type { CallReading } from "./answer-reader.ts";
import { argumentSchema } from "./argument-schema.ts";
import type { CallStyle } from "./call-format.ts";
import { type CallStart, readObjectEnd, readObjectStart } from "./call-object.ts";
import { callIdMarker, parseTemplate, splitAt, type TemplateHalves, type TemplatePart } from "./call-template.ts";
import type { ToolCallOptions, ToolFunction } from "./dialect.ts";
import { ParameterTypes } from "./parameter-types.ts";
import { readParameters } from "./xml-parameters.ts";

/** What stands in the slots of a call. */
interface Slots {
  name?: string;
  index?: string;
  id?: string;
}

export class TemplateReader implements CallReading {
  readonly begins: readonly string[];
  private readonly incoming: Incoming;
  private readonly style: CallStyle;
  private readonly options: ToolCallOptions;
  private readonly tools: readonly ToolFunction[];
  /** Longer names first: one may be the beginning of another. */
  private readonly names: readonly string[];
  private readonly frame: TemplateHalves;
  private readonly call: TemplateHalves;

  constructor(incoming: Incoming, style: CallStyle, tools: readonly ToolFunction[], options: ToolCallOptions) {
    this.incoming = incoming;
    this.style = style;
    this.options = options;
    this.tools = tools;
    this.names = tools.map(({ name }) => name).toSorted((a, b) => b.length - a.length);
    this.frame = splitAt(parseTemplate(style.form.frame ?? "{calls}", style.markers), "calls");
    this.call = splitAt(parseTemplate(style.form.call, style.markers), "arguments", "parameters", "call");
    const before = this.frame.before.length > 0 ? this.frame.before : this.call.before;
    this.begins = [this.beginOf(before)];
  }

  /** The text up to a marker, and that. */
  private beginOf(parts: readonly TemplatePart[]): string {
    if (parts.length === 0) return "{";
    const marker = parts.findIndex(({ kind }) => kind === "marker");
    return parts
      .slice(0, Math.max(marker, 0) + 1)
      .map((part) => this.textOf(part))
      .join("");
  }

  *read(): Script<boolean> {
    const { incoming, frame } = this;
    const first = yield* incoming.attempt(() => this.firstStart());
    if (first === undefined) return false;
    for (let start: CallStart | undefined = first; start !== undefined; ) {
      yield* this.restOfCall(start);
      start = yield* incoming.attempt(() => this.nextStart());
    }
    yield* incoming.attempt(() => this.parts(frame.behind));
    return true;
  }

  private *firstStart(): Script<CallStart | undefined> {
    return (yield* this.parts(this.frame.before)) === undefined ? undefined : yield* this.callStart();
  }

  private *nextStart(): Script<CallStart | undefined> {
    return (yield* this.words(this.style.form.separator ?? "")) ? yield* this.callStart() : undefined;
  }

  /** Reads up to the arguments. */
  private *callStart(): Script<CallStart | undefined> {
    const slots = yield* this.parts(this.call.before);
    if (slots === undefined) return undefined;
    if (this.call.slot === "call") return yield* readObjectStart(this.incoming, this.names);
    if (this.call.slot === "arguments") {
      yield* this.incoming.skipSpace();
      if ((yield* this.incoming.peek()) !== "{") return undefined;
    }
    const { name = "", index, id } = slots;
    return { name, id: index === undefined ? id : this.style.callId?.(name, index) };
  }

  private *restOfCall(start: CallStart): Script {
    const { incoming } = this;
    const { idLength } = this.style;
    incoming.call(start.name, start.id ?? (idLength === undefined ? undefined : this.options.newId?.(idLength)));
    if (this.call.slot === "parameters") {
      const tool = this.tools.find(({ name }) => name === start.name)!;
      const values = {
        types: new ParameterTypes(tool),
        // The space ends a number, which might go on otherwise.
        takes: (parameter: string, json: string) =>
          this.options.canBegin?.(argumentSchema(tool), `{${JSON.stringify(parameter)}: ${json} `),
      };
      yield* readParameters(incoming, this.style.parameterStyle!, values, (name) => this.markerText(name));
    } else if (start.given !== undefined) incoming.arguments(start.given);
    else yield* incoming.jsonValue((text) => incoming.arguments(text));
    if (this.call.slot === "call") yield* incoming.attempt(() => readObjectEnd(incoming));
    yield* incoming.attempt(() => this.parts(this.call.behind));
  }

  /** Reads parts one after the other; gives what stands in the slots. */
  private *parts(parts: readonly TemplatePart[]): Script<Slots | undefined> {
    const slots: Slots = {};
    for (const part of parts) {
      if (part.kind !== "slot") {
        if (!(yield* this.words(this.textOf(part)))) return undefined;
      } else if (part.slot === "space") yield* this.incoming.skipSpace();
      else if (part.slot === "index") slots.index = yield* this.incoming.takeAll(/[0-9]/);
      else if (part.slot === "call_id") {
        if (yield* this.words(this.markerText(callIdMarker))) slots.id = yield* this.incoming.takeAll(/[A-Za-z0-9]/);
      } else {
        const name = yield* this.name();
        if (name === undefined) return undefined;
        slots.name = name;
      }
    }
    return slots;
  }

  /** One of the functions' names, which isn't only the beginning of a word. */
  private *name(): Script<string | undefined> {
    yield* this.incoming.skipSpace();
    const name = yield* this.incoming.takeOneOf(this.names);
    const next = yield* this.incoming.peek();
    return next === "" || /[\w.-]/.test(next) ? undefined : name;
  }

  /** Reads a text's words, with white space before them or not. */
  private *words(text: string): Script<boolean> {
    for (const word of text.split(/\s+/).filter((part) => part !== "")) {
      yield* this.incoming.skipSpace();
      if (!(yield* this.incoming.take(word))) return false;
    }
    return true;
  }

  private textOf(part: TemplatePart): string {
    if (part.kind === "text") return part.text;
    return part.kind === "marker" ? this.markerText(part.name) : "";
  }

  private markerText(name: string): string {
    return this.options.isSpecial(name) ? this.incoming.codeOf(name) : name;
  }
}
