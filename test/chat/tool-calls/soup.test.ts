// Readers on what nothing bound: parts of calls in any order. Pieces don't matter, nothing is lost where no call is found.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { cutPieces, piecesOf, readAll } from "../pieces.ts";
import { tools } from "../tools.ts";
import { familyOf, readTranscripts } from "../transcripts/read-transcripts.ts";

/** The words of a family's transcripts, and some of everybody's. */
function wordsOf(name: string): string[] {
  const { specials, transcripts } = readTranscripts(familyOf(name));
  const words = transcripts.flatMap(({ output }) => output.match(/[\w-]+|\s+|[^\w\s]{1,3}/gu) ?? []);
  const json = [
    '{"name": "get", ',
    '"arguments": {',
    '"parameters": {}',
    "}",
    '"',
    "\\",
    "get",
    "get_weather",
    "[{",
    "}]",
  ];
  return [...new Set([...words, ...json].filter((word) => !word.includes("¦"))), ...specials, ...specials];
}

test.each(toolDialectNames)("%s", (name) => {
  const { specials, transcripts } = readTranscripts(familyOf(name));
  const dialect = toolDialect(name);
  const word = fc.constantFrom(...wordsOf(name), "");
  const soup = fc.array(word, { maxLength: 25 }).map((words) => words.join(""));
  // Transcripts with a part of them lost, doubled or replaced.
  const transcript = fc.constantFrom(...transcripts.map(({ output }) => output.replaceAll("¦", "")));
  const spoilt = fc
    .tuple(transcript, fc.nat(400), fc.nat(30), fc.nat(30), word)
    .map(([text, at, lost, again, other]) => {
      const from = at % (text.length + 1);
      return [...`${text.slice(0, from)}${other}${text.slice(Math.max(0, from + lost - again))}`]
        .filter((c) => !/^[\uD800-\uDFFF]$/.test(c))
        .join("");
    });
  const settings = fc.tuple(fc.oneof(soup, spoilt), fc.boolean(), fc.boolean(), fc.boolean());
  const outputs = settings.chain(([text, hasSpecials, required, isEither]) => {
    const inUse = hasSpecials ? specials : [];
    const options: ToolCallOptions = {
      required,
      parallel: true,
      isSpecial: (one) => inUse.includes(one),
      text: isEither ? { type: "any_text" } : undefined,
    };
    const pieces = piecesOf(text, inUse);
    return cutPieces(pieces).map((cut) => ({ text, options, pieces, cut }));
  });
  fc.assert(
    fc.property(outputs, ({ text, options, pieces, cut }) => {
      const events = readAll(dialect.reader(tools, options), pieces);
      expect(readAll(dialect.reader(tools, options), cut)).toEqual(events);
      if (name === "harmony" || events.some(({ type }) => type === "tool_call")) return;
      expect(events).toEqual(text === "" ? [] : [{ type: "content", text }]);
    }),
    { numRuns: 300 },
  );
});
