// A cursor over a constraint: one decoding's place. It holds the states after each accepted token, so that rollback and fork
// are cheap, and nothing else.

import { type Mask, maskWords } from "../automaton/mask.ts";
import type { TokenAutomaton } from "../automaton/token-automaton.ts";
import { ConstraintError } from "../base/errors.ts";
import { grow } from "../base/interner.ts";
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import type { Constraint } from "./constraint.ts";

/** The longest text that `forcedText` gives at a time, in bytes. */
const maxForcedBytes = 4096;

export class Matcher {
  private readonly constraint: Constraint;
  private automaton: TokenAutomaton;
  /** `history[i]`: the state after i tokens. */
  private history: Int32Array = new Int32Array(16);
  private length = 0;
  private failed: ConstraintError | null = null;

  /** Use `constraint.matcher()`. */
  constructor(constraint: Constraint) {
    this.constraint = constraint;
    this.automaton = constraint.automaton;
    this.history[0] = this.automaton.start;
  }

  get vocabulary(): Vocabulary {
    return this.automaton.vocabulary;
  }

  /** The state that it is in, of the constraint's automaton when this matcher was made or reset. */
  get state(): number {
    return this.history[this.length]!;
  }

  /** How many tokens were accepted. */
  get tokenCount(): number {
    return this.length;
  }

  /** The error (a budget) that ended this matcher, or null. Once set, every call that needs the state throws it, until `reset`. */
  get failure(): ConstraintError | null {
    return this.failed;
  }

  /** May the text stop here? */
  get isAccepting(): boolean {
    return this.automaton.isAccepting(this.state);
  }

  /** Was a stop token accepted? From there only stop tokens are allowed. */
  get isTerminated(): boolean {
    return this.automaton.isFinished(this.state);
  }

  /**
   * Writes the mask: bit t of word t >> 5, counted from `offset`, is 1 when token t is allowed. Needs ⌈size / 32⌉ words;
   * throws code "usage" when there are fewer. Cost: a copy of these words when the state's mask is cached.
   */
  fillMask(bitmask: Uint32Array, offset = 0): void {
    const words = maskWords(this.automaton.vocabulary.size);
    if (!Number.isInteger(offset) || offset < 0 || offset + words > bitmask.length) {
      throw new ConstraintError(
        "usage",
        `a mask needs ${words} words at offset ${offset}; the bitmask has ${bitmask.length}`,
      );
    }
    this.check();
    try {
      this.automaton.fill(this.state, bitmask, offset);
    } catch (error) {
      throw this.noted(error);
    }
  }

  /** The mask as an immutable value with an identity. */
  mask(): Mask {
    return this.guarded(() => this.automaton.mask(this.state));
  }

  /** Goes on by a token. False, and nothing changes, when it isn't allowed; throws code "usage" for an id outside the vocabulary. */
  accept(token: number): boolean {
    this.check();
    let next: number;
    try {
      next = this.automaton.next(this.state, token);
    } catch (error) {
      throw this.noted(error);
    }
    if (next === 0) return false;
    this.push(next);
    return true;
  }

  /** Goes on by tokens up to the first that isn't allowed; how many were accepted. */
  acceptTokens(tokens: Iterable<number>): number {
    let count = 0;
    for (const token of tokens) {
      if (!this.accept(token)) break;
      count++;
    }
    return count;
  }

  /** Goes on by a text (a string stands for its UTF-8), all or nothing. It counts as part of the token before it: `rollback` can't stop behind it. Against a budget of tokens it counts as one more. */
  acceptBytes(text: Uint8Array | string): boolean {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const next = this.guarded(() => this.automaton.nextText(this.state, bytes));
    if (next === 0) return false;
    this.history[this.length] = next;
    return true;
  }

  /** How many of these tokens would be accepted, one after the other; nothing changes. */
  validateTokens(tokens: Iterable<number>): number {
    return this.guarded(() => {
      let { state } = this;
      let count = 0;
      for (const token of tokens) {
        state = this.automaton.next(state, token);
        if (state === 0) break;
        count++;
      }
      return count;
    });
  }

  /** Takes the last `count` tokens back. Throws code "usage" when fewer were accepted. */
  rollback(count: number): void {
    this.check();
    if (!Number.isInteger(count) || count < 0 || count > this.length) {
      throw new ConstraintError("usage", `can't take ${count} tokens back: ${this.length} were accepted`);
    }
    this.length -= count;
  }

  /** A matcher in the same place, with the same past, that goes its own way from here. */
  fork(): Matcher {
    this.check();
    const copy = new Matcher(this.constraint);
    copy.automaton = this.automaton;
    copy.history = this.history.slice();
    copy.length = this.length;
    return copy;
  }

  /** Back to the beginning; a failure is forgotten. */
  reset(): void {
    this.automaton = this.constraint.automaton;
    this.length = 0;
    this.history[0] = this.automaton.start;
    this.failed = null;
  }

  /**
   * The text that must follow, "" where there is a choice, the text may stop, or a character has begun: whole characters, at most 4,096
   * bytes. Cost: a step or two a byte, up to 256 for the one that isn't forced.
   */
  forcedText(): string {
    const bytes = this.guarded(() => this.forcedBytes());
    if (bytes.length === 0) return "";
    if ((bytes[0]! & 0xc0) === 0x80) return "";
    let end = bytes.length;
    // A character that isn't complete yet is left for later.
    for (let back = 1; back <= 3 && back <= bytes.length; back++) {
      const byte = bytes[bytes.length - back]!;
      if ((byte & 0xc0) === 0x80) continue;
      const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      if (length > back) end = bytes.length - back;
      break;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, end));
  }

  /**
   * The tokens that must follow, as the tokeniser itself would write the forced text: up to where a longer token could cross the
   * text's end. Throws code "usage" where the vocabulary has no `encode`.
   */
  forcedTokens(): number[] {
    const { vocabulary } = this.automaton;
    const { encode } = vocabulary;
    if (encode === undefined) {
      throw new ConstraintError("usage", "forced tokens need the tokeniser: give the vocabulary an `encode` option");
    }
    const text = this.forcedText();
    const bytes = new TextEncoder().encode(text);
    // Often a character is forced that most tokens go on behind: then the tokeniser, which costs more than the rest, needn't be asked.
    if (text === "" || this.canCross(bytes, 0)) return [];
    const tokens: number[] = [];
    let at = 0;
    for (const token of Array.from(encode(text))) {
      if (this.canCross(bytes, at)) break;
      at += vocabulary.tokenBytes(token)?.length ?? 0;
      tokens.push(token);
    }
    return tokens.slice(0, this.validateTokens(tokens));
  }

  /** Is there a token that begins like `bytes` from `from` on, and is longer than they are? */
  private canCross(bytes: Uint8Array, from: number): boolean {
    const { trie } = this.automaton.vocabulary;
    let node = 0;
    for (let i = from; i < bytes.length; i++) {
      let child = node + 1;
      while (child < trie.end[node]! && trie.byte[child] !== bytes[i]) child = trie.end[child]!;
      if (child >= trie.end[node]!) return false;
      node = child;
    }
    return trie.end[node]! > node + 1;
  }

  private forcedBytes(): Uint8Array {
    const bytes: number[] = [];
    const reads = new Uint32Array(8);
    let { state } = this;
    while (
      bytes.length < maxForcedBytes &&
      !this.automaton.isAccepting(state) &&
      !this.automaton.hearsTokenEnd(state)
    ) {
      let only = -1;
      let target = 0;
      this.automaton.readReads(state, reads);
      for (let byte = 0; byte < 256; byte++) {
        if (((reads[byte >> 5]! >>> (byte & 31)) & 1) === 0) continue;
        const next = this.automaton.nextByte(state, byte);
        if (next === 0) continue;
        if (only >= 0) return Uint8Array.from(bytes);
        only = byte;
        target = next;
      }
      if (only < 0 || this.automaton.offersSpecialTokens(state)) break;
      bytes.push(only);
      state = target;
    }
    return Uint8Array.from(bytes);
  }

  private push(state: number): void {
    if (++this.length === this.history.length) this.history = grow(this.history, this.length + 1);
    this.history[this.length] = state;
  }

  private check(): void {
    if (this.failed !== null) throw this.failed;
  }

  /** Runs a step of the automaton; a budget that runs out ends this matcher. `fillMask` and `accept` do the same without a closure. */
  private guarded<T>(run: () => T): T {
    this.check();
    try {
      return run();
    } catch (error) {
      throw this.noted(error);
    }
  }

  private noted(error: unknown): unknown {
    if (error instanceof ConstraintError && error.code === "limit") this.failed = error;
    return error;
  }
}
