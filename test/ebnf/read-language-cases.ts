// Cases of the reader as text: a title after `==`, the grammar, then what to expect of it. `+` and `-` stand before a text
// (a JSON string) that it accepts or doesn't; `!` before an error's code, line:column and the beginning of its message,
// the title being line 1 of a grammar that isn't empty. ␍ and ␊ in a grammar stand for carriage return and line feed.

export interface LanguageCase {
  readonly title: string;
  readonly grammar: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  readonly error: { readonly code: string; readonly place: string; readonly message: string } | undefined;
}

export function readLanguageCases(source: string): LanguageCase[] {
  return source
    .split(/^== /m)
    .slice(1)
    .map((block) => {
      const lines = block.trimEnd().split("\n");
      const first = lines.findIndex((line) => /^[-+] "|^! /.test(line));
      if (first < 0) throw new Error(`${lines[0]}: nothing is expected`);
      const expectations = lines.slice(first);
      const texts = (sign: string): string[] =>
        expectations.filter((line) => line.startsWith(sign)).map((line) => JSON.parse(line.slice(1)) as string);
      const error = /^! (\S+) (\S+) (.+)$/.exec(expectations[0]!);
      const body = lines.slice(1, first).join("\n").replaceAll("␍", "\r").replaceAll("␊", "\n");
      return {
        title: lines[0]!,
        grammar: body === "" ? "" : `# ${lines[0]!}\n${body}`,
        accepted: texts("+"),
        rejected: texts("-"),
        error: error === null ? undefined : { code: error[1]!, place: error[2]!, message: error[3]! },
      };
    });
}
