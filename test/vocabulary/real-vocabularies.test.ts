// The loaders against real vocabularies: the bytes of every id against the package's own decoder where it has one, and
// round trips of any text through the package's own encoder.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Vocabulary } from "../../src/vocabulary/vocabulary.ts";
import { bytesOnly, llama2, llama3, llama3Json, o200k, o200kTiktoken } from "../vocabularies.ts";

function bytesOfTokens(vocabulary: Vocabulary, ids: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(Array.from(ids).flatMap((id) => [...vocabulary.tokenBytes(id)!]));
}

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
  fc.json({ maxDepth: 2 }),
);

const real = { llama3, o200k, llama2, bytesOnly };

describe.each(Object.entries(real))("%s", (_, load) => {
  test("spells any text as its own encoder does", { timeout: 60_000 }, () => {
    const vocabulary = load();
    const check = (text: string) => {
      // The encoders that make pieces of the space sign itself can't tell it from a space.
      if (vocabulary === llama2() && text.includes("\u2581")) return;
      expect(bytesOfTokens(vocabulary, vocabulary.encode!(text))).toEqual(new TextEncoder().encode(text));
    };
    check('  Grüße, 世界 🌍\r\n\t{"a": [1.5e-7, "\\u00e9"]}  \u0000\u007f');
    fc.assert(fc.property(anyText, check), { numRuns: 150 });
  });

  test("has each token at the end of its path in the trie, and no other", { timeout: 60_000 }, () => {
    const vocabulary = load();
    const { trie } = vocabulary;
    let inTrie = 0;
    let wrong = 0;
    for (let id = 0; id < vocabulary.size; id++) {
      const bytes = vocabulary.tokenBytes(id);
      if (bytes === null) continue;
      let node = 0;
      for (const byte of bytes) node = node < 0 ? -1 : trie.child(node, byte);
      const ids = node < 0 ? [] : trie.tokenIds.subarray(trie.tokenStart[node]!, trie.tokenStart[node + 1]!);
      if (!ids.includes(id as never)) wrong++;
      inTrie++;
    }
    expect(wrong).toBe(0);
    expect(trie.tokenIds.length).toBe(inTrie);
  });

  test("can spell every byte", () => {
    expect(load().isByteComplete).toBe(true);
    expect(load().spells.every((word) => word === 0xffffffff)).toBe(true);
  });
});

test("o200k: all 200,019 ids are as js-tiktoken has them", () => {
  const vocabulary = o200k();
  const own = o200kTiktoken();
  expect(vocabulary.size).toBe(200_019);
  expect(vocabulary.specialTokens).toEqual(
    new Map([
      ["<|endoftext|>", 199_999],
      ["<|endofprompt|>", 200_018],
    ]),
  );
  // The package keeps id → bytes in a private field.
  const { textMap } = own as unknown as { textMap: Map<number, Uint8Array> };
  expect(textMap.size).toBe(199_998);
  let different = 0;
  let none = 0;
  for (let id = 0; id < vocabulary.size; id++) {
    const ours = vocabulary.tokenBytes(id);
    const theirs = textMap.get(id);
    if (ours === null) none++;
    else if (theirs === undefined || Buffer.compare(ours, theirs) !== 0) different++;
  }
  expect(different).toBe(0);
  expect(none).toBe(vocabulary.size - textMap.size);
});

test("llama3: 128,000 pieces, 256 special tokens, none of which is text", () => {
  const vocabulary = llama3();
  expect(vocabulary.size).toBe(128_256);
  expect(vocabulary.specialTokens.size).toBe(256);
  expect(vocabulary.specialTokens.get("<|eot_id|>")).toBe(128_009);
  for (let id = 0; id < vocabulary.size; id++) {
    if ((vocabulary.tokenBytes(id) === null) !== id >= 128_000) expect.unreachable(`token ${id}`);
  }
  // The pieces of the file that hold plain ASCII are their own bytes.
  const { vocab } = (llama3Json() as { model: { vocab: Record<string, number> } }).model;
  let plain = 0;
  for (const [piece, id] of Object.entries(vocab)) {
    if (!/^[!-~]+$/.test(piece)) continue;
    plain++;
    if (new TextDecoder().decode(vocabulary.tokenBytes(id)!) !== piece) expect.unreachable(piece);
  }
  expect(plain).toBeGreaterThan(30_000);
});

test("llama2: byte tokens and pieces may have the same bytes", () => {
  const vocabulary = llama2();
  expect(vocabulary.size).toBe(32_000);
  expect(vocabulary.specialTokens).toEqual(
    new Map([
      ["<unk>", 0],
      ["<s>", 1],
      ["</s>", 2],
    ]),
  );
  const { trie } = vocabulary;
  const node = trie.child(0, 0x41);
  const ids = [...trie.tokenIds.subarray(trie.tokenStart[node]!, trie.tokenStart[node + 1]!)];
  expect(ids).toEqual([0x41 + 3, 29909]);
  expect(vocabulary.tokenBytes(259)).toEqual(Uint8Array.of(0x20, 0x20));
});
