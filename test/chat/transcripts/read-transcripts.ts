// Transcripts as text. A file begins with the family's markers, which may be special tokens: `special <a> <b>`. A transcript has a
// title after `==`, options after `?`, then what the model says, as it stands (⏎ is a line break where none can be seen, <¦a> is never a special token), and
// what is expected:
//   > what is read, an event a line: `content` and `reasoning` with a JSON string, `call` with a name and perhaps an id,
//     `arguments` as they stand
//   ! the constraint refuses it; with `>` lines before it, these are what the reader makes of it all the same
// Options: required, single (parallel_tool_calls is false), json (an answer that is no call is {"answer": …}), no-tools.
import { readFileSync } from "node:fs";
import type { OutputEvent } from "../../../src/chat/readers/output-events.ts";

export interface Transcript {
  readonly title: string;
  readonly options: ReadonlySet<string>;
  readonly output: string;
  /** Undefined where it doesn't matter. */
  readonly events: readonly OutputEvent[] | undefined;
  readonly isRefused: boolean;
}

export interface Family {
  readonly specials: readonly string[];
  readonly transcripts: readonly Transcript[];
}

/** Of dialects that are the same under two names, the one that has the file. */
export function familyOf(dialect: string): string {
  return dialect === "qwen3" ? "hermes" : dialect;
}

export function readTranscripts(family: string): Family {
  const source = readFileSync(new URL(`./${family}.txt`, import.meta.url), "utf8");
  const [head, ...blocks] = source.split(/^== /m);
  const specials = /^special (.*)$/m.exec(head!)?.[1]?.split(" ") ?? [];
  return { specials, transcripts: blocks.map(readTranscript) };
}

function readTranscript(block: string): Transcript {
  const [title, ...lines] = block.trimEnd().split("\n");
  const options = lines[0]?.startsWith("? ") ? lines.shift()!.slice(2).split(" ") : [];
  const first = lines.findIndex((line) => /^[>!]( |$)/.test(line));
  if (first < 0) throw new Error(`${title}: nothing is expected`);
  const expected = lines.slice(first);
  const events = readEvents(expected.filter((line) => line.startsWith("> ")).map((line) => line.slice(2)));
  return {
    title: title!,
    options: new Set(options),
    output: unseen(lines.slice(0, first).join("\n")),
    events: events.length === 0 && !expected.includes(">") ? undefined : events,
    isRefused: expected.includes("!"),
  };
}

function readEvents(lines: readonly string[]): OutputEvent[] {
  let index = -1;
  return lines.map((line): OutputEvent => {
    const [type, rest = ""] = /^(\w+) (.*)$/.exec(line)?.slice(1) ?? [line];
    if (type === "content" || type === "reasoning") return { type, text: JSON.parse(rest) as string };
    if (type === "arguments") return { type, index, text: unseen(rest) };
    if (type !== "call") throw new Error(`what is ${line}?`);
    const [name, id] = rest.split(" ");
    return { type: "tool_call", index: ++index, name: name!, ...(id === undefined ? {} : { id }) };
  });
}

function unseen(text: string): string {
  return text.replaceAll("⏎", "\n");
}
