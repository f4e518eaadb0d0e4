// JSON strings by content: the language of every spelling of the texts that an automaton reads. The automaton (a pattern, a
// length, a list of words) knows nothing of JSON; here its state stands beside that of the string's decoder. Spelling: RFC
// 8259, section 7; a lone surrogate is refused (see string-decoder.ts).
//
// A state inside an escape is kept only if one of the characters that it can still become leads on. Such states are equal
// where their characters lead to equal states, character by character; as those come in blocks with the same first bytes of
// UTF-8, a few states of the automaton tell, and most escapes of an unconstrained string fall together.
import { type ByteSet, byteSetOf, unionByteSets } from "../../base/byte-set.ts";
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { type CodePoints, pairs } from "../../term/code-points.ts";
import { type Call, type Procedure, type Run, type TokenStep, uncertain } from "../../term/procedure.ts";
import { hasMoreWords } from "../../term/word-count.ts";
import { canSpareInJson } from "../spared-bytes.ts";
import { encodedRanges } from "./string-character.ts";
import {
  afterBackslash,
  decoderStateCount,
  decodeSimpleEscape,
  escapeShape,
  firstHexState,
  newEmitted,
  pendingCodePoints,
  refused,
  stepDecoder,
} from "./string-decoder.ts";
import { type StringRunShapes, StringRuns } from "./string-run.ts";

// A local state is 4 · q + one of these, q being the inner state, or, for `other`, a place among the special states.
const raw = 1;
const backslashed = 2;
const unicode = 3;
const other = 0;

const start = 4;
const closed = 8;
const firstEscape = 3;

const none: readonly never[] = [];
const quote = 0x22;
const backslash = 0x5c;
const justQuote = byteSetOf(quote);
const quoteAndBackslash = byteSetOf(quote, backslash);

/**
 * A procedure for the spellings, with their quotes, of the texts that `inner` reads. `inner` reads valid UTF-8 only (each of its
 * states but 0 leads to a word of valid UTF-8), makes no calls, reads no tokens, and numbers its states below 2^29.
 * A raw character's step costs one of `inner`'s; that into a new escape up to a few hundred.
 * @throws from `step`, ConstraintError "limit" over `limits.maxTotalIslandStates` states inside escapes.
 */
export function stringProcedure(
  content: { readonly inner: Procedure; readonly shapes?: StringRunShapes },
  limits: Pick<Limits, "maxTotalIslandStates">,
): StringProcedure {
  return new StringProcedure(content.inner, limits.maxTotalIslandStates, content.shapes ?? new Map());
}

export class StringProcedure implements Procedure {
  readonly rules = none;
  readonly start = start;
  readonly #inner: Procedure;
  readonly #maxEscapes: number;
  readonly #emitted = newEmitted();
  /** The inner state and the decoder's, by place − `firstEscape`: of each class of equal states one. */
  readonly #escapes: { readonly inner: number; readonly decoder: number }[] = [];
  readonly #bySignature = new Map<string, number>();
  /** By inner state · `decoderStateCount` + decoder state. */
  readonly #byPair = new Map<number, number>();
  readonly #runs: StringRuns;
  /** By state: more values than this many are ahead. */
  readonly #counted = new Map<number, number>();
  /** Did `#statesAfter` come upon a byte that is uncertain after a blind state? */
  #isUncertain = false;
  /** By inner state. */
  readonly #readSets: (ByteSet | undefined)[] = [];

  constructor(inner: Procedure, maxEscapes: number, shapes: StringRunShapes) {
    this.#inner = inner;
    this.#maxEscapes = maxEscapes;
    this.#runs = new StringRuns(inner, shapes);
  }

  /** States inside escapes made so far: for tests and statistics. */
  get escapeCount(): number {
    return this.#escapes.length;
  }

  canComplete(productive: Parameters<Procedure["canComplete"]>[0]): boolean {
    return this.#inner.canComplete(productive);
  }

  canSpare(bytes: ByteSet): boolean {
    return canSpareInJson(bytes);
  }

  isNullable(): boolean {
    return false;
  }

  bind(...told: Parameters<Procedure["bind"]>): void {
    this.#inner.bind(...told);
  }

  step(state: number, byte: number): number {
    const place = state >>> 2;
    switch (state & 3) {
      case raw:
        return this.#stepRaw(place, byte);
      case backslashed: {
        if (byte === 0x75) return (place << 2) | unicode;
        const decoded = decodeSimpleEscape(byte);
        return decoded < 0 ? 0 : rawState(this.#inner.step(place, decoded));
      }
      case unicode:
        return this.#stepEscape(place, firstHexState, byte);
      default: {
        if (state === start) return byte === quote ? rawState(this.#inner.start) : 0;
        if (place < firstEscape) return 0;
        const { inner, decoder } = this.#escapes[place - firstEscape]!;
        return this.#stepEscape(inner, decoder, byte);
      }
    }
  }

  isAccepting(state: number): boolean {
    return state === closed;
  }

  reads(state: number): ByteSet | null {
    if ((state & 3) !== raw) return state === start ? justQuote : null;
    const place = state >>> 2;
    const inner = this.#inner.reads?.(place) ?? null;
    if (inner === null) return null;
    return (this.#readSets[place] ??= unionByteSets(inner, quoteAndBackslash));
  }

  calls(): readonly Call[] {
    return none;
  }

  tokens(): readonly TokenStep[] {
    return none;
  }

  blind(state: number): number {
    if ((state & 3) !== raw && (state & 3) !== backslashed) return state;
    const inner = state >>> 2;
    return this.#inner.blind === undefined ? state : (this.#inner.blind(inner) << 2) | (state & 3);
  }

  run(state: number): Run | null {
    if ((state & 3) !== raw) return null;
    return this.#runs.wrap(state >>> 2, {
      raw: rawState,
      backslashed: (inner) => this.#afterBackslash(inner),
    });
  }

  hasMoreValues(state: number, count: number): boolean {
    if ((this.#counted.get(state) ?? -1) >= count) return true;
    const hasMore = this.#hasMoreWords(state, count);
    if (hasMore) this.#counted.set(state, count);
    return hasMore;
  }

  #hasMoreWords(state: number, count: number): boolean {
    const place = state >>> 2;
    switch (state & 3) {
      case raw:
        return hasMoreWords(this.#inner, count, [place]);
      case backslashed:
        return hasMoreWords(this.#inner, count, this.#afterPending(place, afterBackslash, count));
      case unicode:
        return hasMoreWords(this.#inner, count, this.#afterPending(place, firstHexState, count));
      default: {
        if (state === start) return hasMoreWords(this.#inner, count);
        if (place < firstEscape) return false;
        const { inner, decoder } = this.#escapes[place - firstEscape]!;
        return hasMoreWords(this.#inner, count, this.#afterPending(inner, decoder, count));
      }
    }
  }

  /** The inner states after the characters that the escape can become: as many as suffice for more than `count`. */
  #afterPending(inner: number, decoder: number, count: number): number[] {
    const states: number[] = [];
    const follow = (state: number, range: readonly (readonly [number, number])[], depth: number): void => {
      if (state <= 0 || states.length > count) return;
      const bounds = range[depth];
      if (bounds === undefined) states.push(state);
      else {
        for (let byte = bounds[0]; byte <= bounds[1]; byte++) follow(this.#inner.step(state, byte), range, depth + 1);
      }
    };
    for (const range of encodedRanges(pendingCodePoints(decoder))) follow(inner, range, 0);
    return states;
  }

  #stepRaw(inner: number, byte: number): number {
    if (byte === quote) return this.#inner.isAccepting(inner) ? closed : 0;
    if (byte === backslash) return this.#afterBackslash(inner);
    return byte < 0x20 ? 0 : rawState(this.#inner.step(inner, byte));
  }

  #afterBackslash(inner: number): number {
    if (inner <= 0) return inner;
    if (this.#readsAny(inner)) return (inner << 2) | backslashed;
    return this.#isUncertain ? uncertain : 0;
  }

  #stepEscape(inner: number, decoder: number, byte: number): number {
    const next = stepDecoder(decoder, byte, this.#emitted);
    if (next === refused) return 0;
    if (next >= afterBackslash) return this.#escape(inner, next);
    let state = inner;
    for (let i = 0; i < this.#emitted.length && state > 0; i++) {
      state = this.#inner.step(state, this.#emitted.bytes[i]!);
    }
    return rawState(state);
  }

  /** Can any character follow? Not in the middle of a raw one: no character begins with a continuation byte. */
  #readsAny(inner: number): boolean {
    return this.#statesAfter(inner, pendingCodePoints(afterBackslash), null);
  }

  #escape(inner: number, decoder: number): number {
    const pair = inner * decoderStateCount + decoder;
    let state = this.#byPair.get(pair);
    if (state !== undefined) return state;
    const after: number[] = [];
    const isAlive = this.#statesAfter(inner, pendingCodePoints(decoder), after);
    if (!isAlive && this.#isUncertain) return uncertain;
    const signature = `${escapeShape(decoder)} ${after.join()}`;
    state = isAlive ? this.#bySignature.get(signature) : 0;
    if (state === undefined) {
      state = ((this.#escapes.length + firstEscape) << 2) | other;
      this.#escapes.push({ inner, decoder });
      this.#bySignature.set(signature, state);
    }
    if (this.#byPair.size >= this.#maxEscapes) {
      throw new ConstraintError("limit", `a string needs more than ${this.#maxEscapes} states inside escapes`);
    }
    this.#byPair.set(pair, state);
    return state;
  }

  /**
   * Is one of `set` read from `inner`, for certain? Into `after` goes, in order, the state after each of the longest beginnings that all
   * continuations are in `set` of, and how many bytes are to come; without `after`, the first that leads on ends the search.
   */
  #statesAfter(inner: number, set: CodePoints, after: number[] | null): boolean {
    let any = false;
    this.#isUncertain = false;
    for (const [first, last] of pairs(set)) {
      for (let extra = 0; extra < 4; extra++) {
        const from = Math.max(first, extra === 0 ? 0 : lastOfLength[extra - 1]! + 1);
        const to = Math.min(last, lastOfLength[extra]!);
        if (from <= to && this.#descend(inner, from, to, extra, true, after)) any = true;
        if (any && after === null) return true;
      }
    }
    return any;
  }

  /** The part of `#statesAfter` for code points of one length, whose next byte has `extra` after it. */
  #descend(
    inner: number,
    first: number,
    last: number,
    extra: number,
    isLead: boolean,
    after: number[] | null,
  ): boolean {
    const shift = 6 * extra;
    let any = false;
    for (let block = first >> shift; block <= last >> shift; block++) {
      const byte = isLead ? leadBits[extra]! | block : 0x80 | (block & 0x3f);
      const state = this.#inner.step(inner, byte);
      const from = Math.max(first, block << shift);
      const to = Math.min(last, ((block + 1) << shift) - 1);
      if (state <= 0 || to - from + 1 === 1 << shift) {
        if (state === uncertain) this.#isUncertain = true;
        else if (state !== 0) any = true;
        after?.push(state, extra);
      } else if (this.#descend(state, from, to, extra - 1, false, after)) any = true;
      if (any && after === null) return true;
    }
    return any;
  }
}

const lastOfLength = [0x7f, 0x7ff, 0xffff, 0x10ffff];
const leadBits = [0, 0xc0, 0xe0, 0xf0];

/** Dead and uncertain stay so. */
function rawState(inner: number): number {
  return inner <= 0 ? inner : (inner << 2) | raw;
}
