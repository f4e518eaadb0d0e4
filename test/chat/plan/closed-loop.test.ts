// What the constraint lets through, the reader must understand, whatever is asked for: random requests (tools with hostile schemas, choices of tools,
// formats, reasoning), random answers made token by token from the masks, read back in pieces. Every call is to a function that may be called,
// with arguments that satisfy its schema; no text is lost, no marker shows; an answer that is continued halfway comes to the same.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { Engine } from "../../../src/chat/engine.ts";
import { DecodePlan } from "../../../src/chat/plan/decode-plan.ts";
import type { OutputEvent } from "../../../src/chat/readers/output-events.ts";
import type { OutputPiece } from "../../../src/chat/readers/special-token-codes.ts";
import { RequestReader } from "../../../src/chat/request/read-request.ts";
import { argumentSchema } from "../../../src/chat/tool-calls/argument-schema.ts";
import { toolDialectNames } from "../../../src/chat/tool-calls/dialects.ts";
import { Compiler, Vocabulary } from "../../../src/index.ts";
import { joinEvents } from "../pieces.ts";
import { familyOf, readTranscripts } from "../transcripts/read-transcripts.ts";

const requestsEach = Number(process.env["GRAMMASK_RUNS"] ?? 8);
const firstSeed = Number(process.env["GRAMMASK_SEED"] ?? 1);
const answersEach = 3;
const maxTokens = 300;

type Random = () => number;

/** Numbers from 0 to 1. */
function randomFrom(seed: number): Random {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

/** What ends something, or looks like something else. */
const hostile = [
  ...[
    "<tool_call>",
    "</tool_call>",
    "[TOOL_CALLS]",
    "[ARGS]",
    "<|channel|>",
    "<|message|>",
    "<|end|>",
    "<|python_tag|>",
  ],
  ...[
    "</parameter>",
    "\n</parameter>\n",
    "</invoke>",
    "</function>",
    "</arg_value>",
    "</｜DSML｜parameter>",
    "｜DSML｜",
    "```",
  ],
  ...[
    "<think>",
    "</think>",
    "\n",
    "\n\n",
    "\r\n",
    "null",
    "true",
    "5",
    '"5"',
    "[1]",
    "[1",
    "{}",
    "}}",
    '"}',
    '", "',
    '": ',
    "é",
    "😀",
  ],
];

const values: readonly ((random: Random) => unknown)[] = [
  () => ({ type: "string" }),
  () => ({ type: "string", minLength: 1, maxLength: 3 }),
  () => ({ type: "string", pattern: "^\\s?[a-c]+\\s?$" }),
  (random) => ({ enum: [...new Set([pick(random, hostile), pick(random, hostile), "z"])] }),
  () => ({ enum: ["\n", "\nx", "x\r", ""] }),
  () => ({ enum: [1, "1x", null, true] }),
  () => ({ type: "integer", minimum: 1 }),
  () => ({ type: "number" }),
  () => ({ type: "boolean" }),
  () => ({ type: ["string", "null"] }),
  () => ({ anyOf: [{ type: "string" }, { type: "integer", minimum: 10 }] }),
  () => ({
    anyOf: [
      { type: "string", maxLength: 6 },
      { type: "array", items: { type: "integer", minimum: 2 } },
    ],
  }),
  (random) => ({ const: pick(random, [5, "k", null, { a: [1] }, [""], 1e21, -0.5]) }),
  () => ({}),
  (random) => ({ type: "array", items: randomValue(random), maxItems: 2 }),
  randomObject,
];

function randomValue(random: Random): unknown {
  return pick(random, values)(random);
}

const keys = ["a", "ab", "x y", "é", "name", "arguments", "parameters", "type", "id", "k-1", "0"];

function randomObject(random: Random): object {
  const names = keys.filter(() => random() < 0.15);
  const openness = pick(random, [{ additionalProperties: false }, { additionalProperties: { type: "integer" } }, {}]);
  const properties = Object.fromEntries(names.map((name) => [name, randomValue(random)]));
  return { type: "object", properties, required: names.filter(() => random() < 0.5), ...openness };
}

/** One the beginning of another, and words of the dialects. */
const toolNames = ["get", "get_weather", "get-x", "g", "A1_-", "function", "name"];

function randomRequest(random: Random) {
  const names = toolNames.filter(() => random() < 0.3);
  const tools = (names.length > 0 ? names : ["get"]).map((name) => ({
    type: "function",
    function: { name, ...(random() < 0.85 && { parameters: randomObject(random) }) },
  }));
  const named = { type: "function", function: { name: pick(random, tools).function.name } } as const;
  const tool_choice = pick(random, ["auto", "auto", "required", named] as const);
  const anyCall = { type: "object", properties: { name: { type: "string" }, answer: { type: "string" } } };
  const formats = [{ type: "json_object" }, { type: "json_schema", json_schema: { name: "x", schema: anyCall } }];
  return {
    model: "m",
    messages: [{ role: "user", content: "x" }] as { role: string; content: string }[],
    tools,
    tool_choice,
    parallel_tool_calls: random() < 0.6,
    reasoning_effort: "low",
    ...(tool_choice === "auto" && random() < 0.4 && { response_format: pick(random, formats) }),
  };
}

function vocabularyOf(specials: readonly string[]): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const texts = hostile.map((text) => new TextEncoder().encode(text));
  const first = bytes.length + texts.length;
  return Vocabulary.fromTokens([...bytes, ...texts, ...specials.map(() => null), null], {
    specialTokens: new Map(specials.map((name, i) => [name, first + i])),
    eosTokenIds: [first + specials.length],
  });
}

/** What closes strings, objects and elements, or goes on with them. */
const closing = new Set([...'"}],:</>\n|'].map((character) => character.charCodeAt(0)));

/** Pieces of a random answer; undefined where it found no end. */
function randomAnswer(plan: DecodePlan, random: Random): OutputPiece[] | undefined {
  const { vocabulary } = plan;
  const matcher = plan.startMatcher()!;
  const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
  const ids = Array.from({ length: vocabulary.size }, (_, id) => id);
  const pieces: ({ bytes: number[] } | { special: string })[] = [];
  for (let count = 0; count < maxTokens; count++) {
    matcher.fillMask(mask);
    const allowed = ids.filter((id) => ((mask[id >> 5]! >>> (id & 31)) & 1) === 1);
    const marked = allowed.filter((id) => id >= 256 || closing.has(id));
    const token = pick(random, marked.length > 0 && random() < 0.8 ? marked : allowed);
    if (vocabulary.eosTokenIds.includes(token)) {
      return pieces.map((piece) =>
        "bytes" in piece
          ? { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(piece.bytes)) }
          : piece,
      );
    }
    expect(matcher.accept(token)).toBe(true);
    const bytes = vocabulary.tokenBytes(token);
    const last = pieces.at(-1);
    if (bytes === null) pieces.push({ special: plan.specialNames.get(token)! });
    else if (last !== undefined && "bytes" in last) last.bytes.push(...bytes);
    else pieces.push({ bytes: [...bytes] });
  }
  return undefined;
}

function cut(random: Random, pieces: readonly OutputPiece[]): OutputPiece[] {
  return pieces.flatMap((piece): OutputPiece[] => {
    if ("special" in piece) return [piece];
    const characters = [...piece.text];
    const parts: OutputPiece[] = [];
    for (let at = 0, next = 0; at < characters.length; at = next) {
      next = at + 1 + Math.floor(random() * random() * 9);
      parts.push({ text: characters.slice(at, next).join("") });
    }
    return parts;
  });
}

/** What a reader says, behind what it says of the text that is continued; without the ids, which are new each time. */
function read(plan: DecodePlan, pieces: readonly OutputPiece[]): readonly OutputEvent[] {
  const { reader, begun } = plan.startReader();
  const events = pieces.flatMap((piece) => ("text" in piece ? reader.text(piece.text) : reader.special(piece.special)));
  const all = [...begun, ...events, ...reader.end()];
  return joinEvents(all.map((event) => (event.type === "tool_call" ? withoutId(event) : event)));
}

function withoutId({ type, index, name }: OutputEvent & { type: "tool_call" }): OutputEvent {
  return { type, index, name };
}

function partsOf(events: readonly OutputEvent[]) {
  const calls: { name: string; arguments: string }[] = [];
  const parts = { content: "", reasoning: "", calls };
  for (const event of events) {
    if (event.type === "tool_call") calls.push({ name: event.name, arguments: "" });
    else if (event.type === "arguments") calls[event.index]!.arguments += event.text;
    else parts[event.type] += event.text;
  }
  return parts;
}

const textOf = (pieces: readonly OutputPiece[]) =>
  pieces.map((piece) => ("text" in piece ? piece.text : piece.special)).join("");

const reader = new RequestReader();

for (const name of toolDialectNames) {
  const { specials } = readTranscripts(familyOf(name));
  test.each([
    ["special tokens", [...specials, "<think>", "</think>"]],
    ["text", []],
  ])(
    `${name}, markers are %s`,
    (_, inUse) => {
      const vocabulary = vocabularyOf(inUse);
      const compiler = new Compiler(vocabulary);
      let count = 0;
      for (let seed = firstSeed; seed < firstSeed + requestsEach; seed++) {
        const random = randomFrom(seed * 7919 + name.length);
        const request = randomRequest(random);
        const reasoning = { begin: "<think>", end: "</think>", isOpen: random() < 0.5, budgets: { low: 3 } };
        const engine = { vocabulary, toolDialect: name, ...(random() < 0.4 && { reasoning }) } as unknown as Engine;
        const plan = new DecodePlan(reader.read(request), engine, compiler);
        for (let i = 0; i < answersEach; i++) {
          const pieces = randomAnswer(plan, random);
          if (pieces === undefined) continue;
          const events = read(plan, pieces);
          const answer = JSON.stringify({ seed, pieces });
          expect(read(plan, cut(random, pieces)), answer).toEqual(events);
          checkAnswer(name, request, engine, pieces, events);
          if (inUse.every((special) => pieces.every((piece) => !("text" in piece) || !piece.text.includes(special)))) {
            checkContinued(random, request, engine, compiler, pieces, events);
          }
          count += partsOf(events).calls.length;
        }
      }
      expect(count).toBeGreaterThan(0);
    },
    120_000,
  );
}

function checkAnswer(
  dialect: string,
  { tools, tool_choice, parallel_tool_calls, response_format }: ReturnType<typeof randomRequest>,
  engine: Engine,
  pieces: readonly OutputPiece[],
  events: readonly OutputEvent[],
): void {
  const { content, reasoning, calls } = partsOf(events);
  const answer = JSON.stringify({ pieces, events });
  for (const call of calls) {
    const tool = tools.find((each) => each.function.name === call.name)!;
    const schema = argumentSchema(tool.function) as object;
    const ajv = new Ajv2020({ strict: false, ownProperties: true });
    expect(ajv.validate(schema, JSON.parse(call.arguments)), `${answer} ${JSON.stringify(schema)}`).toBe(true);
  }
  if (tool_choice === "required") expect(calls.length, answer).toBeGreaterThan(0);
  if (typeof tool_choice === "object") expect(calls.map((call) => call.name)).toEqual([tool_choice.function.name]);
  if (!parallel_tool_calls) expect(calls.length, answer).toBeLessThan(2);
  for (const special of engine.vocabulary.specialTokens.keys()) {
    if (!pieces.some((piece) => "text" in piece && piece.text.includes(special))) {
      expect(content + reasoning, answer).not.toContain(special);
    }
  }
  // Harmony's preambles are messages of their own, and its headers no text.
  if (dialect === "harmony") return;
  if (tool_choice !== "auto" || (response_format && calls.length > 0)) expect(content, answer).toBe("");
  if (response_format && calls.length === 0) expect(typeof JSON.parse(content), answer).toBe("object");
  if (engine.reasoning === undefined && calls.length === 0) expect(content).toBe(textOf(pieces));
}

/** The same answer, of which the request has the first part. */
function checkContinued(
  random: Random,
  request: ReturnType<typeof randomRequest>,
  engine: Engine,
  compiler: Compiler,
  pieces: readonly OutputPiece[],
  events: readonly OutputEvent[],
): void {
  const parts = cut(random, pieces);
  const at = Math.floor(random() * parts.length);
  const messages = [...request.messages, { role: "assistant", content: textOf(parts.slice(0, at)) }];
  const plan = new DecodePlan(reader.read({ ...request, messages, continue_final_message: true }), engine, compiler);
  plan.startMatcher();
  const whole = partsOf(events);
  const rest = partsOf(read(plan, parts.slice(at)));
  const answer = JSON.stringify({ pieces, at: messages.at(-1) });
  expect(rest.calls, answer).toEqual(whole.calls);
  expect(whole.content.endsWith(rest.content), answer).toBe(true);
  expect(whole.reasoning.endsWith(rest.reasoning), answer).toBe(true);
}
