import { expect, test } from "vitest";
import { ContentReader } from "../../../src/chat/readers/content-reader.ts";
import { JoinedReasoningReader } from "../../../src/chat/readers/joined-reasoning-reader.ts";
import { toolDialect } from "../../../src/chat/tool-calls/dialects.ts";
import { piecesOf, readAll } from "../pieces.ts";

test("without tools all is content, special tokens by their names", () => {
  const reader = new ContentReader();
  expect(reader.text("<tool_call>")).toEqual([{ type: "content", text: "<tool_call>" }]);
  expect(reader.text("")).toEqual([]);
  expect(reader.special("<|x|>")).toEqual([{ type: "content", text: "<|x|>" }]);
  expect(reader.end()).toEqual([]);
});

test("a dialect's reasoning can be content", () => {
  const specials = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>"];
  const options = { required: false, parallel: true, isSpecial: (name: string) => specials.includes(name) };
  const message = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.";
  const reader = new JoinedReasoningReader(toolDialect("harmony").reader([], options));
  expect(readAll(reader, piecesOf(message, specials))).toEqual([{ type: "content", text: "Hm.Yes." }]);
});
