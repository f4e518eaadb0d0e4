// A JSON object with its keys in any order (or in the schema's), each at most once, as a procedure: the state holds what has
// been seen and where in the syntax we are; values are calls. Keys are compared as decoded text, so an escaped spelling is
// the same key. States are interned as they are reached. Syntax: RFC 8259, section 4; equal keys are refused.
//
// `blind` forgets, while a key and its value are read, all of what has been seen that this key doesn't depend on: of the declared
// keys those that don't begin with its text, and the text itself where it can no longer be one of them. So objects with
// different keys behind them share their masks. What follows the value is then uncertain. Where values depend on what is left to be fulfilled, only the
// text is forgotten.
//
// A long file: all of it is about the fields of one state; what keys are left is in seen-keys.ts, their texts in key-texts.ts.
import { type ByteSet, byteSetOf, hasByte } from "../../base/byte-set.ts";
import { ConstraintError } from "../../base/errors.ts";
import { Interner } from "../../base/interner.ts";
import type { Limits } from "../../base/limits.ts";
import { DfaProcedure } from "../../term/dfa-procedure.ts";
import type { Dfa } from "../../term/dfa-table.ts";
import { type Call, type Near, type Procedure, type Run, type TokenStep, uncertain } from "../../term/procedure.ts";
import type { Rule } from "../../term/term.ts";
import { gapRun, type Layout, spacesAnd } from "../layout.ts";
import { canSpareInJson } from "../spared-bytes.ts";
import { encodedRanges, escapeClass, TextLoops } from "../strings/string-character.ts";
import {
  afterBackslash,
  boundary,
  newEmitted,
  pendingCodePoints,
  refused,
  stepDecoder,
} from "../strings/string-decoder.ts";
import type { StringRunShapes } from "../strings/string-run.ts";
import { anyKey, countKeys, isEndless, type KeyAutomaton, type KeyCounts, type KeyTable } from "./key-automaton.ts";
import { KeyTexts } from "./key-texts.ts";
import { type Choice, hasBitWithin, isHasty, type KeyRules, type Seen, SeenKeys } from "./seen-keys.ts";
import { noTexts } from "./text-sets.ts";

export type KeyChoice = Choice<Rule>;

export interface ObjectSpec {
  /** The declared keys, in the order that "schema" order means. */
  readonly keys: readonly string[];
  /** By declared key: the rules for its value, each with the obligations it fulfils; none: the key is forbidden. */
  readonly choices: readonly (readonly KeyChoice[])[];
  /** Indices of declared keys. */
  readonly required: readonly number[];
  /** By declared key: the indices of the keys that must be there as well. */
  readonly needs: readonly (readonly number[])[];
  /** The undeclared keys, and by class the rules for their values. Those that fulfil obligations must be endless (`isEndless`). */
  readonly automaton: KeyAutomaton;
  readonly classChoices: readonly (readonly KeyChoice[])[];
  readonly min: number;
  readonly max: number;
  /** How many obligations there are, by groups that have no declared key in common; undeclared keys can fulfil the first's. */
  readonly obligations: readonly number[];
  /** By declared key: its group, and the obligations that it fulfils by staying away. */
  readonly groupOf: readonly number[];
  readonly absent: readonly number[];
  readonly isOrdered: boolean;
  /** Does a rule surely have more than `count` values? */
  readonly areVaried: (rule: Rule, count: number) => boolean;
  /** What a key that may be any text loops through. */
  readonly anyText: TextLoops;
  readonly runShapes: StringRunShapes;
}

const inStart = 0;
const inOpen = 1;
const inKey = 2;
const inBlindKey = 3;
const inColon = 4;
const inValue = 5;
const inAfter = 6;
const inComma = 7;
const inEnd = 8;
/** After the value of a key that was read blindly. */
const inUnknown = 9;

/** By kind of state: the bytes that it may read, but for keys. */
const readSets: readonly ByteSet[] = [
  byteSetOf(0x7b),
  spacesAnd('"}'),
  byteSetOf(),
  byteSetOf(),
  spacesAnd(":"),
  spacesAnd(""),
  spacesAnd(",}"),
  spacesAnd('"'),
  byteSetOf(),
  spacesAnd(",}"),
];
const noCalls: readonly Call[] = [];
const noTokens: readonly TokenStep[] = [];
const quote = 0x22;
const backslash = 0x5c;

export class ObjectProcedure implements Procedure {
  readonly rules: readonly Rule[];
  private readonly spec: ObjectSpec;
  private readonly layout: Layout;
  private readonly limits: Limits;
  private readonly texts: KeyTexts;
  /** By position in `texts.sorted`: the index in `spec.keys`. */
  private readonly indexOf: readonly number[];
  private readonly positionOf: readonly number[];
  private readonly locals = new Interner();
  private readonly place = new Int32Array(4);
  /** By node of `texts`, for objects without undeclared keys. */
  private readonly declaredReads: (ByteSet | undefined)[] = [];
  private readonly callsOf = new Map<number, readonly Call[]>();
  private readonly emitted = newEmitted();
  /** How many undeclared keys can be completed, by state of the automaton; after `bind`. */
  private counts: KeyCounts = () => 0;
  private readonly countsByClasses = new Map<number, KeyCounts>();
  private choices: readonly (readonly KeyChoice[])[] = [];
  private classChoices: readonly (readonly KeyChoice[])[] = [];
  /** By position: declared keys before it whose text an undeclared key could have had. */
  private readonly shadowed: number[] = [0];
  private seenKeys: SeenKeys | undefined;
  private keyLoops: TextLoops | undefined;

  constructor(spec: ObjectSpec, layout: Layout, limits: Limits) {
    this.spec = spec;
    this.layout = layout;
    this.limits = limits;
    this.texts = new KeyTexts(spec.keys, spec.automaton, limits);
    const indices = new Map(spec.keys.map((key, index) => [key, index]));
    this.indexOf = this.texts.sorted.map((key) => indices.get(key)!);
    const positions: number[] = new Array(spec.keys.length);
    this.indexOf.forEach((index, position) => {
      positions[index] = position;
    });
    this.positionOf = positions;
    const choices = [...spec.choices, ...spec.classChoices].flat();
    this.rules = [...new Set(choices.map((choice) => choice.value))];
    this.locals.intern([]); // id 0: dead
  }

  get start(): number {
    return this.local(inStart, 0, 0, 0);
  }

  canComplete(productive: (rule: Rule) => boolean): boolean {
    const { choices, required, needs, min, max, obligations } = this.spec;
    const hasValue = (index: number) => choices[index]!.some((choice) => productive(choice.value));
    if (!required.every(hasValue)) return false;
    const isPlain = min === 0 && max === Number.POSITIVE_INFINITY && obligations.every((each) => each === 0);
    if (isPlain && needs.every((each) => each.length === 0)) return true;
    return new SeenKeys(this.keyRules(productive)).start !== null;
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareInJson(bytes);
  }

  isNullable(): boolean {
    return false;
  }

  bind(productive: (rule: Rule) => boolean): void {
    const { spec } = this;
    const keep = (choices: readonly KeyChoice[]) => choices.filter((choice) => productive(choice.value));
    this.choices = this.indexOf.map((index) => keep(spec.choices[index]!));
    this.classChoices = spec.classChoices.map(keep);
    this.counts = this.countUndeclared(this.classChoices);
    this.texts.sorted.forEach((key, position) => {
      this.shadowed.push(this.shadowed[position]! + (this.isUndeclaredClass(this.automatonStateOf(key)) ? 1 : 0));
    });
    this.seenKeys = new SeenKeys(this.keyRules(productive));
  }

  step(state: number, byte: number): number {
    const at = this.locals.start(state);
    const items = this.locals.items;
    const kind = items[at]!;
    const a = items[at + 1]!;
    const b = items[at + 2]!;
    const c = items[at + 3]!;
    switch (kind) {
      case inStart:
        return byte === 0x7b ? this.open(0, 0) : 0;
      case inOpen:
        return this.stepOpen(a, b, byte);
      case inKey:
        return this.stepKey(this.seen(a), b, c, byte);
      case inBlindKey:
        return this.stepBlindKey(a, b, c, byte);
      case inColon:
        return this.stepColon(a, b, c, byte);
      case inValue: {
        const gap = this.layout.afterColon.step(c, byte);
        return gap < 0 ? 0 : this.local(inValue, a, b, gap);
      }
      case inAfter:
        return this.stepAfter(this.seen(a), b, c, byte);
      case inComma: {
        if (byte === quote && this.layout.afterComma.isDone(b)) return this.local(inKey, a, 0, boundary);
        const gap = this.layout.afterComma.step(b, byte);
        return gap < 0 ? 0 : this.local(inComma, a, gap, 0);
      }
      case inUnknown:
        return hasByte(readSets[inUnknown]!, byte) ? uncertain : 0;
      default:
        return 0;
    }
  }

  isAccepting(state: number): boolean {
    return this.kindOf(state) === inEnd;
  }

  reads(state: number): ByteSet | null {
    const [kind, a, b, c] = this.fields(state);
    if (kind === inBlindKey) return null;
    if (kind !== inKey) return readSets[kind]!;
    return c !== boundary || this.seen(a).allowsUndeclared ? null : this.readsDeclared(b);
  }

  /** What a key with that beginning may go on with, if it is a declared one. */
  private readsDeclared(node: number): ByteSet {
    const known = this.declaredReads[node];
    if (known !== undefined) return known;
    const { texts } = this;
    const bytes = texts.bytesFrom(node, (child) => texts.lowAt(child) < texts.highAt(child));
    return (this.declaredReads[node] = byteSetOf(...bytes, quote, backslash));
  }

  calls(state: number): readonly Call[] {
    if (this.kindOf(state) !== inValue) return noCalls;
    let calls = this.callsOf.get(state);
    if (calls === undefined) this.callsOf.set(state, (calls = this.findCalls(state)));
    return calls;
  }

  tokens(): readonly TokenStep[] {
    return noTokens;
  }

  run(state: number): Run | null {
    const [kind, a, b, c] = this.fields(state);
    if (kind === inBlindKey) return c === boundary ? this.blindRun(a, b) : null;
    if (!this.layout.isFlexible) return null;
    const gap = (open: number, to: number): number => (open < 0 ? -1 : to);
    switch (kind) {
      case inOpen:
        return gapRun(Math.max(a, b), (to) => this.local(inOpen, gap(a, to), gap(b, to), 0), [quote, 0x7d]);
      case inColon:
        return gapRun(c, (to) => this.local(inColon, a, b, to), [0x3a]);
      case inValue:
        return gapRun(c, (to) => this.local(inValue, a, b, to), []);
      case inAfter:
        return gapRun(Math.max(b, c), (to) => this.local(inAfter, a, gap(b, to), gap(c, to)), [0x2c, 0x7d]);
      case inComma:
        return gapRun(b, (to) => this.local(inComma, a, to, 0), [quote]);
      default:
        return null;
    }
  }

  private blindRun(part: number, q: number): Run | null {
    const { automaton, anyText, runShapes } = this.spec;
    if (automaton === anyKey) {
      return anyText.run(anyText.start, (_, decoder) => this.local(inBlindKey, part, q, decoder));
    }
    if (automaton.table === null) return null;
    this.keyLoops ??= new TextLoops(new DfaProcedure(this.keyDfa(automaton.table)), runShapes);
    return this.keyLoops.run(q, (at, decoder) =>
      this.isAlive(this.seen(part), -1, at, decoder) ? this.local(inBlindKey, part, at, decoder) : 0,
    );
  }

  /** The texts of undeclared keys that have values. */
  private keyDfa({ size, classOf, classCount, next }: KeyTable): Dfa {
    const { start } = this.spec.automaton;
    return {
      size,
      start,
      classOf,
      classCount,
      next: next.map((to) => (this.counts(to) === 0 ? 0 : to)),
      accepting: Uint8Array.from({ length: size }, (_, q) => (this.isUndeclaredClass(q) ? 1 : 0)),
      calls: [],
      tokens: [],
    };
  }

  near(state: number): Near | null {
    const [kind, a, b, c] = this.fields(state);
    const { texts } = this;
    if (kind !== inKey || c !== boundary) return null;
    const seen = this.seen(a);
    const q = texts.automatonState(b);
    if (!seen.allowsUndeclared || this.countsOf(seen.classes)(q) === 0) return null;
    const plain = this.blindKey(seen, q, boundary);
    if (this.run(plain) === null) return null;
    const used = this.usedAt(seen, b);
    const bytes = texts.bytesFrom(
      b,
      (child, byte) => texts.lowAt(child) < texts.highAt(child) || this.seenKeys!.texts.after(used, byte) !== noTexts,
    );
    return { state: plain, bytes: byteSetOf(...bytes, quote, backslash) };
  }

  hasMoreValues(state: number, count: number): boolean {
    const [kind, a, b, c] = this.fields(state);
    if (kind === inStart || kind === inEnd || kind === inUnknown) return false;
    if (kind === inBlindKey) {
      const counts = this.countsOf(this.seen(a).classes);
      return (c < afterBackslash || this.spec.automaton === anyKey) && isEndless(counts(b), this.limits);
    }
    const seen = kind === inOpen ? this.seenKeys!.start! : this.seen(a);
    if (kind === inColon || kind === inValue) {
      if (b >= 0 && b < this.texts.sorted.length) return this.isVaried(seen, b, count);
      return !seen.isOpen && this.choicesOf(b).some((choice) => this.spec.areVaried(choice.value, count));
    }
    if ((kind === inOpen || kind === inAfter) && b < 0) return false;
    if (kind !== inKey) return this.isKeyVaried(seen, 0, count);
    if (c < afterBackslash) return this.isKeyVaried(seen, b, count);
    return encodedRanges(pendingCodePoints(c)).some((range) => this.isKeyVariedWithin(seen, b, range, 0, count));
  }

  /** May the declared key have more than `count` values, each of which leaves a way to the end? */
  private isVaried(seen: Seen, position: number, count: number): boolean {
    // In order, which values leave one isn't known beforehand.
    if (seen.isOpen && this.spec.isOrdered) return false;
    return this.choices[position]!.some(
      ({ value, satisfies }) => !isHasty(seen.hasty, position, satisfies) && this.spec.areVaried(value, count),
    );
  }

  /** Are there more than `count` values ahead through the keys that begin with the text of `node`? */
  private isKeyVaried(seen: Seen, node: number, count: number): boolean {
    const { texts } = this;
    const undeclared = this.countsOf(seen.classes)(texts.automatonState(node));
    if (seen.allowsUndeclared && isEndless(undeclared, this.limits)) return true;
    for (let position = texts.lowAt(node); position < texts.highAt(node); position++) {
      if (hasBitWithin(seen.allowed, position, position + 1) && this.isVaried(seen, position, count)) return true;
    }
    return false;
  }

  private isKeyVariedWithin(
    seen: Seen,
    node: number,
    range: readonly (readonly [number, number])[],
    depth: number,
    count: number,
  ): boolean {
    const bounds = range[depth];
    if (bounds === undefined) return this.isKeyVaried(seen, node, count);
    for (let byte = bounds[0]; byte <= bounds[1]; byte++) {
      const child = this.texts.existingChild(node, byte);
      if (child >= 0 && this.isKeyVariedWithin(seen, child, range, depth + 1, count)) return true;
      const { automaton } = this.spec;
      if (seen.allowsUndeclared && automaton === anyKey && this.counts(automaton.start) > 0) return true;
    }
    return false;
  }

  blind(state: number): number {
    const kind = this.kindOf(state);
    if (kind !== inKey && kind !== inColon && kind !== inValue) return state;
    const [, a, b, c] = this.fields(state);
    const seen = this.seen(a);
    const { texts } = this;
    const seenKeys = this.seenKeys!;
    const canPart = seenKeys.canPart(seen);
    if (kind !== inKey) {
      if (b < 0) return state;
      if (!canPart) return b < texts.sorted.length ? state : this.local(kind, a, this.forgotten(b), c);
      return b < texts.sorted.length
        ? this.local(kind, seenKeys.partOf(seen, b, b + 1, 0, noTexts).id, b, c)
        : this.local(kind, seenKeys.partOf(seen, 0, 0, 0, noTexts).id, this.forgotten(b), c);
    }
    const [low, high] = [texts.lowAt(b), texts.highAt(b)];
    const used = seen.allowsUndeclared ? this.usedAt(seen, b) : noTexts;
    if (low < high || used !== noTexts) {
      if (!canPart) return state;
      return this.local(inKey, seenKeys.partOf(seen, low, high, used === noTexts ? 0 : b, used).id, b, c);
    }
    return this.blindKey(seen, texts.automatonState(b), c);
  }

  /** In an undeclared key whose text isn't a beginning of any that is declared or seen. */
  private blindKey(seen: Seen, q: number, decoder: number): number {
    const seenKeys = this.seenKeys!;
    const rest = seenKeys.canPart(seen) ? seenKeys.partOf(seen, 0, 0, 0, noTexts) : seen;
    return this.local(inBlindKey, rest.id, q, this.plainDecoder(decoder));
  }

  /** What follows the text of `node` in the undeclared keys that are there. */
  private usedAt(seen: Seen, node: number): number {
    let { used } = seen;
    if (used === noTexts) return noTexts;
    for (const byte of this.texts.bytesBetween(seen.base, node)) used = this.seenKeys!.texts.after(used, byte);
    return used;
  }

  /** States, seen sets and key texts held: for statistics and tests. */
  get size(): { states: number; seen: number; texts: number } {
    return { states: this.locals.size, seen: this.seenKeys?.size ?? 0, texts: this.texts.size };
  }

  private local(kind: number, a: number, b: number, c: number): number {
    const { place } = this;
    place[0] = kind;
    place[1] = a;
    place[2] = b;
    place[3] = c;
    const id = this.locals.intern(place);
    if (id > this.limits.maxStates) {
      throw new ConstraintError(
        "limit",
        `an object needs more than ${this.limits.maxStates} states (limits.maxStates)`,
      );
    }
    return id;
  }

  private fields(state: number): [kind: number, a: number, b: number, c: number] {
    const at = this.locals.start(state);
    const { items } = this.locals;
    return [items[at]!, items[at + 1]!, items[at + 2]!, items[at + 3]!];
  }

  private kindOf(state: number): number {
    return this.locals.items[this.locals.start(state)]!;
  }

  private seen(id: number): Seen {
    return this.seenKeys!.get(id);
  }

  // The key of a colon or value state is one integer: a position, or the number of positions + a node of the texts, or −1 − a
  // class of undeclared keys where the text is forgotten.
  private forgotten(key: number): number {
    const node = key - this.texts.sorted.length;
    return -1 - this.spec.automaton.classOf(this.texts.automatonState(node));
  }

  private stepOpen(gapInEmpty: number, gapToKey: number, byte: number): number {
    const { layout } = this;
    const seen = this.seenKeys!.start!;
    if (byte === 0x7d) {
      return gapInEmpty >= 0 && seen.canClose && layout.inEmpty.isDone(gapInEmpty) ? this.local(inEnd, 0, 0, 0) : 0;
    }
    if (byte === quote) {
      return gapToKey >= 0 && this.mayGoOn(seen) && layout.afterOpen.isDone(gapToKey)
        ? this.local(inKey, seen.id, 0, boundary)
        : 0;
    }
    return this.open(
      gapInEmpty < 0 ? -1 : layout.inEmpty.step(gapInEmpty, byte),
      gapToKey < 0 ? -1 : layout.afterOpen.step(gapToKey, byte),
    );
  }

  private open(gapInEmpty: number, gapToKey: number): number {
    const seen = this.seenKeys!.start!;
    const a = seen.canClose ? gapInEmpty : -1;
    const b = this.mayGoOn(seen) ? gapToKey : -1;
    return a < 0 && b < 0 ? 0 : this.local(inOpen, a, b, 0);
  }

  private after(seen: Seen, gapToComma: number, gapToClose: number): number {
    const b = this.mayGoOn(seen) ? gapToComma : -1;
    const c = seen.canClose ? gapToClose : -1;
    return b < 0 && c < 0 ? 0 : this.local(inAfter, seen.id, b, c);
  }

  private stepAfter(seen: Seen, gapToComma: number, gapToClose: number, byte: number): number {
    const { layout } = this;
    if (byte === 0x7d) return gapToClose >= 0 && layout.beforeClose.isDone(gapToClose) ? this.local(inEnd, 0, 0, 0) : 0;
    if (byte === 0x2c) {
      return gapToComma >= 0 && layout.beforeComma.isDone(gapToComma) ? this.local(inComma, seen.id, 0, 0) : 0;
    }
    return this.after(
      seen,
      gapToComma < 0 ? -1 : layout.beforeComma.step(gapToComma, byte),
      gapToClose < 0 ? -1 : layout.beforeClose.step(gapToClose, byte),
    );
  }

  private stepColon(seenId: number, key: number, gap: number, byte: number): number {
    if (byte === 0x3a && this.layout.beforeColon.isDone(gap)) return this.local(inValue, seenId, key, 0);
    const next = this.layout.beforeColon.step(gap, byte);
    return next < 0 ? 0 : this.local(inColon, seenId, key, next);
  }

  private stepKey(seen: Seen, node: number, decoder: number, byte: number): number {
    const { texts, emitted } = this;
    if (byte === quote && decoder === boundary) return this.closeKey(seen, node);
    const next = stepDecoder(decoder, byte, emitted);
    if (next === refused) return 0;
    if (emitted.length === 0) {
      return this.isAlive(seen, node, texts.automatonState(node), next) ? this.local(inKey, seen.id, node, next) : 0;
    }
    // Alive before it is made: dead beginnings must not fill the tree.
    let at = node;
    let q = texts.automatonState(node);
    for (let i = 0; i < emitted.length; i++) {
      if (at >= 0) at = texts.existingChild(at, emitted.bytes[i]!);
      q = this.spec.automaton.step(q, emitted.bytes[i]!);
    }
    if (!this.isAlive(seen, at, q, next)) return 0;
    if (at < 0 && seen.isPart) return this.blindKey(seen, q, next);
    let child = node;
    for (let i = 0; i < emitted.length; i++) child = texts.child(child, emitted.bytes[i]!);
    return this.local(inKey, seen.id, child, next);
  }

  private closeKey(seen: Seen, node: number): number {
    const { texts } = this;
    const position = texts.declaredAt(node);
    if (position >= 0) {
      return hasBitWithin(seen.allowed, position, position + 1) ? this.local(inColon, seen.id, position, 0) : 0;
    }
    if (!seen.allowsUndeclared || !this.isUndeclaredClass(texts.automatonState(node), seen.classes)) return 0;
    if (this.seenKeys!.texts.hasEmptyText(this.usedAt(seen, node))) return 0;
    return this.local(inColon, seen.id, texts.sorted.length + node, 0);
  }

  private stepBlindKey(part: number, q: number, decoder: number, byte: number): number {
    const { automaton } = this.spec;
    if (byte === quote && decoder === boundary) {
      return this.isUndeclaredClass(q, this.seen(part).classes)
        ? this.local(inColon, part, -1 - automaton.classOf(q), 0)
        : 0;
    }
    const next = stepDecoder(decoder, byte, this.emitted);
    if (next === refused) return 0;
    let state = q;
    for (let i = 0; i < this.emitted.length; i++) state = automaton.step(state, this.emitted.bytes[i]!);
    if (!this.isAlive(this.seen(part), -1, state, next)) return 0;
    return this.local(inBlindKey, part, state, this.plainDecoder(next));
  }

  /** Where any text is a key, decoder states that read alike are one. */
  private plainDecoder(decoder: number): number {
    return this.spec.automaton === anyKey ? escapeClass(decoder) : decoder;
  }

  /** May another key follow? */
  private mayGoOn(seen: Seen): boolean {
    return this.isTextAlive(seen, 0, this.spec.automaton.start);
  }

  /** Can the key be completed from this text (a node, −1 where the tree hasn't got it) and this state of the decoder? */
  private isAlive(seen: Seen, node: number, q: number, decoder: number): boolean {
    if (decoder < afterBackslash) return this.isTextAlive(seen, node, q);
    if (this.spec.automaton === anyKey && seen.allowsUndeclared && this.counts(q) > 0) return true;
    // Inside an escape: one of the characters that it can become must lead on.
    return encodedRanges(pendingCodePoints(decoder)).some((range) => this.someTextAlive(seen, node, q, range, 0));
  }

  private someTextAlive(
    seen: Seen,
    node: number,
    q: number,
    range: readonly (readonly [number, number])[],
    depth: number,
  ): boolean {
    if (!this.isTextAlive(seen, node, q)) return false;
    const bounds = range[depth];
    if (bounds === undefined) return true;
    for (let byte = bounds[0]; byte <= bounds[1]; byte++) {
      const child = node < 0 ? -1 : this.texts.existingChild(node, byte);
      if (this.someTextAlive(seen, child, this.spec.automaton.step(q, byte), range, depth + 1)) return true;
    }
    return false;
  }

  private isTextAlive(seen: Seen, node: number, q: number): boolean {
    const { texts } = this;
    if (node >= 0 && hasBitWithin(seen.allowed, texts.lowAt(node), texts.highAt(node))) return true;
    if (!seen.allowsUndeclared) return false;
    const count = this.countsOf(seen.classes)(q);
    if (count === 0 || count > this.limits.maxStates) return count > 0;
    // A finite set of keys, which may be used up.
    if (node < 0) return true;
    const [low, high] = [texts.lowAt(node), texts.highAt(node)];
    const declared = high > low ? this.shadowed[high]! - this.shadowed[low]! : 0;
    return count > declared + this.seenKeys!.texts.sizeOf(this.usedAt(seen, node));
  }

  private isUndeclaredClass(q: number, classes = -1): boolean {
    const keyClass = this.spec.automaton.classOf(q);
    return keyClass >= 0 && this.classChoices[keyClass]!.length > 0 && ((classes >> keyClass) & 1) === 1;
  }

  /** `counts`, of some classes only. */
  private countsOf(classes: number): KeyCounts {
    if (classes === -1) return this.counts;
    let counts = this.countsByClasses.get(classes);
    if (counts === undefined) {
      const choices = this.classChoices.map((each, keyClass) => (((classes >> keyClass) & 1) === 1 ? each : []));
      this.countsByClasses.set(classes, (counts = this.countUndeclared(choices)));
    }
    return counts;
  }

  private findCalls(state: number): readonly Call[] {
    const [, a, key, gap] = this.fields(state);
    if (!this.layout.afterColon.isDone(gap)) return noCalls;
    const seen = this.seen(a);
    const declared = this.texts.sorted.length;
    const calls: Call[] = [];
    for (const { value, satisfies } of this.choicesOf(key)) {
      if (seen.isPart || key < 0) {
        const isAllowed = seen.isPart
          ? !isHasty(seen.hasty, key, satisfies)
          : this.seenKeys!.leavesRoom(seen, satisfies);
        if (isAllowed) calls.push({ rule: value, then: this.local(inUnknown, 0, 0, 0) });
        continue;
      }
      const after =
        key < declared
          ? this.seenKeys!.withDeclared(seen, key, satisfies)
          : this.seenKeys!.withUndeclared(seen, this.texts.bytesBetween(0, key - declared), satisfies);
      const then = after === null ? 0 : this.after(after, 0, 0);
      if (then !== 0) calls.push({ rule: value, then });
    }
    return calls;
  }

  /** The choices for the value of the key of a colon or value state. */
  private choicesOf(key: number): readonly KeyChoice[] {
    const declared = this.texts.sorted.length;
    if (key >= 0 && key < declared) return this.choices[key]!;
    const keyClass = key < 0 ? -1 - key : this.spec.automaton.classOf(this.texts.automatonState(key - declared));
    return this.classChoices[keyClass]!;
  }

  private automatonStateOf(key: string): number {
    let state = this.spec.automaton.start;
    for (const byte of new TextEncoder().encode(key)) state = this.spec.automaton.step(state, byte);
    return state;
  }

  private countUndeclared(classChoices: readonly (readonly KeyChoice[])[]): KeyCounts {
    return countKeys(this.spec.automaton, (keyClass) => classChoices[keyClass]!.length > 0);
  }

  private keyRules(productive: (rule: Rule) => boolean): KeyRules {
    const { spec } = this;
    const keep = (choices: readonly KeyChoice[]) => choices.filter((choice) => productive(choice.value));
    const classChoices = spec.classChoices.map(keep);
    const counts = this.countUndeclared(classChoices);
    let undeclared = counts(spec.automaton.start);
    if (undeclared !== 0 && undeclared !== Number.POSITIVE_INFINITY) {
      for (const key of spec.keys) {
        const keyClass = spec.automaton.classOf(this.automatonStateOf(key));
        if (keyClass >= 0 && classChoices[keyClass]!.length > 0) undeclared--;
      }
    }
    const classes = classChoices.map((choices, keyClass) => {
      const fulfil = choices.map((choice) => choice.satisfies);
      if (fulfil.every((each) => each === 0)) return { fulfil, isEndless: false };
      const own = countKeys(spec.automaton, (each) => each === keyClass);
      return { fulfil, isEndless: isEndless(own(spec.automaton.start), this.limits) };
    });
    return {
      choices: this.indexOf.map((index) => keep(spec.choices[index]!)),
      required: spec.required.map((index) => this.positionOf[index]!),
      needs: this.indexOf.map((index) => spec.needs[index]!.map((need) => this.positionOf[need]!)),
      ranks: spec.isOrdered ? this.indexOf : null,
      min: spec.min,
      max: spec.max,
      obligations: spec.obligations.map((count) => 2 ** count - 1),
      groupOf: this.indexOf.map((index) => spec.groupOf[index]!),
      absent: this.indexOf.map((index) => spec.absent[index]!),
      undeclared,
      classes,
    };
  }
}
