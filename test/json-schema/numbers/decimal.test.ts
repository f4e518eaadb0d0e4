// Oracle: the same values as whole numbers in units of 10^−40.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError } from "../../../src/base/errors.ts";
import {
  compareDecimals,
  type Decimal,
  equalDecimals,
  formatDecimal,
  isIntegerDecimal,
  isMultipleOf,
  leastCommonMultiple,
  maxDecimalDigits,
  negateDecimal,
  parseDecimal,
} from "../../../src/json-schema/numbers/decimal.ts";

const units = ({ mantissa, exponent }: Decimal) => mantissa * 10n ** BigInt(exponent + 40);

const spelling = fc
  .tuple(
    fc.boolean(),
    fc.nat(3000),
    fc.option(fc.stringMatching(/^[0-9]{1,6}$/)),
    fc.option(fc.integer({ min: -12, max: 12 })),
  )
  .map(([negative, whole, fraction, power]) => {
    const exponent = power === null ? "" : `E${power > 6 ? "+0" : ""}${power}`;
    return `${negative ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}${exponent}`;
  });

/** By moving the point in the text. */
function unitsOfText(text: string): bigint {
  const [, sign, whole, fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:E(.+))?$/.exec(text)!;
  const digits = whole! + fraction + "0".repeat(40 + Number(power) - fraction.length);
  return BigInt(digits) * (sign === "-" ? -1n : 1n);
}

describe("decimals", () => {
  it("parse, compare and format as the text says", () => {
    fc.assert(
      fc.property(spelling, spelling, (a, b) => {
        const [x, y] = [parseDecimal(a), parseDecimal(b)];
        expect(units(x)).toBe(unitsOfText(a));
        expect(Math.sign(compareDecimals(x, y))).toBe(units(x) < units(y) ? -1 : units(x) > units(y) ? 1 : 0);
        expect(equalDecimals(x, y)).toBe(units(x) === units(y));
        expect(parseDecimal(formatDecimal(x))).toEqual(x);
        expect(units(negateDecimal(x))).toBe(-units(x));
        expect(isIntegerDecimal(x)).toBe(units(x) % 10n ** 40n === 0n);
        if (units(y) === 0n) return;
        expect(isMultipleOf(x, y)).toBe(units(x) % units(y) === 0n);
        if (units(x) === 0n) return;
        const common = leastCommonMultiple(x, y);
        expect(compareDecimals(common, parseDecimal("0"))).toBe(1);
        expect([isMultipleOf(common, x), isMultipleOf(common, y)]).toEqual([true, true]);
        const [p, q] = [units(common) / units(x), units(common) / units(y)];
        for (let factor = 2n; factor < 50n; factor++) expect(p % factor === 0n && q % factor === 0n).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("have one spelling for one value", () => {
    for (const text of ["0", "-0", "0.000", "0e99999", "-0E-5"]) expect(formatDecimal(parseDecimal(text))).toBe("0");
    for (const text of ["1000", "1e3", "1E+0003", "1000.0", "10000e-1"])
      expect(formatDecimal(parseDecimal(text))).toBe("1000");
    expect(formatDecimal(parseDecimal("-0.070"))).toBe("-0.07");
    expect(formatDecimal(parseDecimal("12e300"))).toBe("12e300");
  });

  it.each(["", "01", "+1", "1.", ".5", "1e", "0x1", "1 ", "NaN", "--1", "1e5.0"])("%j is no number", (text) => {
    expect(() => parseDecimal(text)).toThrow(expect.objectContaining({ code: "syntax" }));
  });

  it("are bounded", () => {
    for (const text of ["1e999999999999", "1e-10001", "9".repeat(maxDecimalDigits + 1), `0.${"0".repeat(50_000)}1`]) {
      expect(() => parseDecimal(text)).toThrow(ConstraintError);
    }
    expect(parseDecimal("1e10000").exponent).toBe(10_000);
    expect(parseDecimal(`1${"0".repeat(9999)}`)).toEqual({ mantissa: 1n, exponent: 9999 });
  });
});
