// The patterns of MaskBench's schemas: all must lower, and texts near them must match as the JavaScript engine says.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultLimits as limits } from "../../src/base/limits.ts";
import { lowerRegex } from "../../src/regex/lower-regex.ts";
import { UnicodeTables } from "../../src/regex/unicode-tables.ts";
import { compileDfa } from "../../src/term/dfa.ts";
import { byteSetsByTarget, type Dfa, stepDfa } from "../../src/term/dfa-table.ts";

const file = resolve(
  process.env["GRAMMASK_DATA"] ?? resolve(import.meta.dirname, "../../../shared/data"),
  "maskbench-dev.jsonl.gz",
);
const unicode = new UnicodeTables();

function realPatterns(): string[] {
  const patterns = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (!Array.isArray(value)) {
      const { pattern, patternProperties } = value as { pattern?: unknown; patternProperties?: unknown };
      if (typeof pattern === "string") patterns.add(pattern);
      if (typeof patternProperties === "object")
        for (const key of Object.keys(patternProperties ?? {})) patterns.add(key);
    }
    Object.values(value).forEach(visit);
  };
  const lines = gunzipSync(readFileSync(file))
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  for (const line of lines) visit((JSON.parse(line) as { schema: unknown }).schema);
  return [...patterns];
}

/** A reproducible sequence of numbers in [0, 1): Park and Miller's generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
}

/** The bytes of a walk from the start, up to `length` of them; it ends in an accepting state if it gets to one late. */
function walk(dfa: Dfa, length: number, random: () => number): number[] {
  const word: number[] = [];
  let state = dfa.start;
  while (state !== 0 && word.length < 4 * length) {
    if (dfa.accepting[state] === 1 && (word.length >= length || random() < 0.2)) break;
    const targets = [...byteSetsByTarget(dfa, state)];
    if (targets.length === 0) break;
    const [to, set] = targets[Math.floor(random() * targets.length)]!;
    const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => ((set[byte >> 5]! >>> (byte & 31)) & 1) === 1,
    );
    word.push(bytes[Math.floor(random() * bytes.length)]!);
    state = to;
  }
  return word;
}

function isAccepted(dfa: Dfa, text: string): boolean {
  return (
    dfa.accepting[new TextEncoder().encode(text).reduce((state, byte) => stepDfa(dfa, state, byte), dfa.start)] === 1
  );
}

function native(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}

describe.skipIf(!existsSync(file))(`real patterns (left out where there is no ${file.split("/").pop()})`, () => {
  const patterns = existsSync(file) ? realPatterns() : [];

  it("all lower", () => {
    expect(patterns.length).toBeGreaterThan(1000);
    for (const pattern of patterns) lowerRegex(pattern, { limits, search: true, unicode });
  }, 60_000);

  it("every fourth: random walks and their neighbours match as they do in the engine", () => {
    const random = randomNumbers(7);
    const small = { ...limits, maxIslandStates: 5_000 };
    const tooLarge: string[] = [];
    let compared = 0;
    for (const pattern of patterns.filter((_, i) => i % 4 === 0)) {
      let dfa: Dfa;
      try {
        dfa = compileDfa(lowerRegex(pattern, { limits, search: true, unicode }), small);
      } catch {
        tooLarge.push(pattern);
        continue;
      }
      const regexp = native(pattern);
      for (let i = 0; i < 6; i++) {
        const text = new TextDecoder().decode(Uint8Array.from(walk(dfa, 12, random)));
        const at = Math.floor(random() * (text.length + 1));
        const neighbours = [
          text,
          text.slice(0, at) + text.slice(at + 1),
          `${text.slice(0, at)}-${text.slice(at)}`,
          `${text}\n`,
        ];
        for (const each of neighbours.filter((each) => !/\p{Cs}/u.test(each))) {
          expect([pattern, each, isAccepted(dfa, each)]).toEqual([pattern, each, regexp.test(each)]);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(5000);
    expect(tooLarge.length).toBeLessThan(5);
  }, 120_000);
});
