import { expect, test } from "vitest";
import { seededRandom } from "../../../bench/workload/random.ts";
import { exponentialF32, fullMass, logF32, massOf } from "../../../src/chat/sampler/exact-f32.ts";

const random = seededRandom(3);
const uniform = () => random.below(2 ** 32) / 2 ** 32;

test("a logarithm", () => {
  let worst = 0;
  for (let i = 0; i < 100_000; i++) {
    const x = Math.fround(Math.exp(60 * uniform() - 30));
    worst = Math.max(worst, Math.abs(logF32(x) - Math.log(x)) / Math.max(1e-3, Math.abs(Math.log(x))));
  }
  expect(worst).toBeLessThan(2 ** -22);
  expect(logF32(1)).toBe(0);
});

test("an exponential variate, precise at both ends", () => {
  let worst = 0;
  const check = (r: number) => {
    const exact = -Math.log1p(-r / 2 ** 32);
    worst = Math.max(worst, Math.abs(exponentialF32(r | 0) - exact) / exact);
  };
  for (let i = 0; i < 100_000; i++) check(1 + random.below(2 ** (1 + random.below(31))));
  for (let i = 0; i < 100_000; i++) check(2 ** 32 - 1 - random.below(2 ** (1 + random.below(31))));
  for (const r of [1, 2, 2 ** 31 - 1, 2 ** 31, 0x4afb0ccb, 0x4afb0ccc, 2 ** 32 - 1]) check(r);
  expect(worst).toBeLessThan(2 ** -21);
});

test("a mass is an integer near e^z · 2³⁵", () => {
  let worst = 0;
  let areIntegers = true;
  for (let i = 0; i < 100_000; i++) {
    const z = Math.fround(-26 * uniform());
    const mass = massOf(z);
    areIntegers &&= Number.isInteger(mass);
    worst = Math.max(worst, Math.abs(mass - Math.exp(z) * fullMass) / (0.6 + 2 ** -21 * mass));
  }
  expect(areIntegers).toBe(true);
  expect(worst).toBeLessThan(1);
  expect(massOf(0)).toBe(fullMass);
  expect([-100, -1e30, Number.NEGATIVE_INFINITY, Number.NaN].map(massOf)).toEqual([0, 0, 0, 0]);
});

// Whoever computes them elsewhere, in a shader say, can check its bits.
test("known bits", () => {
  const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!.toString(16);
  expect([0.1, 1.5, 3e-9, 22].map(Math.fround).map(logF32).map(bits)).toMatchInlineSnapshot(`
    [
      "c0135d8e",
      "3ecf991f",
      "c19cff4a",
      "4045d3a4",
    ]
  `);
  expect([1, 12345, 0x7fffffff, -1].map(exponentialF32).map(bits)).toMatchInlineSnapshot(`
    [
      "2f800000",
      "3640e412",
      "3f317218",
      "41b17218",
    ]
  `);
  expect([-1, -0.125, -10.5, -24.25].map(massOf)).toMatchInlineSnapshot(`
    [
      12640241664,
      30322364416,
      946145,
      1,
    ]
  `);
});
