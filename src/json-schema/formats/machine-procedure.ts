// Texts in the languages of character machines, and in a regular language, with a length: a product, as an automaton over UTF-8. For
// one machine alone the least number of characters to an end tells which states can complete. Beside a regular language one of the
// machine's ends, with plain characters after it, mostly does; else a way is searched for, best first by that number, and a
// state is given up only when all that follows has been seen. A search over the budget is an error.
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import type { Limits } from "../../base/limits.ts";
import { ByteProcedure } from "../../term/byte-procedure.ts";
import { type Dfa, stepDfa } from "../../term/dfa-table.ts";
import { type Run, uncertain } from "../../term/procedure.ts";
import { boundary, refused, stepUtf8 } from "../strings/string-decoder.ts";
import type { CharacterMachine } from "./character-machine.ts";

/** States that one search may go through. */
const maxSearched = 10_000;
const maxSearchedBlind = 100;
/** What the machines may do in one search. */
const maxWork = 150_000;

const unknown = 0;
const alive = 1;
const dead = 2;
/** Of a blind state: that depends on what has been forgotten. */
const open = 3;

// A state's fields: the state of UTF-8, the character's bits so far, the characters before it, the DFA's state, the machines' states. Where all
// characters above U+007F lead the same way, the machines' states in the middle of one are those after it, and its bits are `same`.
const utf8Field = 0;
const bitsField = 1;
const countField = 2;
const dfaField = 3;
const machineField = 4;
const same = -1;

export class MachineProcedure extends ByteProcedure {
  readonly start: number;
  readonly #machines: readonly CharacterMachine[];
  readonly #dfa: Dfa | null;
  readonly #min: number;
  readonly #max: number;
  readonly #maxStates: number;
  readonly #ids = new Interner();
  /** By state: can it complete? */
  #aliveness = new Uint8Array(64);
  /** By the state of the machine's `plain`, times the DFA's size, plus the DFA's: so many bytes at least to an accepting one; Infinity: never. */
  readonly #plainRest: Float64Array | undefined;
  readonly #next: number[] = [];

  /**
   * The texts of `min` to `max` characters that are in every machine's language and in `dfa`'s, over valid UTF-8 (null: any).
   * @throws ConstraintError "limit", from `step` too, where a search or the states are over the budget.
   */
  constructor(
    machines: readonly CharacterMachine[],
    dfa: Dfa | null,
    lengths: { readonly min: number; readonly max: number },
    limits: Pick<Limits, "maxStates">,
  ) {
    super();
    this.#machines = machines;
    this.#dfa = dfa;
    this.#min = lengths.min;
    this.#max = lengths.max;
    this.#maxStates = limits.maxStates;
    if (dfa !== null && machines.length === 1) this.#plainRest = leastBytes(dfa, machines[0]!.plain);
    this.#ids.intern([]);
    this.#aliveness[0] = dead;
    const starts = machines.map((machine) => machine.start);
    const isPlain = dfa === null || dfa.start !== 0;
    this.start = isPlain ? this.#kept(this.#intern([boundary, same, 0, dfa?.start ?? 0, ...starts])) : 0;
  }

  step(state: number, byte: number): number {
    const next = this.#after(state, byte);
    return next === uncertain ? uncertain : this.#kept(next);
  }

  isAccepting(state: number): boolean {
    if (state === 0 || this.#field(state, utf8Field) !== boundary) return false;
    const count = this.#field(state, countField);
    if (count < this.#min || count > this.#max) return false;
    if (this.#dfa !== null && this.#dfa.accepting[this.#field(state, dfaField)] !== 1) return false;
    return this.#machines.every((machine, i) => machine.isAccepting(this.#field(state, machineField + i)));
  }

  blind(state: number): number {
    if (state === 0 || this.#machines.length > 1) return state;
    const own = this.#field(state, machineField);
    const blind = this.#machines[0]!.blind(own, this.#dfa === null && this.#max === Infinity);
    if (blind === own) return state;
    const kept = this.#kept(this.#with(state, machineField, blind));
    return kept > 0 ? kept : state;
  }

  /** The loop of the characters that don't change the machine's state. */
  run(state: number): Run | null {
    const machine = this.#machines[0]!;
    if (this.#dfa !== null || this.#machines.length > 1 || this.#field(state, utf8Field) !== boundary) return null;
    const own = this.#field(state, machineField);
    const count = this.#field(state, countField);
    const isCounted = this.#max !== Infinity || count < this.#min;
    const distance = isCounted ? machine.rest(own) : 0;
    if (distance > 254) return null;
    const loops = Array.from({ length: 128 }, (_, c) => machine.step(own, c) === own);
    if (!loops.includes(true)) return null;
    const othersLoop = machine.afterOthers(own) === own;
    const local = (utf8: number, units: number) => {
      const total = isCounted ? this.#saturate(count + units) : count;
      return this.#kept(this.#intern([utf8, same, total, 0, own]));
    };
    return {
      key: `characters ${loops.map(Number).join("")} ${othersLoop} ${isCounted ? distance : ""}`,
      table: runTable(loops, othersLoop),
      unitEnd: Uint8Array.from({ length: utf8States }, (_, utf8) => (isCounted && utf8 === boundary ? 1 : 0)),
      distance: Uint8Array.from({ length: utf8States }, (_, utf8) =>
        !isCounted ? 0 : utf8 === boundary ? distance : distance + 1,
      ),
      budget: isCounted ? this.#max - count : Infinity,
      local,
      canLeave: (utf8, byte) => utf8 === boundary && (byte >= 128 ? !othersLoop : machine.step(own, byte) !== 0),
      accepts: (utf8) =>
        utf8 === boundary && machine.isAccepting(own)
          ? [Math.max(0, this.#min - count), isCounted ? this.#max - count : Infinity]
          : null,
    };
  }

  #field(state: number, field: number): number {
    return this.#ids.items[this.#ids.start(state) + field]!;
  }

  #with(state: number, field: number, value: number): number {
    const items = [...this.#ids.items.subarray(this.#ids.start(state), this.#ids.end(state))];
    items[field] = value;
    return this.#intern(items);
  }

  #intern(items: readonly number[]): number {
    const id = this.#ids.intern(items);
    if (id > this.#maxStates) {
      throw new ConstraintError("limit", `A string needed more than ${this.#maxStates} states (limits.maxStates)`);
    }
    if (id >= this.#aliveness.length) {
      const longer = new Uint8Array(2 * this.#aliveness.length);
      longer.set(this.#aliveness);
      this.#aliveness = longer;
    }
    return id;
  }

  #saturate(count: number): number {
    return this.#max === Infinity ? Math.min(count, this.#min) : count;
  }

  /** The state after `byte`, whether it can complete or not; 0 where that is plain, `uncertain` after a blind state. */
  #after(state: number, byte: number): number {
    if (state === 0) return 0;
    const items = this.#ids.items.subarray(this.#ids.start(state), this.#ids.end(state));
    const utf8 = stepUtf8(items[utf8Field]!, byte);
    if (utf8 === refused) return 0;
    const next = this.#next;
    next.length = 0;
    const before = items[bitsField]!;
    const isFirst = items[utf8Field] === boundary;
    const bits = isFirst ? leadBits(byte) : (before << 6) | (byte & 0x3f);
    next.push(utf8, same, items[countField]!, 0);
    if (this.#dfa !== null) {
      next[dfaField] = stepDfa(this.#dfa, items[dfaField]!, byte);
      if (next[dfaField] === 0) return 0;
    }
    const count = this.#machines.length;
    for (let i = 0; i < count; i++) next.push(items[machineField + i]!);
    if (isFirst && byte >= 0x80) this.#enter(next, bits);
    else if (utf8 !== boundary) next[bitsField] = before === same ? same : bits;
    else if (isFirst || before !== same) {
      for (let i = 0; i < count; i++) {
        const after = this.#machines[i]!.step(next[machineField + i]!, bits);
        if (after === uncertain) return uncertain;
        next[machineField + i] = after;
      }
    }
    if (utf8 === boundary) next[countField] = this.#saturate(next[countField]! + 1);
    for (let i = 0; i < count; i++) if (next[machineField + i] === 0) return 0;
    return this.#intern(next);
  }

  /** Goes into a character above U+007F. */
  #enter(next: number[], bits: number): void {
    const after = this.#machines.map((machine, i) => machine.afterOthers(next[machineField + i]!));
    if (after.some((each) => each < 0)) {
      next[bitsField] = bits;
      return;
    }
    next[bitsField] = same;
    after.forEach((each, i) => {
      next[machineField + i] = each;
    });
  }

  /** `state`, 0 where it can't complete, or, of a blind one, `uncertain`. */
  #kept(state: number): number {
    let known = this.#aliveness[state]!;
    if (known === unknown) {
      known = this.#decideAlone(state);
      if (known === unknown) known = this.#search(state);
      this.#aliveness[state] = known;
    }
    return known === alive ? state : known === dead ? 0 : uncertain;
  }

  /** What a machine says alone, where that is enough. */
  #decideAlone(state: number): number {
    if (this.#field(state, utf8Field) !== boundary && this.#field(state, bitsField) !== same) {
      const [first, last] = charactersFrom(this.#field(state, utf8Field), this.#field(state, bitsField));
      for (const [i, machine] of this.#machines.entries()) {
        const reads = machine.readsBetween(this.#field(state, machineField + i), first, last);
        if (reads !== true) return reads === false ? dead : open;
      }
    }
    const isAlone = this.#dfa === null && this.#machines.length === 1;
    const count = this.#field(state, countField);
    if (this.#field(state, utf8Field) === boundary || this.#field(state, bitsField) === same) {
      const read = this.#field(state, utf8Field) === boundary ? count : count + 1;
      const canEnd = (machine: CharacterMachine, i: number) =>
        machine.canEnd(this.#field(state, machineField + i), this.#min - read, this.#max - read);
      if (!this.#machines.every(canEnd)) return dead;
      return isAlone ? alive : unknown;
    }
    if (!isAlone) return unknown;
    return this.#max === Infinity && count >= this.#min ? alive : unknown;
  }

  /** Are more characters needed, by a machine alone, than there may be? */
  #isTooLong(state: number): boolean {
    const isOpen = this.#field(state, utf8Field) !== boundary && this.#field(state, bitsField) !== same;
    return this.#field(state, countField) + (isOpen ? 1 : this.#needed(state)) > this.#max;
  }

  /** At least so many characters must be read yet, by a machine alone; in the middle of one, where it matters which, a guess. */
  #needed(state: number): number {
    let needed = 0;
    this.#machines.forEach((machine, i) => {
      needed = Math.max(needed, machine.rest(this.#field(state, machineField + i)));
    });
    if (this.#field(state, utf8Field) === boundary) return needed;
    // Where it matters which character it is, the guess is that it brings the end nearer.
    return this.#field(state, bitsField) === same ? needed + 1 : Math.max(needed, 1);
  }

  /** Does an end of the machine's lead, with plain characters after it, to an accepting state? A quick yes. */
  #isPlainlyAlive(state: number): boolean {
    const dfa = this.#dfa;
    const plainRest = this.#plainRest;
    if (dfa === null || plainRest === undefined || this.#field(state, utf8Field) !== boundary) return false;
    const machine = this.#machines[0]!;
    const own = this.#field(state, machineField);
    const end = machine.end(own);
    if (end === null) return false;
    let at = this.#field(state, dfaField);
    for (const byte of encoder.encode(end)) at = stepDfa(dfa, at, byte);
    let count = this.#field(state, countField);
    for (const _ of end) count++;
    const rest = plainRest[machine.plainState(own) * dfa.size + at]!;
    return count >= this.#min && count + rest <= this.#max && rest !== Infinity;
  }

  #work(): number {
    return this.#machines.reduce((work, machine) => work + machine.work, 0);
  }

  #search(start: number): number {
    const from = new Map<number, number>([[start, 0]]);
    const queue: number[][] = [];
    const add = (state: number) => {
      const needed = Math.max(this.#needed(state), this.#min - this.#field(state, countField));
      (queue[Math.min(needed, maxSearched)] ??= []).push(state);
    };
    add(start);
    const mostWork = this.#work() + maxWork;
    let isOpen = false;
    for (let searched = 0; ; searched++) {
      const states = queue.find((each) => each !== undefined && each.length > 0);
      if (states === undefined) break;
      const state = states.pop()!;
      if (this.#aliveness[state] === unknown) this.#aliveness[state] = this.#decideAlone(state);
      if (this.#aliveness[state] === dead) continue;
      if (this.isAccepting(state) || this.#aliveness[state] === alive || this.#isPlainlyAlive(state)) {
        for (let at = state; at !== 0; at = from.get(at)!) this.#aliveness[at] = alive;
        return alive;
      }
      // What has been forgotten may be decisive: that is found out from the states that know it.
      if (isOpen && searched >= maxSearchedBlind) return open;
      if (searched === maxSearched || this.#work() > mostWork) {
        throw new ConstraintError("limit", "It can't be decided within the budget how a string may go on");
      }
      for (let byte = 0; byte < 256; byte++) {
        const next = this.#after(state, byte);
        if (next === uncertain) isOpen = true;
        if (next <= 0 || from.has(next) || this.#aliveness[next] === dead || this.#isTooLong(next)) continue;
        from.set(next, state);
        add(next);
      }
    }
    if (isOpen) return open;
    for (const state of from.keys()) this.#aliveness[state] = dead;
    return dead;
  }
}

const encoder = new TextEncoder();

/** By the states of `plain` and `dfa`: the least number of bytes to where `dfa` accepts; Infinity where there is no such way. */
function leastBytes(dfa: Dfa, plain: Uint8Array): Float64Array {
  const { size } = dfa;
  const sources: number[][] = Array.from({ length: (plain.length / 256) * size }, () => []);
  for (let at = 1; at < plain.length / 256; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const to = plain[at * 256 + byte]! * size;
      if (to === 0) continue;
      for (let state = 1; state < size; state++) {
        const next = stepDfa(dfa, state, byte);
        if (next !== 0) sources[to + next]!.push(at * size + state);
      }
    }
  }
  const found = Float64Array.from(sources, (_, at) => (at >= size && dfa.accepting[at % size] === 1 ? 0 : Infinity));
  let reached = [...found.keys()].filter((state) => found[state] === 0);
  for (let count = 1; reached.length > 0; count++) {
    const next: number[] = [];
    for (const state of reached) {
      for (const source of sources[state]!) {
        if (found[source] !== Infinity) continue;
        found[source] = count;
        next.push(source);
      }
    }
    reached = next;
  }
  return found;
}

const utf8States = 8;

function leadBits(byte: number): number {
  return byte < 0x80 ? byte : byte < 0xe0 ? byte & 0x1f : byte < 0xf0 ? byte & 0x0f : byte & 0x07;
}

/** The characters that are left when `bits` of one have been read and UTF-8 is in the state `utf8`. */
function charactersFrom(utf8: number, bits: number): [first: number, last: number] {
  const missing = utf8 <= 3 ? utf8 : utf8 <= 5 ? 2 : 3;
  const first = bits << (6 * missing);
  const last = first + (1 << (6 * missing)) - 1;
  // After E0, ED, F0 and F4 the next byte is narrowed.
  return [
    Math.max(first, utf8 === 4 ? 0x800 : utf8 === 6 ? 0x10000 : 0),
    Math.min(last, utf8 === 5 ? 0xd7ff : 0x10ffff),
  ];
}

function runTable(loops: readonly boolean[], othersLoop: boolean): Int16Array {
  const table = new Int16Array(utf8States * 256).fill(-1);
  for (let utf8 = 0; utf8 < utf8States; utf8++) {
    for (let byte = 0; byte < 256; byte++) {
      if (utf8 === boundary && byte < 128) table[byte] = loops[byte] ? boundary : -1;
      else if (othersLoop) table[utf8 * 256 + byte] = stepUtf8(utf8, byte);
    }
  }
  return table;
}
