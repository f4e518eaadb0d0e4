import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Mask } from "../../../src/automaton/mask.ts";
import { ConstraintError } from "../../../src/base/errors.ts";
import { Row } from "../../../src/chat/sampler/row.ts";
import { Sampler, type SamplingStep } from "../../../src/chat/sampler/sampler.ts";
import { defaultSampling, type SamplingSettings } from "../../../src/chat/sampler/settings.ts";
import { TokenCounts } from "../../../src/chat/sampler/token-counts.ts";
import { type ExactCase, exactDistribution, maskOf } from "./exact-distribution.ts";

const first = { step: 0, choice: 0 };

function samplerOf(vocabularySize: number, settings: Partial<SamplingSettings> = {}): Sampler {
  return new Sampler({ ...defaultSampling, seed: 1n, ...settings }, new Row(vocabularySize));
}

/** The tokens that a step lets race. */
function racers(sampler: Sampler, logits: Float32Array, step: SamplingStep): number[] {
  const tokens: number[] = [];
  const race = {
    winner: -1,
    start: () => {},
    canWin: () => true,
    offer: (token: number, z: number) => {
      expect(z).not.toBeNaN();
      if (z > Number.NEGATIVE_INFINITY) tokens.push(token);
    },
  };
  Object.assign(sampler as object, { race });
  sampler.sample(logits, step);
  return tokens;
}

// Multiples of 1/8 are exact in f32, and there are many equals.
const eighths = (least: number, most: number) => fc.integer({ min: 8 * least, max: 8 * most }).map((n) => n / 8);

const exactCases: fc.Arbitrary<ExactCase> = fc.integer({ min: 1, max: 40 }).chain((vocabularySize) => {
  const id = fc.nat(vocabularySize - 1);
  const ids = fc.array(id, { maxLength: 8 });
  return fc.record({
    logits: fc
      .tuple(
        fc.array(eighths(-3, 3), { minLength: vocabularySize, maxLength: vocabularySize }),
        fc.array(fc.constantFrom(-1, 100, Infinity, NaN), { maxLength: 5 }),
      )
      .map(([row, padding]) => Float32Array.from([...row, ...padding])),
    vocabularySize: fc.constant(vocabularySize),
    settings: fc.record({
      temperature: fc.constantFrom(0.25, 0.7, 1, 2),
      topK: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 45 })),
      topP: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
      minP: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      frequencyPenalty: eighths(-2, 2),
      presencePenalty: eighths(-2, 2),
      repetitionPenalty: fc.constantFrom(1, 0.5, 2),
      logitBias: fc
        .array(fc.tuple(id, fc.oneof(eighths(-2, 2), fc.constantFrom(-100, 100))))
        .map((list) => new Map(list)),
      seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
    mask: fc.option(
      fc
        .tuple(fc.array(id, { minLength: 1, maxLength: 40 }), fc.constantFrom("dense" as const, "sparse" as const))
        .map(([list, kind]) => maskOf(list, vocabularySize, kind)),
      { nil: undefined },
    ),
    prompt: ids,
    output: ids,
    withheld: fc.option(fc.array(id, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  });
});

function stepOf({ mask, withheld, prompt, output = [] }: ExactCase): SamplingStep {
  const history = new TokenCounts(prompt);
  for (const token of output) history.accept(token);
  return { ...first, mask, withheld, history };
}

test("what may be drawn is what the exact distribution says", () => {
  fc.assert(
    fc.property(exactCases, (exact) => {
      const { probabilities, margin } = exactDistribution(exact)!;
      fc.pre(margin > 1e-6);
      const sampler = new Sampler(exact.settings, new Row(exact.vocabularySize));
      expect(racers(sampler, exact.logits, stepOf(exact))).toEqual([...probabilities.keys()].sort((a, b) => a - b));
    }),
    { numRuns: 3000 },
  );
});

test("what is drawn is one of them, and the flag is right", () => {
  fc.assert(
    fc.property(exactCases, fc.nat(1000), (exact, step) => {
      const { probabilities, margin, minTokensUnmet } = exactDistribution(exact)!;
      fc.pre(margin > 1e-6);
      const sampler = new Sampler(exact.settings, new Row(exact.vocabularySize));
      const sample = sampler.sample(exact.logits, { ...stepOf(exact), step });
      expect(probabilities.has(sample.token)).toBe(true);
      expect(sample.minTokensUnmet).toBe(minTokensUnmet);

      const greedy = new Sampler(
        { ...exact.settings, temperature: 0, topK: Infinity, topP: 1, minP: 0 },
        new Row(exact.vocabularySize),
      );
      const all = exactDistribution({
        ...exact,
        settings: { ...exact.settings, temperature: 1, topK: Infinity, topP: 1, minP: 0 },
      })!;
      const most = Math.max(...all.probabilities.values());
      const likeliest = [...all.probabilities].filter(([, p]) => p === most).map(([id]) => id);
      expect(greedy.sample(exact.logits, stepOf(exact)).token).toBe(Math.min(...likeliest));
    }),
    { numRuns: 1000 },
  );
});

test("wide and narrow rows leave the same, and the same is drawn", () => {
  const size = 2500;
  const everything = maskOf([...new Array(size).keys()], size, "sparse");
  const row = new Row(size);
  fc.assert(
    fc.property(
      exactCases,
      fc.constantFrom(0.1, 1, 3, 10, 60),
      fc.constantFrom(0.5, 0.9, 0.999, 1 - 1e-9),
      fc.constantFrom(5, 400, Infinity),
      fc.nat(),
      ({ settings }, spread, topP, topK, salt) => {
        const logits = new Float32Array(size).map((_, id) => spread * Math.sin(id * id + salt));
        const filtered = { ...settings, topP, topK, logitBias: new Map() };
        const step = { step: salt, choice: 0 };
        const draw = (mask?: Mask) => new Sampler(filtered, row).sample(logits, { ...step, mask }).token;
        expect(draw()).toBe(draw(everything));
        expect(racers(new Sampler(filtered, row), logits, step)).toEqual(
          racers(new Sampler(filtered, row), logits, { ...step, mask: everything }),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("any logits, on wide rows too: an allowed token or an error", () => {
  const size = 2500;
  const row = new Row(size);
  const odd = fc.constantFrom(NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-40, 0, -0);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(size - 1), fc.oneof(odd, fc.float())), { maxLength: 12 }),
      fc.oneof(odd, fc.float()),
      fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 20 }),
      fc.constantFrom("dense" as const, "sparse" as const, undefined),
      exactCases,
      (entries, ground, ids, kind, { settings }) => {
        const logits = new Float32Array(size + 7).fill(ground, 0, size).fill(Infinity, size);
        for (const [id, logit] of entries) logits[id] = logit;
        const mask = kind && maskOf(ids, size, kind);
        const before = logits.slice();
        const allowed = mask === undefined ? [...logits.keys()].slice(0, size) : ids;
        const possible = new Set(allowed.filter((id) => logits[id]! > -Infinity));
        const sample = () => new Sampler(settings, row).sample(logits, { ...first, mask }).token;
        if (possible.size === 0) expect(sample).toThrow(ConstraintError);
        else expect(possible.has(sample())).toBe(true);
        expect(logits).toEqual(before);
      },
    ),
    { numRuns: 300 },
  );
});

describe("defined outcomes", () => {
  test("equals at a threshold stay together", () => {
    const logits = Float32Array.of(1, 2, 3, 2, 0);
    expect(racers(samplerOf(5, { topK: 2 }), logits, first)).toEqual([1, 2, 3]);
    // ½, ¼, ¼: two of them are ¾.
    const halves = Float32Array.of(Math.log(2), 0, 0);
    expect(racers(samplerOf(3, { topP: 0.4 }), halves, first)).toEqual([0]);
    expect(racers(samplerOf(3, { topP: 0.6 }), halves, first)).toEqual([0, 1, 2]);
    expect(racers(samplerOf(5, { minP: 1 }), Float32Array.of(3, 1, 3, 2, 3), first)).toEqual([0, 2, 4]);
  });

  test("top_p counts what top_k left as all", () => {
    // 0.4, 0.3, 0.2, 0.1: of the first two 4/7 and 3/7.
    const logits = Float32Array.from([0.4, 0.3, 0.2, 0.1], Math.log);
    expect(racers(samplerOf(4, { topP: 0.5 }), logits, first)).toEqual([0, 1]);
    expect(racers(samplerOf(4, { topP: 0.5, topK: 2 }), logits, first)).toEqual([0]);
  });

  test("temperature comes before top_p and min_p", () => {
    const logits = Float32Array.of(1, 0);
    expect(racers(samplerOf(2, { temperature: 0.5, minP: 0.2 }), logits, first)).toEqual([0]);
    expect(racers(samplerOf(2, { temperature: 2, minP: 0.2 }), logits, first)).toEqual([0, 1]);
    expect(racers(samplerOf(2, { temperature: 0.5, topP: 0.8 }), logits, first)).toEqual([0]);
    expect(racers(samplerOf(2, { temperature: 2, topP: 0.8 }), logits, first)).toEqual([0, 1]);
  });

  test("a bias doesn't bring back what the mask or min_tokens forbids", () => {
    const sampler = samplerOf(3, { logitBias: new Map([[2, 100]]) });
    const logits = Float32Array.of(1, 0, 0);
    for (const kind of ["dense", "sparse"] as const)
      expect(racers(sampler, logits, { ...first, mask: maskOf([0, 1], 3, kind) })).toEqual([0, 1]);
    expect(racers(sampler, logits, { ...first, withheld: [2] })).toEqual([0, 1]);
  });

  test("a token of the prompt is repeated, but not in the output", () => {
    const settings = { repetitionPenalty: 2, presencePenalty: 1, frequencyPenalty: 0.25, temperature: 0 };
    const logits = Float32Array.of(4, 1.9, -4, -7.9);
    const history = new TokenCounts([0, 2]);
    expect(samplerOf(4, settings).sample(logits, { ...first, history }).token).toBe(0);
    history.accept(0);
    expect(samplerOf(4, settings).sample(logits, { ...first, history }).token).toBe(1);
    const mask = maskOf([2, 3], 4, "sparse");
    expect(samplerOf(4, settings).sample(logits, { ...first, history, mask }).token).toBe(3);
  });

  test("only withheld tokens are legal", () => {
    const logits = Float32Array.of(9, 1, 2);
    const mask = maskOf([1, 2], 3, "sparse");
    const sampler = samplerOf(3, { temperature: 0 });
    expect(sampler.sample(logits, { ...first, mask, withheld: [1, 2] })).toEqual({ token: 2, minTokensUnmet: true });
    expect(sampler.sample(logits, { ...first, mask, withheld: [2] })).toEqual({ token: 1, minTokensUnmet: false });
  });

  test("+Infinity takes all", () => {
    const logits = Float32Array.of(Infinity, 5, Infinity, NaN);
    for (const settings of [{}, { topP: 0.5 }, { topK: 1 }, { minP: 0.5 }, { temperature: 1e-4 }])
      expect(racers(samplerOf(4, settings), logits, first)).toEqual([0, 2]);
    expect(samplerOf(4, { temperature: 0 }).sample(logits, first).token).toBe(0);
  });

  test("nothing to draw", () => {
    for (const bad of [NaN, -Infinity]) {
      const logits = new Float32Array(3).fill(bad);
      expect(() => samplerOf(3).sample(logits, first)).toThrow(/no token can be sampled/);
      expect(() => samplerOf(3).sample(logits, { ...first, withheld: [0] })).toThrow(/no token can be sampled/);
    }
    expect(() => samplerOf(3).sample(new Float32Array(2), first)).toThrow(/2 logits for a vocabulary of 3/);
  });
});

test("the same seed, settings and logits give the same tokens, whatever else the row was used for", () => {
  const size = 3000;
  const logits = new Float32Array(size).map((_, id) => 2 * Math.sin(id * id));
  const settings = { ...defaultSampling, seed: 77n, topP: 0.95 };
  const tokens = (sampler: Sampler, between: () => void) =>
    Array.from({ length: 100 }, (_, step) => {
      between();
      return sampler.sample(logits, { step, choice: 1 }).token;
    });
  const shared = new Row(size);
  const other = new Sampler({ ...defaultSampling, seed: 3n, logitBias: new Map([[5, 50]]) }, shared);
  const alone = tokens(new Sampler(settings, new Row(size)), () => {});
  expect(tokens(new Sampler(settings, shared), () => other.sample(logits, first))).toEqual(alone);
});

test("what a mask forbids changes nothing for what it allows", () => {
  const size = 3000;
  const logits = new Float32Array(size).map((_, id) => 2 * Math.sin(id * id));
  const sampler = samplerOf(size);
  for (let step = 0; step < 100; step++) {
    const free = sampler.sample(logits, { step, choice: 1 }).token;
    const ids = [free, ...Array.from({ length: 50 }, (_, i) => (i * 59 + step) % size)];
    for (const kind of ["dense", "sparse"] as const)
      expect(sampler.sample(logits, { step, choice: 1, mask: maskOf(ids, size, kind) }).token).toBe(free);
  }
});
