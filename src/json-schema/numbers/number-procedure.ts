// JSON numbers by value: the language of every spelling (1e3, 1000.0, 10e2, -0) whose exact decimal value keeps given
// bounds. Because an exponent can undo any number of digits, it isn't regular; states hold counters and are made as they are
// reached.
//
// Method. The mantissa read so far is a digit string; it matters only through (1) how its digits compare with the digits of
// each bound, (2) the power of ten of its first digit, (3) its remainder, trailing zeros and fraction digits where the
// value must be a multiple of something. What isn't asked for isn't kept. For a fixed mantissa the exponents that fit are
// always an interval: scaling up only makes a number larger and more divisible (which ends it where multiples are unwanted). So an exponent is read against two integers.
// Every state is checked for a completion when it is made. Spelling: RFC 8259, section 6.
import { type ByteSet, byteSetOf, hasByte } from "../../base/byte-set.ts";
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { ByteProcedure } from "../../term/byte-procedure.ts";
import type { Run } from "../../term/procedure.ts";
import { canSpareInJson } from "../spared-bytes.ts";
import { type Decimal, leastCommonMultiple, one, signOf } from "./decimal.ts";
import {
  allowsZero,
  anyExponent,
  type Bound,
  type Digits,
  type Exponents,
  MagnitudeRange,
  mirrorBounds,
  noExponent,
} from "./magnitude-range.ts";

/** All that numbers are written with. */
export const numberBytes: ByteSet = byteSetOf(...new TextEncoder().encode("+-.0123456789Ee"));

const digitRun = {
  key: "digits",
  table: Int16Array.from({ length: 256 }, (_, byte) => (byte >= 0x30 && byte <= 0x39 ? 0 : -1)),
  unitEnd: Uint8Array.of(0),
  distance: Uint8Array.of(0),
  budget: Number.POSITIVE_INFINITY,
  canLeave: (_: number, byte: number) => hasByte(numberBytes, byte),
};

export interface NumberBounds {
  /** The value is an integer. */
  readonly integer: boolean;
  readonly minimum?: Decimal | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly maximum?: Decimal | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  /** The value is an integer times each of these, all positive. */
  readonly multipleOf?: readonly Decimal[] | undefined;
  /** The value is an integer times none of these, all positive. At most `maxExcluded`. */
  readonly notMultipleOf?: readonly Decimal[] | undefined;
  /** "value" (default): 1.0 and 1e2 are integers. "syntax" (draft 4): an integer has neither fraction nor exponent. */
  readonly integerSpelling?: "value" | "syntax" | undefined;
}

/** After a part of the mantissa: nothing, a minus, digits, the point, digits after it. */
interface Mantissa {
  readonly part: "start" | "minus" | "whole" | "point" | "fraction";
  readonly range: MagnitudeRange;
  /** null while every digit is 0. */
  readonly digits: Digits | null;
  /** How many digits stand after the point; 0 where nothing depends on it. */
  readonly fractionDigits: number;
}

/**
 * After `e`, its sign, or digits of the exponent, which must come to lie from `from` to `to`: with its sign before that is
 * read, without it afterwards.
 */
interface Exponent {
  readonly part: "mark" | "sign" | "power";
  readonly exponents: Exponents;
  /** The exponent's digits so far. */
  readonly value: number;
}

/** The most values of `notMultipleOf`: looking for a number beside their multiples takes up to 2 to that power steps. */
export const maxExcluded = 6;

/** How many digits more `hasMoreValues` looks at, and from how many beginnings. */
const maxCountedDigits = 8;
const maxCountedEnds = 1000;

type State = Mantissa | Exponent;

const unknown = -1;

// The bytes of numbers in classes: 0–9 are the digits themselves.
const minus = 10;
const plus = 11;
const point = 12;
const mark = 13;
const classCount = 14;

/**
 * A procedure for the spellings of the numbers within `bounds`. A step is a table look-up once its states are known, and
 * arithmetic on integers as long as the bounds when one is new.
 * @throws ConstraintError "invalid" if a `multipleOf` isn't positive, "limit" over `maxExcluded`; from `step`, "limit" over `limits.maxIslandStates` states.
 */
export function numberProcedure(bounds: NumberBounds, limits: Pick<Limits, "maxIslandStates">): NumberProcedure {
  return new NumberProcedure(bounds, limits);
}

export class NumberProcedure extends ByteProcedure {
  readonly start: number;
  readonly #maxStates: number;
  /** No point and no exponent. */
  readonly #plain: boolean;
  readonly #zero: boolean;
  readonly #positive: MagnitudeRange;
  /** The same object as `#positive` where the sign makes no difference. */
  readonly #negative: MagnitudeRange;
  readonly #ids = new Map<string, number>();
  /** By state; 0 is the dead one. */
  readonly #states: (State | null)[] = [null];
  readonly #accepting: boolean[] = [false];
  /** `state * classCount + class`: the next state, or `unknown`. */
  #next = new Int32Array(16 * classCount).fill(unknown);

  constructor(bounds: NumberBounds, limits: Pick<Limits, "maxIslandStates">) {
    super();
    this.#maxStates = limits.maxIslandStates;
    this.#plain = bounds.integer && bounds.integerSpelling === "syntax";
    const low = boundOf(bounds.minimum, bounds.exclusiveMinimum);
    const high = boundOf(bounds.maximum, bounds.exclusiveMaximum);
    const excluded = bounds.notMultipleOf ?? [];
    if (excluded.length > maxExcluded) {
      throw new ConstraintError("limit", `a number is to be no multiple of more than ${maxExcluded} values`);
    }
    const sort = { step: commonStep(bounds), excluded, plain: this.#plain };
    // 0 is a multiple of everything.
    this.#zero = excluded.length === 0 && allowsZero(low, high);
    this.#positive = new MagnitudeRange(low, high, sort);
    const negative = new MagnitudeRange(...mirrorBounds(low, high), sort);
    this.#negative = negative.key === this.#positive.key ? this.#positive : negative;
    this.start = this.#intern({ part: "start", range: this.#positive, digits: null, fractionDigits: 0 });
  }

  /** States made so far: for tests and statistics. */
  get stateCount(): number {
    return this.#states.length - 1;
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareInJson(bytes);
  }

  step(state: number, byte: number): number {
    const symbol = classOf(byte);
    if (symbol < 0 || state === 0) return 0;
    const at = state * classCount + symbol;
    const known = this.#next[at]!;
    if (known !== unknown) return known;
    const next = this.#follow(this.#states[state]!, symbol);
    const id = next === null ? 0 : this.#intern(next);
    this.#next[at] = id;
    return id;
  }

  isAccepting(state: number): boolean {
    return this.#accepting[state]!;
  }

  reads(): ByteSet {
    return numberBytes;
  }

  /** Where any digits may follow, and as before. */
  run(state: number): Run | null {
    for (let digit = 0x30; digit <= 0x39; digit++) if (this.step(state, digit) !== state) return null;
    return { ...digitRun, local: () => state };
  }

  /** Do digits, and where there may be one an exponent, make multiples of the step of `state`, any number of them in a row? */
  growsWithoutEnd(state: number): boolean {
    const mantissa = this.#states[state]!;
    if (mantissa === null || "exponents" in mantissa) return false;
    const { part, range, digits } = mantissa;
    if (part === "start") return this.#positive.isEndless || this.#negative.isEndless;
    return range.isEndless && !(this.#plain && part === "whole" && digits === null);
  }

  /** By the numbers that digits alone lead to: those with another last digit than 0 are all different. */
  hasMoreValues(state: number, count: number): boolean {
    const mantissa = this.#states[state]!;
    if (mantissa === null || "exponents" in mantissa) return false;
    // An integer doesn't begin with a 0 that more digits follow.
    const isFirst = mantissa.part === "start" || mantissa.part === "minus";
    const isEndless = (at: number) => this.isAccepting(at) && this.run(at) !== null;
    if ((!isFirst && isEndless(state)) || this.#hasEndlessExponents(state)) return true;
    let found = 0;
    let ends = [state];
    for (let length = 0; length < maxCountedDigits && ends.length > 0; length++) {
      const longer: number[] = [];
      for (const at of ends) {
        for (let digit = isFirst && length === 0 ? 0x31 : 0x30; digit <= 0x39; digit++) {
          const next = this.step(at, digit);
          if (next === 0) continue;
          if (isEndless(next)) return true;
          if (longer.length < maxCountedEnds) longer.push(next);
          if (digit !== 0x30 && this.isAccepting(next) && ++found > count) return true;
        }
      }
      ends = longer;
    }
    return false;
  }

  /** May a digit other than 0, and then any exponent from some on, follow? */
  #hasEndlessExponents(state: number): boolean {
    return ["1e", ".1e"].some((text) => {
      let at = state;
      for (let i = 0; i < text.length && at !== 0; i++) at = this.step(at, text.charCodeAt(i));
      const end = this.#states[at]!;
      return end !== null && "exponents" in end && end.exponents.to === Number.POSITIVE_INFINITY;
    });
  }

  /** The number of `state`, new or known; 0 if it can't be completed. */
  #intern(state: State): number {
    const key = this.#keyOf(state);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#isAlive(state) ? this.#states.length : 0;
    if (id > this.#maxStates) throw new ConstraintError("limit", `a number needs more than ${this.#maxStates} states`);
    this.#ids.set(key, id);
    if (id === 0) return 0;
    this.#states.push(state);
    this.#accepting.push(this.#accepts(state));
    if ((id + 1) * classCount > this.#next.length) {
      const grown = new Int32Array(this.#next.length * 2).fill(unknown);
      grown.set(this.#next);
      this.#next = grown;
    }
    return id;
  }

  #keyOf(state: State): string {
    if ("exponents" in state) return exponentKey(state);
    const { part, range, digits, fractionDigits } = state;
    const side = part === "start" || range === this.#positive ? "+" : "-";
    if (digits === null) return `${part} ${side} ${fractionDigits}`;
    const { scale, low, high, zeros, remainders } = digits;
    return `${part} ${side} ${fractionDigits} ${scale} ${low} ${high} ${zeros} ${remainders.join()}`;
  }

  #isAlive(state: State): boolean {
    if ("exponents" in state) return isReachable(state);
    const { part, range, digits } = state;
    if (digits !== null) return range.canHold(digits);
    if (this.#zero) return true;
    if (part === "start") return !this.#positive.isEmpty || !this.#negative.isEmpty;
    return !range.isEmpty && !(this.#plain && part === "whole");
  }

  #accepts(state: State): boolean {
    if ("exponents" in state) return state.part === "power" && contains(state.exponents, state.value);
    return (state.part === "whole" || state.part === "fraction") && contains(this.#exponentsOf(state), 0);
  }

  #exponentsOf(state: Mantissa): Exponents {
    if (state.digits === null) return this.#zero ? anyExponent : noExponent;
    return state.range.exponents(state.digits, state.fractionDigits);
  }

  #follow(state: State, symbol: number): State | null {
    if ("exponents" in state) return followExponent(state, symbol);
    const { part } = state;
    if (symbol < minus) return this.#addDigit(state, symbol);
    if (symbol === minus) return part === "start" ? { ...state, part: "minus", range: this.#negative } : null;
    if (this.#plain) return null;
    if (symbol === point) return part === "whole" ? this.#merged({ ...state, part: "point" }) : null;
    if (symbol !== mark || (part !== "whole" && part !== "fraction")) return null;
    return { part: "mark", exponents: this.#exponentsOf(state), value: 0 };
  }

  #addDigit(state: Mantissa, digit: number): State | null {
    const { range, digits } = state;
    const inFraction = state.part === "point" || state.part === "fraction";
    // A leading 0 is the only digit before the point.
    if (state.part === "whole" && digits === null) return null;
    const part = inFraction ? "fraction" : "whole";
    if (digits === null && digit === 0) {
      const counted = inFraction && range.countsLeadingZeros ? state.fractionDigits + 1 : 0;
      return this.#merged({ part, range, digits, fractionDigits: counted });
    }
    const fractionDigits = range.countsFraction && inFraction ? state.fractionDigits + 1 : 0;
    const next =
      digits === null
        ? range.first(digit, inFraction ? -state.fractionDigits - 1 : 0)
        : range.append(digits, digit, !inFraction);
    return { part, range, digits: next, fractionDigits };
  }

  /** Where any value of this sign will do, nothing depends on whether the digits after a point began with zeros. */
  #merged(state: Mantissa): Mantissa {
    if (state.digits !== null || state.part === "whole" || !this.#zero || !state.range.isFree) return state;
    return { ...state, digits: state.range.first(1, 0), fractionDigits: 0 };
  }
}

function boundOf(value: Decimal | undefined, exclusive = false): Bound | null {
  return value === undefined ? null : { value, exclusive };
}

/** The multiples of all steps are the multiples of one; null: every value. */
function commonStep(bounds: NumberBounds): Decimal | null {
  const steps = [...(bounds.integer ? [one] : []), ...(bounds.multipleOf ?? [])];
  for (const step of [...steps, ...(bounds.notMultipleOf ?? [])]) {
    if (signOf(step) <= 0) throw new ConstraintError("invalid", "multipleOf must be greater than 0");
  }
  return steps.length === 0 ? null : steps.reduce(leastCommonMultiple);
}

function followExponent(state: Exponent, symbol: number): State | null {
  const { part, exponents, value } = state;
  if (symbol < minus) {
    // Without a sign it is positive.
    const range = part === "mark" ? clip(exponents) : exponents;
    const next = value * 10 + symbol;
    // Past the last end, the value no longer matters: nor does where it began.
    if (range.to === Infinity && next >= range.from)
      return { part: "power", exponents: { from: 0, to: Infinity }, value: 0 };
    return next > range.to ? null : { part: "power", exponents: range, value: next };
  }
  if (part !== "mark") return null;
  if (symbol === plus) return { part: "sign", exponents: clip(exponents), value: 0 };
  if (symbol === minus)
    return { part: "sign", exponents: clip({ from: -exponents.to, to: -exponents.from }), value: 0 };
  return null;
}

function clip(exponents: Exponents): Exponents {
  return { from: Math.max(0, exponents.from), to: exponents.to };
}

function contains(exponents: Exponents, value: number): boolean {
  return exponents.from <= value && value <= exponents.to;
}

/** Can more digits bring the exponent between its ends? */
function isReachable(state: Exponent): boolean {
  const { from, to } = state.exponents;
  // Zeros may lead, so from 0 every exponent can be reached.
  if (state.value === 0) return from <= to;
  for (let first = state.value, last = state.value; first <= to; first *= 10, last = last * 10 + 9) {
    if (last >= from) return true;
  }
  return false;
}

/** States with the same key are completed by the same digits. */
function exponentKey(state: Exponent): string {
  const { part, exponents, value } = state;
  if (value === 0) return `${part} ${exponents.from} ${exponents.to}`;
  // With k more digits: which of the numbers that these digits spell.
  let key = "more";
  for (let [first, size] = [value, 1]; first <= exponents.to; [first, size] = [first * 10, size * 10]) {
    if (exponents.to === Infinity && first >= exponents.from) return `${key} all`;
    const from = Math.max(0, exponents.from - first);
    const to = Math.min(size - 1, exponents.to - first);
    key += from > to ? " none" : from === 0 && to === size - 1 ? " any" : ` ${from}-${to}`;
  }
  return key;
}

function classOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  switch (byte) {
    case 0x2d:
      return minus;
    case 0x2b:
      return plus;
    case 0x2e:
      return point;
    case 0x45:
    case 0x65:
      return mark;
    default:
      return -1;
  }
}
