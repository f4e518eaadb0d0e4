// Reads {"name": "f", "arguments": {…}} as models write it: keys in any order, "parameters" for "arguments", other keys beside
// them, no arguments at all. As soon as the name is known and the arguments stand next, the call has begun.
import type { Incoming, Script } from "../readers/incoming.ts";

/** A call has begun; its arguments stand next in the text, unless they came before the name. */
export interface CallStart {
  readonly name: string;
  readonly id?: string | undefined;
  readonly given?: string | undefined;
}

/** Reads up to where the call is certain. Undefined where no call to one of these functions stands here. */
export function* readObjectStart(incoming: Incoming, names: readonly string[]): Script<CallStart | undefined> {
  let name: string | undefined;
  let id: string | undefined;
  let given: string | undefined;
  yield* incoming.skipSpace();
  if (!(yield* incoming.take("{"))) return undefined;
  for (let isFirst = true; ; isFirst = false) {
    yield* incoming.skipSpace();
    if ((yield* incoming.peek()) === "}") return name === undefined ? undefined : { name, id, given: given ?? "{}" };
    if (!isFirst && !(yield* incoming.take(","))) return undefined;
    const key = yield* readKey(incoming);
    if (key === undefined) return undefined;
    const isArguments = key === "arguments" || key === "parameters";
    if (isArguments && name !== undefined && (yield* incoming.peek()) === "{") return { name, id };

    const value = yield* readValue(incoming);
    if (isArguments) given = typeof value.parsed === "string" ? value.parsed : value.text;
    else if (key === "name") {
      if (typeof value.parsed !== "string" || !names.includes(value.parsed)) return undefined;
      name = value.parsed;
    } else if (key === "id" && typeof value.parsed === "string") id = value.parsed;
    if (name !== undefined && given !== undefined) return { name, id, given };
  }
}

/** Reads what stands behind the arguments, up to the closing brace. Undefined where the object doesn't end like one. */
export function* readObjectEnd(incoming: Incoming): Script<true | undefined> {
  for (;;) {
    yield* incoming.skipSpace();
    if (yield* incoming.take("}")) return true;
    if (!(yield* incoming.take(","))) return undefined;
    if ((yield* readKey(incoming)) === undefined) return undefined;
    yield* readValue(incoming);
  }
}

/** A member's key, its colon, and the space around them. */
function* readKey(incoming: Incoming): Script<string | undefined> {
  yield* incoming.skipSpace();
  if ((yield* incoming.peek()) !== '"') return undefined;
  const { parsed } = yield* readValue(incoming);
  yield* incoming.skipSpace();
  if (!(yield* incoming.take(":"))) return undefined;
  yield* incoming.skipSpace();
  return typeof parsed === "string" ? parsed : undefined;
}

/** A value, as text and as what it means; that is undefined where it isn't JSON. */
function* readValue(incoming: Incoming): Script<{ text: string; parsed: unknown }> {
  let text = "";
  yield* incoming.jsonValue((piece) => {
    text += piece;
  });
  try {
    return { text, parsed: JSON.parse(text) };
  } catch {
    return { text, parsed: undefined };
  }
}
