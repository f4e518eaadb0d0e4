// Every transcript of every dialect: is it bound as it should be, is it read as it should be, in whatever pieces it comes? With its markers as
// special tokens and with its markers as text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OutputPiece } from "../../../src/chat/readers/special-token-codes.ts";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { Compiler } from "../../../src/index.ts";
import type { StructuralFormat } from "../../../src/structural-tag/format.ts";
import { familyVocabulary, tokensOf } from "../family-vocabulary.ts";
import { cutPieces, piecesOf, readAll } from "../pieces.ts";
import { tools } from "../tools.ts";
import { familyOf, readTranscripts, type Transcript } from "../transcripts/read-transcripts.ts";

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

/** Does the constraint take all of it, token by token, and may it stop there? The mask must say at each step what the matcher does. */
function isAccepted(compiler: Compiler, format: StructuralFormat, tokens: readonly number[]): boolean {
  const matcher = compiler.compile({ type: "structural_tag", format }).matcher();
  const mask = new Uint32Array(Math.ceil(compiler.vocabulary.size / 32));
  for (const token of [...tokens, compiler.vocabulary.eosTokenIds[0]!]) {
    matcher.fillMask(mask);
    const isAllowed = ((mask[token >> 5]! >>> (token & 31)) & 1) === 1;
    expect(matcher.accept(token)).toBe(isAllowed);
    if (!isAllowed) return false;
  }
  return true;
}

function tokenise(compiler: Compiler, pieces: readonly OutputPiece[], pick?: (ids: readonly number[]) => number) {
  const { vocabulary } = compiler;
  return pieces.flatMap((piece) =>
    "text" in piece ? tokensOf(vocabulary, piece.text, pick) : [vocabulary.specialTokens.get(piece.special)!],
  );
}

for (const name of toolDialectNames) {
  const { specials, transcripts } = readTranscripts(familyOf(name));
  const dialect = toolDialect(name);
  const modes = [
    ["as special tokens", specials],
    ["as text", []],
  ] as const;
  describe.each(modes)(`${name}, markers %s`, (_, inUse) => {
    const compiler = new Compiler(familyVocabulary(inUse));
    test.each(transcripts.map((transcript) => [transcript.title, transcript] as const))("%s", (_title, transcript) => {
      const options = optionsOf(transcript, inUse);
      const functions = transcript.options.has("no-tools") ? [] : tools;
      const pieces = piecesOf(transcript.output, inUse);
      const events = readAll(dialect.reader(functions, options), pieces);
      if (transcript.events !== undefined) expect(events).toEqual(transcript.events);
      const format = dialect.format(functions, options);
      expect(isAccepted(compiler, format, tokenise(compiler, pieces))).toBe(!transcript.isRefused);
      expect(
        isAccepted(
          compiler,
          format,
          tokenise(compiler, pieces, (ids) => ids[0]!),
        ),
      ).toBe(!transcript.isRefused);

      fc.assert(
        fc.property(cutPieces(pieces), (some) => {
          expect(readAll(dialect.reader(functions, options), some)).toEqual(events);
        }),
        { numRuns: 30 },
      );
    });
  });
}
