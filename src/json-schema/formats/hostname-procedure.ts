// The format "hostname" with lengths, and nothing beside: its syntax as a DFA with a count, as any other format's, and beside it what must be
// remembered for A-labels: how much of "xn--" a label begins with, whether labels have kept the Bidi rule, and behind "xn--" the text.
// So a name without A-labels costs what a pattern does. (Beside other languages: hostname-machine.ts, in machine-procedure.ts.)
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { ByteProcedure } from "../../term/byte-procedure.ts";
import type { Procedure } from "../../term/procedure.ts";
import { ALabels, maxALabel } from "./a-label.ts";
import { IdnaCodePoints } from "./idna-code-points.ts";
import type { LabelKind } from "./idna-label.ts";

// Labels of a name so far: all have kept the Bidi rule, from left to right; one has broken it; one is from right to left.
const ordered = 0;
const unruly = 1;
const rightToLeft = 2;
const seenOf: Record<LabelKind, number> = { plain: ordered, unruly, rightToLeft };

// Places in a label: the beginnings of "xn--", by length; any other.
const atStart = 0;
const elsewhere = 4;
const prefix = "xn--";

const dot = 0x2e;
const letterUpper = 0x41;
const letter = 0x61;

/** In an A-label. */
interface Inside {
  readonly core: number;
  readonly seen: number;
  readonly text: string;
  /** By byte. */
  readonly next: Map<number, number>;
}

// A state is odd in an A-label: twice the place of its `Inside`, plus one. Else it is the core's, what has been seen, and a place, in one number.
export class HostnameProcedure extends ByteProcedure {
  readonly start: number;
  readonly #core: Procedure;
  readonly #maxStates: number;
  readonly #aLabels = new ALabels(new IdnaCodePoints());
  readonly #inside: Inside[] = [];
  /** Behind "xn--", by the core's state and what has been seen. */
  readonly #entries = new Map<number, number>();
  /** By the core's state: may a label end after so many more characters? */
  readonly #ends = new Map<number, Uint8Array>();

  /**
   * @param core Reads host names by their syntax, which knows of no A-labels.
   * @throws from `step`, ConstraintError "limit" over `maxStates` states in A-labels, or where it can't be decided in time how one may go on.
   */
  constructor(core: Procedure, limits: Pick<Limits, "maxStates">) {
    super();
    this.#core = core;
    this.#maxStates = limits.maxStates;
    this.start = stateOf(core.start, ordered, atStart);
  }

  step(state: number, byte: number): number {
    if ((state & 1) === 1) return this.#stepInside(state, byte);
    const core = this.#core.step(coreOf(state), byte);
    if (core === 0) return 0;
    const seen = seenIn(state);
    if (byte === dot) return stateOf(core, seen, atStart);
    const place = placeIn(state);
    if (place === elsewhere) return stateOf(core, seen, elsewhere);
    if (place === atStart && byte < letterUpper) {
      return seen === rightToLeft ? 0 : stateOf(core, unruly, elsewhere);
    }
    if (lowercase(byte) !== prefix.charCodeAt(place)) return stateOf(core, seen, elsewhere);
    return place + 1 < prefix.length ? stateOf(core, seen, place + 1) : this.#enter(core, seen);
  }

  isAccepting(state: number): boolean {
    if ((state & 1) === 0) return this.#core.isAccepting(coreOf(state));
    const inside = this.#inside[state >> 1]!;
    return this.#core.isAccepting(inside.core) && this.#seenAfter(inside) !== undefined;
  }

  #enter(core: number, seen: number): number {
    const key = core * 3 + seen;
    let entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, (entry = this.#make(core, seen, "")));
    return entry;
  }

  #make(core: number, seen: number, text: string): number {
    const ends = this.#endsOf(core);
    if (!this.#aLabels.canEnd(text, (rest, kind) => ends[rest] === 1 && together(seen, kind) !== undefined)) return 0;
    if (this.#inside.length >= this.#maxStates) {
      throw new ConstraintError("limit", `A-labels needed more than ${this.#maxStates} states (limits.maxStates)`);
    }
    return 2 * (this.#inside.push({ core, seen, text, next: new Map() }) - 1) + 1;
  }

  #stepInside(state: number, byte: number): number {
    const inside = this.#inside[state >> 1]!;
    const { core, seen, text, next } = inside;
    const known = next.get(byte);
    if (known !== undefined) return known;
    const after = this.#core.step(core, byte);
    let to = 0;
    if (after !== 0 && byte !== dot) to = this.#make(after, seen, text + String.fromCharCode(lowercase(byte)));
    else if (after !== 0) {
      const all = this.#seenAfter(inside);
      if (all !== undefined) to = stateOf(after, all, atStart);
    }
    next.set(byte, to);
    return to;
  }

  /** Undefined where the label can't end here. */
  #seenAfter({ seen, text }: Inside): number | undefined {
    const kind = this.#aLabels.kind(text);
    return kind === undefined ? undefined : together(seen, kind);
  }

  #endsOf(core: number): Uint8Array {
    let ends = this.#ends.get(core);
    if (ends === undefined) {
      ends = new Uint8Array(maxALabel + 1);
      for (let rest = 0, at = core; rest <= maxALabel && at !== 0; rest++, at = this.#core.step(at, letter)) {
        ends[rest] = this.#core.isAccepting(at) || this.#core.step(at, dot) !== 0 ? 1 : 0;
      }
      this.#ends.set(core, ends);
    }
    return ends;
  }
}

/** What has been seen with a label of the kind; undefined where it excludes it. */
function together(seen: number, kind: LabelKind): number | undefined {
  const own = seenOf[kind];
  if (seen === ordered || own === ordered) return seen + own;
  return seen === own ? seen : undefined;
}

function stateOf(core: number, seen: number, place: number): number {
  return core === 0 ? 0 : ((core * 3 + seen) * 5 + place) * 2;
}

function coreOf(state: number): number {
  return Math.floor(state / 30);
}

function seenIn(state: number): number {
  return Math.floor(state / 10) % 3;
}

function placeIn(state: number): number {
  return (state >> 1) % 5;
}

function lowercase(byte: number): number {
  return byte >= letterUpper && byte < letter ? byte + (letter - letterUpper) : byte;
}
