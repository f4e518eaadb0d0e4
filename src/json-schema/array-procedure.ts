// A JSON array as a procedure: the state holds how many items there are, as far as that matters, and what `contains` has
// found; items are calls. Nothing is unrolled, however large the counts. Syntax: RFC 8259, section 5.
import { type ByteSet, byteSetOf } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import { Interner } from "../base/interner.ts";
import type { Limits } from "../base/limits.ts";
import type { Call, Procedure, Run, TokenStep } from "../term/procedure.ts";
import type { Rule } from "../term/term.ts";
import { gapRun, type Layout, spacesAnd } from "./layout.ts";

/** One way for the next item to be: the rule for it, and for which `contains` it counts, or (unique) which value it is. */
export interface ItemChoice {
  readonly rule: Rule;
  /** Bit i: it counts for `contains[i]`. */
  readonly counts: number;
  /** Which of the finitely many values of a unique array this is; −1: not told apart. */
  readonly value: number;
}

export interface ArraySpec {
  readonly min: number;
  readonly max: number;
  /** The choices at the indices before the last of these lists; the last list is for all further items. */
  readonly choices: readonly (readonly ItemChoice[])[];
  /** At least `min` and at most `max` of the items count. */
  readonly contains: readonly { readonly min: number; readonly max: number }[];
  /** Does no value come twice? Then each choice has a `value`, below 32. */
  readonly unique: boolean;
}

const inStart = 0;
const inOpen = 1;
const inAfter = 2;
const inComma = 3;
const inEnd = 4;

/** By kind of state: the bytes that it may read. */
const readSets = [byteSetOf(0x5b), spacesAnd("]"), spacesAnd(",]"), spacesAnd(""), byteSetOf()];
const noCalls: readonly Call[] = [];
const noTokens: readonly TokenStep[] = [];
/** Places in an array with `contains` or unique items that are looked at for a way to the end. */
const maxPlaces = 20_000;

/** How far the array is: items so far (up to where the number stops to matter), values seen, and counts for each `contains`. */
type Place = readonly number[];

export class ArrayProcedure implements Procedure {
  readonly rules: readonly Rule[];
  private readonly spec: ArraySpec;
  private readonly layout: Layout;
  private readonly limits: Limits;
  private readonly places = new Interner();
  private readonly placeList: Place[] = [];
  private readonly locals = new Interner();
  private readonly items = new Int32Array(4);
  private readonly callsOf = new Map<number, readonly Call[]>();
  private readonly cap: number;
  private choices: readonly (readonly ItemChoice[])[];
  /** Index of the first item that can't be. */
  private reach = Number.POSITIVE_INFINITY;
  private alive: ReadonlySet<number> | null = null;

  constructor(spec: ArraySpec, layout: Layout, limits: Limits) {
    this.spec = spec;
    this.layout = layout;
    this.limits = limits;
    this.choices = spec.choices;
    this.rules = [...new Set(spec.choices.flat().map((choice) => choice.rule))];
    // Beyond this index every item is alike and the number of items no longer matters.
    this.cap = spec.max === Number.POSITIVE_INFINITY ? Math.max(spec.choices.length - 1, spec.min) : spec.max;
    this.locals.intern([]); // id 0: dead
  }

  get start(): number {
    return this.local(inStart, 0, 0);
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    this.prepare(productive);
    return this.isAlive(this.firstPlace());
  }

  isNullable(): boolean {
    return false;
  }

  bind(productive: (rule: Rule) => boolean): void {
    this.prepare(productive);
  }

  step(state: number, byte: number): number {
    const at = this.locals.start(state);
    const kind = this.locals.items[at]!;
    const a = this.locals.items[at + 1]!;
    const b = this.locals.items[at + 2]!;
    const c = this.locals.items[at + 3]!;
    const { layout } = this;
    switch (kind) {
      case inStart:
        return byte === 0x5b ? this.open(0, 0) : 0;
      case inOpen: {
        if (byte === 0x5d) return a >= 0 && layout.inEmpty.isDone(a) ? this.local(inEnd, 0, 0) : 0;
        return this.open(a < 0 ? -1 : layout.inEmpty.step(a, byte), b < 0 ? -1 : layout.afterOpen.step(b, byte));
      }
      case inAfter: {
        if (byte === 0x5d) return c >= 0 && layout.beforeClose.isDone(c) ? this.local(inEnd, 0, 0) : 0;
        if (byte === 0x2c) return b >= 0 && layout.beforeComma.isDone(b) ? this.local(inComma, a, 0) : 0;
        return this.after(
          a,
          b < 0 ? -1 : layout.beforeComma.step(b, byte),
          c < 0 ? -1 : layout.beforeClose.step(c, byte),
        );
      }
      case inComma: {
        const gap = layout.afterComma.step(b, byte);
        return gap < 0 ? 0 : this.local(inComma, a, gap);
      }
      default:
        return 0;
    }
  }

  isAccepting(state: number): boolean {
    return this.locals.items[this.locals.start(state)] === inEnd;
  }

  reads(state: number): ByteSet {
    return readSets[this.locals.items[this.locals.start(state)]!]!;
  }

  calls(state: number): readonly Call[] {
    let calls = this.callsOf.get(state);
    if (calls === undefined) this.callsOf.set(state, (calls = this.findCalls(state)));
    return calls;
  }

  tokens(): readonly TokenStep[] {
    return noTokens;
  }

  run(state: number): Run | null {
    if (!this.layout.isFlexible) return null;
    const at = this.locals.start(state);
    const kind = this.locals.items[at]!;
    const a = this.locals.items[at + 1]!;
    const b = this.locals.items[at + 2]!;
    const c = this.locals.items[at + 3]!;
    const gap = (open: number, to: number): number => (open < 0 ? -1 : to);
    if (kind === inOpen) return gapRun(Math.max(a, b), (to) => this.local(inOpen, gap(a, to), gap(b, to)), [0x5d]);
    if (kind === inAfter) {
      return gapRun(Math.max(b, c), (to) => this.local(inAfter, a, gap(b, to), gap(c, to)), [0x2c, 0x5d]);
    }
    return kind === inComma ? gapRun(b, (to) => this.local(inComma, a, to), []) : null;
  }

  private local(kind: number, a: number, b: number, c = 0): number {
    const { items } = this;
    items[0] = kind;
    items[1] = a;
    items[2] = b;
    items[3] = c;
    const id = this.locals.intern(items);
    if (id > this.limits.maxStates) {
      throw new ConstraintError("limit", `an array needs more than ${this.limits.maxStates} states (limits.maxStates)`);
    }
    return id;
  }

  private open(gapInEmpty: number, gapToItem: number): number {
    const first = this.firstPlace();
    const a = this.mayEnd(first) ? gapInEmpty : -1;
    const b = this.mayGoOn(first) ? gapToItem : -1;
    return a < 0 && b < 0 ? 0 : this.local(inOpen, a, b);
  }

  private after(place: number, gapToComma: number, gapToClose: number): number {
    const b = this.mayGoOn(place) ? gapToComma : -1;
    const c = this.mayEnd(place) ? gapToClose : -1;
    return b < 0 && c < 0 ? 0 : this.local(inAfter, place, b, c);
  }

  private findCalls(state: number): readonly Call[] {
    const at = this.locals.start(state);
    const kind = this.locals.items[at]!;
    const a = this.locals.items[at + 1]!;
    const b = this.locals.items[at + 2]!;
    const { layout } = this;
    const place = kind === inOpen ? this.firstPlace() : a;
    const isDue =
      (kind === inOpen && b >= 0 && layout.afterOpen.isDone(b)) || (kind === inComma && layout.afterComma.isDone(b));
    if (!isDue) return noCalls;
    return this.nextPlaces(place).map(({ rule, then }) => ({ rule, then: this.after(then, 0, 0) }));
  }

  private prepare(productive: (rule: Rule) => boolean): void {
    const { spec } = this;
    this.choices = spec.choices.map((choices) => choices.filter((choice) => productive(choice.rule)));
    const impossible = this.choices.findIndex((choices) => choices.length === 0);
    this.reach = impossible < 0 ? Number.POSITIVE_INFINITY : impossible;
    // Where all items have the same choices and nothing else counts, whatever values are left can fill the array.
    const isEven = spec.contains.length === 0 && (!spec.unique || this.choices.length === 1);
    this.alive = isEven ? null : this.findAlive();
    if (isEven && spec.unique) this.reach = Math.min(this.reach, this.choices[0]!.length);
  }

  private firstPlace(): number {
    return this.placeId([0, 0, ...this.spec.contains.map(() => 0)]);
  }

  private placeId(place: Place): number {
    const id = this.places.intern(place);
    if (id === this.placeList.length) this.placeList.push(place);
    return id;
  }

  private mayEnd(place: number): boolean {
    const [items, , ...counts] = this.placeList[place]!;
    return items! >= this.spec.min && counts.every((count, i) => count >= this.spec.contains[i]!.min);
  }

  private mayGoOn(place: number): boolean {
    const items = this.placeList[place]![0]!;
    if (this.alive !== null || this.spec.unique) return this.nextPlaces(place).length > 0;
    return items < Math.min(this.spec.max, this.reach);
  }

  private isAlive(place: number): boolean {
    if (this.alive !== null) return this.alive.has(place);
    return this.spec.min <= Math.min(this.spec.max, this.reach);
  }

  /** The items that may come next, and where they lead. */
  private nextPlaces(place: number): { rule: Rule; then: number }[] {
    return this.successors(place).filter(({ then }) => this.isAlive(then));
  }

  private successors(place: number): { rule: Rule; then: number }[] {
    const { spec, cap } = this;
    const [items, values, ...counts] = this.placeList[place]!;
    if (items! >= spec.max) return [];
    const out: { rule: Rule; then: number }[] = [];
    for (const choice of this.choices[Math.min(items!, this.choices.length - 1)]!) {
      if (spec.unique && ((values! >> choice.value) & 1) === 1) continue;
      const next = counts.map((count, i) => count + ((choice.counts >> i) & 1));
      if (next.some((count, i) => count > spec.contains[i]!.max)) continue;
      const capped = next.map((count, i) => {
        const { min, max } = spec.contains[i]!;
        return max === Number.POSITIVE_INFINITY ? Math.min(count, min) : count;
      });
      const seen = spec.unique ? values! | (1 << choice.value) : 0;
      out.push({ rule: choice.rule, then: this.placeId([Math.min(items! + 1, cap), seen, ...capped]) });
    }
    return out;
  }

  /** The places from which the array can be completed, by a search over all of them. Throws "limit" where they are too many. */
  private findAlive(): ReadonlySet<number> {
    const first = this.firstPlace();
    const before = new Map<number, number[]>([[first, []]]);
    const todo = [first];
    const alive = new Set<number>();
    const ends: number[] = [];
    for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
      if (this.mayEnd(place)) ends.push(place);
      for (const { then } of this.successors(place)) {
        const known = before.get(then);
        if (known !== undefined) known.push(place);
        else {
          before.set(then, [place]);
          todo.push(then);
          if (before.size > maxPlaces)
            throw new ConstraintError("limit", "contains or uniqueItems with counts this large");
        }
      }
    }
    for (const end of ends) alive.add(end);
    for (let place = ends.pop(); place !== undefined; place = ends.pop()) {
      for (const previous of before.get(place)!) {
        if (alive.has(previous)) continue;
        alive.add(previous);
        ends.push(previous);
      }
    }
    return alive;
  }
}
