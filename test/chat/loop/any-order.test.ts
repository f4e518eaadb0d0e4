// The loop under whatever may happen: requests join, lag behind, leave and fail in any order, on engines with little room whose passes fail in
// every way. Each answer is what it is alone, or ends with an error that is its own; nothing is left over.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Engine, ForwardRow } from "../../../src/chat/engine.ts";
import { ChatDecoder } from "../../../src/chat/loop/chat-decoder.ts";
import type { CompletionStream } from "../../../src/chat/loop/completion-stream.ts";
import type { ChatCompletionRequest } from "../../../src/chat/request/request.ts";
import { standInEngine } from "../../../src/engines/stand-in.ts";

const { vocabulary, encode, decode } = standInEngine();

const failures = [
  "error",
  "throw",
  "late throw",
  "NaN",
  "infinite",
  "short",
  "empty",
  "read",
  "none",
  "prompt",
] as const;
type Failure = (typeof failures)[number];
type Reader = { readonly kind: "all" | "last" | "leave" | "abort"; readonly after: number };

interface Asked {
  readonly fields: Partial<ChatCompletionRequest>;
  readonly reader: Reader;
  readonly joinsAfter: number;
  /** How it fails, once that many tokens are behind its prompt. */
  readonly failure: { readonly kind: Failure; readonly after: number } | undefined;
}

interface Room {
  readonly maxBatch: number;
  readonly maxSequences: number;
  readonly isSlow: boolean;
}

/** Unsigned 32 bits. */
function hash(a: number, b: number): number {
  const h = Math.imul(a ^ Math.imul(b + 1, 0x9e3779b1), 0x85ebca6b);
  return Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
}

/** Logits that depend on a row's tokens alone. It holds the loop to its contract, and tells what it still holds. */
function engineOf(asked: readonly Asked[], { maxBatch, maxSequences, isSlow }: Room) {
  const held = new Map<number, number>();
  const released = new Set<number>();
  const broken: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) broken.push(what);
  };
  let isComputing = false;
  const logitsOf = (tokens: readonly number[]) => {
    const context = hash(hash(tokens.length, tokens.at(-1)!), tokens.at(-2) ?? 0);
    return Float32Array.from({ length: vocabulary.size }, (_, id) => (hash(context, id) / 2 ** 32) * 6);
  };
  const rowOf = (tokens: readonly number[]) => {
    const { failure } = asked[tokens[0]!]!;
    if (failure === undefined || tokens.length < failure.after + 3) return logitsOf(tokens);
    switch (failure.kind) {
      case "error":
        return new Error("row");
      case "NaN":
        return logitsOf(tokens).fill(Number.NaN);
      case "infinite":
        return logitsOf(tokens).fill(Number.POSITIVE_INFINITY);
      case "short":
        return logitsOf(tokens).subarray(0, 7);
      case "empty":
        return new Float32Array(0);
      case "read":
        return { read: () => Promise.reject(new Error("read")) };
      case "none":
        return undefined as unknown as Float32Array;
      default:
        throw new Error("pass");
    }
  };
  const engine: Engine = {
    model: "any",
    vocabulary,
    encode,
    decode,
    maxBatch,
    maxSequences,
    // The first token says which request it is.
    prompt: ({ messages }) => {
      const index = Number(messages[0]!.content);
      if (asked[index]!.failure?.kind === "prompt") throw new Error("prompt");
      const tokens = [index, 40, 41];
      return isSlow ? turn().then(() => tokens) : tokens;
    },
    async forward(rows: readonly ForwardRow[]) {
      demand(!isComputing, "two passes at a time");
      demand(rows.length > 0 && rows.length <= maxBatch, `${rows.length} rows`);
      isComputing = true;
      try {
        for (const { sequence, tokens, known, forkOf } of rows) {
          demand(!released.has(sequence), "a sequence comes again");
          demand(known < tokens.length, "nothing new");
          demand(
            forkOf === undefined ? (held.get(sequence) ?? 0) >= known : held.get(forkOf)! >= known,
            "unknown tokens",
          );
          if (!held.has(sequence)) held.set(sequence, 0);
        }
        demand(held.size <= maxSequences, `${held.size} sequences`);
        if (isSlow) await new Promise((resolve) => setImmediate(resolve));
        for (const { sequence, tokens } of rows) held.set(sequence, tokens.length);
        if (rows.some(({ tokens }) => asked[tokens[0]!]!.failure?.kind === "late throw")) await Promise.resolve();
        return rows.map(({ tokens }) => rowOf(tokens));
      } finally {
        isComputing = false;
      }
    },
    release(sequence) {
      demand(!isComputing, "released during a pass");
      demand(held.delete(sequence) && !released.has(sequence), "released what wasn't there");
      released.add(sequence);
    },
  };
  return { engine, held, broken };
}

const requestOf = (index: number, { fields }: Asked): ChatCompletionRequest => ({
  model: "any",
  seed: index,
  messages: [{ role: "user", content: String(index) }],
  ...fields,
});

async function textsOf(stream: CompletionStream, onChunk: () => boolean = () => true): Promise<string[]> {
  const texts: string[] = [];
  for await (const { choices } of stream) {
    for (const { index, delta } of choices) texts[index] = (texts[index] ?? "") + (delta.content ?? "");
    if (!onChunk()) break;
  }
  return texts;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What became of a request: its texts, as far as they were read, or its error. */
type Outcome = { readonly texts: string[]; readonly isWhole: boolean } | { readonly error: Error };

const constraint = fc.constantFrom<Partial<ChatCompletionRequest>>(
  {},
  { regex: "[a-c]{2,40}" },
  { regex: "only this" },
  { ebnf: 'root ::= "(" root ")" | "x"+' },
  { logprobs: true, top_logprobs: 2 },
  { stop: ["e", " a"] },
);
const asked: fc.Arbitrary<Asked> = fc.record({
  fields: fc
    .record({ n: fc.integer({ min: 1, max: 5 }), max_tokens: fc.constantFrom(1, 5, 90), constraint })
    .map(({ constraint, ...fields }) => ({ ...fields, ...constraint })),
  reader: fc.record({
    kind: fc.constantFrom("all", "last", "leave", "abort"),
    after: fc.constantFrom(0, 1, 3, 30),
  }) as fc.Arbitrary<Reader>,
  joinsAfter: fc.constantFrom(0, 0, 1, 10),
  failure: fc.option(fc.record({ kind: fc.constantFrom(...failures), after: fc.constantFrom(0, 1, 4) }), {
    nil: undefined,
    freq: 3,
  }),
});
const room: fc.Arbitrary<Room> = fc.record({
  maxBatch: fc.constantFrom(1, 3, 64),
  maxSequences: fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
  isSlow: fc.boolean(),
});

it("every answer is its own, and nothing is left over", { timeout: 120_000 }, async () => {
  const alone = async (index: number, all: readonly Asked[]) => {
    const { engine } = engineOf(all, { maxBatch: 64, maxSequences: Number.POSITIVE_INFINITY, isSlow: false });
    return textsOf(await new ChatDecoder(engine).generate(requestOf(index, all[index]!)));
  };
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 6 }), room, async (all, room) => {
      const { engine, held, broken } = engineOf(all, room);
      const decoder = new ChatDecoder(engine);
      let left = all.filter(({ reader }) => reader.kind !== "last").length;
      const run = async (index: number): Promise<Outcome> => {
        const { reader, joinsAfter } = all[index]!;
        const controller = new AbortController();
        const { signal } = controller;
        try {
          for (let i = 0; i < joinsAfter; i++) await turn();
          const stopped = (async () => {
            if (reader.kind !== "abort") return;
            for (let i = 0; i < reader.after; i++) await turn();
            controller.abort(new Error("aborted"));
          })();
          const stream = await decoder.generate(requestOf(index, all[index]!), { signal });
          // Reads when all others are done.
          if (reader.kind === "last") while (left > 0) await turn();
          let chunks = 0;
          const texts = await textsOf(stream, () => reader.kind !== "leave" || ++chunks < reader.after);
          await stopped;
          return { texts, isWhole: reader.kind !== "leave" };
        } catch (error) {
          return { error: error as Error };
        } finally {
          if (reader.kind !== "last") left--;
        }
      };
      const outcomes = await Promise.all(all.map((_, index) => run(index)));
      while (decoder.passMs > 0) await turn();
      expect(broken).toEqual([]);
      expect(decoder.load).toBe(0);
      expect(held.size).toBe(0);
      for (const [index, outcome] of outcomes.entries()) {
        const { failure, reader } = all[index]!;
        if ("error" in outcome) {
          if (failure === undefined) expect([reader.kind, outcome.error.message]).toEqual(["abort", "aborted"]);
          continue;
        }
        const expected = await alone(index, all).catch(() => undefined);
        if (outcome.isWhole) expect(outcome.texts).toEqual(expected);
        else for (const [i, text] of outcome.texts.entries()) expect(expected?.[i] ?? text).toContain(text);
      }
    }),
    { numRuns: 60 },
  );
});
