import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../src/base/byte-set.ts";
import { sha256 } from "../../src/vocabulary/sha-256.ts";
import { Vocabulary, type VocabularyOptions } from "../../src/vocabulary/vocabulary.ts";
import { bytesOnly } from "../vocabularies.ts";

const text = (word: string) => new TextEncoder().encode(word);
const tokens = [text("a"), text("ab"), null, new Uint8Array(0), text("a"), text("b")];
const options: VocabularyOptions = { eosTokenIds: [2] };
const refused = (code: string, location?: unknown) =>
  expect.objectContaining({ name: "ConstraintError", code, ...(location === undefined ? {} : { location }) });

describe("Vocabulary.fromTokens", () => {
  test("keeps every id and its bytes", () => {
    const vocabulary = Vocabulary.fromTokens(tokens, options);
    expect(vocabulary.size).toBe(6);
    expect(tokens.map((_, id) => vocabulary.tokenBytes(id))).toEqual(tokens);
    expect(vocabulary.eosTokenIds).toEqual([2]);
    expect(vocabulary.encode).toBeUndefined();
  });

  test("tells an empty token from none, and puts neither into the trie; ids of the same bytes share a node", () => {
    const { trie } = Vocabulary.fromTokens(tokens, options);
    expect(trie.size).toBe(4);
    expect([...trie.tokenIds]).toEqual([0, 4, 1, 5]);
  });

  test("copies: what the caller does to its arrays later changes nothing", () => {
    const mine = tokens.map((token) => token && Uint8Array.from(token));
    const eosTokenIds = [2];
    const vocabulary = Vocabulary.fromTokens(mine, { eosTokenIds });
    const { hash } = Vocabulary.fromTokens(tokens, options);
    mine[0]![0] = 0x7a;
    eosTokenIds[0] = 0;
    expect(vocabulary.tokenBytes(0)).toEqual(text("a"));
    expect(vocabulary.hash).toBe(hash);
  });

  test("special and stop tokens have no bytes, whatever the text given for them", () => {
    const vocabulary = Vocabulary.fromTokens(tokens, {
      eosTokenIds: [5, 5, 4],
      specialTokens: new Map([
        ["__proto__", 1],
        ["<pad>", 9],
      ]),
    });
    expect(vocabulary.size).toBe(10);
    expect(vocabulary.eosTokenIds).toEqual([4, 5]);
    expect(vocabulary.specialTokens.get("__proto__")).toBe(1);
    for (const id of [1, 4, 5, 6, 7, 8, 9]) expect(vocabulary.tokenBytes(id)).toBeNull();
    expect([...vocabulary.trie.tokenIds]).toEqual([0]);
  });

  test("says which bytes it can spell", () => {
    expect(bytesOnly().isByteComplete).toBe(true);
    expect(bytesOf(bytesOnly().spells)).toHaveLength(256);

    const partial = Vocabulary.fromTokens([text("ab"), text("a"), text("c"), null], { eosTokenIds: [3] });
    expect(bytesOf(partial.spells)).toEqual([0x61, 0x63]);
    expect(bytesOf(partial.alphabet)).toEqual([0x61, 0x62, 0x63]);
    expect(partial.isByteComplete).toBe(false);

    const small = Vocabulary.fromTokens([text("aa"), text("a"), null], { eosTokenIds: [2] });
    expect(bytesOf(small.spells)).toEqual([0x61]);
    expect(small.isByteComplete).toBe(true);
  });

  test("may be wider than its tokens", () => {
    const vocabulary = Vocabulary.fromTokens(tokens, { ...options, size: 64 });
    expect(vocabulary.size).toBe(64);
    expect(vocabulary.tokenBytes(63)).toBeNull();
    expect(() => vocabulary.tokenBytes(64)).toThrow(refused("usage"));
    for (const id of [-1, 1.5, Number.NaN]) expect(() => vocabulary.tokenBytes(id)).toThrow(refused("usage"));
  });

  test("needs a stop token that is in it", () => {
    for (const eosTokenIds of [undefined, [], [6], [-1], [1.5], ["2"], 2, null]) {
      expect(() => Vocabulary.fromTokens(tokens, { eosTokenIds } as VocabularyOptions)).toThrow(refused("usage"));
    }
    expect(() => Vocabulary.fromTokens(tokens, undefined as unknown as VocabularyOptions)).toThrow(refused("usage"));
  });

  test("refuses options that don't fit", () => {
    const bad: unknown[] = [
      { size: 5 },
      { size: 6.5 },
      { size: Number.NaN },
      { size: "6" },
      { specialTokens: { "<pad>": 3 } },
      { specialTokens: new Map([["<pad>", -1]]) },
      { specialTokens: new Map([["<pad>", 2 ** 40]]) },
      { specialTokens: new Map([[7, 3]]) },
    ];
    for (const each of bad) {
      expect(() => Vocabulary.fromTokens(tokens, { ...options, ...(each as object) })).toThrow(refused("usage"));
    }
    expect(() => Vocabulary.fromTokens(tokens, { ...options, size: 2 ** 40 })).toThrow(refused("limit"));
  });

  test("refuses tokens that aren't bytes, and says which", () => {
    expect(() => Vocabulary.fromTokens("abc" as never, options)).toThrow(refused("usage"));
    for (const token of ["b", [98], 98, {}, new Uint16Array(1)]) {
      const mixed = [text("a"), token, null] as never;
      expect(() => Vocabulary.fromTokens(mixed, options)).toThrow(refused("invalid", { pointer: "/1" }));
    }
    expect(() => Vocabulary.fromTokens([new Uint8Array(0x10000), null, null], options)).toThrow(
      refused("limit", { pointer: "/0" }),
    );
    const tooMany = new Array<null>(2 ** 20 + 1).fill(null);
    expect(() => Vocabulary.fromTokens(tooMany, options)).toThrow(refused("limit"));
  });
});

describe("Vocabulary.hash", () => {
  const base = { tokens, ...options };
  const hashOf = ({ tokens, ...rest }: typeof base & VocabularyOptions) => Vocabulary.fromTokens(tokens, rest).hash;

  test("is the same for the same content", () => {
    // Written down once: a saved constraint is found by this.
    expect(hashOf(base)).toBe("c39a4c445552a47355c3bb6d5b3da5a1763b395ab743810d60f21269afed67dc");
    expect(hashOf({ ...base, encode: () => [] })).toBe(hashOf(base));
    expect(hashOf({ ...base, eosTokenIds: [2, 2], size: 6 })).toBe(hashOf(base));
    const specials: [string, number][] = [
      ["x", 2],
      ["y", 7],
    ];
    expect(hashOf({ ...base, specialTokens: new Map(specials) })).toBe(
      hashOf({ ...base, specialTokens: new Map(specials.toReversed()) }),
    );
  });

  test("differs with anything that changes a mask", () => {
    const hashes = [
      base,
      { ...base, size: 7 },
      { ...base, eosTokenIds: [2, 5] },
      { ...base, eosTokenIds: [5] },
      { ...base, specialTokens: new Map([["x", 2]]) },
      { ...base, specialTokens: new Map([["y", 2]]) },
      { ...base, specialTokens: new Map([["x", 5]]) },
      { ...base, stripLeadingSpace: true },
      { ...base, tokens: tokens.with(3, null) },
      { ...base, tokens: tokens.with(0, text("c")) },
      // The same bytes in all, cut elsewhere.
      { ...base, tokens: tokens.with(0, text("aa")).with(1, text("b")) },
    ].map(hashOf);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("is SHA-256", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(sha256(data)).toBe(createHash("sha256").update(data).digest("hex"));
      }),
    );
    for (const length of [0, 55, 56, 63, 64, 119, 120]) {
      const data = new Uint8Array(length).fill(length);
      expect(sha256(data)).toBe(createHash("sha256").update(data).digest("hex"));
      // A view into a larger buffer.
      expect(sha256(new Uint8Array(length + 9).fill(length).subarray(5, 5 + length))).toBe(sha256(data));
    }
  });
});
