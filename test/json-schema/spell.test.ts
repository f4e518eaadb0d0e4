// A spelling changes the text and not the value: read by JSON.parse, by which the spellings share no code.
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultLimits } from "../../src/index.ts";
import { parseJsonText } from "../../src/json-schema/reading/json-text.ts";
import { type Draw, escaped, respelledNumber, shuffled, spell } from "./spell.ts";

const draws = fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 });
const drawFrom = (numbers: readonly number[]): Draw => {
  let next = 0;
  return (bound) => numbers[next++ % numbers.length]! % bound;
};

test("every spelling of a value is read as that value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), draws, (value, numbers) => {
      const draw = drawFrom(numbers);
      const text = spell(parseJsonText(JSON.stringify(value), defaultLimits), {
        space: () => ["", " ", "\n\t", "\r"][draw(4)]!,
        character: escaped(draw, 2),
        number: respelledNumber(draw),
        order: shuffled(draw),
      });
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { seed: 20261125, numRuns: 500 },
  );
});

test.each([
  ["1", ["1.0", "10e-1", "1e0"]],
  ["-20.50e3", ["-20.500e3", "-20500E0", "-20.50e3"]],
  ["0.0700E-12", ["0.07000E-12", "7000e-17", "0.0700e-12"]],
  [
    "123456789012345678901234567890",
    ["123456789012345678901234567890.0", "1234567890123456789012345678900e-1", "123456789012345678901234567890e0"],
  ],
])("the forms of %s", (number, forms) => {
  expect([0, 1, 2].map((form) => respelledNumber(drawFrom([form, 0]))(number))).toEqual(forms);
});
