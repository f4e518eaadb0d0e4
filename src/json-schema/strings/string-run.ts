// The loop of a string's characters, from the loop of its content: the raw characters run through the content's own table, and
// beside each of its states that ends a character stands one "after a backslash", from which the short escapes lead back. `\u`
// and the closing quote leave the loop. See `Run` in term/procedure.ts for what loops are for.
import type { Procedure, Run } from "../../term/procedure.ts";
import { decodeSimpleEscape } from "./string-decoder.ts";

const quote = 0x22;
const backslash = 0x5c;

/** What is common to all runs of strings with the same key. */
export interface StringRunShape {
  readonly key: string;
  readonly table: Int16Array;
  readonly unitEnd: Uint8Array;
  readonly distance: Uint8Array;
  /** How many states of the loop are the content's own, with the same numbers. */
  readonly own: number;
  /** By state − `own`: the state before the backslash. */
  readonly before: Int16Array;
}

/** The local states of the string for states of the content; 0 where dead. */
export interface StringStates {
  raw(inner: number): number;
  backslashed(inner: number): number;
}

/** By the key of the content's run. */
export type StringRunShapes = Map<string, StringRunShape>;

/** The runs of one string; what they have in common with others is kept in `shapes`. */
export class StringRuns {
  readonly #inner: Procedure;
  readonly #shapes: StringRunShapes;

  constructor(inner: Procedure, shapes: StringRunShapes) {
    this.#inner = inner;
    this.#shapes = shapes;
  }

  /** The run of the string at the content's state `state`, null where the content has none. */
  wrap(state: number, states: StringStates): Run | null {
    const run = this.#inner.run?.(state) ?? null;
    if (run === null) return null;
    let shape = this.#shapes.get(run.key);
    if (shape === undefined) this.#shapes.set(run.key, (shape = shapeOf(run)));
    const { key, table, unitEnd, distance, own, before } = shape;
    const isInside = (r: number, byte: number) => table[r * 256 + byte]! >= 0;
    const mayLeaveInner = (r: number, byte: number) => run.canLeave?.(r, byte) ?? true;
    const mayAccept = (r: number) => {
      if (run.accepts !== undefined) return run.accepts(r) !== null;
      return this.#inner.isAccepting(run.local(r, 0));
    };
    return {
      key,
      table,
      unitEnd,
      distance,
      budget: run.budget,
      local: (r, units) =>
        r < own ? states.raw(run.local(r, units)) : states.backslashed(run.local(before[r - own]!, units)),
      canLeave: (r, byte) => {
        if (isInside(r, byte)) return false;
        if (r >= own) {
          const decoded = decodeSimpleEscape(byte);
          return byte === 0x75 || (decoded >= 0 && mayLeaveInner(before[r - own]!, decoded));
        }
        if (byte === quote) return mayAccept(r);
        return byte === backslash || (byte >= 0x20 && mayLeaveInner(r, byte));
      },
    };
  }
}

function shapeOf(run: Run): StringRunShape {
  const own = run.unitEnd.length;
  const distances = [...run.distance];
  const before: number[] = [];
  const escapeOf = new Int16Array(own).fill(-1);
  for (let r = 0; r < own; r++) {
    const distance = distanceAfterBackslash(run, r);
    if (distance < 0) continue;
    escapeOf[r] = own + before.length;
    before.push(r);
    distances.push(distance);
  }
  const table = new Int16Array(distances.length * 256).fill(-1);
  for (let r = 0; r < own; r++) {
    for (let byte = 0x20; byte < 256; byte++) table[r * 256 + byte] = run.table[r * 256 + byte]!;
    table[r * 256 + quote] = -1;
    table[r * 256 + backslash] = escapeOf[r]!;
  }
  before.forEach((r, i) => {
    for (let byte = 0; byte < 256; byte++) {
      const decoded = decodeSimpleEscape(byte);
      if (decoded >= 0) table[(own + i) * 256 + byte] = run.table[r * 256 + decoded]!;
    }
  });
  const unitEnd = new Uint8Array(distances.length);
  unitEnd.set(run.unitEnd);
  return {
    key: `json:${run.key}`,
    table,
    unitEnd,
    distance: Uint8Array.from(distances),
    own,
    before: Int16Array.from(before),
  };
}

/**
 * The units that must follow a backslash read in run state r; −1 where r is no end of a character, or the loop alone doesn't tell
 * (then the backslash leaves the loop, and its state is asked).
 */
function distanceAfterBackslash(run: Run, r: number): number {
  const starts = firstBytes.map((byte) => run.table[r * 256 + byte]!);
  if (!starts.some((next) => next >= 0)) return -1;
  if (!run.unitEnd.includes(1)) return 0;
  // What must follow here anyway can follow as an escape. Where nothing must, one character does: if one leads back to such a state.
  if (run.distance[r]! > 0) return run.distance[r]!;
  let inside = new Set(starts.filter((next) => next >= 0));
  for (let length = 1; length <= 4; length++) {
    const longer = new Set<number>();
    for (const next of inside) {
      if (run.unitEnd[next] === 1) {
        if (run.distance[next] === 0) return 1;
        continue;
      }
      for (let byte = 0x80; byte <= 0xbf; byte++) {
        const to = run.table[next * 256 + byte]!;
        if (to >= 0) longer.add(to);
      }
    }
    inside = longer;
  }
  return -1;
}

/** What the UTF-8 of a character begins with. */
const firstBytes = [...range(0, 0x7f), ...range(0xc2, 0xf4)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
