// One request that is being decoded: its choices, and where each is in the engine. The prompt goes forward once; its logits begin every
// choice, and the choices beside the first are forks of it.
import { newId } from "../new-id.ts";
import type { DecodePlan } from "../plan/decode-plan.ts";
import type { ChunkChoice, Usage } from "../response.ts";
import type { Row } from "../sampler/row.ts";
import { Choice } from "./choice.ts";
import { CompletionStream } from "./completion-stream.ts";

/** A choice, and what the engine knows of it. */
export interface Seat {
  readonly job: Job;
  readonly choice: Choice;
  sequence: number;
  /** How many of its tokens have been forward. */
  known: number;
  /** The sequence that it shares these with, until it has been forward itself. */
  forkOf: number | undefined;
}

export interface JobOptions {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly row: Row;
  /** Numbers for sequences. */
  nextSequence(): number;
  /** The engine may forget a sequence. */
  release(sequence: number): void;
  /** Its reader has caught up: it doesn't stand still any more. */
  onRoom(): void;
  /** Nothing of this job is left to do. */
  onEnd(job: Job): void;
}

export class Job {
  readonly stream: CompletionStream;
  private readonly plan: DecodePlan;
  private readonly options: JobOptions;
  private readonly id = `chatcmpl-${newId()}`;
  private readonly created = Math.floor(Date.now() / 1000);
  private readonly choices: Choice[] = [];
  private seats: Seat[];
  /** Sequences that nothing is added to any more. */
  private left: number[] = [];
  private hasBegun = false;
  private over = false;

  /** Throws a ConstraintError where a budget runs out before the first token. */
  constructor(plan: DecodePlan, options: JobOptions) {
    this.plan = plan;
    this.options = options;
    this.stream = new CompletionStream({ onLeave: () => this.end(), onRoom: () => options.onRoom() });
    for (let index = 0; index < plan.response.choices; index++) {
      const { prompt, maxTokens, row } = options;
      this.choices.push(new Choice(plan, index, prompt, maxTokens, row, (choice) => this.send([choice])));
    }
    const sequence = options.nextSequence();
    this.seats = [{ job: this, choice: this.choices[0]!, sequence, known: 0, forkOf: undefined }];
    // What is forced from beginning to end needs no logits.
    if (this.choices[0]!.isDone) this.leave();
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Does it wait for its reader? */
  get isStill(): boolean {
    return this.stream.isFull;
  }

  /** The choices that wait for logits. */
  get waiting(): readonly Seat[] {
    return this.seats;
  }

  /** A row has been forward with all its tokens. Throws what `Choice.step` throws. */
  advance(seat: Seat, logits: Float32Array): void {
    if (this.over) return;
    const isPrompt = !this.hasBegun;
    this.hasBegun = true;
    seat.known = seat.choice.tokens.length;
    seat.forkOf = undefined;
    if (isPrompt) this.fork(seat);
    for (const { choice } of isPrompt ? [...this.seats] : [seat]) if (!choice.isDone) choice.step(logits);
    this.leave();
  }

  /** Ends the request with an error, or, without one, because nobody waits for it any more. */
  end(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    if (error !== undefined) this.stream.fail(error);
    else this.stream.finish(this.usage);
    this.options.onEnd(this);
    for (const sequence of [...this.left, ...this.seats.map((seat) => seat.sequence)]) this.options.release(sequence);
    this.left = [];
    this.seats = [];
  }

  /** Forks that haven't come to their first pass go forward with the prompt themselves: nothing is kept for them. */
  giveUpForks(): void {
    for (const seat of this.seats) {
      if (seat.forkOf === undefined) continue;
      seat.forkOf = undefined;
      seat.known = 0;
    }
    this.leave();
  }

  /** Gives the engine's room to others: what it holds is released, and computed again when its turn comes. */
  makeRoom(): void {
    for (const sequence of [...this.left, ...this.seats.map((seat) => seat.sequence)]) this.options.release(sequence);
    this.left = [];
    for (const seat of this.seats) {
      seat.sequence = this.options.nextSequence();
      seat.known = 0;
      seat.forkOf = undefined;
    }
  }

  private fork(first: Seat): void {
    for (const choice of this.choices.slice(1)) {
      const sequence = this.options.nextSequence();
      this.seats.push({ job: this, choice, sequence, known: first.known, forkOf: first.sequence });
    }
  }

  /** Choices that are done give up their seats; a sequence is kept while a fork hasn't come to its first pass. */
  private leave(): void {
    for (const { choice, sequence } of this.seats) if (choice.isDone) this.left.push(sequence);
    this.seats = this.seats.filter(({ choice }) => !choice.isDone);
    if (this.seats.length === 0) {
      if (this.plan.response.includeUsage) this.send([], this.usage);
      this.end();
      return;
    }
    const isForked = (sequence: number) => this.seats.some(({ forkOf }) => forkOf === sequence);
    const released = this.left.filter((sequence) => !isForked(sequence));
    this.left = this.left.filter(isForked);
    for (const sequence of released) this.options.release(sequence);
  }

  private get usage(): Usage {
    const sum = (count: (choice: Choice) => number) => this.choices.reduce((total, each) => total + count(each), 0);
    const prompt_tokens = this.options.prompt.length;
    const completion_tokens = sum((choice) => choice.completionTokens);
    return {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
      completion_tokens_details: { reasoning_tokens: sum((choice) => choice.reasoningTokens) },
    };
  }

  private send(choices: readonly ChunkChoice[], usage: Usage | null = null): void {
    const { model, response } = this.plan;
    this.stream.push({
      id: this.id,
      object: "chat.completion.chunk",
      created: this.created,
      model,
      choices,
      ...(response.includeUsage && { usage }),
      ...(response.includeObfuscation && { obfuscation: padding(JSON.stringify(choices).length) }),
    });
  }
}

/** What makes up a full number of blocks together with `length` characters. */
function padding(length: number): string {
  const block = 128;
  return crypto
    .randomUUID()
    .repeat(4)
    .slice(0, block - (length % block));
}
