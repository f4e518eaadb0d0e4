// The token automaton: what the rest of the library sees of a constraint. States are integers, made lazily and kept; equal
// states are equal integers. Masks are cached by state, in bounded memory.
import { type ByteSet, isEmptyByteSet } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { ByteAutomaton, dead, finished } from "../term/byte-automaton.ts";
import type { Program } from "../term/program.ts";
import { otherTextBytes } from "../term/spared-bytes.ts";
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import { type Exploration, type ExploreOptions, explore, toDot } from "./explore.ts";
import { type Mask, MaskBuilder, type MaskIds, type MaskSnapshot, maskByteLength, writeMask } from "./mask.ts";
import { MaskEngine, type TextMask } from "./mask-engine.ts";
import type { RunProfiles } from "./run-profile.ts";
import { TokenLiveness } from "./token-liveness.ts";

/** Sizes of a constraint's automaton so far, and what it has done. */
export interface AutomatonStats {
  /** States, and shared stack tails, made so far. */
  readonly states: number;
  readonly tails: number;
  readonly cachedMasks: number;
  readonly maskHits: number;
  readonly maskMisses: number;
  /** Trie nodes visited on all misses together. */
  readonly visitedNodes: number;
  /** Memory of states, transitions and cached masks, in bytes. */
  readonly bytes: number;
}

/** What the constraints of a compiler share. */
export interface SharedMasks {
  readonly profiles: RunProfiles;
  readonly maskIds: MaskIds;
}

export class TokenAutomaton {
  readonly vocabulary: Vocabulary;
  readonly start: number;
  private readonly bytes: ByteAutomaton;
  private readonly engine: MaskEngine;
  private readonly maskIds: MaskIds;
  private readonly limits: Limits;
  private readonly useCache: boolean;
  private readonly masks = new Map<number, Mask>();
  private readonly missedOnce = new Set<number>();
  /** By blind state: what its real states have in common. */
  private readonly shared = new Map<number, { readonly text: MaskSnapshot; readonly uncertain: readonly number[] }>();
  private readonly exact: MaskBuilder;
  /** Only where the vocabulary lacks bytes that the constraint needs, or tokens are counted. */
  private readonly liveness: TokenLiveness | undefined;
  /** Can the vocabulary spell a text wherever bytes can complete one? */
  private readonly spellsAll: boolean;
  private maskBytes = 0;
  private hits = 0;
  private misses = 0;

  /**
   * `useCache` false: every mask is computed anew, for tests and benchmarks. Throws code "vocabulary" where no text of the constraint can be
   * written with the vocabulary's tokens.
   */
  constructor(
    program: Program,
    vocabulary: Vocabulary,
    { profiles, maskIds }: SharedMasks,
    limits: Limits,
    useCache: boolean,
  ) {
    this.maskIds = maskIds;
    this.vocabulary = vocabulary;
    this.limits = limits;
    this.useCache = useCache;
    this.bytes = new ByteAutomaton(program, limits, vocabulary.stripLeadingSpace);
    const canEnd = this.bytes.countsTokens ? (state: number) => this.ended(state) !== dead : null;
    this.engine = new MaskEngine(this.bytes, vocabulary.trie, vocabulary.size, profiles, canEnd);
    this.exact = new MaskBuilder(vocabulary.size);
    this.start = this.bytes.start;
    this.spellsAll = vocabulary.isByteComplete && canSpare(program, otherTextBytes(vocabulary.spells));
    if (!this.spellsAll || this.bytes.countsTokens) {
      const isSure = (state: number) => (this.spellsAll ? !this.bytes.isPressed(state) : this.bytes.isAccepting(state));
      this.liveness = new TokenLiveness(this.bytes, vocabulary.trie, isSure);
    }
    if (!this.isLive(this.start)) {
      throw new ConstraintError("vocabulary", "no text of the constraint can be written with this vocabulary's tokens");
    }
  }

  /** May the text stop in `state`? */
  isAccepting(state: number): boolean {
    return state === finished || this.bytes.isAccepting(state);
  }

  /** Was a stop token read? */
  isFinished(state: number): boolean {
    return state === finished;
  }

  /**
   * The state after `token`; 0 where it isn't allowed. Throws code "usage" for an id outside the vocabulary, "limit" over a budget. Cost: a
   * look-up a byte once the states are known.
   */
  next(state: number, token: number): number {
    if (!(token >= 0 && token < this.vocabulary.size) || !Number.isInteger(token)) {
      throw new ConstraintError("usage", `token ${token} isn't in the vocabulary (0 … ${this.vocabulary.size - 1})`);
    }
    const { vocabulary } = this;
    const from = vocabulary.tokenStart(token);
    if (from < 0) return this.nextSpecial(state, token);
    const to = vocabulary.tokenEnd(token);
    return from === to ? dead : this.nextWithin(state, vocabulary.data, from, to);
  }

  private nextSpecial(state: number, token: number): number {
    if (this.vocabulary.eosTokenIds.includes(token)) return this.isAccepting(state) ? finished : dead;
    return this.ended(this.bytes.stepSpecialToken(state, token));
  }

  /** The state after a text; 0 where it isn't allowed. At the start, the text counts as it is: no leading space is stripped. Where tokens are counted, it is one. */
  nextText(state: number, text: Uint8Array): number {
    return this.nextWithin(state === this.start ? this.bytes.textStart : state, text, 0, text.length);
  }

  /** The state after `text[from … to)`; 0 where it isn't allowed. */
  private nextWithin(state: number, text: Uint8Array, from: number, to: number): number {
    let at = state;
    for (let i = from; i < to && at !== dead; i++) at = this.bytes.step(at, text[i]!);
    return this.ended(at);
  }

  /** The state that `state` becomes where a token ends, or dead. */
  private ended(state: number): number {
    const next = this.bytes.tokenEnd(state);
    return this.isLive(next) ? next : dead;
  }

  private isLive(state: number): boolean {
    return this.liveness === undefined || this.liveness.isLive(state);
  }

  /** Writes a set of bytes to `set`, 8 words: all others aren't allowed next. */
  readReads(state: number, set: Uint32Array): void {
    this.bytes.readReads(state, set, 0);
  }

  /** The state after one byte; 0 where it isn't allowed. */
  nextByte(state: number, byte: number): number {
    return this.bytes.step(state, byte);
  }

  /** Would a token's end in `state` make another state of it, with other bytes to follow? */
  hearsTokenEnd(state: number): boolean {
    return this.bytes.tokenEnd(state) !== state;
  }

  /** Can a special token be read in `state`? */
  offersSpecialTokens(state: number): boolean {
    return this.bytes.specialTokens(state).length > 0;
  }

  /** The mask of `state`. Kept in the cache, so that the GPU's copy can be known by its id. */
  mask(state: number): Mask {
    const known = this.lookUp(state);
    return known ?? this.keep(state, this.compute(state));
  }

  /** Writes the mask of `state` as a bitmap at `offset`. Cost: a copy when it is cached. */
  fill(state: number, bitmask: Uint32Array, offset: number): void {
    const known = this.lookUp(state);
    if (known !== undefined) {
      writeMask(known, this.vocabulary.size, bitmask, offset);
      return;
    }
    const builder = this.compute(state);
    builder.copyTo(bitmask, offset);
    // Each count of tokens is a state; their masks are the blind state's, which is kept.
    if (this.bytes.countsTokens && this.bytes.blind(state) !== state) return;
    // Many states of an object in any order are met once: a large mask is kept when it is asked for again.
    if (builder.isShort || this.missedOnce.has(state)) this.keep(state, builder);
    else this.missedOnce.add(state);
  }

  /** What it looks like from the start on; see `explore` for the cost. */
  explore(options?: ExploreOptions): Exploration {
    return explore(this, options);
  }

  /** A drawing of that in Graphviz's language: `dot -Tsvg`. */
  toDot(options?: ExploreOptions): string {
    return toDot(this, options);
  }

  /** Is half of the budget of states used? */
  get isHalfFull(): boolean {
    return this.bytes.stateCount > this.limits.maxStates / 2;
  }

  get stats(): AutomatonStats {
    return {
      states: this.bytes.stateCount,
      tails: this.bytes.tailCount,
      cachedMasks: this.masks.size,
      maskHits: this.hits,
      maskMisses: this.misses,
      visitedNodes: this.engine.visited,
      bytes: this.bytes.byteLength + this.maskBytes,
    };
  }

  private lookUp(state: number): Mask | undefined {
    if (!this.useCache) return undefined;
    const mask = this.masks.get(state);
    if (mask !== undefined) this.hits++;
    return mask;
  }

  private keep(state: number, builder: MaskBuilder): Mask {
    const mask = builder.toMask(this.maskIds.next());
    if (!this.useCache) return mask;
    this.maskBytes += maskByteLength(mask);
    this.masks.set(state, mask);
    this.missedOnce.delete(state);
    return mask;
  }

  /** The mask of `state`, in a builder that is good until the next call. */
  private compute(state: number): MaskBuilder {
    this.misses++;
    this.evict();
    if (state !== finished) return this.bytes.withinMaskBudget(() => this.computeTokens(state));
    this.exact.clear();
    for (const id of this.vocabulary.eosTokenIds) this.exact.add(id);
    return this.exact;
  }

  private computeTokens(state: number): MaskBuilder {
    const { builder, uncertain } = this.computeText(state);
    for (const id of uncertain) {
      if (this.next(state, id) !== dead) builder.add(id);
    }
    if (!this.spellsAll) this.removeDead(state, builder);
    for (const id of this.bytes.specialTokens(state)) if (this.next(state, id) !== dead) builder.add(id);
    if (this.bytes.isAccepting(state)) for (const id of this.vocabulary.eosTokenIds) builder.add(id);
    return builder;
  }

  /** What the engine says of `state`. Where that depends on its blind state only, the answer is kept for others with the same. */
  private computeText(state: number): TextMask {
    const blind = this.bytes.blind(state);
    if (blind === state || !this.useCache) return this.engine.compute(blind);
    const known = this.shared.get(blind);
    if (known !== undefined) {
      this.exact.clear();
      this.exact.addSnapshot(known.text);
      return { builder: this.exact, uncertain: known.uncertain };
    }
    const { builder, uncertain } = this.engine.compute(blind);
    const text = builder.snapshot();
    this.maskBytes += maskByteLength(text) + 4 * uncertain.length;
    this.shared.set(blind, { text, uncertain });
    return { builder, uncertain };
  }

  private removeDead(state: number, builder: MaskBuilder): void {
    const { tokenIds } = this.vocabulary.trie;
    for (let i = 0; i < tokenIds.length; i++) {
      const id = tokenIds[i]!;
      if (builder.has(id) && this.next(state, id) === dead) builder.removeRange(tokenIds, i, i + 1);
    }
  }

  private evict(): void {
    const most = this.limits.maxCacheBytes;
    if (this.bytes.rowBytes > most / 2) this.bytes.dropRows();
    if (this.maskBytes > most / 2) {
      this.masks.clear();
      this.shared.clear();
      this.maskBytes = 0;
    }
    if (this.missedOnce.size > 100_000) this.missedOnce.clear();
  }
}

function canSpare({ procedures }: Program, bytes: ByteSet): boolean {
  return isEmptyByteSet(bytes) || procedures.every((procedure) => procedure.canSpare?.(bytes) ?? false);
}
