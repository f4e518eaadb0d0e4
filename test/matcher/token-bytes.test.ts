// What is awkward about real tokens: characters split across them, byte-fallback tokens, several ids with the same bytes, special
// tokens whose text could be content.
import { describe, expect, test } from "vitest";
import { Compiler, type Matcher, type Vocabulary } from "../../src/index.ts";
import { llama2, llama3, o200k } from "../vocabularies.ts";

const encoder = new TextEncoder();

function allowed(matcher: Matcher, vocabulary: Vocabulary): Set<number> {
  const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
  matcher.fillMask(mask);
  const ids = new Set<number>();
  for (let id = 0; id < vocabulary.size; id++) if (((mask[id >> 5]! >>> (id & 31)) & 1) === 1) ids.add(id);
  return ids;
}

function idsOf(vocabulary: Vocabulary, bytes: Uint8Array): number[] {
  const key = bytes.join();
  return Array.from({ length: vocabulary.size }, (_, id) => id).filter(
    (id) => vocabulary.tokenBytes(id)?.join() === key,
  );
}

describe.each(Object.entries({ llama3, o200k, llama2 }))("%s", (_, load) => {
  const vocabulary = load();
  const compiler = new Compiler(vocabulary);

  test("a character in as many tokens as it has bytes: only what completes it is allowed on the way", () => {
    const character = "\u{1fae0}";
    const matcher = compiler.compile({ type: "regex", pattern: "[\u{1fae0}\u{1fae1}]!" }).matcher();
    const bytes = encoder.encode(character);
    for (const [i, byte] of bytes.entries()) {
      const ids = allowed(matcher, vocabulary);
      const possible = i < bytes.length - 1 ? [byte] : [byte, byte + 1];
      // Tokens that go on as one of the two characters do, and no other.
      const texts = ["\u{1fae0}!", "\u{1fae1}!"].map((text) => encoder.encode(text).subarray(i));
      for (const id of ids) {
        const token = vocabulary.tokenBytes(id)!;
        expect(texts.some((text) => text.subarray(0, token.length).join() === token.join())).toBe(true);
      }
      for (const each of possible)
        for (const id of idsOf(vocabulary, Uint8Array.of(each))) expect(ids.has(id)).toBe(true);
      expect(matcher.isAccepting).toBe(false);
      expect(matcher.accept(idsOf(vocabulary, Uint8Array.of(byte))[0]!)).toBe(true);
    }
    expect(matcher.acceptBytes("!")).toBe(true);
    expect(matcher.isAccepting).toBe(true);
  });

  test("ids with the same bytes are allowed together, at each step", () => {
    const byBytes = new Map<string, number[]>();
    for (let id = 0; id < vocabulary.size; id++) {
      const bytes = vocabulary.tokenBytes(id);
      if (bytes === null || bytes.length === 0) continue;
      const key = bytes.join();
      const same = byBytes.get(key);
      if (same === undefined) byBytes.set(key, [id]);
      else same.push(id);
    }
    const twins = [...byBytes.values()].filter((ids) => ids.length > 1);
    // The SentencePiece vocabulary has `A` and `<0x41>`; the others have each text once.
    expect(twins.length > 50).toBe(vocabulary === llama2());
    const matcher = compiler
      .compile({ type: "json_schema", schema: { properties: { A: { type: "string" } } } })
      .matcher();
    for (const text of ["{", '"', "A", '"', ":", '"', "Ab1", '"']) {
      const ids = allowed(matcher, vocabulary);
      for (const same of twins) expect(new Set(same.map((id) => ids.has(id))).size).toBe(1);
      expect(matcher.acceptBytes(text)).toBe(true);
    }
  });

  test("a special token is never content, its text always may be", () => {
    const string = compiler.compile({ type: "json_schema", schema: { type: "string" } }).matcher();
    expect(string.acceptBytes('"')).toBe(true);
    const ids = allowed(string, vocabulary);
    expect(vocabulary.specialTokens.size).toBeGreaterThan(0);
    for (const [name, id] of vocabulary.specialTokens) {
      expect([name, ids.has(id)]).toEqual([name, false]);
      if (!vocabulary.eosTokenIds.includes(id)) expect(string.fork().accept(id)).toBe(false);
      expect(string.acceptBytes(name)).toBe(true);
    }
    expect(string.acceptBytes('"')).toBe(true);
    expect(string.isAccepting).toBe(true);
  });
});
