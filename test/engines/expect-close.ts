import { expect } from "vitest";

export function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Math.max(...actual.map((logit, i) => Math.abs(logit - expected[i]!)))).toBeLessThan(1e-3);
}
