// How far an array is, as far as that matters: how many items there are, which values of a few were there, and what `contains` has found; and
// from where it can be completed.
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import type { Rule } from "../../term/term.ts";

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

/** Places in an array with `contains` or unique items that are looked at for a way to the end. */
const maxPlaces = 20_000;

/** Items so far (up to where the number stops to matter), values seen, and counts for each `contains`. */
type Place = readonly number[];

export interface NextItem {
  readonly choice: ItemChoice;
  /** The place after it. */
  readonly then: number;
}

/** Places are integers. */
export class ArrayPlaces {
  private readonly spec: ArraySpec;
  private readonly places = new Interner();
  private readonly placeList: Place[] = [];
  private readonly cap: number;
  private readonly choices: readonly (readonly ItemChoice[])[];
  /** Index of the first item that can't be. */
  private readonly reach: number;
  private readonly alive: ReadonlySet<number> | null;
  readonly first: number;

  /** With items of productive rules only. Throws "limit" where there are too many places to look at. */
  constructor(spec: ArraySpec, productive: (rule: Rule) => boolean) {
    this.spec = spec;
    this.choices = spec.choices.map((choices) => choices.filter((choice) => productive(choice.rule)));
    // Beyond this index every item is alike and the number of items no longer matters.
    this.cap = spec.max === Number.POSITIVE_INFINITY ? Math.max(spec.choices.length - 1, spec.min) : spec.max;
    const impossible = this.choices.findIndex((choices) => choices.length === 0);
    const reach = impossible < 0 ? Number.POSITIVE_INFINITY : impossible;
    // Where all items have the same choices and nothing else counts, whatever values are left can fill the array.
    const isEven = spec.contains.length === 0 && (!spec.unique || this.choices.length === 1);
    this.reach = isEven && spec.unique ? Math.min(reach, this.choices[0]!.length) : reach;
    this.first = this.placeId([0, 0, ...spec.contains.map(() => 0)]);
    this.alive = isEven ? null : this.findAlive();
  }

  isAlive(place: number): boolean {
    if (this.alive !== null) return this.alive.has(place);
    return this.spec.min <= Math.min(this.spec.max, this.reach);
  }

  mayEnd(place: number): boolean {
    const [items, , ...counts] = this.placeList[place]!;
    return items! >= this.spec.min && counts.every((count, i) => count >= this.spec.contains[i]!.min);
  }

  mayGoOn(place: number): boolean {
    if (this.alive !== null || this.spec.unique) return this.next(place).length > 0;
    return this.placeList[place]![0]! < Math.min(this.spec.max, this.reach);
  }

  /** The place in `choices` of the next item. */
  indexAt(place: number): number {
    return Math.min(this.placeList[place]![0]!, this.choices.length - 1);
  }

  /** The items that may come next, in the order of their choices. */
  next(place: number): NextItem[] {
    return this.successors(place).filter(({ then }) => this.isAlive(then));
  }

  private placeId(place: Place): number {
    const id = this.places.intern(place);
    if (id === this.placeList.length) this.placeList.push(place);
    return id;
  }

  private successors(place: number): NextItem[] {
    const { spec, cap } = this;
    const [items, values, ...counts] = this.placeList[place]!;
    if (items! >= spec.max) return [];
    const out: NextItem[] = [];
    for (const choice of this.choices[this.indexAt(place)]!) {
      if (spec.unique && ((values! >> choice.value) & 1) === 1) continue;
      const next = counts.map((count, i) => count + ((choice.counts >> i) & 1));
      if (next.some((count, i) => count > spec.contains[i]!.max)) continue;
      const capped = next.map((count, i) => {
        const { min, max } = spec.contains[i]!;
        return max === Number.POSITIVE_INFINITY ? Math.min(count, min) : count;
      });
      const seen = spec.unique ? values! | (1 << choice.value) : 0;
      out.push({ choice, then: this.placeId([Math.min(items! + 1, cap), seen, ...capped]) });
    }
    return out;
  }

  /** The places from which the array can be completed, by a search over all of them. */
  private findAlive(): ReadonlySet<number> {
    const { first } = this;
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
