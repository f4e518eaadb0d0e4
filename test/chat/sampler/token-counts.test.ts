import { expect, test } from "vitest";
import { TokenCounts } from "../../../src/chat/sampler/token-counts.ts";

function contentOf(counts: TokenCounts): Record<number, number> {
  return Object.fromEntries(Array.from({ length: counts.length }, (_, i) => [counts.tokens[i]!, counts.outputs[i]!]));
}

test("counts outputs, and remembers the prompt", () => {
  const counts = new TokenCounts([7, 5, 7]);
  expect(contentOf(counts)).toEqual({ 5: 0, 7: 0 });
  for (const token of [5, 9, 5]) counts.accept(token);
  expect(contentOf(counts)).toEqual({ 5: 2, 7: 0, 9: 1 });
});

test("grows", () => {
  const counts = new TokenCounts();
  for (let i = 0; i < 1000; i++) counts.accept(i % 100);
  expect(contentOf(counts)).toEqual(Object.fromEntries(Array.from({ length: 100 }, (_, token) => [token, 10])));
});
