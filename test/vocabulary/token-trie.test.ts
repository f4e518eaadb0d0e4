import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenTrie } from "../../src/vocabulary/token-trie.ts";

type Tokens = readonly (Uint8Array | null)[];

const build = (tokens: Tokens) => TokenTrie.build((id) => tokens[id]!, tokens.length);

const tokensOver = (maxByte: number) =>
  fc.array(fc.option(fc.uint8Array({ max: maxByte, maxLength: 9 }), { nil: null }), { maxLength: 120 });
/** Few bytes give deep sharing and duplicates, all bytes give wide nodes. */
const anyTokens = fc.oneof(tokensOver(1), tokensOver(3), tokensOver(255));

/** Path from the root → ids, for each node: what the flat arrays say. */
function contents(trie: TokenTrie): Map<string, number[]> {
  const out = new Map<string, number[]>();
  const path: number[] = [];
  for (let node = 0; node < trie.size; node++) {
    path.length = Math.max(0, trie.depth[node]! - 1);
    if (node > 0) path.push(trie.byte[node]!);
    expect(out.has(path.join())).toBe(false);
    out.set(path.join(), [...trie.tokenIds.subarray(trie.tokenStart[node]!, trie.tokenStart[node + 1]!)]);
  }
  return out;
}

/** Path → ids of each prefix of each token, from which `contents` must follow. */
function expectedContents(tokens: Iterable<readonly [number, readonly number[]]>): Map<string, number[]> {
  const out = new Map<string, number[]>([["", []]]);
  for (const [id, bytes] of tokens) {
    for (let i = 1; i <= bytes.length; i++) {
      const prefix = bytes.slice(0, i).join();
      if (!out.has(prefix)) out.set(prefix, []);
    }
    out.get(bytes.join())!.push(id);
  }
  for (const ids of out.values()) ids.sort((a, b) => a - b);
  return out;
}

const entries = (tokens: Tokens) =>
  tokens.flatMap((bytes, id) => (bytes === null || bytes.length === 0 ? [] : [[id, [...bytes]] as const]));

const sorted = (map: Map<string, number[]>) => [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** The links (end, child order, rootChild, child) agree with the depths. */
function checkLinks(trie: TokenTrie): void {
  expect(trie.end[0]).toBe(trie.size);
  expect(trie.tokenStart.length).toBe(trie.size + 1);
  expect(trie.tokenStart[trie.size]).toBe(trie.tokenIds.length);
  let reached = 1;
  for (let node = 0; node < trie.size; node++) {
    let before = -1;
    let child = node + 1;
    for (; child < trie.end[node]!; child = trie.end[child]!) {
      expect(trie.depth[child]).toBe(trie.depth[node]! + 1);
      expect(trie.byte[child]!).toBeGreaterThan(before);
      before = trie.byte[child]!;
      expect(trie.child(node, before)).toBe(child);
      if (node === 0) expect(trie.rootChild[before]).toBe(child);
      reached++;
    }
    expect(child).toBe(trie.end[node]);
  }
  expect(reached).toBe(trie.size);
}

describe("TokenTrie.build", () => {
  test("has one node for each prefix of each token, with the token's ids", () => {
    fc.assert(
      fc.property(anyTokens, (tokens) => {
        const trie = build(tokens);
        checkLinks(trie);
        expect(sorted(contents(trie))).toEqual(sorted(expectedContents(entries(tokens))));
      }),
      { numRuns: 200 },
    );
  });

  test("tells a token from the same token with zero bytes behind it", () => {
    const tokens = Array.from({ length: 40 }, (_, i) => new Uint8Array(1 + (i % 20)));
    const trie = build(tokens);
    expect(trie.size).toBe(21);
    for (let node = 1; node < trie.size; node++) {
      expect([...trie.tokenIds.subarray(trie.tokenStart[node]!, trie.tokenStart[node + 1]!)]).toEqual([
        node - 1,
        node + 19,
      ]);
    }
  });

  test("an empty vocabulary is a lone root", () => {
    for (const trie of [build([]), build([null, new Uint8Array(0)])]) {
      expect(trie.size).toBe(1);
      expect([...trie.end]).toEqual([1]);
      expect([...trie.tokenStart]).toEqual([0, 0]);
      expect(trie.rootChild.every((child) => child === -1)).toBe(true);
    }
  });

  test("takes the longest token and refuses a longer one", () => {
    const trie = build([new Uint8Array(0xffff).fill(7)]);
    expect(trie.size).toBe(0x10000);
    expect(trie.end.every((end) => end === 0x10000)).toBe(true);
    expect(() => build([new Uint8Array(0x10000)])).toThrow(expect.objectContaining({ code: "limit" }));
  });
});

describe("TokenTrie.merge", () => {
  test("equals the trie built from what is left of the tokens below the nodes", () => {
    fc.assert(
      fc.property(anyTokens, fc.array(fc.nat(), { maxLength: 12 }), (tokens, picks) => {
        const trie = build(tokens);
        const nodes = picks.map((pick) => pick % trie.size);
        const pathOf = new Map([...contents(trie).keys()].map((path, node) => [node, path]));
        const rest: (readonly [number, readonly number[]])[] = [];
        for (const node of new Set(nodes)) {
          const path = pathOf.get(node)!;
          const prefix = path === "" ? [] : path.split(",").map(Number);
          for (const [id, bytes] of entries(tokens)) {
            if (prefix.every((byte, i) => bytes[i] === byte)) rest.push([id, bytes.slice(prefix.length)]);
          }
        }
        const merged = TokenTrie.merge(trie, nodes);
        checkLinks(merged);
        expect(sorted(contents(merged))).toEqual(sorted(expectedContents(rest)));
        expect(contents(TokenTrie.merge(trie, Int32Array.from(nodes)))).toEqual(contents(merged));
      }),
      { numRuns: 300 },
    );
  });

  test("of the root alone is the same trie", () => {
    fc.assert(
      fc.property(anyTokens, (tokens) => {
        const trie = build(tokens);
        expect(TokenTrie.merge(trie, [0])).toEqual(trie);
      }),
      { numRuns: 50 },
    );
  });

  test("of no nodes is a lone root", () => {
    const trie = TokenTrie.merge(build([Uint8Array.of(1)]), []);
    expect(trie.size).toBe(1);
    expect(trie.tokenIds.length).toBe(0);
  });
});
