// The brackets, commas and whitespace of a JSON array as a procedure (RFC 8259, section 5). What its items are, and how many there may be, is for
// others to say: `ArrayProcedure` calls a rule for each, `UniqueArrayProcedure` reads them itself.
import { type ByteSet, byteSetOf } from "../../base/byte-set.ts";
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import type { Limits } from "../../base/limits.ts";
import type { Call, Procedure, Run, TokenStep } from "../../term/procedure.ts";
import type { Rule } from "../../term/term.ts";
import { gapRun, type Layout, spacesAnd } from "../layout.ts";
import { canSpareInJson } from "../spared-bytes.ts";

const inStart = 0;
const inOpen = 1;
export const inAfter = 2;
export const inComma = 3;
const inEnd = 4;
/** From here on, kinds of states that read items: see `stepItem`. */
export const inItem = 5;

/** By kind of state: the bytes that it may read, but for those of items. */
const readSets = [byteSetOf(0x5b), spacesAnd("]"), spacesAnd(",]"), spacesAnd(""), byteSetOf()];
const noTokens: readonly TokenStep[] = [];

export abstract class ArraySyntax implements Procedure {
  abstract readonly rules: readonly Rule[];
  protected readonly layout: Layout;
  protected readonly locals = new Interner();
  private readonly limits: Limits;
  private readonly items = new Int32Array(4);

  /** The bytes that items read here begin with: none where items are calls. */
  private readonly itemStarts: readonly number[];

  constructor(layout: Layout, limits: Limits, itemStarts: readonly number[] = []) {
    this.layout = layout;
    this.limits = limits;
    this.itemStarts = itemStarts;
    this.locals.intern([]); // id 0: dead
  }

  abstract canComplete(productive: (rule: Rule) => boolean): boolean;
  abstract bind(productive: (rule: Rule) => boolean): void;
  abstract calls(state: number): readonly Call[];
  /** The place before the first item. */
  protected abstract firstPlace(): number;
  /** May the array end there? */
  protected abstract mayEnd(place: number): boolean;
  /** May another item follow? */
  protected abstract mayGoOn(place: number): boolean;
  /** The state after the first byte of an item; 0 where items are calls. */
  protected abstract beginItem(place: number, byte: number): number;
  /** The state after `byte` in a state of kind `inItem` or above. */
  protected abstract stepItem(state: number, byte: number): number;

  get start(): number {
    return this.local(inStart, 0, 0);
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareInJson(bytes);
  }

  isNullable(): boolean {
    return false;
  }

  step(state: number, byte: number): number {
    const from = this.locals.start(state);
    const { items } = this.locals;
    const a = items[from + 1]!;
    const b = items[from + 2]!;
    const c = items[from + 3]!;
    const { layout } = this;
    switch (items[from]!) {
      case inStart:
        return byte === 0x5b ? this.open(0, 0) : 0;
      case inOpen: {
        if (byte === 0x5d) return a >= 0 && layout.inEmpty.isDone(a) ? this.local(inEnd, 0, 0) : 0;
        const item = b >= 0 && layout.afterOpen.isDone(b) ? this.beginItem(this.firstPlace(), byte) : 0;
        if (item !== 0) return item;
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
        const item = layout.afterComma.isDone(b) ? this.beginItem(a, byte) : 0;
        if (item !== 0) return item;
        const gap = layout.afterComma.step(b, byte);
        return gap < 0 ? 0 : this.local(inComma, a, gap);
      }
      case inEnd:
        return 0;
      default:
        return this.stepItem(state, byte);
    }
  }

  isAccepting(state: number): boolean {
    return this.kindOf(state) === inEnd;
  }

  reads(state: number): ByteSet | null {
    return readSets[this.kindOf(state)] ?? null;
  }

  tokens(): readonly TokenStep[] {
    return noTokens;
  }

  run(state: number): Run | null {
    if (!this.layout.isFlexible) return null;
    const [kind, a, b, c] = this.fields(state);
    const gap = (open: number, to: number): number => (open < 0 ? -1 : to);
    if (kind === inOpen) {
      const leaving = [0x5d, ...this.itemStarts];
      return gapRun(Math.max(a, b), (to) => this.local(inOpen, gap(a, to), gap(b, to)), leaving);
    }
    if (kind === inAfter) {
      return gapRun(Math.max(b, c), (to) => this.local(inAfter, a, gap(b, to), gap(c, to)), [0x2c, 0x5d]);
    }
    return kind === inComma ? gapRun(b, (to) => this.local(inComma, a, to), this.itemStarts) : null;
  }

  /** After an item: with the place, and how far the gap before a comma and that before the end are (−1: there can't be one). */
  protected after(place: number, gapToComma: number, gapToClose: number): number {
    const b = this.mayGoOn(place) ? gapToComma : -1;
    const c = this.mayEnd(place) ? gapToClose : -1;
    return b < 0 && c < 0 ? 0 : this.local(inAfter, place, b, c);
  }

  /** The place before the item that may begin in `state`, −1 where none may. */
  protected placeBeforeItem(state: number): number {
    const [kind, a, b] = this.fields(state);
    if (kind === inOpen) return b >= 0 && this.layout.afterOpen.isDone(b) ? this.firstPlace() : -1;
    return kind === inComma && this.layout.afterComma.isDone(b) ? a : -1;
  }

  /** The place before the items that may still come, −1 where none may, or while one is read. */
  protected placeBeforeMore(state: number): number {
    const [kind, a, b] = this.fields(state);
    if (kind === inOpen) return b >= 0 ? this.firstPlace() : -1;
    if (kind === inAfter) return b >= 0 ? a : -1;
    return kind === inComma ? a : -1;
  }

  protected kindOf(state: number): number {
    return this.locals.items[this.locals.start(state)]!;
  }

  /** Throws "limit" over `limits.maxStates` states. */
  protected intern(sequence: ArrayLike<number>): number {
    const id = this.locals.intern(sequence);
    if (id > this.limits.maxStates) {
      throw new ConstraintError("limit", `an array needs more than ${this.limits.maxStates} states (limits.maxStates)`);
    }
    return id;
  }

  private fields(state: number): [kind: number, a: number, b: number, c: number] {
    const at = this.locals.start(state);
    const { items } = this.locals;
    return [items[at]!, items[at + 1]!, items[at + 2]!, items[at + 3]!];
  }

  private local(kind: number, a: number, b: number, c = 0): number {
    const { items } = this;
    items[0] = kind;
    items[1] = a;
    items[2] = b;
    items[3] = c;
    return this.intern(items);
  }

  private open(gapInEmpty: number, gapToItem: number): number {
    const first = this.firstPlace();
    const a = this.mayEnd(first) ? gapInEmpty : -1;
    const b = this.mayGoOn(first) ? gapToItem : -1;
    return a < 0 && b < 0 ? 0 : this.local(inOpen, a, b);
  }
}
