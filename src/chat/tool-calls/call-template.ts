// How a family writes a call, or the frame around all calls, as a line of text with slots in it. The constraint and the reader
// are both made from it, so that they can't part.
//   {name}        the function's name              {arguments}   the arguments, a JSON object
//   {index}       the call's number                {call}        {"name": …, "arguments": …}
//   {parameters}  the arguments as XML elements    {calls}       in a frame: the calls
//   {call_id}     "[CALL_ID]" and an id, or nothing       {space}    a space, or nothing
//   {id_member}   `, "id": ` and an id, or nothing

/** How a family writes calls. */
export interface CallForm {
  /** Around all of them; default "{calls}". */
  readonly frame?: string;
  readonly call: string;
  /** Between two of them; default none. */
  readonly separator?: string;
}

/** Before the {call_id}, in either case. */
export const callIdMarker = "[CALL_ID]";

export type Slot = "name" | "index" | "call_id" | "id_member" | "space" | "arguments" | "parameters" | "call" | "calls";

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  /** A special token where the vocabulary has one of this name, a text otherwise. */
  | { readonly kind: "marker"; readonly name: string }
  | { readonly kind: "slot"; readonly slot: Slot };

/** The parts of a template. `markers`: the names in it that may be special tokens. */
export function parseTemplate(template: string, markers: readonly string[]): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const addText = (text: string) => {
    if (text !== "") parts.push({ kind: "text", text });
  };
  let begin = 0;
  for (let at = 0; at < template.length; ) {
    const rest = template.slice(at);
    const slot = slotPattern.exec(rest)?.[1] as Slot | undefined;
    const marker = markers.find((name) => rest.startsWith(name));
    if (slot === undefined && marker === undefined) {
      at++;
      continue;
    }
    addText(template.slice(begin, at));
    if (slot !== undefined) parts.push({ kind: "slot", slot });
    else parts.push({ kind: "marker", name: marker! });
    at = begin = at + (slot === undefined ? marker!.length : slot.length + 2);
  }
  addText(template.slice(begin));
  return parts;
}

const slotPattern = /^\{(name|index|call_id|id_member|space|arguments|parameters|call|calls)\}/;

/** A template around one of its slots. */
export interface TemplateHalves {
  readonly before: readonly TemplatePart[];
  readonly slot: Slot;
  readonly behind: readonly TemplatePart[];
}

/** The template around the first slot of these kinds, which it has. */
export function splitAt(parts: readonly TemplatePart[], ...slots: readonly Slot[]): TemplateHalves {
  const at = parts.findIndex((part) => part.kind === "slot" && slots.includes(part.slot));
  const { slot } = parts[at] as Extract<TemplatePart, { kind: "slot" }>;
  return { before: parts.slice(0, at), slot, behind: parts.slice(at + 1) };
}
