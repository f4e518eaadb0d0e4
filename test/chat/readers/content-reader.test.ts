import { expect, test } from "vitest";
import { ContentReader } from "../../../src/chat/readers/content-reader.ts";

test("without tools all is content, special tokens by their names", () => {
  const reader = new ContentReader();
  expect(reader.text("<tool_call>")).toEqual([{ type: "content", text: "<tool_call>" }]);
  expect(reader.text("")).toEqual([]);
  expect(reader.special("<|x|>")).toEqual([{ type: "content", text: "<|x|>" }]);
  expect(reader.end()).toEqual([]);
});
