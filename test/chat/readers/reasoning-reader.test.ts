import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContentReader } from "../../../src/chat/readers/content-reader.ts";
import type { OutputEvent } from "../../../src/chat/readers/output-events.ts";
import { ReasoningReader } from "../../../src/chat/readers/reasoning-reader.ts";
import { toolDialect } from "../../../src/chat/tool-calls/dialects.ts";
import { cutPieces, piecesOf, readAll } from "../pieces.ts";

const reasoning = (text: string): OutputEvent => ({ type: "reasoning", text });
const content = (text: string): OutputEvent => ({ type: "content", text });

interface Setting {
  readonly isOpen?: boolean;
  readonly keepsMarkers?: boolean;
  readonly hasGap?: boolean;
  readonly specials?: readonly string[];
}

function readerOf(
  { isOpen = false, keepsMarkers = false, hasGap = true, specials = [] }: Setting,
  inner = new ContentReader(),
) {
  const isSpecial = (name: string) => specials.includes(name);
  return new ReasoningReader(inner, { begin: "<think>", end: "</think>", isOpen, keepsMarkers, hasGap, isSpecial });
}

/** What comes of the output, and that pieces don't matter for it. */
function read(text: string, setting: Setting = {}): OutputEvent[] {
  const pieces = piecesOf(text, setting.specials ?? []);
  const events = readAll(readerOf(setting), pieces);
  fc.assert(
    fc.property(cutPieces(pieces), (some) => {
      expect(readAll(readerOf(setting), some)).toEqual(events);
    }),
    { numRuns: 50 },
  );
  return events;
}

describe("where reasoning begins and ends", () => {
  const output = "<think>\nHm, 2 < 3.\n</think>\n\nYes.";

  test("line breaks behind it are the answer's, where its format may begin with some", () => {
    expect(read(output, { hasGap: false })).toEqual([reasoning("Hm, 2 < 3.\n"), content("\n\nYes.")]);
  });

  test("as texts", () => {
    expect(read(output)).toEqual([reasoning("Hm, 2 < 3.\n"), content("Yes.")]);
  });

  test("as special tokens", () => {
    const specials = ["<think>", "</think>"];
    expect(read(output, { specials })).toEqual([reasoning("Hm, 2 < 3.\n"), content("Yes.")]);
  });

  test("the prompt has begun it", () => {
    expect(read("Hm.</think>Yes.", { isOpen: true })).toEqual([reasoning("Hm."), content("Yes.")]);
    expect(read(output, { isOpen: true })).toEqual([reasoning("Hm, 2 < 3.\n"), content("Yes.")]);
  });

  test("there is none", () => {
    expect(read("Yes. </think>")).toEqual([content("Yes. </think>")]);
    expect(read("<thin")).toEqual([content("<thin")]);
    expect(read("\n Yes. <think>Hm.</think>")).toEqual([content("\n Yes. <think>Hm.</think>")]);
  });

  test("it is never ended", () => {
    expect(read("<think>Hm.</thi")).toEqual([reasoning("Hm.</thi")]);
    expect(read("Hm.", { isOpen: true })).toEqual([reasoning("Hm.")]);
  });

  test("nothing was said", () => {
    expect(read("")).toEqual([]);
    expect(read("</think>\n", { isOpen: true })).toEqual([]);
  });

  test("text that looks like the special token isn't it", () => {
    const reader = readerOf({ isOpen: true, specials: ["</think>"] });
    const events = readAll(reader, [{ text: "The text </think> " }, { special: "</think>" }, { text: "Yes." }]);
    expect(events).toEqual([reasoning("The text </think> "), content("Yes.")]);
  });

  test("other special tokens are read by their names", () => {
    const reader = readerOf({ isOpen: true });
    const events = readAll(reader, [{ special: "<|x|>" }, { text: "</think>" }, { special: "<|y|>" }]);
    expect(events).toEqual([reasoning("<|x|>"), content("<|y|>")]);
  });
});

test("markers are a part of it, where that is asked for", () => {
  const output = "<think>\nHm.\n</think>\n\nYes.";
  expect(read(output, { keepsMarkers: true })).toEqual([reasoning("<think>\nHm.\n</think>"), content("\n\nYes.")]);
  expect(read("Hm.</think>\nYes.", { keepsMarkers: true, isOpen: true })).toEqual([
    reasoning("Hm.</think>"),
    content("\nYes."),
  ]);
});

test("calls are looked for behind the reasoning only", () => {
  const call = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>';
  for (const keepsMarkers of [true, false]) {
    const options = { required: false, parallel: true, isSpecial: () => false };
    const reader = readerOf({ keepsMarkers }, toolDialect("hermes").reader([{ name: "f" }], options));
    const events = readAll(reader, [{ text: `<think>${call}</think>${call}` }]);
    expect(events.filter(({ type }) => type === "tool_call")).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: "arguments", index: 0, text: "{}" });
  }
});
