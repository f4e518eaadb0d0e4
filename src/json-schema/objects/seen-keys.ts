// The keys that an object has so far, interned, and what may still come: which keys, another key at all, the end. All
// answers are exact: whatever is allowed leaves a way to an object with its required keys and a fitting number of keys.
import { Interner } from "../../base/interner.ts";
import { canFulfil, largest, type Means, type Room } from "./obligations.ts";
import { noTexts, TextSets } from "./text-sets.ts";

/** One way to give a key a value; `satisfies` is the set of obligations that this value fulfils. */
export interface Choice<Value> {
  readonly value: Value;
  readonly satisfies: number;
}

/** The rules for one kind of object, over positions of declared keys. */
export interface KeyRules {
  /** By position: the choices for the value; none: the key is forbidden. */
  readonly choices: readonly (readonly Choice<unknown>[])[];
  readonly required: readonly number[];
  /** By position: the keys that it calls for. */
  readonly needs: readonly (readonly number[])[];
  /** By position: the rank in the order of keys, or null where any order will do. Undeclared keys come last. */
  readonly ranks: readonly number[] | null;
  readonly min: number;
  readonly max: number;
  /** By group: bit i means that obligation i must be fulfilled, by the value of one of the group's keys or by one that stays away. */
  readonly obligations: readonly number[];
  /** By position: the group whose obligations the key can fulfil. Undeclared keys are of the first. */
  readonly groupOf: readonly number[];
  /** By position: the obligations that the key fulfils by staying away. */
  readonly absent: readonly number[];
  /** How many undeclared keys there are (0, or perhaps Infinity). */
  readonly undeclared: number;
  /** By class of undeclared keys: what a value can fulfil; and are there keys however many are used up? Only those count for what is to come. */
  readonly classes: readonly { readonly fulfil: readonly number[]; readonly isEndless: boolean }[];
}

export interface Seen {
  readonly id: number;
  /** Bit set of the positions seen. */
  readonly bits: Uint32Array;
  readonly count: number;
  /** The undeclared keys, a set of `SeenKeys.texts`. */
  readonly used: number;
  /** The node of the text that `used` is what follows of: the root (0), but for parts. */
  readonly base: number;
  /** The positions that `allowed` is about. */
  readonly low: number;
  readonly high: number;
  /** By group: the obligations that aren't fulfilled yet. Is there any? */
  readonly pending: readonly number[];
  readonly isOpen: boolean;
  readonly canClose: boolean;
  /** Bit set of the positions that may come next. */
  readonly allowed: Uint32Array;
  readonly allowsDeclared: boolean;
  /** May an undeclared key come next, as far as numbers and order go? */
  readonly allowsUndeclared: boolean;
  /** Bit set of the classes that such a key may be of; −1: all. */
  readonly classes: number;
  /** Flat pairs satisfies, position: after a value of that key that fulfils just that, the other keys couldn't fulfil the rest. In any order only. */
  readonly hasty: readonly number[];
  /** Only what the next key depends on: `allowed` and `hasty`, perhaps of some positions only, and `allowsUndeclared`; see `partOf`. */
  readonly isPart: boolean;
}

const maxCount = Number.MAX_SAFE_INTEGER;

/** Where an object in order is: see `SeenKeys.describe`. */
interface Place {
  readonly bits: Uint32Array;
  /** What must be there in the end. */
  readonly needed: Uint32Array;
  readonly count: number;
  readonly pending: readonly number[];
  /** How many more undeclared keys there are; `extra`: how many were seen. */
  readonly left: number;
  readonly extra: number;
}

export class SeenKeys {
  readonly start: Seen | null;
  private readonly rules: KeyRules;
  private readonly wordCount: number;
  private readonly part: Int32Array;
  private readonly all: (Seen | null)[] = [];
  private readonly interner = new Interner();
  /** What undeclared keys are sets of. */
  readonly texts = new TextSets();
  private readonly afterDeclared = new Map<number, Map<number, Seen | null>>();
  /** By position: the key with all that it calls for, directly or not; null where one of those is forbidden. */
  private readonly closures: readonly (Uint32Array | null)[];
  private readonly required: Uint32Array | null;
  private readonly none: Uint32Array;
  private readonly usable: Uint32Array;
  /** By position: what the key's values can fulfil, without what is part of another. */
  private readonly fulfils: readonly (readonly number[])[];
  /** By group: the positions of its keys; all positions where keys are counted. */
  private readonly members: readonly (readonly number[])[];
  private readonly undeclaredFulfil: readonly number[];
  /** What `undeclaredFulfil` adds up to. */
  private readonly byUndeclared: number;
  /** Do obligations depend on how many keys there may be? */
  private readonly isCounted: boolean;
  /** Neither order nor a maximum nor keys that call for others: what may come is what hasn't. */
  private readonly isSimple: boolean;

  /** `start` is null where no object keeps the rules. */
  constructor(rules: KeyRules) {
    this.rules = rules;
    this.wordCount = Math.max(1, (rules.choices.length + 31) >> 5);
    const isObliged = isAnyOpen(rules.obligations);
    const choiceCount = isObliged ? rules.choices.flat().length : 0;
    this.part = new Int32Array(this.wordCount + 6 + 2 * choiceCount);
    this.fulfils = rules.choices.map((choices) => largest(choices.map((choice) => choice.satisfies)));
    this.undeclaredFulfil = largest(rules.classes.flatMap((each) => (each.isEndless ? each.fulfil : [])));
    this.byUndeclared = this.undeclaredFulfil.reduce((all, each) => all | each, 0);
    const someAbsent = rules.absent.some((each) => each !== 0);
    this.isCounted = isObliged && (rules.max !== Number.POSITIVE_INFINITY || (someAbsent && rules.min > 0));
    const positions = Array.from(rules.choices.keys());
    this.members = rules.obligations.map((_, group) =>
      this.isCounted ? positions : positions.filter((position) => rules.groupOf[position] === group),
    );
    this.closures = rules.choices.map((_, position) => this.closure(position));
    this.isSimple =
      rules.ranks === null &&
      rules.max === Number.POSITIVE_INFINITY &&
      rules.needs.every((needs) => needs.length === 0);
    this.none = new Uint32Array(this.wordCount);
    this.usable = new Uint32Array(this.wordCount);
    rules.choices.forEach((choices, position) => {
      if (choices.length > 0) this.usable[position >> 5]! |= 1 << (position & 31);
    });
    const required = new Uint32Array(this.wordCount);
    this.required = rules.required.every((position) => this.addClosure(required, position)) ? required : null;
    this.start = this.intern(new Uint32Array(this.wordCount), 0, noTexts, rules.obligations);
  }

  /** After the declared key at `position` (which must be allowed); null where nothing could complete. */
  withDeclared(seen: Seen, position: number, satisfies: number): Seen | null {
    const place = seen.id * this.rules.choices.length + position;
    let bySatisfied = this.afterDeclared.get(place);
    if (bySatisfied === undefined) this.afterDeclared.set(place, (bySatisfied = new Map()));
    const known = bySatisfied.get(satisfies);
    if (known !== undefined) return known;
    const bits = seen.bits.slice();
    bits[position >> 5]! |= 1 << (position & 31);
    const pending = without(seen.pending, this.rules.groupOf[position]!, satisfies);
    const after = this.intern(bits, seen.count + 1, seen.used, pending);
    bySatisfied.set(satisfies, after);
    return after;
  }

  /** After one more undeclared key, of that text. */
  withUndeclared(seen: Seen, text: readonly number[], satisfies: number): Seen | null {
    return this.intern(seen.bits, seen.count, this.texts.with(seen.used, text), without(seen.pending, 0, satisfies));
  }

  /** Would there be a way to the end after one more undeclared key, whatever its text? */
  leavesRoom(seen: Seen, satisfies: number): boolean {
    const { id, bits, count, used } = seen;
    const pending = without(seen.pending, 0, satisfies);
    return this.describe(id, bits, count, used, this.texts.sizeOf(used) + 1, pending) !== null;
  }

  /**
   * All of `seen` that the next key depends on once the text of the node `base` has been read: of the declared keys, those at positions
   * `low` … `high` − 1 may begin with it; `used` is what follows it in the undeclared ones that there are.
   */
  partOf(seen: Seen, low: number, high: number, base: number, used: number): Seen {
    if (seen.isPart && low === seen.low && high === seen.high && base === seen.base && used === seen.used) return seen;
    const { part, wordCount } = this;
    for (let word = 0; word < wordCount; word++) part[word] = seen.allowed[word]! & bitsWithin(word, low, high);
    part[wordCount] = -2;
    part[wordCount + 1] = seen.allowsUndeclared ? 1 : 0;
    part[wordCount + 2] = base;
    part[wordCount + 3] = used;
    part[wordCount + 4] = low;
    part[wordCount + 5] = high;
    let length = wordCount + 6;
    for (let i = 0; i < seen.hasty.length; i += 2) {
      const position = seen.hasty[i + 1]!;
      if (position < low || position >= high) continue;
      part[length++] = seen.hasty[i]!;
      part[length++] = position;
    }
    const id = this.interner.intern(part, 0, length);
    if (id < this.all.length) return this.all[id]!;
    const hasty = Array.from(part.subarray(wordCount + 6, length));
    const allowed = Uint32Array.from(part.subarray(0, wordCount));
    const allowsDeclared = allowed.some((word) => word !== 0);
    const { allowsUndeclared, classes } = seen;
    const own = {
      id,
      bits: allowed,
      count: 0,
      used,
      base,
      low,
      high,
      pending: [],
      isOpen: false,
      canClose: false,
      hasty,
      isPart: true,
    };
    const made = { ...own, allowed, allowsDeclared, allowsUndeclared, classes };
    this.all.push(made);
    return made;
  }

  /** Does a part hold all that the next key depends on? Else which values it may have depends on what other keys leave to be fulfilled. */
  canPart(seen: Seen): boolean {
    return !seen.isOpen || this.isSimple;
  }

  get(id: number): Seen {
    return this.all[id]!;
  }

  get size(): number {
    return this.all.length;
  }

  private intern(bits: Uint32Array, count: number, used: number, pending: readonly number[]): Seen | null {
    const id = this.interner.intern([...bits, used, ...pending]);
    if (id < this.all.length) return this.all[id]!;
    const seen = this.describe(id, bits, count, used, this.texts.sizeOf(used), pending);
    this.all.push(seen);
    return seen;
  }

  private describe(
    id: number,
    bits: Uint32Array,
    count: number,
    used: number,
    extra: number,
    pending: readonly number[],
  ): Seen | null {
    const { rules } = this;
    // What must be there in the end: what is seen, what is required, and what those call for.
    if (this.required === null) return null;
    const needed = bits.map((word, i) => word | this.required![i]!);
    if (!this.isSimple) {
      for (let position = 0; position < rules.choices.length; position++) {
        if (hasBit(bits, position) && !this.addClosure(needed, position)) return null;
      }
    }
    const size = countBits(needed) + extra;
    if (size > rules.max) return null;
    const isComplete = equalBits(needed, bits);
    const left = Math.max(0, rules.undeclared - extra);
    const later = this.later(bits, needed, extra);
    if (count + extra + countBits(later) + Math.min(left, maxCount) < rules.min) return null;
    const place = { bits, needed, count, pending, left, extra };
    if (!this.canFulfilAll(pending, later, place)) return null;
    const hasty = rules.ranks === null ? this.hasty(later, place) : [];
    const allowed = rules.ranks === null ? this.unhurried(later, hasty) : this.nextInOrder(later, place);
    // In order, undeclared keys come last: nothing declared can be made up for after them.
    const isOrderly =
      rules.ranks === null ||
      (isComplete && count + extra + left >= rules.min && this.canFulfilAll(pending, this.none, place));
    const classes = this.classesThatLeaveRoom(later, place);
    const allowsUndeclared = left > 0 && isOrderly && size < rules.max && classes !== 0;
    const isFulfilled = pending.every((each, group) => this.openAfter(group, each, bits, this.none) === 0);
    const canClose = isComplete && isFulfilled && count + extra >= rules.min;
    return {
      id,
      bits,
      count,
      used,
      base: 0,
      low: 0,
      high: rules.choices.length,
      pending,
      isOpen: isAnyOpen(pending),
      canClose,
      allowed,
      allowsDeclared: allowed.some((word) => word !== 0),
      allowsUndeclared,
      classes,
      hasty,
      isPart: false,
    };
  }

  /** The keys that may still come, sooner or later. */
  private later(bits: Uint32Array, needed: Uint32Array, extra: number): Uint32Array {
    const { rules } = this;
    if (rules.ranks !== null)
      return this.laterInOrder(bits, extra > 0 ? Number.POSITIVE_INFINITY : this.lastRank(bits));
    const later = new Uint32Array(this.wordCount);
    if (this.isSimple) {
      for (let word = 0; word < this.wordCount; word++) later[word] = this.usable[word]! & ~bits[word]!;
      return later;
    }
    for (let position = 0; position < rules.choices.length; position++) {
      if (hasBit(bits, position) || this.closures[position] === null) continue;
      if (this.sizeWith(position, needed) + extra <= rules.max) setBit(later, position);
    }
    return later;
  }

  /** How many declared keys there must be in the end, with that one, which must have a closure. */
  private sizeWith(position: number, needed: Uint32Array): number {
    const closure = this.closures[position]!;
    let size = 0;
    for (let word = 0; word < this.wordCount; word++) size += countBitsOf(needed[word]! | closure[word]!);
    return size;
  }

  private lastRank(bits: Uint32Array): number {
    return this.rules.ranks!.reduce(
      (last, rank, position) => (hasBit(bits, position) ? Math.max(last, rank) : last),
      -1,
    );
  }

  /** The keys that rank after `last`, and what they call for does, too, or is there. */
  private laterInOrder(bits: Uint32Array, last: number): Uint32Array {
    const { needs } = this.rules;
    const ranks = this.rules.ranks!;
    const later = new Uint32Array(this.wordCount);
    for (let position = 0; position < ranks.length; position++) {
      const closure = this.closures[position] ?? null;
      if (closure === null || ranks[position]! <= last) continue;
      const isLater = (rank: number, other: number) => !hasBit(closure, other) || hasBit(bits, other) || rank > last;
      if (needs[position]!.length === 0 || ranks.every(isLater)) setBit(later, position);
    }
    return later;
  }

  /** Of the keys that may still come, those that may come next: no other needed one may rank before them, and they must leave enough. */
  private nextInOrder(later: Uint32Array, place: Place): Uint32Array {
    const ranks = this.rules.ranks!;
    const keys = Array.from(ranks.keys()).filter(
      (position) => hasBit(later, position) && this.isInOrder(position, place),
    );
    keys.sort((a, b) => ranks[a]! - ranks[b]!);
    const isAnyEnough = place.count + 1 >= this.rules.min && !isAnyOpen(place.pending);
    const enough = isAnyEnough ? keys : this.thoseThatLeaveEnough(keys, place);
    const next = new Uint32Array(this.wordCount);
    for (const position of enough) setBit(next, position);
    return next;
  }

  /** `keys` by rank. What a key leaves, those before it leave, too, unless they had to stay away or are one too many: the last that does is searched by halves. */
  private thoseThatLeaveEnough(keys: readonly number[], place: Place): readonly number[] {
    if (this.isCounted || this.rules.absent.some((each) => each !== 0))
      return keys.filter((position) => this.leavesEnough(position, place));
    let enough = 0;
    for (let most = keys.length; enough < most; ) {
      const middle = (enough + most + 1) >> 1;
      if (this.leavesEnough(keys[middle - 1]!, place)) enough = middle;
      else most = middle - 1;
    }
    return keys.slice(0, enough);
  }

  private isInOrder(position: number, { bits, needed, extra }: Place): boolean {
    const ranks = this.rules.ranks!;
    if (this.sizeWith(position, needed) + extra > this.rules.max) return false;
    const closure = this.closures[position]!;
    return ranks.every(
      (rank, other) =>
        rank >= ranks[position]! || hasBit(bits, other) || !(hasBit(needed, other) || hasBit(closure, other)),
    );
  }

  /** Can the keys after that one make up the minimum, and fulfil what its value leaves open? */
  private leavesEnough(position: number, place: Place): boolean {
    const { count, pending, left } = place;
    const bits = place.bits.slice();
    setBit(bits, position);
    const later = this.laterInOrder(bits, this.rules.ranks![position]!);
    if (count + 1 + countBits(later) + Math.min(left, maxCount) < this.rules.min) return false;
    const after = { ...place, bits, count: count + 1 };
    const group = this.rules.groupOf[position]!;
    return this.fulfils[position]!.some((satisfies) =>
      this.canFulfilAll(without(pending, group, satisfies), later, after),
    );
  }

  /** What stays open of a group where of the keys that aren't there only those in `later` may come. */
  private openAfter(group: number, pending: number, bits: Uint32Array, later: Uint32Array): number {
    let open = pending;
    for (const position of this.members[group]!) {
      if (open === 0) break;
      const absent = this.rules.absent[position]!;
      if (absent !== 0 && !hasBit(bits, position) && !hasBit(later, position)) open &= ~absent;
    }
    return open;
  }

  private canFulfilAll(pending: readonly number[], later: Uint32Array, place: Place): boolean {
    return pending.every((each, group) => this.canFulfil(group, each, later, place));
  }

  /** Can a group's `pending` be fulfilled by keys in `later`, but `except`, which is there, and by undeclared ones? */
  private canFulfil(group: number, pending: number, later: Uint32Array, place: Place, except = -1): boolean {
    const { absent: fulfilledByAbsence, obligations } = this.rules;
    if (obligations[group] === 0) return true;
    let open = this.openAfter(group, pending, place.bits, later);
    if (!this.isCounted && group === 0 && place.left > 0) open &= ~this.byUndeclared;
    if (open === 0 && !this.isCounted) return true;
    const means: Means[] = [];
    let needed = 0;
    let others = 0;
    for (const position of this.members[group]!) {
      if (!hasBit(later, position) || position === except) continue;
      const present = this.fulfils[position]!;
      const isNeeded = hasBit(place.needed, position);
      const absent = isNeeded ? -1 : fulfilledByAbsence[position]! & open;
      if (absent > 0 || present.some((each) => (each & open) !== 0)) means.push({ present, absent });
      else if (isNeeded) needed++;
      else others++;
    }
    means.sort((a, b) => mostBits(b, open) - mostBits(a, open));
    return canFulfil(open, means, this.isCounted ? this.room(place, except, needed, others) : null);
  }

  private room({ count, extra, left }: Place, except: number, needed: number, others: number): Room {
    const { min, max } = this.rules;
    const there = count + extra + (except >= 0 ? 1 : 0);
    const { undeclaredFulfil } = this;
    return { needed, others, undeclared: left, undeclaredFulfil, min: Math.max(0, min - there), max: max - there };
  }

  /** The classes of undeclared keys after one of which the rest can be fulfilled: see `Seen.classes`. */
  private classesThatLeaveRoom(later: Uint32Array, place: Place): number {
    if (!this.isCounted || !isAnyOpen(place.pending)) return -1;
    const after = { ...place, extra: place.extra + 1, left: place.left - 1 };
    let classes = 0;
    this.rules.classes.forEach(({ fulfil }, i) => {
      const leavesRoom = (each: number) => this.canFulfilAll(without(place.pending, 0, each), later, after);
      if (fulfil.some(leavesRoom)) classes |= 1 << i;
    });
    return classes;
  }

  /** See `Seen.hasty`. */
  private hasty(later: Uint32Array, place: Place): number[] {
    const pairs: number[] = [];
    if (!this.isCounted && !isAnyOpen(place.pending)) return pairs;
    // Keys that can fulfil nothing are all alike.
    let isIdleHasty: boolean | undefined;
    const enough = new Map<number, readonly number[]>();
    for (let position = 0; position < this.fulfils.length; position++) {
      if (!hasBit(later, position)) continue;
      const group = this.rules.groupOf[position]!;
      const pending = place.pending[group]!;
      const isIdle =
        (this.rules.absent[position]! & pending) === 0 &&
        this.fulfils[position]!.every((each) => (each & pending) === 0);
      if (isIdle && !hasBit(place.needed, position)) {
        isIdleHasty ??= this.isCounted && !this.canFulfil(group, pending, later, place, position);
        if (!isIdleHasty) continue;
      }
      for (const satisfies of new Set(this.rules.choices[position]!.map((choice) => choice.satisfies))) {
        const open = pending & ~satisfies;
        if (open !== 0 && !this.isCounted) {
          const key = group * 2 ** 30 + open;
          let others = enough.get(key);
          if (others === undefined) enough.set(key, (others = this.enoughAlone(group, open, later, place)));
          if (others.some((each) => each !== position)) continue;
        }
        if (!this.canFulfil(group, open, later, place, position)) pairs.push(satisfies, position);
      }
    }
    return pairs;
  }

  /** Two of the group's keys in `later` that fulfil all of `open` each by itself, or as many as there are. */
  private enoughAlone(group: number, open: number, later: Uint32Array, { needed }: Place): readonly number[] {
    const found: number[] = [];
    for (const position of this.members[group]!) {
      if (!hasBit(later, position)) continue;
      const isByValue = this.fulfils[position]!.some((each) => (open & ~each) === 0);
      const isByAbsence = !hasBit(needed, position) && (open & ~this.rules.absent[position]!) === 0;
      if ((isByValue || isByAbsence) && found.push(position) === 2) break;
    }
    return found;
  }

  /** The keys that have a value which isn't hasty. */
  private unhurried(later: Uint32Array, hasty: readonly number[]): Uint32Array {
    if (hasty.length === 0) return later;
    const allowed = later.slice();
    for (let i = 1; i < hasty.length; i += 2) {
      const position = hasty[i]!;
      if (this.rules.choices[position]!.every((choice) => isHasty(hasty, position, choice.satisfies))) {
        allowed[position >> 5]! &= ~(1 << (position & 31));
      }
    }
    return allowed;
  }

  private addClosure(bits: Uint32Array, position: number): boolean {
    const closure = this.closures[position] ?? null;
    if (closure === null) return false;
    for (let word = 0; word < this.wordCount; word++) bits[word]! |= closure[word]!;
    return true;
  }

  private closure(position: number): Uint32Array | null {
    const bits = new Uint32Array(this.wordCount);
    const todo = [position];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (hasBit(bits, at)) continue;
      if (this.rules.choices[at]!.length === 0) return null;
      bits[at >> 5]! |= 1 << (at & 31);
      todo.push(...this.rules.needs[at]!);
    }
    return bits;
  }
}

function isAnyOpen(pending: readonly number[]): boolean {
  return pending.some((each) => each !== 0);
}

function without(pending: readonly number[], group: number, satisfies: number): readonly number[] {
  return satisfies === 0 ? pending : pending.with(group, pending[group]! & ~satisfies);
}

/** Is a value of that key, which fulfils just that, in `Seen.hasty`? */
export function isHasty(hasty: readonly number[], position: number, satisfies: number): boolean {
  return hasty.some((each, i) => i % 2 === 1 && each === position && satisfies === hasty[i - 1]);
}

function mostBits({ present, absent }: Means, open: number): number {
  return Math.max(countBitsOf(Math.max(absent, 0) & open), ...present.map((each) => countBitsOf(each & open)));
}

function setBit(bits: Uint32Array, position: number): void {
  bits[position >> 5]! |= 1 << (position & 31);
}

function hasBit(bits: Uint32Array, position: number): boolean {
  return ((bits[position >> 5]! >>> (position & 31)) & 1) === 1;
}

/** Is a bit from `low` to `high` − 1 set? */
export function hasBitWithin(bits: Uint32Array, low: number, high: number): boolean {
  for (let position = low; position < high; ) {
    const word = bits[position >> 5]! >>> (position & 31);
    const span = Math.min(32 - (position & 31), high - position);
    if ((span === 32 ? word : word & ((1 << span) - 1)) !== 0) return true;
    position += span;
  }
  return false;
}

/** The bits of a word of a bit set that are for positions from `low` to `high` − 1. */
function bitsWithin(word: number, low: number, high: number): number {
  const from = Math.max(0, low - 32 * word);
  const to = Math.min(32, high - 32 * word);
  return from >= to ? 0 : (to - from === 32 ? -1 : (1 << (to - from)) - 1) << from;
}

function countBits(bits: Uint32Array): number {
  let count = 0;
  for (const word of bits) count += countBitsOf(word);
  return count;
}

function countBitsOf(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function equalBits(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((word, i) => word === b[i]);
}
