import * as fc from "fast-check";
import { expect, test } from "vitest";
import { weightedThreshold } from "../../../src/chat/sampler/threshold.ts";

const value = fc.oneof(
  fc.float({ noNaN: true }),
  fc.integer({ min: -4, max: 4 }).map((n) => n / 2),
  fc.constantFrom(0, -0, Infinity, -Infinity),
);

test("is what a sort says, with weights and without", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 60 }),
      fc.boolean(),
      fc.double({ min: 0.01, max: 1.2, noNaN: true }),
      (entries, isWeighted, part) => {
        const values = Float32Array.from(entries, ([v]) => v);
        const weights = isWeighted ? Float64Array.from(entries, ([, w]) => w) : undefined;
        const weigh = (i: number) => weights?.[i] ?? 1;
        const total = entries.reduce((sum, _, i) => sum + weigh(i), 0);
        const enough = part * total;

        const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
        let weight = 0;
        const at = order.find((i) => (weight += weigh(i)) >= enough) ?? order.at(-1)!;
        const threshold = weightedThreshold(new Int32Array(values.buffer), weights, values.length, enough);
        // 0 and −0 are one value to who compares with it.
        expect(threshold === values[at]).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});
