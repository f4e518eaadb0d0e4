// An array whose items all differ (or, negated, don't): the procedure reads its items itself, with an automaton for them, since it must know their
// values. An item can be a repetition only while its text is a beginning of a value that was there; these candidates are read beside it, each by an
// automaton of its own. While there are some, the item lives only if a value remains that is none of them: plain where many are
// ahead or found by a short search, else asked of the automaton of the items without the candidates. Equality: JSON Schema core, section 4.2.2.
import { type ByteSet, emptyByteSet, hasByte } from "../../base/byte-set.ts";
import { Interner } from "../../base/interner.ts";
import type { Limits } from "../../base/limits.ts";
import { type ByteAutomaton, dead, uncertainState } from "../../term/byte-automaton.ts";
import { type Call, type Near, type Run, uncertain } from "../../term/procedure.ts";
import type { Rule } from "../../term/term.ts";
import { type Layout, spacesAnd } from "../layout.ts";
import { ArrayPlaces, type ArraySpec } from "./array-places.ts";
import { ArraySyntax, inAfter, inComma, inItem } from "./array-syntax.ts";
import type { JsonValueIds } from "./json-value-ids.ts";

/** What items are read with. Values are numbers of `values`. */
export interface ItemAutomata {
  readonly values: JsonValueIds;
  /** The texts of a rule. */
  ofRule(rule: Rule): ByteAutomaton;
  /** The texts of a value. */
  ofValue(value: number): ByteAutomaton;
  /** The texts of a rule that are of none of the values; null where there are none. */
  without(rule: Rule, values: readonly number[]): ByteAutomaton | null;
  /** Does the rule surely have more than `count` values? */
  hasMoreValues(rule: Rule, count: number): boolean;
}

/** In an item, for masks: what it can repeat is forgotten. */
const inBlindItem = inItem + 1;
/** Instead of a set of values. The array has its repetition: what was there no longer matters. */
const repeated = -1;
/** Which values were there is forgotten. */
const forgotten = -2;
/** More values than any array has: where more are ahead, what was there doesn't matter. */
const countless = 5000;
const noCalls: readonly Call[] = [];
const endings = spacesAnd(",]");
/** What `findsOther` reads, the last ones first: no escapes and exponents, which only spell the same in other ways, and spaces only where nothing else helps. */
const plainBytes = [
  ...new TextEncoder().encode(' _abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-0[{:,"123456789}]'),
];
const maxSearchSteps = 100_000;
/** The bytes that JSON values begin with. */
const valueStarts = [...new TextEncoder().encode('"-0123456789[{tfn')];

export class UniqueArrayProcedure extends ArraySyntax {
  readonly rules: readonly Rule[];
  private readonly spec: ArraySpec;
  private readonly mustRepeat: boolean;
  private readonly automata: ItemAutomata;
  private arrays: ArrayPlaces | undefined;
  private areCountless: boolean | undefined;
  /** Pairs of a place in `arrays` and a set of values, or `repeated`. */
  private readonly places = new Interner();
  private readonly sets = new Interner();
  private readonly texts = new ItemTexts();
  private readonly openPlaces = new Map<number, boolean>();
  /** By rule, candidates and text: the state of the automaton without them. */
  private readonly guards = new Map<string, Map<number, number>>();

  /**
   * The choices of an item must exclude each other. `mustRepeat`: some item must be a repetition (then all choices are one). With a
   * minimum above 1, each item must have at least so many values.
   */
  constructor(spec: ArraySpec, mustRepeat: boolean, automata: ItemAutomata, layout: Layout, limits: Limits) {
    super(layout, limits, valueStarts);
    this.spec = spec;
    this.mustRepeat = mustRepeat;
    this.automata = automata;
    this.rules = [...new Set(spec.choices.flat().map((choice) => choice.rule))];
    this.sets.intern([]);
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    const arrays = new ArrayPlaces(this.spec, productive);
    return arrays.isAlive(arrays.first);
  }

  bind(productive: (rule: Rule) => boolean): void {
    this.arrays = new ArrayPlaces(this.spec, productive);
  }

  calls(): readonly Call[] {
    return noCalls;
  }

  override reads(state: number): ByteSet | null {
    if (this.kindOf(state) < inItem) return this.placeBeforeItem(state) < 0 ? super.reads(state) : null;
    const reads = emptyByteSet();
    const scratch = emptyByteSet();
    for (const [automaton, at] of this.automataAt(state)) {
      automaton.readReads(at, scratch, 0);
      for (let word = 0; word < 8; word++)
        reads[word]! |= scratch[word]! | (automaton.isAccepting(at) ? endings[word]! : 0);
    }
    return reads;
  }

  override run(state: number): Run | null {
    const kind = this.kindOf(state);
    if (kind < inItem) return super.run(state);
    return kind === inBlindItem ? this.itemRun(state) : null;
  }

  near(state: number): Near | null {
    if (this.kindOf(state) !== inItem) return null;
    const item = this.item(state);
    if (item.candidates.length === 0) return null;
    const blind = this.blindItem(item.place, item.states, true);
    if (blind === 0 || this.run(blind) === null) return null;
    const bytes = emptyByteSet();
    const scratch = emptyByteSet();
    for (let i = 0; i < item.candidates.length; i += 2) {
      this.automata.ofValue(item.candidates[i]!).readReads(item.candidates[i + 1]!, scratch, 0);
      for (let word = 0; word < 8; word++) bytes[word]! |= scratch[word]!;
    }
    for (let word = 0; word < 8; word++) bytes[word]! |= endings[word]!;
    return { state: blind, bytes };
  }

  blind(state: number): number {
    const kind = this.kindOf(state);
    if (kind === inAfter || kind === inComma) {
      const [, place, ...gaps] = this.locals.items.subarray(this.locals.start(state), this.locals.end(state));
      return this.canForget(place!) ? this.intern([kind, this.blindPlace(place!), ...gaps]) : state;
    }
    if (kind !== inItem) return state;
    const { place, states, candidates } = this.item(state);
    return (candidates.length === 0 ? this.blindItem(place, states, true) : 0) || state;
  }

  hasMoreValues(state: number, count: number): boolean {
    if (this.mustRepeat) return false;
    if (this.kindOf(state) < inItem) {
      const place = this.placeBeforeMore(state);
      if (place < 0 || this.setAt(place) < 0) return false;
      const seen = this.valuesOf(this.setAt(place)).length;
      const next = this.arrays!.next(this.arrayPlace(place));
      return next.some(({ choice }) => this.automata.hasMoreValues(choice.rule, count + seen));
    }
    if (this.kindOf(state) !== inItem) return false;
    const seen = this.valuesOf(this.setAt(this.item(state).place)).length;
    return this.automataAt(state).some(([automaton, at]) => isVaried(automaton, at, count + seen));
  }

  protected firstPlace(): number {
    return this.places.intern([this.arrays!.first, 0]);
  }

  protected mayEnd(place: number): boolean {
    return this.arrays!.mayEnd(this.arrayPlace(place)) && (!this.mustRepeat || this.setAt(place) === repeated);
  }

  protected mayGoOn(place: number): boolean {
    let isOpen = this.openPlaces.get(place);
    if (isOpen === undefined) this.openPlaces.set(place, (isOpen = this.findOpen(place)));
    return isOpen;
  }

  private findOpen(place: number): boolean {
    const arrays = this.arrays!;
    const set = this.setAt(place);
    const next = arrays.next(this.arrayPlace(place));
    if (set < 0) return next.length > 0;
    const seen = this.valuesOf(set);
    if (this.mustRepeat) return next.some(({ then }) => seen.length > 0 || arrays.mayGoOn(then));
    return next.some(({ choice: { rule } }) => {
      if (this.automata.hasMoreValues(rule, seen.length)) return true;
      const automaton = this.automata.ofRule(rule);
      const candidates = seen.flatMap((value) => [value, this.automata.ofValue(value).start]);
      return this.findsOther(automaton, automaton.start, candidates) || this.automata.without(rule, seen) !== null;
    });
  }

  protected beginItem(place: number, byte: number): number {
    const index = this.arrays!.indexAt(this.arrayPlace(place));
    const next = this.arrays!.next(this.arrayPlace(place));
    const states = this.spec.choices[index]!.map(({ rule }) => {
      if (!next.some(({ choice }) => choice.rule === rule)) return dead;
      const automaton = this.automata.ofRule(rule);
      return automaton.step(automaton.start, byte);
    });
    const set = this.setAt(place);
    if (set === forgotten) return this.blindStates(place, states[0]!, false);
    if (set === repeated) return this.itemState(place, 0, states, []);
    const candidates: number[] = [];
    for (const value of this.valuesOf(set)) {
      const automaton = this.automata.ofValue(value);
      const at = automaton.step(automaton.start, byte);
      if (at !== dead) candidates.push(value, at);
    }
    return this.itemState(place, this.texts.child(0, byte), states, candidates);
  }

  protected stepItem(state: number, byte: number): number {
    const kind = this.kindOf(state);
    if (kind === inBlindItem) return this.stepBlindItem(state, byte);
    const { place, text, states, candidates } = this.item(state);
    const rules = this.rulesAt(place);
    if (hasByte(endings, byte)) {
      const choice = states.findIndex((at, i) => at !== dead && this.automata.ofRule(rules[i]!).isAccepting(at));
      if (choice >= 0) return this.endItem(place, text, rules[choice]!, candidates, byte);
    }
    const next = states.map((at, i) => (at === dead ? dead : this.automata.ofRule(rules[i]!).step(at, byte)));
    // Before the text is made: dead ones must not fill the tree.
    if (next.every((at) => at === dead)) return 0;
    const left: number[] = [];
    for (let i = 0; i < candidates.length; i += 2) {
      const at = this.automata.ofValue(candidates[i]!).step(candidates[i + 1]!, byte);
      if (at !== dead) left.push(candidates[i]!, at);
    }
    return this.itemState(place, this.setAt(place) === repeated ? 0 : this.texts.child(text, byte), next, left);
  }

  /** Candidates: flat pairs of a value and the state of its automaton. */
  private itemState(place: number, text: number, states: readonly number[], candidates: readonly number[]): number {
    if (!states.some((at, i) => at !== dead && this.leads(place, text, i, at, candidates))) return 0;
    return this.intern([inItem, place, text, ...states, ...candidates]);
  }

  /** Can the item, read by that choice, still become a value that leaves a way to the end? */
  private leads(place: number, text: number, choice: number, at: number, candidates: readonly number[]): boolean {
    if (this.setAt(place) === repeated) return true;
    const rule = this.rulesAt(place)[choice]!;
    if (this.mustRepeat) {
      const next = this.arrays!.next(this.arrayPlace(place)).find((each) => each.choice.rule === rule)!;
      return candidates.length > 0 || this.arrays!.mayGoOn(next.then);
    }
    if (candidates.length === 0) return true;
    const count = candidates.length / 2;
    const automaton = this.automata.ofRule(rule);
    return (
      isVaried(automaton, at, count) ||
      this.findsOther(automaton, at, candidates) ||
      this.guardAt(rule, candidates, text) !== dead
    );
  }

  /** Is there a short text ahead that leads away from all candidates, or ends as none of them? Spelled plainly; false where it isn't found soon. */
  private findsOther(automaton: ByteAutomaton, from: number, candidates: readonly number[]): boolean {
    const start = [from, ...candidates.filter((_, i) => i % 2 === 1)];
    const readers = candidates.flatMap((value, i) => (i % 2 === 0 ? this.automata.ofValue(value) : []));
    const seen = new Set([start.join()]);
    const todo = [start];
    for (let steps = 0; todo.length > 0 && steps < maxSearchSteps; ) {
      const [at, ...others] = todo.pop()!;
      if (automaton.isAccepting(at!) && !others.some((other, i) => other !== dead && readers[i]!.isAccepting(other))) {
        return true;
      }
      for (const byte of plainBytes) {
        const next = automaton.step(at!, byte);
        steps++;
        if (next === dead) continue;
        const rest = others.map((other, i) => (other === dead ? dead : readers[i]!.step(other, byte)));
        if (rest.every((other) => other === dead)) return true;
        steps += rest.length;
        const key = `${next},${rest.join()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        todo.push([next, ...rest]);
      }
    }
    return false;
  }

  /** The state of the automaton of the rule's texts without the candidates, after that text. */
  private guardAt(rule: Rule, candidates: readonly number[], text: number): number {
    const values = candidates.filter((_, i) => i % 2 === 0);
    const automaton = this.automata.without(rule, values);
    if (automaton === null) return dead;
    const key = `${this.rules.indexOf(rule)} ${values.join()}`;
    let states = this.guards.get(key);
    if (states === undefined) this.guards.set(key, (states = new Map([[0, automaton.start]])));
    const way: number[] = [];
    let known = text;
    for (; !states.has(known); known = this.texts.parent(known)) way.push(known);
    let at = states.get(known)!;
    for (const node of way.reverse())
      states.set(node, (at = at === dead ? dead : automaton.step(at, this.texts.byte(node))));
    return at;
  }

  private endItem(place: number, text: number, rule: Rule, candidates: readonly number[], byte: number): number {
    const array = this.arrayPlace(place);
    const { then } = this.arrays!.next(array).find(({ choice }) => choice.rule === rule)!;
    let set = this.setAt(place);
    if (set !== repeated) {
      const isRepetition = candidates.some(
        (at, i) => i % 2 === 1 && this.automata.ofValue(candidates[i - 1]!).isAccepting(at),
      );
      if (isRepetition && !this.mustRepeat) return 0;
      if (isRepetition) set = repeated;
      else {
        const values = [...this.valuesOf(set), this.automata.values.idOf(this.texts.text(text))];
        set = this.sets.intern(values.sort((a, b) => a - b));
      }
    }
    const after = this.after(this.places.intern([then, set]), 0, 0);
    return after === 0 ? 0 : this.step(after, byte);
  }

  /**
   * `isFresh`: the item is known to be no repetition. 0 where nothing can be forgotten: where items have several choices, or so few values that
   * those that were there matter to what comes after.
   */
  private blindItem(place: number, states: readonly number[], isFresh: boolean): number {
    if (states.length !== 1 || !this.canForget(place)) return 0;
    const at = this.automata.ofRule(this.rulesAt(place)[0]!).blind(states[0]!);
    return this.intern([inBlindItem, this.blindPlace(place), isFresh ? 1 : 0, at]);
  }

  private blindPlace(place: number): number {
    return this.setAt(place) < 0 ? place : this.places.intern([this.arrayPlace(place), forgotten]);
  }

  private canForget(place: number): boolean {
    const set = this.setAt(place);
    if (set < 0) return true;
    if (this.mustRepeat || this.sets.length(set) >= countless) return false;
    const rules = this.spec.choices.flatMap((choices) => (choices.length === 1 ? choices[0]!.rule : []));
    this.areCountless ??=
      rules.length === this.spec.choices.length && rules.every((rule) => this.automata.hasMoreValues(rule, countless));
    return this.areCountless;
  }

  private stepBlindItem(state: number, byte: number): number {
    const { items } = this.locals;
    const from = this.locals.start(state);
    const [place, isFresh] = [items[from + 1]!, items[from + 2] === 1];
    const [[automaton, at]] = this.automataAt(state) as [[ByteAutomaton, number]];
    if (hasByte(endings, byte) && automaton.isAccepting(at)) {
      if (!isFresh) return uncertain;
      const { then } = this.arrays!.next(this.arrayPlace(place))[0]!;
      const after = this.after(this.places.intern([then, this.setAt(place)]), 0, 0);
      return after === 0 ? 0 : this.step(after, byte);
    }
    return this.blindStates(place, automaton.walkStep(at, byte), isFresh);
  }

  /** What may be a repetition, for all that is known, is followed only as far as countless values are ahead. */
  private blindStates(place: number, at: number, isFresh: boolean): number {
    if (at === uncertainState) return uncertain;
    if (at === dead) return 0;
    if (!isFresh && !isVaried(this.automata.ofRule(this.rulesAt(place)[0]!), at, countless)) return uncertain;
    return this.blindItem(place, [at], isFresh);
  }

  /** The run of the item's automaton, where its state is in one. */
  private itemRun(state: number): Run | null {
    const [[automaton, at]] = this.automataAt(state) as [[ByteAutomaton, number]];
    if (automaton.itemCount(at) !== 1) return null;
    const head = automaton.itemHead(at, 0);
    const tail = automaton.itemTail(at, 0);
    const run = automaton.run(head);
    if (run === null) return null;
    const { items } = this.locals;
    const from = this.locals.start(state);
    const [place, isFresh] = [items[from + 1]!, items[from + 2] === 1];
    const { key, table, unitEnd, distance, budget, isUniform } = run;
    const local = (r: number, units: number): number => {
      const inner = run.local(r, units);
      if (inner === 0) return 0;
      return this.blindStates(
        place,
        automaton.blind(automaton.stateOfItem(automaton.sibling(head, inner), tail)),
        isFresh,
      );
    };
    return { key, table, unitEnd, distance, budget, local, ...(isUniform === undefined ? {} : { isUniform }) };
  }

  /** The automata that read the item, with their states. */
  private automataAt(state: number): [ByteAutomaton, number][] {
    const { items } = this.locals;
    const from = this.locals.start(state);
    if (items[from] === inBlindItem) {
      return [[this.automata.ofRule(this.rulesAt(items[from + 1]!)[0]!), items[from + 3]!]];
    }
    const { place, states } = this.item(state);
    const rules = this.rulesAt(place);
    return states.flatMap((at, i) =>
      at === dead ? [] : [[this.automata.ofRule(rules[i]!), at] as [ByteAutomaton, number]],
    );
  }

  private item(state: number): { place: number; text: number; states: number[]; candidates: number[] } {
    const [, place, text, ...rest] = this.locals.items.subarray(this.locals.start(state), this.locals.end(state));
    const count = this.rulesAt(place!).length;
    return { place: place!, text: text!, states: rest.slice(0, count), candidates: rest.slice(count) };
  }

  private rulesAt(place: number): Rule[] {
    return this.spec.choices[this.arrays!.indexAt(this.arrayPlace(place))]!.map((choice) => choice.rule);
  }

  private arrayPlace(place: number): number {
    return this.places.items[this.places.start(place)]!;
  }

  private setAt(place: number): number {
    return this.places.items[this.places.start(place) + 1]!;
  }

  private valuesOf(set: number): number[] {
    return [...this.sets.items.subarray(this.sets.start(set), this.sets.end(set))];
  }
}

/** Are there surely more than `count` values ahead? */
function isVaried(automaton: ByteAutomaton, at: number, count: number): boolean {
  return automaton.someHead(at, (procedure, local) => procedure.hasMoreValues?.(local, count) === true);
}

/** The texts of items, as they are read: a prefix tree over bytes. */
class ItemTexts {
  private readonly children = new Map<number, number>();
  private readonly parents: number[] = [0];
  private readonly bytes: number[] = [0];

  child(node: number, byte: number): number {
    const key = node * 256 + byte;
    let child = this.children.get(key);
    if (child === undefined) {
      this.children.set(key, (child = this.parents.length));
      this.parents.push(node);
      this.bytes.push(byte);
    }
    return child;
  }

  parent(node: number): number {
    return this.parents[node]!;
  }

  byte(node: number): number {
    return this.bytes[node]!;
  }

  text(node: number): string {
    const bytes: number[] = [];
    for (let at = node; at !== 0; at = this.parents[at]!) bytes.push(this.bytes[at]!);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes.reverse()));
  }
}
