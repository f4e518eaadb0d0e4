// Numbers within bounds that are outside some other bounds: "a number, but no integer", "no multiple of 7". The pair of the
// two deterministic automata. Without an upper end there is always another number: of multiples in a row, one is beside all that is
// excluded, as the first multiple itself is. Else a state is kept if a search over pairs finds a number that the first accepts and the others don't.
import type { ByteSet } from "../../base/byte-set.ts";
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import { ByteProcedure } from "../../term/byte-procedure.ts";
import type { Procedure } from "../../term/procedure.ts";
import { canSpareInJson } from "../spared-bytes.ts";
import { type NumberProcedure, numberBytes } from "./number-procedure.ts";

/** Pairs that all searches together may look at. */
const maxSearch = 1_000_000;
const alphabet = new TextEncoder().encode(".15e-02346789+E");
const mark = 0x65;
export class ExcludingNumberProcedure extends ByteProcedure {
  private readonly included: NumberProcedure;
  private readonly excluded: readonly Procedure[];
  private readonly locals = new Interner();
  private readonly alive = new Map<number, boolean>();
  private searched = 0;

  /** The step of `included` is no multiple of an excluded one; `excluded` makes no calls, and is bound or needs no `bind`. */
  constructor(included: NumberProcedure, excluded: readonly Procedure[]) {
    super();
    this.included = included;
    this.excluded = excluded;
    this.locals.intern([0]); // id 0: dead
  }

  get start(): number {
    return this.kept(this.locals.intern([this.included.start, ...this.excluded.map((each) => each.start)]));
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareInJson(bytes);
  }

  step(state: number, byte: number): number {
    return this.kept(this.next(state, byte));
  }

  isAccepting(state: number): boolean {
    const [first, ...others] = this.parts(state);
    return (
      first !== 0 &&
      this.included.isAccepting(first!) &&
      others.every((other, i) => other === 0 || !this.excluded[i]!.isAccepting(other))
    );
  }

  reads(): ByteSet {
    return numberBytes;
  }

  private parts(state: number): number[] {
    return [...this.locals.items.subarray(this.locals.start(state), this.locals.end(state))];
  }

  private next(state: number, byte: number): number {
    const [first, ...others] = this.parts(state);
    const to = first === 0 ? 0 : this.included.step(first!, byte);
    if (to === 0) return 0;
    return this.locals.intern([
      to,
      ...others.map((other, i) => (other === 0 ? 0 : this.excluded[i]!.step(other, byte))),
    ]);
  }

  private kept(state: number): number {
    return state !== 0 && this.isAlive(state) ? state : 0;
  }

  /** Breadth first, so that the way found is short; all on it are alive. An exponent, which mostly is one, has few states: it comes first. */
  private isAlive(state: number): boolean {
    if (this.included.growsWithoutEnd(this.locals.items[this.locals.start(state)]!)) return true;
    const known = this.alive.get(state);
    if (known !== undefined) return known;
    const marked = this.next(state, mark);
    if (marked !== 0 && this.isAlive(marked)) {
      this.alive.set(state, true);
      return true;
    }
    const before = new Map([[state, 0]]);
    for (const at of before.keys()) {
      if (this.isAccepting(at) || this.alive.get(at) === true) {
        for (let on = at; on !== 0; on = before.get(on)!) this.alive.set(on, true);
        return true;
      }
      for (const byte of alphabet) {
        const next = this.next(at, byte);
        if (next !== 0 && !before.has(next) && this.alive.get(next) !== false) before.set(next, at);
      }
      if (++this.searched > maxSearch)
        throw new ConstraintError("limit", "a number that is no multiple takes too long to find");
    }
    for (const at of before.keys()) this.alive.set(at, false);
    return false;
  }
}
