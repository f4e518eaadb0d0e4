// Do draws have the distribution that the settings say? Fixed seeds, χ² against float64.
import { describe, expect, test } from "vitest";
import { Row } from "../../../src/chat/sampler/row.ts";
import { Sampler } from "../../../src/chat/sampler/sampler.ts";
import { defaultSampling, type SamplingSettings } from "../../../src/chat/sampler/settings.ts";
import { TokenCounts } from "../../../src/chat/sampler/token-counts.ts";
import { deviate, type ExactCase, exactDistribution, maskOf } from "./exact-distribution.ts";

const vocabularySize = 2100;
const row = new Row(vocabularySize);

/** A head over three pages, a bulk, and padding that would win everything. */
const logits = new Float32Array(vocabularySize + 60).fill(50, vocabularySize);
for (let id = 0; id < vocabularySize; id++) logits[id] = 3 * Math.sin(id * id) - 3;
for (let i = 0; i < 24; i++) logits[(i * 331) % vocabularySize] = 6 - i / 4;
const flat = new Float32Array(vocabularySize);
const headIds = Array.from({ length: 24 }, (_, i) => (i * 331) % vocabularySize);
const manyIds = Array.from({ length: 1500 }, (_, i) => (i * 7) % vocabularySize);

const everything: Partial<SamplingSettings> = {
  temperature: 0.8,
  topK: 15,
  topP: 0.93,
  minP: 0.04,
  frequencyPenalty: 0.3,
  presencePenalty: -0.2,
  repetitionPenalty: 1.2,
  logitBias: new Map([
    [331, 1.5],
    [662, -100],
    [5, 8],
  ]),
};
const said = { prompt: [0, 331, 2], output: [662, 993, 993, 1324] };

const cases: [string, Partial<SamplingSettings>, Partial<ExactCase>][] = [
  ["temperature alone", {}, {}],
  ["a flat row", {}, { logits: flat }],
  ["hot", { temperature: 2 }, {}],
  ["cold", { temperature: 0.3 }, {}],
  ["top_k", { topK: 9 }, {}],
  ["a large top_k", { topK: 700, temperature: 2 }, {}],
  ["top_p", { topP: 0.8 }, {}],
  ["min_p", { minP: 0.1 }, {}],
  ["top_k and top_p", { topK: 12, topP: 0.7 }, {}],
  ["penalties and biases", { ...everything, topK: Infinity, topP: 1, minP: 0 }, said],
  ["everything", everything, said],
  ["everything under a dense mask", everything, { ...said, mask: maskOf(manyIds, vocabularySize, "dense") }],
  ["everything under a sparse mask", everything, { ...said, mask: maskOf(headIds, vocabularySize, "sparse") }],
  ["a dense mask", {}, { mask: maskOf(headIds, vocabularySize, "dense") }],
  ["a sparse mask", {}, { mask: maskOf(headIds, vocabularySize, "sparse") }],
  ["withheld tokens", {}, { withheld: [0, 662] }],
];

describe.each([1n, 0xfedcba9876543210n])("seed %s", (seed) => {
  test.each(cases)("%s", (_, changed, given) => {
    const settings = { ...defaultSampling, seed, ...changed };
    const exact = exactDistribution({ logits, vocabularySize, settings, ...given })!;
    const sampler = new Sampler(settings, row);
    const history = new TokenCounts(given.prompt);
    for (const token of given.output ?? []) history.accept(token);
    const counts = new Map<number, number>();
    for (let step = 0; step < 10_000; step++) {
      const { mask, withheld } = given;
      const { token } = sampler.sample(given.logits ?? logits, { step, choice: 3, mask, withheld, history });
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    expect(exact.margin).toBeGreaterThan(1e-5);
    expect(deviate(counts, exact.probabilities)).toBeLessThan(4);
  });
});

describe("draws don't depend on one another", () => {
  const few = Float32Array.of(1, 0.5, 0, 0, -0.5, 1);
  const weights = [...few].map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  const pairs = new Map<number, number>();
  for (let a = 0; a < 6; a++)
    for (let b = 0; b < 6; b++) pairs.set(6 * a + b, (weights[a]! * weights[b]!) / total ** 2);
  const draw = (seed: bigint) => {
    const sampler = new Sampler({ ...defaultSampling, seed }, new Row(6));
    return (step: number, choice: number) => sampler.sample(few, { step, choice }).token;
  };
  const one = draw(5n);
  const other = draw(6n);
  const otherUpper = draw(5n + (1n << 32n));

  test.each<[string, (i: number) => [number, number]]>([
    ["two choices", (i) => [one(i, 0), one(i, 1)]],
    ["two steps", (i) => [one(2 * i, 0), one(2 * i + 1, 0)]],
    ["a step and a choice exchanged", (i) => [one(i, i + 1), one(i + 1, i)]],
    ["two seeds", (i) => [one(i, 0), other(i, 0)]],
    ["two seeds that differ above 32 bits", (i) => [one(i, 0), otherUpper(i, 0)]],
  ])("%s", (_, pair) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = pair(i);
      counts.set(6 * a + b, (counts.get(6 * a + b) ?? 0) + 1);
    }
    expect(deviate(counts, pairs)).toBeLessThan(4);
  });
});
