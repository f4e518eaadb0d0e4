// The loop: many requests on one engine, a forward pass for all that wait at a time. Requests join and leave between passes; one that fails
// leaves by itself.
import { Compiler, type CompilerOptions } from "../../matcher/compiler.ts";
import type { Engine, ForwardRow } from "../engine.ts";
import { DecodePlan } from "../plan/decode-plan.ts";
import { chatMlPrompt } from "../plan/prompt.ts";
import { RequestReader, type RequestReaderOptions } from "../request/read-request.ts";
import { refusal } from "../request/refusal.ts";
import type { ChatCompletionRequest } from "../request/request.ts";
import { Row } from "../sampler/row.ts";
import { withFunctionsAlone } from "../tool-calls/custom-tool.ts";
import { defaultDialect, toolDialect } from "../tool-calls/dialects.ts";
import type { CompletionStream } from "./completion-stream.ts";
import { EventLoopTurns } from "./event-loop-turns.ts";
import { Job, type Seat } from "./job.ts";

export interface ChatDecoderOptions extends CompilerOptions, RequestReaderOptions {
  /** Tokens of an answer where the request sets no bound; default 16,384. */
  readonly maxTokens?: number;
}

export interface GenerateOptions {
  /** Ends the request when it is aborted; the stream throws its reason. */
  readonly signal?: AbortSignal;
}

const defaults = { maxTokens: 16_384, maxBatch: 64 };

/** One for an engine: it numbers the sequences, and makes one pass at a time. */
export class ChatDecoder {
  readonly engine: Engine;
  /** As they were given. */
  readonly options: ChatDecoderOptions;
  private readonly compiler: Compiler;
  private readonly row: Row;
  private readonly reader: RequestReader;
  private readonly jobs = new Set<Job>();
  private isRunning = false;
  private sequences = 0;
  /** The sequences that the engine knows. */
  private readonly held = new Set<number>();
  /** When the pass began that the engine computes. */
  private passBegan: number | undefined;
  /** Sequences to be released once the engine doesn't compute any more. */
  private left: number[] = [];
  /** Ends the pass that is going on where nobody waits for it any more. */
  private abandon: () => void = () => {};

  /** Throws a ConstraintError "usage" where the engine's `toolDialect` isn't known. */
  constructor(engine: Engine, options: ChatDecoderOptions = {}) {
    toolDialect(engine.toolDialect ?? defaultDialect);
    this.engine = engine;
    this.options = options;
    this.reader = new RequestReader(options);
    this.compiler = new Compiler(engine.vocabulary, options);
    this.row = new Row(engine.vocabulary.size);
  }

  /** How many requests are being decoded, those that wait for their readers included. */
  get load(): number {
    return this.jobs.size;
  }

  /** How long the pass that the engine computes has taken so far, in milliseconds; 0: it computes none. */
  get passMs(): number {
    return this.passBegan === undefined ? 0 : performance.now() - this.passBegan;
  }

  /**
   * Checks a request (a value, or its JSON text, which keeps 64-bit seeds, the order of integer-like keys and the spelling of numbers), and
   * compiles its constraint. Throws a RequestError that names all that is wrong with it.
   */
  plan(request: ChatCompletionRequest | string): DecodePlan {
    const plan = this.check(request);
    plan.compile();
    return plan;
  }

  /** `plan` without its costly part: the constraint isn't compiled yet, and may turn out to be wrong. Cost: linear in the request. */
  check(request: ChatCompletionRequest | string): DecodePlan {
    return new DecodePlan(this.reader.read(request), this.engine, this.compiler);
  }

  /** `decode(plan(request))`. */
  async generate(request: ChatCompletionRequest | string, options: GenerateOptions = {}): Promise<CompletionStream> {
    return this.decode(this.plan(request), options);
  }

  /** Joins the loop. Throws as `plan.compile`, a RequestError where the prompt is too long, and what the engine's `prompt` throws. */
  async decode(plan: DecodePlan, { signal }: GenerateOptions = {}): Promise<CompletionStream> {
    signal?.throwIfAborted();
    plan.compile();
    const { engine } = this;
    const prompt =
      (await unlessAborted(engine.prompt?.(withFunctionsAlone(plan.request.request)), signal)) ??
      chatMlPrompt(engine, plan.request, plan.continued);
    signal?.throwIfAborted();
    const abort = () => job.end(signal!.reason);
    const job = new Job(plan, {
      prompt,
      maxTokens: this.maxTokens(plan, prompt.length),
      row: this.row,
      nextSequence: () => ++this.sequences,
      release: (sequence) => this.release(sequence),
      onRoom: () => void this.run(),
      onEnd: (ended) => {
        this.jobs.delete(ended);
        this.abandon();
        signal?.removeEventListener("abort", abort);
      },
    });
    if (job.isOver) return job.stream;
    signal?.addEventListener("abort", abort, { once: true });
    this.jobs.add(job);
    void this.run();
    return job.stream;
  }

  private maxTokens(plan: DecodePlan, promptLength: number): number {
    const { maxTokens: asked } = plan.stopping;
    const most = this.engine.maxTokens ?? Number.POSITIVE_INFINITY;
    if (promptLength >= most) {
      const rule = `the prompt has ${promptLength} tokens, and ${plan.model} takes fewer than ${most}`;
      throw refusal(plan.request, "limit", [[["messages"], rule]]);
    }
    const bound = asked === Number.POSITIVE_INFINITY ? (this.options.maxTokens ?? defaults.maxTokens) : asked;
    return Math.min(bound, most - promptLength);
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    const turns = new EventLoopTurns();
    try {
      while (this.hasWork()) {
        const seats = this.nextSeats();
        if (seats.length > 0) await this.pass(seats, turns);
        // All that the engine holds is kept for forks, which find no room.
        else for (const job of [...this.jobs]) job.giveUpForks();
        // An engine that computes at once would let nothing else happen: no new request, no abort.
        await turns.next();
      }
    } finally {
      turns.close();
      this.isRunning = false;
    }
  }

  /** Jobs that stand still begin again by themselves. */
  private hasWork(): boolean {
    for (const job of this.jobs) if (!job.isStill) return true;
    return false;
  }

  /** Those that wait and that the engine has room for, the jobs that were served longest ago first. */
  private nextSeats(): Seat[] {
    const { maxBatch = defaults.maxBatch, maxSequences = Number.POSITIVE_INFINITY } = this.engine;
    const seats: Seat[] = [];
    let lacksRoom = false;
    const jobs = [...this.jobs];
    for (const job of jobs) {
      if (seats.length === maxBatch) break;
      if (job.isStill) continue;
      for (const seat of job.waiting) {
        if (seats.length === maxBatch) break;
        if (!this.held.has(seat.sequence) && this.held.size >= maxSequences) {
          lacksRoom = true;
          continue;
        }
        this.held.add(seat.sequence);
        seats.push(seat);
      }
      // To the end of the line.
      this.jobs.delete(job);
      this.jobs.add(job);
    }
    // For the next pass.
    if (lacksRoom) for (const job of jobs) if (job.isStill) job.makeRoom();
    return seats;
  }

  private async pass(seats: readonly Seat[], turns: EventLoopTurns): Promise<void> {
    this.passBegan = performance.now();
    const computing = this.forward(seats).finally(() => {
      this.passBegan = undefined;
    });
    // An engine that gathers a batch begins a turn or two after it's asked: to prepare before that would hold it up.
    for (let turn = 0; turn < 2 && this.passBegan !== undefined; turn++) await turns.next();
    if (this.passBegan !== undefined) for (const { choice } of seats) choice.prepare();
    const rows = await computing;
    for (const sequence of this.left.splice(0)) this.release(sequence);
    for (const [i, seat] of seats.entries()) {
      const row = rows[i]!;
      try {
        if (row instanceof Error) throw row;
        seat.job.advance(seat, row);
      } catch (error) {
        seat.job.end(error);
      }
    }
  }

  /** The logits for each seat. A pass that fails as a whole is tried again row by row: only those fail that fail alone. Never throws. */
  private async forward(seats: readonly Seat[]): Promise<readonly (Float32Array | Error)[]> {
    const controller = new AbortController();
    this.abandon = () => {
      if (seats.every(({ job }) => job.isOver)) controller.abort();
    };
    try {
      const rows = await this.engine.forward(seats.map(rowOf), controller.signal);
      if (rows.length !== seats.length) throw new Error(`the engine gave ${rows.length} rows for ${seats.length}`);
      // Also those that nobody waits for any more: to read a row is to let go of its memory.
      return await Promise.all(rows.map((row) => ("read" in row ? row.read().catch(asError) : row)));
    } catch (error) {
      if (seats.length === 1) return [asError(error)];
      const rows: (Float32Array | Error)[] = [];
      for (const seat of seats) rows.push(...(seat.job.isOver ? [asError(error)] : await this.forward([seat])));
      return rows;
    } finally {
      this.abandon = () => {};
    }
  }

  /** An engine that fails to forget a sequence can't be trusted with the others. */
  private release(sequence: number): void {
    if (this.passBegan !== undefined) {
      this.left.push(sequence);
      return;
    }
    if (!this.held.delete(sequence)) return;
    try {
      this.engine.release?.(sequence);
    } catch (error) {
      for (const job of [...this.jobs]) job.end(error);
    }
  }
}

/** One request by itself, on an engine that serves nothing else meanwhile: a ChatDecoder numbers an engine's sequences. */
export function generate(
  engine: Engine,
  request: ChatCompletionRequest | string,
  options: ChatDecoderOptions & GenerateOptions = {},
): Promise<CompletionStream> {
  return new ChatDecoder(engine, options).generate(request, options);
}

/** Throws the signal's reason as soon as it is aborted, whatever becomes of the promise. */
async function unlessAborted<T>(promise: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function rowOf({ sequence, choice: { tokens }, known, forkOf }: Seat): ForwardRow {
  return { sequence, tokens, known, ...(forkOf !== undefined && { forkOf }) };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
