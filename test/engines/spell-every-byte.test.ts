import { expect, test } from "vitest";
import { spellEveryByte } from "../../src/engines/spell-every-byte.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";

const letters = ["a", "b", "ab", "<end>"].map((text) => new TextEncoder().encode(text));

test("missing bytes get ids behind the model's; its own tokens keep theirs", () => {
  const few = Vocabulary.fromTokens(letters, { eosTokenIds: [3], specialTokens: new Map([["<end>", 3]]) });
  const all = spellEveryByte(few);
  expect(all.size).toBe(4 + 254);
  expect([0, 1, 2, 3].map((id) => all.tokenBytes(id))).toEqual([0, 1, 2, 3].map((id) => few.tokenBytes(id)));
  expect(all.specialTokens).toEqual(few.specialTokens);
  expect(all.isByteComplete).toBe(true);
  expect(new Compiler(all).compile({ type: "regex", pattern: "[ax]+" }).matcher().validateTokens([0, 0, 3])).toBe(3);
});

test("a vocabulary that lacks none stays as it is", () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const vocabulary = Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] });
  expect(spellEveryByte(vocabulary)).toBe(vocabulary);
});
