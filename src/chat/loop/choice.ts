// One choice of a request while it is decoded: logits in, deltas out. A step is
//   1. a token out of the logits, under the mask (../sampler)           2. its text, as far as its characters are complete
//   3. stop strings, which hold back what may become one                4. the reader, which makes parts of a message of it
// and then the tokens that must follow, which need no logits. A stop string or stop token ends a choice only where its text may end:
// no constrained text is cut in half.
import { type Mask, maskIds, maskWords, writeMask } from "../../automaton/mask.ts";
import type { Matcher } from "../../matcher/matcher.ts";
import type { DecodePlan } from "../plan/decode-plan.ts";
import type { OutputEvent, OutputReader } from "../readers/output-events.ts";
import type { ChunkChoice, FinishReason } from "../response.ts";
import type { Row } from "../sampler/row.ts";
import { Sampler } from "../sampler/sampler.ts";
import { TokenCounts } from "../sampler/token-counts.ts";
import { ChoiceDeltas } from "./choice-deltas.ts";
import { StopStrings } from "./stop-strings.ts";
import { TokenLogprobs } from "./token-logprobs.ts";
import { TokenText } from "./token-text.ts";

export class Choice {
  readonly index: number;
  /** The prompt, and what was said since. */
  readonly tokens: number[];
  private readonly promptLength: number;
  private readonly maxTokens: number;
  private readonly plan: DecodePlan;
  private readonly matcher: Matcher | undefined;
  private readonly sampler: Sampler;
  private readonly history: TokenCounts;
  private readonly text: TokenText;
  private readonly stops: StopStrings;
  private readonly reader: OutputReader;
  private readonly deltas: ChoiceDeltas;
  private readonly logprobs: TokenLogprobs | undefined;
  private readonly stopMask: Uint32Array | undefined;
  private isFinished = false;
  private reasoningUpTo = 0;

  /** Throws a ConstraintError "limit" where a budget runs out. */
  constructor(
    plan: DecodePlan,
    index: number,
    prompt: readonly number[],
    maxTokens: number,
    row: Row,
    onChunk: (chunk: ChunkChoice) => void,
  ) {
    const { vocabulary } = plan;
    this.plan = plan;
    this.index = index;
    this.tokens = [...prompt];
    this.promptLength = prompt.length;
    this.maxTokens = maxTokens;
    this.matcher = plan.startMatcher();
    this.sampler = new Sampler(plan.sampling, row);
    this.history = new TokenCounts(prompt);
    this.text = new TokenText(vocabulary, plan.specialNames, plan.continued.length === 0);
    this.stops = new StopStrings(plan.stopping.strings, plan.stopping.keepString);
    const { reader, begun } = plan.startReader();
    this.reader = reader;
    this.deltas = new ChoiceDeltas(index, plan, onChunk);
    this.read(begun);
    if (plan.response.topLogprobs !== undefined) this.logprobs = new TokenLogprobs(plan, plan.response.topLogprobs);
    if (plan.specialStops.length > 0) this.stopMask = new Uint32Array(maskWords(vocabulary.size));
    this.goOn();
  }

  get isDone(): boolean {
    return this.isFinished;
  }

  /** How many tokens it has said, and how many of them were reasoning. */
  get completionTokens(): number {
    return this.tokens.length - this.promptLength;
  }

  get reasoningTokens(): number {
    return this.reasoningUpTo;
  }

  /** Works out what the next step needs beside the logits, so that it can be done while they are computed. */
  prepare(): void {
    try {
      this.matcher?.mask();
    } catch {
      // The step meets the same error.
    }
  }

  /**
   * Goes on with the logits after its last token. Throws a ConstraintError where a budget runs out ("limit"), or where nothing can be
   * sampled ("usage"); then the choice is of no use any more.
   */
  step(logits: Float32Array): void {
    const { plan, completionTokens } = this;
    const { ignoreEos, minTokens } = plan.stopping;
    const isEarly = completionTokens < minTokens;
    const { token, minTokensUnmet } = this.sampler.sample(logits, {
      step: completionTokens,
      choice: this.index,
      mask: this.mask(),
      history: this.history,
      withheld: isEarly ? plan.stopTokens : ignoreEos ? plan.vocabulary.eosTokenIds : undefined,
    });
    if (minTokensUnmet && isEarly) this.warnOfMinTokens();
    if (this.logprobs !== undefined) this.deltas.addLogprob(this.logprobs.of(logits, token));
    this.take(token);
    this.goOn();
  }

  /** What the sampler may choose from: the constraint's mask, and where the text may end the stop tokens that the vocabulary doesn't know as such. */
  private mask(): Mask | undefined {
    const mask = this.matcher?.mask();
    const words = this.stopMask;
    if (mask === undefined || words === undefined || !this.matcher!.isAccepting) return mask;
    writeMask(mask, this.plan.vocabulary.size, words, 0);
    for (const id of this.plan.specialStops) words[id >> 5]! |= 1 << (id & 31);
    return { id: 0, kind: "dense", count: mask.count + this.plan.specialStops.length, words };
  }

  /** Takes the tokens that must follow, and sees whether more can. */
  private goOn(): void {
    const { matcher, plan } = this;
    while (!this.isFinished) {
      // With a constraint that has come to its end nothing more may be said, whatever the request says of stopping.
      const isComplete = matcher?.isAccepting && matcher.mask().count === plan.vocabulary.eosTokenIds.length;
      if (isComplete || this.completionTokens >= this.maxTokens) {
        if (this.completionTokens < plan.stopping.minTokens) this.warnOfMinTokens();
        this.finish(isComplete ? "stop" : "length", null);
        return;
      }
      if (matcher === undefined || matcher.isAccepting || this.logprobs !== undefined) return;
      const forced = this.forcedTokens(matcher);
      if (forced.length === 0) return;
      for (const token of forced) {
        if (!this.isFinished && this.completionTokens < this.maxTokens) this.take(token);
      }
    }
  }

  private warnOfMinTokens(): void {
    this.deltas.warn(`min_tokens isn't reached: ${this.completionTokens} tokens are all that was allowed`);
  }

  private forcedTokens(matcher: Matcher): readonly number[] {
    if (this.plan.vocabulary.encode !== undefined) return matcher.forcedTokens();
    const mask = matcher.mask();
    return mask.count === 1 ? [...maskIds(mask)] : [];
  }

  private take(token: number): void {
    const { matcher, plan } = this;
    const { keepString } = plan.stopping;
    const isStop = plan.isStopToken(token) && (matcher === undefined || matcher.isAccepting);
    this.tokens.push(token);
    this.history.accept(token);
    if (!isStop && matcher?.accept(token) === false) throw new Error(`token ${token} was sampled against the mask`);
    if (!isStop || keepString) this.say(token, isStop);
    if (isStop) this.finish("stop", token);
  }

  /** The last token is text like any other, whatever stop strings are in it. */
  private say(token: number, isLast: boolean): void {
    const { plan, reader } = this;
    const name = this.text.special(token);
    if (name === undefined) {
      const mayEnd = (cutOff: string) => !isLast && this.mayEnd(token, cutOff);
      const { text, matched } = this.stops.push(this.text.text(token), mayEnd);
      if (text !== "") this.read(reader.text(text));
      if (matched !== undefined) this.end("stop", matched);
      return;
    }
    this.flush();
    if (plan.isShown(name)) this.read(reader.special(name));
  }

  private finish(reason: FinishReason, matched: string | number | null): void {
    this.flush();
    this.end(reason, matched);
  }

  private flush(): void {
    const rest = this.stops.flush() + this.text.rest();
    if (rest !== "") this.read(this.reader.text(rest));
  }

  private end(reason: FinishReason, matched: string | number | null): void {
    this.isFinished = true;
    this.read(this.reader.end());
    this.deltas.finish(reason, matched);
  }

  private read(events: readonly OutputEvent[]): void {
    for (const event of events) {
      if (event.type === "reasoning") this.reasoningUpTo = this.completionTokens;
      this.deltas.add(event);
    }
  }

  /** May the text end where `cutOff` is cut off its end? `last` is the token that was just taken. */
  private mayEnd(last: number, cutOff: string): boolean {
    if (this.matcher === undefined) return true;
    const { vocabulary } = this.plan;
    let excess = new TextEncoder().encode(cutOff).length + incompleteLength(vocabulary.tokenBytes(last)!);
    const matcher = this.matcher.fork();
    for (let at = this.tokens.length - 1; excess > 0; at--) {
      const bytes = vocabulary.tokenBytes(this.tokens[at]!)!;
      matcher.rollback(1);
      if (bytes.length > excess) matcher.acceptBytes(bytes.subarray(0, bytes.length - excess));
      excess -= bytes.length;
    }
    return matcher.isAccepting;
  }
}

/** How many bytes at the end begin a character that isn't complete. */
function incompleteLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}
