// Oracle: the JSON grammar as a regex and values as BigInt fractions, written here without the code under test. Three
// checks: every short string; random spellings of random values (no prefix of an accepted text may be dead); and from each
// state that isn't dead a shortest completion, which the oracle must accept.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError } from "../../../src/base/errors.ts";
import { parseDecimal } from "../../../src/json-schema/numbers/decimal.ts";
import { type NumberBounds, numberProcedure } from "../../../src/json-schema/numbers/number-procedure.ts";
import type { Procedure } from "../../../src/term/procedure.ts";

const limits = { maxIslandStates: 50_000 };

/** Bounds as a schema spells them. */
interface Spelled {
  integer?: boolean;
  syntax?: boolean;
  min?: string;
  exclusiveMin?: string;
  max?: string;
  exclusiveMax?: string;
  multipleOf?: string[];
  not?: string[];
}

function boundsOf(spelled: Spelled): NumberBounds {
  const { integer = false, syntax = false, min, exclusiveMin, max, exclusiveMax, multipleOf, not } = spelled;
  const minimum = min ?? exclusiveMin;
  const maximum = max ?? exclusiveMax;
  return {
    integer: integer || syntax,
    minimum: minimum === undefined ? undefined : parseDecimal(minimum),
    exclusiveMinimum: exclusiveMin !== undefined,
    maximum: maximum === undefined ? undefined : parseDecimal(maximum),
    exclusiveMaximum: exclusiveMax !== undefined,
    multipleOf: multipleOf?.map(parseDecimal),
    notMultipleOf: not?.map(parseDecimal),
    integerSpelling: syntax ? "syntax" : "value",
  };
}

interface Fraction {
  over: bigint;
  under: bigint;
}

const json = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function fractionOf(text: string): Fraction | null {
  const parts = json.exec(text);
  if (parts === null) return null;
  const fraction = parts[3] ?? "";
  const power = BigInt(parts[4] ?? "0") - BigInt(fraction.length);
  const over = BigInt(parts[2] + fraction) * (parts[1] === "-" ? -1n : 1n);
  return power >= 0n ? { over: over * 10n ** power, under: 1n } : { over, under: 10n ** -power };
}

const less = (a: Fraction, b: Fraction) => a.over * b.under < b.over * a.under;

function satisfies(text: string, spelled: Spelled): boolean {
  const value = fractionOf(text);
  if (value === null) return false;
  const { integer, syntax, min, exclusiveMin, max, exclusiveMax, multipleOf = [], not = [] } = spelled;
  if (syntax && /[.eE]/.test(text)) return false;
  if (min !== undefined && less(value, fractionOf(min)!)) return false;
  if (exclusiveMin !== undefined && !less(fractionOf(exclusiveMin)!, value)) return false;
  if (max !== undefined && less(fractionOf(max)!, value)) return false;
  if (exclusiveMax !== undefined && !less(value, fractionOf(exclusiveMax)!)) return false;
  const isMultiple = (step: string) => {
    const of = fractionOf(step)!;
    return (value.over * of.under) % (value.under * of.over) === 0n;
  };
  return [...(integer ? ["1"] : []), ...multipleOf].every(isMultiple) && !not.some(isMultiple);
}

const encode = (text: string) => new TextEncoder().encode(text);

function walk(procedure: Procedure, text: string): number {
  let state = procedure.start;
  for (const byte of encode(text)) if ((state = procedure.step(state, byte)) === 0) return 0;
  return state;
}

/** A shortest text from `state` to an accepting state; null if none is found. */
function completion(procedure: Procedure, state: number): string | null {
  let frontier = new Map([[state, ""]]);
  const seen = new Set([state]);
  for (let length = 0; length < 40; length++) {
    const next = new Map<number, string>();
    for (const [from, text] of frontier) {
      if (procedure.isAccepting(from)) return text;
      for (const symbol of "0123456789.e-") {
        const to = procedure.step(from, symbol.charCodeAt(0));
        if (to === 0 || seen.has(to)) continue;
        seen.add(to);
        next.set(to, text + symbol);
      }
    }
    if (seen.size > 20_000) return null;
    frontier = next;
  }
  return null;
}

const cases: Spelled[] = [
  {},
  { integer: true },
  { syntax: true },
  { min: "0" },
  { exclusiveMin: "0" },
  { max: "0" },
  { exclusiveMax: "0" },
  { min: "0", max: "0" },
  { min: "5", max: "7" },
  { integer: true, min: "5", max: "7" },
  { integer: true, min: "1" },
  { integer: true, min: "-10", max: "15" },
  { integer: true, exclusiveMin: "0", exclusiveMax: "1" },
  { integer: true, exclusiveMin: "0", exclusiveMax: "11" },
  { exclusiveMin: "0", exclusiveMax: "1" },
  { exclusiveMin: "5", exclusiveMax: "5.1" },
  { min: "1.5", max: "15" },
  { min: "1.5", exclusiveMax: "15" },
  { exclusiveMin: "5", max: "50" },
  { exclusiveMin: "-5.17", max: "-0.5" },
  { min: "5.5e1", max: "5.5e1" },
  { min: "1e300" },
  { max: "-1e-300" },
  { min: "1e-10", max: "1e-8" },
  { multipleOf: ["0.5"] },
  { multipleOf: ["0.07"] },
  { multipleOf: ["15"] },
  { multipleOf: ["0.07"], min: "0", max: "1" },
  { multipleOf: ["0.25"], exclusiveMin: "0.5", max: "1.5" },
  { multipleOf: ["500"], max: "1500", min: "-500" },
  { multipleOf: ["0.5", "0.7"], integer: true },
  { multipleOf: ["16"], exclusiveMin: "1" },
  { syntax: true, min: "-5", max: "105" },
  { syntax: true, exclusiveMin: "5", multipleOf: ["1.5"] },
  { syntax: true, exclusiveMin: "50", exclusiveMax: "57", multipleOf: ["7"] },
  { syntax: true, min: "0" },
  { syntax: true, min: "17" },
  { syntax: true, multipleOf: ["50"] },
  { not: ["1"] },
  { not: ["1"], min: "5", max: "7" },
  { not: ["0.5"], exclusiveMin: "0", max: "5" },
  { not: ["1"], min: "50", max: "50" },
  { not: ["0.1"], min: "50.5", max: "50.51" },
  { integer: true, not: ["5"] },
  { integer: true, not: ["2", "3"], min: "1", max: "15" },
  { integer: true, not: ["10"], exclusiveMin: "-20", exclusiveMax: "20" },
  { multipleOf: ["0.5"], not: ["1", "7.5"], max: "75", min: "-75" },
  { syntax: true, not: ["7"], min: "70" },
  { syntax: true, not: ["5", "1.5"], min: "15", max: "17" },
];

const prefixes = /^-?(?:(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE](?:[+-]?\d*)?)?)?|[eE](?:[+-]?\d*)?)?)?$/;

describe("short strings", () => {
  it.each(cases.map((spelled) => [JSON.stringify(spelled), spelled] as const))("%s", (_, spelled) => {
    const procedure = numberProcedure(boundsOf(spelled), limits);
    const completed = new Map<number, string | null>();
    let accepted = 0;
    const visit = (text: string, state: number, anyAccepted: { value: boolean }): void => {
      const within = { value: false };
      const expected = satisfies(text, spelled);
      if (expected !== (state !== 0 && procedure.isAccepting(state))) expect.fail(`${text}: expected ${expected}`);
      if (expected) {
        accepted++;
        within.value = true;
      }
      if (state !== 0 && !completed.has(state)) {
        const rest = completion(procedure, state);
        completed.set(state, rest);
        if (rest === null || !satisfies(text + rest, spelled))
          expect.fail(`${text} is alive, but ${text}${rest} isn't in`);
      }
      if (text.length < 6) {
        for (const symbol of "0157-.e+") {
          const next = text + symbol;
          const to = state === 0 ? 0 : procedure.step(state, symbol.charCodeAt(0));
          if (prefixes.test(next)) visit(next, to, within);
          else if (to !== 0) expect.fail(`${next} isn't JSON`);
        }
      }
      if (within.value) anyAccepted.value = true;
      if (within.value && state === 0) expect.fail(`${text} is dead, but has a completion`);
    };
    visit("", procedure.start, { value: false });
    expect(procedure.canComplete()).toBe(procedure.start !== 0);
    if (accepted > 0) expect(procedure.canComplete()).toBe(true);
  });
});

const digits = (max: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: max });
const spelling = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 2000 }), digits(4), fc.integer({ min: -5, max: 5 }))
  .map(([negative, whole, fraction, power]) => {
    return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}${power === 0 ? "" : `e${power}`}`;
  });
const steps = ["0.07", "0.01", "0.25", "3", "7", "10", "12", "125", "1e-7", "2.5", "1e3", "0.3", "96"];
/** Steps whose remainders are few enough for a search through the states. */
const smallSteps = ["0.01", "0.25", "3", "10", "2.5", "1e3", "4"];
const boundsWith = (step: readonly string[], most: number): fc.Arbitrary<Spelled> =>
  fc
    .record({
      integer: fc.boolean(),
      syntax: fc.boolean(),
      ends: fc.array(spelling, { minLength: 0, maxLength: 2 }),
      exclusive: fc.tuple(fc.boolean(), fc.boolean()),
      upper: fc.boolean(),
      multipleOf: fc.array(fc.constantFrom(...step), { maxLength: most }),
      not: fc.array(fc.constantFrom(...step), { maxLength: most }),
    })
    .map(({ integer, syntax, ends, exclusive, upper, multipleOf, not }) => {
      const sorted = ends.toSorted((a, b) => (less(fractionOf(a)!, fractionOf(b)!) ? -1 : 1));
      const low = sorted.length === 2 || !upper ? sorted[0] : undefined;
      const high = sorted.length === 2 ? sorted[1] : upper ? sorted[0] : undefined;
      const bounds: Spelled = {
        ...(syntax ? { syntax: true } : { integer }),
        ...(low === undefined ? {} : exclusive[0] ? { exclusiveMin: low } : { min: low }),
        ...(high === undefined ? {} : exclusive[1] ? { exclusiveMax: high } : { max: high }),
        multipleOf,
      };
      return not.length === 0 ? bounds : { ...bounds, not };
    });

/** A spelling of mantissa × 10^power, with the point moved `shift` places and zeros added. */
function respell(mantissa: bigint, power: number, shift: number, zeros: number, style: number): string {
  const sign = mantissa < 0n ? "-" : "";
  const figures = `${mantissa < 0n ? -mantissa : mantissa}${"0".repeat(zeros)}`.padStart(Math.max(0, shift) + 1, "0");
  const cut = figures.length - Math.max(0, shift);
  const whole = figures.slice(0, cut).replace(/^0+(?=\d)/, "");
  const fraction = figures.slice(cut);
  const exponent = power - zeros + fraction.length;
  const mantissaText = `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  if (exponent === 0 && style % 2 === 0) return mantissaText;
  const exponentSign = exponent < 0 ? "-" : style % 3 === 0 ? "+" : "";
  return `${mantissaText}${style % 5 < 3 ? "e" : "E"}${exponentSign}${"0".repeat(style % 4)}${Math.abs(exponent)}`;
}

describe("random bounds", () => {
  it("agree with exact fractions on random spellings, and no prefix of an accepted one is dead", () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        boundsWith(steps, 2),
        fc.array(
          fc.tuple(
            fc.bigInt({ min: -3000n, max: 3000n }),
            fc.integer({ min: -6, max: 4 }),
            fc.integer({ min: -1, max: 8 }),
            fc.nat(4),
            fc.nat(59),
            fc.nat(3),
          ),
          { minLength: 20, maxLength: 20 },
        ),
        (spelled, numbers) => {
          const procedure = numberProcedure(boundsOf(spelled), limits);
          const ends = [spelled.min, spelled.exclusiveMin, spelled.max, spelled.exclusiveMax].filter(
            (e) => e !== undefined,
          );
          for (const [mantissa, power, shift, zeros, style, near] of numbers) {
            // Half of the values are near an end of the interval, or a multiple of a step.
            const end = near < ends.length ? parseDecimal(ends[near]!) : null;
            const factor = near === 3 && spelled.multipleOf?.[0] ? parseDecimal(spelled.multipleOf[0]) : null;
            const text =
              end !== null
                ? respell(end.mantissa * 1000n + (mantissa % 3n), end.exponent - 3, shift, zeros, style)
                : factor !== null
                  ? respell(factor.mantissa * mantissa, factor.exponent, shift, zeros, style)
                  : respell(mantissa, power, shift, zeros, style);
            const state = walk(procedure, text);
            const expected = satisfies(text, spelled);
            if (expected) accepted++;
            expect(`${text} ${state !== 0 && procedure.isAccepting(state)}`).toBe(`${text} ${expected}`);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it("every state that isn't dead has a completion, where a search through the states is short enough", () => {
    let [found, asked] = [0, 0];
    fc.assert(
      fc.property(boundsWith(smallSteps, 1), fc.array(spelling, { minLength: 5, maxLength: 5 }), (spelled, texts) => {
        const procedure = numberProcedure(boundsOf(spelled), limits);
        for (const text of texts) {
          let state = procedure.start;
          for (let i = 0; i < text.length && state !== 0; i++) {
            const rest = completion(procedure, state);
            asked++;
            if (rest !== null) {
              found++;
              if (!satisfies(text.slice(0, i) + rest, spelled)) expect.fail(`${text.slice(0, i)} … ${rest}`);
            }
            state = procedure.step(state, text.charCodeAt(i));
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(found / asked).toBeGreaterThan(0.9);
  });
});

describe("sizes", () => {
  /** States met on all texts of up to `length` symbols. */
  function statesWithin(spelled: Spelled, length: number): number {
    const procedure = numberProcedure(boundsOf(spelled), limits);
    let frontier = new Set([procedure.start]);
    for (let i = 0; i < length; i++) {
      const next = new Set<number>();
      for (const state of frontier) {
        for (const byte of encode("0123456789+-.eE")) {
          const to = procedure.step(state, byte);
          if (to !== 0) next.add(to);
        }
      }
      frontier = next;
    }
    return procedure.stateCount;
  }

  it("are constant where nothing is asked for", () => {
    expect(statesWithin({}, 30)).toBe(9);
    expect(statesWithin({ min: "0" }, 30)).toBeLessThan(20);
    expect(statesWithin({ syntax: true }, 30)).toBe(4);
    expect(statesWithin({ syntax: true, min: "17", max: "1234567" }, 30)).toBeLessThan(60);
  });

  it("grow with the digits read where an exponent can undo them", () => {
    expect(statesWithin({ integer: true }, 10)).toBeLessThan(250);
    expect(statesWithin({ integer: true, min: "0", max: "100" }, 10)).toBeLessThan(1500);
  });

  it("are bounded", () => {
    const procedure = numberProcedure({ integer: true }, { maxIslandStates: 100 });
    expect(() => walk(procedure, `1.${"5".repeat(200)}`)).toThrow(ConstraintError);
  });
});

describe("far away", () => {
  it("huge and tiny bounds stay exact", () => {
    const low = numberProcedure(boundsOf({ exclusiveMin: "1e400", max: "1.0000000000000000000001e400" }), limits);
    for (const [text, expected] of [
      ["1e400", false],
      ["1.0000000000000000000001e400", true],
      ["10000000000000000000001e378", true],
      ["1.00000000000000000000011e400", false],
      [`1${"0".repeat(399)}1`, true],
      [`1${"0".repeat(399)}`, false],
      [`1${"0".repeat(377)}1`, false],
      [`1${"0".repeat(400)}.5`, true],
    ] as const) {
      const state = walk(low, text);
      expect(`${text} ${state !== 0 && low.isAccepting(state)}`).toBe(`${text} ${expected}`);
    }
    expect(walk(low, "2")).toBe(0);
    expect(walk(low, "1.1")).toBe(0);
  });

  it("knows what has no number at all", () => {
    for (const spelled of [
      { integer: true, exclusiveMin: "5", exclusiveMax: "6" },
      { min: "2", max: "1" },
      { exclusiveMin: "2", max: "2" },
      { multipleOf: ["7"], min: "8", max: "13.9" },
      { syntax: true, min: "0.1", max: "0.9" },
      { multipleOf: ["0.07"], exclusiveMin: "0.07", exclusiveMax: "0.14" },
      { integer: true, not: ["0.5"] },
      { integer: true, not: ["2", "3"], min: "2", max: "4" },
      { not: ["1"], min: "7", max: "7" },
    ]) {
      expect(numberProcedure(boundsOf(spelled), limits).canComplete()).toBe(false);
    }
  });

  it("refuses a step of 0 or less", () => {
    expect(() => numberProcedure(boundsOf({ multipleOf: ["0"] }), limits)).toThrow(ConstraintError);
    expect(() => numberProcedure(boundsOf({ multipleOf: ["-1"] }), limits)).toThrow(ConstraintError);
  });
});
