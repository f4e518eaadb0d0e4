// Numbers that are multiples of some values and of none of others, through the whole front-end, against integer arithmetic.
import fc from "fast-check";
import { expect, it } from "vitest";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";

function judge(schema: unknown): (text: string) => boolean {
  const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema });
  return (text) => {
    const matcher = constraint.matcher();
    return matcher.acceptBytes(text) && matcher.isAccepting;
  };
}

/** In quarters, so that steps and numbers are integers here. */
const quarters = fc.oneof(fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 20, 27, 28, 44, 52), fc.integer({ min: 1, max: 400 }));

it("random multiples and non-multiples, with and without bounds", () => {
  fc.assert(
    fc.property(
      fc.array(quarters, { maxLength: 3 }),
      fc.array(quarters, { minLength: 1, maxLength: 8 }),
      fc.option(fc.integer({ min: -900, max: 900 }), { nil: undefined }),
      fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 20, maxLength: 40 }),
      (multiples, others, minimum, values) => {
        const isWanted = (value: number) =>
          multiples.every((each) => value % each === 0) &&
          others.every((each) => value % each !== 0) &&
          (minimum === undefined || value >= 4 * minimum);
        // Numbers near to being right, too.
        const step = multiples.reduce((a, b) => (a * b <= 4000 ? a * b : a), 1);
        const tried = values.flatMap((value) => [value, value - (value % step)]);
        let is: (text: string) => boolean;
        try {
          is = judge({
            type: "number",
            allOf: [{}, ...multiples.map((each) => ({ multipleOf: each / 4 }))],
            not: { anyOf: others.map((each) => ({ multipleOf: each / 4 })) },
            ...(minimum === undefined ? {} : { minimum }),
          });
        } catch (error) {
          if (!(error instanceof ConstraintError) || error.code !== "unsatisfiable") throw error;
          is = () => false;
        }
        for (const value of tried) {
          for (const text of [String(value / 4), `${value * 25}e-2`]) {
            if (is(text) !== isWanted(value)) expect({ text, is: is(text) }).toEqual({ text, is: isWanted(value) });
          }
        }
      },
    ),
    { numRuns: 60, endOnFailure: true, seed: Number(process.env["GRAMMASK_SEED"] ?? 20261126) },
  );
});

it("numbers that are far between: every state can be completed", () => {
  const is = judge({
    type: "number",
    allOf: [{ multipleOf: 6.75 }, { multipleOf: 19 }, { multipleOf: 9.5 }, { multipleOf: 2.125 }],
    not: { anyOf: [2, 6.5, 5, 7, 11, 37].map((multipleOf) => ({ multipleOf })) },
  });
  expect([8721, -8721, 8721 * 3, 8721 * 17].map((value) => is(String(value)))).toEqual([true, true, true, true]);
  expect([0, 1, 8721 * 2, 8721 * 5, 8721 * 37].map((value) => is(String(value)))).toEqual(Array(5).fill(false));
  expect([is("0.8721e4"), is("17442e0"), is("87210e-1"), is("8721e1")]).toEqual([true, false, true, false]);
});

it("several oneOfs of multiples", () => {
  const schema = {
    type: "number",
    allOf: [
      { oneOf: [{ multipleOf: 33 }, { multipleOf: 12 }, { multipleOf: 77 }] },
      { oneOf: [{ allOf: [{ not: { multipleOf: 6 } }, { not: { multipleOf: 7 } }] }, { multipleOf: 44 }] },
      { oneOf: [{ not: { multipleOf: 11 } }, { multipleOf: 13 }] },
      { not: { multipleOf: 8 } },
    ],
  };
  const is = judge(schema);
  const one = (...holds: boolean[]) => holds.filter((each) => each).length === 1;
  for (let n = -5000; n <= 5000; n++) {
    const by = (k: number) => n % k === 0;
    const isWanted = one(by(33), by(12), by(77)) && one(!by(6) && !by(7), by(44)) && one(!by(11), by(13)) && !by(8);
    if (is(String(n)) !== isWanted) expect({ n, is: is(String(n)) }).toEqual({ n, is: isWanted });
  }
});
