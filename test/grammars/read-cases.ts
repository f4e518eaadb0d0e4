// Reads the case files of grammars/ (their format is described in grammars/README.md).

export interface Case {
  readonly accept: boolean;
  readonly text: string;
  /** What to call it: its title, or its text. */
  readonly title: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** Throws an Error with the line for what isn't in the format. */
export function readCases(source: string): Case[] {
  const cases: Case[] = [];
  const lines = source.split("\n");
  for (let i = 0; i < lines.length; ) {
    const line = i + 1;
    const head = lines[i++]!;
    if (head === "" || head.startsWith("#")) continue;
    const match = /^(accept|reject)(?: (.+))?$/.exec(head);
    if (match === null) throw new Error(`line ${line}: expected accept or reject`);
    const accept = match[1] === "accept";
    const title = match[2] ?? "";
    if (title.startsWith('"')) {
      cases.push({ accept, text: JSON.parse(title) as string, title, line });
      continue;
    }
    const text: string[] = [];
    while (lines[i]?.startsWith("|")) text.push(lines[i++]!.slice(1));
    if (text.length === 0) throw new Error(`line ${line}: a case without a text`);
    cases.push({ accept, text: text.join("\n"), title: title || text[0]!, line });
  }
  return cases;
}
