// A DFA whose paths are counted in units, at least `min` and at most `max` of them: `[a-z]{0,10000}`, or a string with a
// pattern and a maxLength. The count stands beside the DFA's state, so nothing is unrolled.
import type { ByteSet } from "../base/byte-set.ts";
import { Interner } from "../base/interner.ts";
import { ByteProcedure } from "./byte-procedure.ts";
import { bytesRead, type Dfa, stepDfa } from "./dfa-table.ts";
import type { Run } from "./procedure.ts";
import { loopAround, loopComponents, runKey } from "./run.ts";
import { canSpareOfClasses } from "./spared-bytes.ts";
import { UnitDistances } from "./unit-distances.ts";

/**
 * The DFA of `unit*` for a prefix-free, non-empty `unit`, with its unit ends; null where `unit` isn't so. The state that
 * ends a unit is a state of its own: a unit may come back to its own start in the middle (`[a-z]*;`).
 */
export function loopOfUnits(unit: Dfa): { dfa: Dfa; unitEnd: Uint8Array } | null {
  const { size, classCount, next, accepting, start } = unit;
  if (start === 0 || accepting[start] === 1 || unit.calls.some((calls) => calls.length > 0)) return null;
  if (unit.tokens.some((tokens) => tokens.length > 0)) return null;
  const end = accepting.indexOf(1);
  // Minimal and prefix-free: one accepting state without a way on.
  if (accepting.lastIndexOf(1) !== end) return null;
  for (let c = 0; c < classCount; c++) if (next[end * classCount + c] !== 0) return null;
  const looped = next.slice();
  looped.copyWithin(end * classCount, start * classCount, (start + 1) * classCount);
  const unitEnd = new Uint8Array(size);
  unitEnd[end] = 1;
  return { dfa: { ...unit, start: end, next: looped }, unitEnd };
}

/**
 * Characters as units, for a DFA over valid UTF-8: a state that doesn't expect a continuation byte is the end of one.
 */
export function characterEnds(dfa: Dfa): Uint8Array {
  const ends = new Uint8Array(dfa.size);
  for (let state = 1; state < dfa.size; state++) {
    let inside = false;
    for (let byte = 0x80; byte < 0xc0 && !inside; byte++) inside = stepDfa(dfa, state, byte) !== 0;
    ends[state] = inside ? 0 : 1;
  }
  return ends;
}

export class CountedProcedure extends ByteProcedure {
  private readonly dfa: Dfa;
  private readonly unitEnd: Uint8Array;
  private readonly min: number;
  private readonly max: number;
  private readonly distances: UnitDistances;
  private readonly locals = new Interner();
  private readonly pair = [0, 0];
  private readonly readSets: (ByteSet | undefined)[] = [];
  private components: Int32Array | undefined;
  private readonly loops = new Map<number, { run: Omit<Run, "budget" | "local">; states: Int32Array } | null>();

  /**
   * Words of `dfa` (without calls or tokens) with `min` to `max` units. Throws a ConstraintError of code "limit" where the lengths
   * that the DFA allows can't be worked out.
   */
  constructor(dfa: Dfa, unitEnd: Uint8Array, min: number, max: number) {
    super();
    this.dfa = dfa;
    this.unitEnd = unitEnd;
    this.min = min;
    this.max = max;
    this.distances = new UnitDistances(dfa, unitEnd, max);
    this.locals.intern([0, 0]); // id 0: dead
  }

  get start(): number {
    return this.local(this.dfa.start, 0);
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareOfClasses(bytes, this.dfa.classOf);
  }

  step(state: number, byte: number): number {
    const at = this.locals.start(state);
    const to = stepDfa(this.dfa, this.locals.items[at]!, byte);
    return to === 0 ? 0 : this.local(to, this.locals.items[at + 1]! + this.unitEnd[to]!);
  }

  isAccepting(state: number): boolean {
    const at = this.locals.start(state);
    const count = this.locals.items[at + 1]!;
    return this.dfa.accepting[this.locals.items[at]!] === 1 && count >= this.min && count <= this.max;
  }

  reads(state: number): ByteSet {
    const inner = this.locals.items[this.locals.start(state)]!;
    return (this.readSets[inner] ??= bytesRead(this.dfa, inner));
  }

  run(state: number): Run | null {
    const at = this.locals.start(state);
    const entry = this.locals.items[at]!;
    const count = this.locals.items[at + 1]!;
    let loop = this.loops.get(entry);
    if (loop === undefined) this.loops.set(entry, (loop = this.computeLoop(entry)));
    if (loop === null) return null;
    const { states } = loop;
    return {
      ...loop.run,
      budget: this.max - count,
      local: (r, units) => this.local(states[r]!, count + units),
      canLeave: (r, byte) => stepDfa(this.dfa, states[r]!, byte) !== 0,
      accepts: (r) => (this.dfa.accepting[states[r]!] === 1 ? [Math.max(0, this.min - count), this.max - count] : null),
    };
  }

  private computeLoop(entry: number) {
    this.components ??= loopComponents(this.dfa);
    const loop = loopAround(this.dfa, this.components, entry);
    if (loop === null) return null;
    const { states, table } = loop;
    // Only where any number of units from the least on will do is aliveness a matter of the budget alone.
    const { least, upwardClosed } = this.distances;
    if (!states.every((state) => upwardClosed[state] === 1 && least[state]! < 256)) return null;
    const unitEnd = Uint8Array.from(states, (state) => this.unitEnd[state]!);
    const distance = Uint8Array.from(states, (state) => least[state]!);
    return { run: { key: runKey(table, unitEnd, distance), table, unitEnd, distance }, states };
  }

  private local(state: number, count: number): number {
    if (state === 0 || !this.distances.some(state, this.min - count, this.max - count)) return 0;
    this.pair[0] = state;
    this.pair[1] = this.max === Infinity ? Math.min(count, this.min) : count;
    return this.locals.intern(this.pair);
  }
}
