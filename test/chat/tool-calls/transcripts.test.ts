// Every transcript of every dialect: is it bound as it should be, is it read as it should be, in whatever pieces it comes? With its markers as
// special tokens and with its markers as text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import type { StructuralFormat } from "../../../src/structural-tag/format.ts";
import { cutPieces, piecesOf, readAll } from "../pieces.ts";
import { tools } from "../tools.ts";
import { readTranscripts, type Transcript } from "../transcripts/read-transcripts.ts";

const jsonAnswer: StructuralFormat = {
  type: "json_schema",
  json_schema: {
    type: "object",
    properties: { answer: { type: "string" } },
    required: ["answer"],
    additionalProperties: false,
  },
};

function optionsOf({ options }: Transcript, specials: readonly string[]): ToolCallOptions {
  return {
    required: options.has("required"),
    parallel: !options.has("single"),
    text: options.has("json") ? jsonAnswer : undefined,
    isSpecial: (name) => specials.includes(name),
  };
}

/** Dialects that are the same under another name. */
const sameAs = new Map([["qwen3", "hermes"]]);

for (const name of toolDialectNames) {
  const { specials, transcripts } = readTranscripts(sameAs.get(name) ?? name);
  const dialect = toolDialect(name);
  const modes = [
    ["as special tokens", specials],
    ["as text", []],
  ] as const;
  describe.each(modes)(`${name}, markers %s`, (_, inUse) => {
    test.each(transcripts.map((transcript) => [transcript.title, transcript] as const))("%s", (_title, transcript) => {
      const options = optionsOf(transcript, inUse);
      const functions = transcript.options.has("no-tools") ? [] : tools;
      const pieces = piecesOf(transcript.output, inUse);
      const events = readAll(dialect.reader(functions, options), pieces);
      if (transcript.events !== undefined) expect(events).toEqual(transcript.events);
      fc.assert(
        fc.property(cutPieces(pieces), (some) => {
          expect(readAll(dialect.reader(functions, options), some)).toEqual(events);
        }),
        { numRuns: 30 },
      );
    });
  });
}
