// The race against the definition of its noise, computed for every token in float64: what is passed over couldn't have won.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GumbelRace } from "../../../src/chat/sampler/gumbel-race.ts";
import { Philox } from "../../../src/chat/sampler/philox.ts";
import { Row } from "../../../src/chat/sampler/row.ts";

const vocabularySize = 5000;

/** −ln E of every token. */
function allNoise(seed: bigint, step: number, choice: number): Float64Array {
  const philox = new Philox(Number(seed & 0xffffffffn), Number(seed >> 32n));
  const least = (node: number, bits: number): { e: number; heir: number } => {
    philox.generate(node >> 2, step, choice, bits);
    const word = philox.words[node & 3]! >>> 0;
    const heir = 32 * node + (word % 32);
    const excess = -Math.log1p(-(word - (word % 32) + 16) / 2 ** 32) / 2 ** bits;
    if (bits === 10) return { e: excess, heir };
    const parent = least(node >> 5, bits + 5);
    return { e: parent.heir === node ? parent.e : parent.e + excess, heir };
  };
  return Float64Array.from({ length: vocabularySize }, (_, token) => -Math.log(least(token, 0).e));
}

test("the winner is that of all noise", () => {
  const row = new Row(vocabularySize);
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.nat(2 ** 31),
      fc.nat(2 ** 31),
      fc.nat(),
      fc.constantFrom(0, 1, 4, 12, 300),
      (seed, step, choice, salt, spread) => {
        const logits = new Float32Array(vocabularySize).map((_, id) => spread * Math.sin(id * id + salt));
        const noise = allNoise(seed, step, choice);
        const scores = noise.map((g, id) => g + logits[id]!);
        const race = new GumbelRace(seed);

        row.open(logits, undefined, false);
        row.close(undefined);
        row.scale(1);
        race.start(step, choice);
        row.enter(race);
        expect(Math.max(...scores) - scores[race.winner]!).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 60 },
  );
});

test("noise is Gumbel's, and that of neighbours is independent", () => {
  // 50 × 5,000 exponential variates: their distribution by Kolmogorov and Smirnov; covariances within a block, a page, and beyond.
  const steps = 50;
  const uniforms: number[] = [];
  const products = { block: 0, page: 0, beyond: 0 };
  for (let step = 0; step < steps; step++) {
    const u = allNoise(9n, step, 0).map((g) => Math.exp(-Math.exp(-g)));
    uniforms.push(...u);
    for (let id = 0; id < vocabularySize - 1024; id++) {
      if ((id & 31) !== 31) products.block += (u[id]! - 0.5) * (u[id + 1]! - 0.5);
      if ((id & 1023) < 992) products.page += (u[id]! - 0.5) * (u[id + 32]! - 0.5);
      products.beyond += (u[id]! - 0.5) * (u[id + 1024]! - 0.5);
    }
  }
  uniforms.sort((a, b) => a - b);
  const distance = uniforms.reduce((most, u, i) => Math.max(most, Math.abs(u - (i + 0.5) / uniforms.length)), 0);
  expect(distance * Math.sqrt(uniforms.length)).toBeLessThan(1.9);
  // Each product has variance 1/144.
  const deviation = Math.sqrt(steps * (vocabularySize - 1024)) / 12;
  for (const sum of Object.values(products)) expect(Math.abs(sum) / deviation).toBeLessThan(4);
});
