import * as fc from "fast-check";
import { expect, test } from "vitest";
import { computeLogProbabilities } from "../../../src/chat/sampler/log-probabilities.ts";
import { maskOf } from "./exact-distribution.ts";

const logit = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
  fc.float({ min: -1000, max: 1000, noNaN: true }),
  fc.constantFrom(-Infinity, NaN),
);

test("are those of a float64 softmax, of the model or given the mask", () => {
  fc.assert(
    fc.property(
      fc.array(logit, { minLength: 1, maxLength: 60 }),
      fc.nat(20),
      fc.option(fc.array(fc.nat(59), { minLength: 1 }), { nil: undefined }),
      fc.constantFrom("dense" as const, "sparse" as const),
      fc.nat(59),
      (list, top, ids, kind, any) => {
        const size = list.length;
        const token = any % size;
        const logits = Float32Array.from([...list, 1e4, Infinity, NaN]);
        const mask =
          ids &&
          maskOf(
            ids.map((id) => id % size),
            size,
            kind,
          );
        const allowed = (id: number) => mask === undefined || ids!.some((other) => other % size === id);
        const values = [...logits.keys()].map((id) => (id < size && allowed(id) ? logits[id]! : -Infinity));
        const clean = values.map((value) => (Number.isNaN(value) ? -Infinity : value));
        const max = Math.max(...clean);
        const sum = clean.reduce((total, value) => total + (value === -Infinity ? 0 : Math.exp(value - max)), 0);
        const exact = (id: number) => (clean[id] === -Infinity ? -Infinity : clean[id]! - max - Math.log(sum));
        const likeliest = [...clean.keys()]
          .filter((id) => clean[id]! > -Infinity)
          .sort((a, b) => clean[b]! - clean[a]! || a - b);

        const found = computeLogProbabilities(logits, size, token, top, mask);
        expect(found.top.map((entry) => entry.token)).toEqual(likeliest.slice(0, top));
        for (const { token: id, logprob } of [{ token, logprob: found.logprob }, ...found.top]) {
          if (exact(id) === -Infinity) expect(logprob).toBe(-Infinity);
          else expect(logprob).toBeCloseTo(exact(id), 9);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("tokens with +Infinity share all there is", () => {
  const logits = Float32Array.of(Infinity, 1, Infinity);
  expect(computeLogProbabilities(logits, 3, 0, 3)).toEqual({
    logprob: -Math.LN2,
    top: [
      { token: 0, logprob: -Math.LN2 },
      { token: 2, logprob: -Math.LN2 },
    ],
  });
  expect(computeLogProbabilities(logits, 3, 1, 0)).toEqual({ logprob: -Infinity, top: [] });
});

test("a wide row adds up", () => {
  const logits = new Float32Array(128_256).map((_, id) => 3 * Math.sin(id * id));
  let sum = 0;
  for (let id = 0; id < logits.length; id += 1000)
    sum += Math.exp(computeLogProbabilities(logits, logits.length, id, 0).logprob);
  const total = logits.reduce((all, value) => all + Math.exp(value), 0);
  let expected = 0;
  for (let id = 0; id < logits.length; id += 1000) expected += Math.exp(logits[id]!) / total;
  expect(sum).toBeCloseTo(expected, 12);
});
