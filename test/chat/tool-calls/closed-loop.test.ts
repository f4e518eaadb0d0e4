// What the constraint lets through, the reader must understand: random answers, made token by token from the masks, are read back. Every call is
// to a function that is there, with arguments that are JSON and satisfy its schema; there are as many as asked for.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { OutputEvent } from "../../../src/chat/readers/output-events.ts";
import type { OutputPiece } from "../../../src/chat/readers/special-token-codes.ts";
import { argumentSchema } from "../../../src/chat/tool-calls/argument-schema.ts";
import type { ToolCallOptions } from "../../../src/chat/tool-calls/dialect.ts";
import { toolDialect, toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { Compiler, type Constraint, type Vocabulary } from "../../../src/index.ts";
import { familyVocabulary } from "../family-vocabulary.ts";
import { joinEvents, readAll } from "../pieces.ts";
import { tools } from "../tools.ts";
import { familyOf, readTranscripts } from "../transcripts/read-transcripts.ts";

const ajv = new Ajv2020({ strict: false });
const validators = new Map(tools.map((tool) => [tool.name, ajv.compile(argumentSchema(tool) as object)]));

/** A small generator of numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What ends strings, objects and elements, or goes on with them; far more often than by chance. */
const closing = [...'"}],:</>\n'].map((character) => character.charCodeAt(0));
const maxTokens = 250;

/** Tokens of a random answer; undefined where it found no end. */
function randomAnswer(constraint: Constraint, vocabulary: Vocabulary, random: () => number): number[] | undefined {
  const matcher = constraint.matcher();
  const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
  const tokens: number[] = [];
  while (tokens.length < maxTokens) {
    matcher.fillMask(mask);
    const allowed = Array.from({ length: vocabulary.size }, (_, id) => id).filter(
      (id) => ((mask[id >> 5]! >>> (id & 31)) & 1) === 1,
    );
    const marked = allowed.filter((id) => id >= 256 || closing.includes(id));
    const from = marked.length > 0 && random() < 0.75 ? marked : allowed;
    const token = from[Math.floor(random() * from.length)]!;
    if (vocabulary.eosTokenIds.includes(token)) return tokens;
    expect(matcher.accept(token)).toBe(true);
    tokens.push(token);
  }
  return undefined;
}

/** Text runs up to special tokens, decoded; undefined where the bytes are no text. */
function decode(vocabulary: Vocabulary, tokens: readonly number[], specials: readonly string[]): OutputPiece[] {
  const pieces: OutputPiece[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0)
      pieces.push({ text: new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)) });
    bytes = [];
  };
  for (const token of tokens) {
    const special = specials.find((name) => vocabulary.specialTokens.get(name) === token);
    if (special === undefined) bytes.push(...vocabulary.tokenBytes(token)!);
    else {
      flush();
      pieces.push({ special });
    }
  }
  flush();
  return pieces;
}

function callsOf(events: readonly OutputEvent[]): { name: string; arguments: string }[] {
  const calls: { name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type === "tool_call") calls.push({ name: event.name, arguments: "" });
    if (event.type === "arguments") calls[event.index]!.arguments += event.text;
  }
  return calls;
}

const settings = [
  { required: true, parallel: true },
  { required: true, parallel: false },
  { required: false, parallel: true },
];

for (const name of toolDialectNames) {
  test.each([true, false])(
    `${name}, markers are special tokens: %s`,
    (hasSpecials) => {
      const specials = hasSpecials ? readTranscripts(familyOf(name)).specials : [];
      const compiler = new Compiler(familyVocabulary(specials));
      const { vocabulary } = compiler;
      const dialect = toolDialect(name);
      let count = 0;
      for (const [i, setting] of settings.entries()) {
        const options: ToolCallOptions = { ...setting, isSpecial: (one) => specials.includes(one) };
        const constraint = compiler.compile({ type: "structural_tag", format: dialect.format(tools, options) });
        for (let seed = 1, answers = 0; seed <= 12 && answers < 3; seed++) {
          const tokens = randomAnswer(constraint, vocabulary, randomFrom(seed * 7919 + i));
          if (tokens === undefined) continue;
          answers++;
          const pieces = decode(vocabulary, tokens, specials);
          const events = readAll(dialect.reader(tools, options), pieces);
          const calls = callsOf(events);
          const answer = JSON.stringify(pieces);
          for (const call of calls) {
            const validate = validators.get(call.name)!;
            expect(validate(JSON.parse(call.arguments)), `${answer}: ${call.arguments}`).toBe(true);
          }
          if (options.required) expect(calls.length, answer).toBeGreaterThan(0);
          if (!options.parallel) expect(calls.length, answer).toBeLessThan(2);
          // A preamble of Harmony's is a message of its own.
          if (options.required && name !== "harmony")
            expect(
              joinEvents(events).filter(({ type }) => type === "content"),
              answer,
            ).toEqual([]);
          count += calls.length;
        }
      }
      expect(count).toBeGreaterThan(0);
    },
    60_000,
  );
}
