// The loop: many requests on one engine, a forward pass for all that wait at a time. Requests join and leave between passes; one that fails
// leaves by itself.
import { Compiler, type CompilerOptions } from "../../matcher/compiler.ts";
import { DecodePlan } from "../decode-plan.ts";
import type { DeviceLogits, Engine, ForwardRow } from "../engine.ts";
import { chatMlPrompt } from "../prompt.ts";
import { RequestReader, type RequestReaderOptions } from "../read-request.ts";
import { refusal } from "../refusal.ts";
import type { ChatCompletionRequest } from "../request.ts";
import { Row } from "../sampler/row.ts";
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

/** One request by itself. Keep a ChatDecoder for several: it shares forward passes and compiled constraints. */
export function generate(
  engine: Engine,
  request: ChatCompletionRequest | string,
  options: ChatDecoderOptions & GenerateOptions = {},
): Promise<CompletionStream> {
  return new ChatDecoder(engine, options).generate(request, options);
}

const defaults = { maxTokens: 16_384, maxBatch: 64 };

export class ChatDecoder {
  readonly engine: Engine;
  private readonly options: ChatDecoderOptions;
  private readonly compiler: Compiler;
  private readonly row: Row;
  private readonly reader: RequestReader;
  private readonly jobs = new Set<Job>();
  private isRunning = false;
  private sequences = 0;
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

  /** How many requests are being decoded. */
  get load(): number {
    return this.jobs.size;
  }

  /**
   * Checks a request (a value, or its JSON text, which keeps 64-bit seeds, the order of integer-like keys and the spelling of numbers), and
   * compiles its constraint. Throws a RequestError that names all that is wrong with it.
   */
  plan(request: ChatCompletionRequest | string): DecodePlan {
    return new DecodePlan(this.reader.read(request), this.engine, this.compiler);
  }

  /** `decode(plan(request))`. */
  async generate(request: ChatCompletionRequest | string, options: GenerateOptions = {}): Promise<CompletionStream> {
    return this.decode(this.plan(request), options);
  }

  /** Joins the loop. Throws a RequestError where the prompt is too long, and what the engine's `prompt` throws. */
  async decode(plan: DecodePlan, { signal }: GenerateOptions = {}): Promise<CompletionStream> {
    signal?.throwIfAborted();
    const { engine } = this;
    const prompt = (await engine.prompt?.(plan.request.request)) ?? chatMlPrompt(engine, plan.request);
    signal?.throwIfAborted();
    const job = new Job(plan, {
      prompt,
      maxTokens: this.maxTokens(plan, prompt.length),
      row: this.row,
      nextSequence: () => ++this.sequences,
      release: (sequence) => engine.release?.(sequence),
      onEnd: (ended) => {
        this.jobs.delete(ended);
        this.abandon();
        signal?.removeEventListener("abort", abort);
      },
    });
    const abort = () => job.end(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (job.waiting.length > 0) {
      this.jobs.add(job);
      void this.run();
    }
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
      while (this.jobs.size > 0) {
        await this.pass(this.nextSeats());
        // An engine that computes at once would let nothing else happen: no new request, no abort.
        await turns.next();
      }
    } finally {
      turns.close();
      this.isRunning = false;
    }
  }

  /** Those that wait, the jobs that were served longest ago first. */
  private nextSeats(): Seat[] {
    const { maxBatch = defaults.maxBatch } = this.engine;
    const seats: Seat[] = [];
    for (const job of [...this.jobs]) {
      if (seats.length === maxBatch) break;
      seats.push(...job.waiting.slice(0, maxBatch - seats.length));
      // To the end of the line.
      this.jobs.delete(job);
      this.jobs.add(job);
    }
    return seats;
  }

  private async pass(seats: readonly Seat[]): Promise<void> {
    const rows = seats.map(({ sequence, choice: { tokens }, known, forkOf }): ForwardRow => {
      return { sequence, tokens, known, ...(forkOf !== undefined && { forkOf }) };
    });
    const lengths = rows.map(({ tokens }) => tokens.length);
    const computing = this.forward(seats, rows);
    for (const { choice } of seats) choice.prepare();
    const results = await computing;
    for (const [i, { job }] of seats.entries()) {
      try {
        const result = results[i]!;
        if (result instanceof Error) throw result;
        job.advance(seats[i]!, result instanceof Float32Array ? result : await result.read(), lengths[i]!);
      } catch (error) {
        job.end(error);
      }
    }
  }

  /** A pass that fails as a whole is tried again row by row: only those fail that fail alone. */
  private async forward(
    seats: readonly Seat[],
    rows: readonly ForwardRow[],
  ): Promise<readonly (Float32Array | DeviceLogits | Error)[]> {
    const controller = new AbortController();
    this.abandon = () => {
      if (seats.every(({ job }) => job.isOver)) controller.abort();
    };
    try {
      const results = await this.engine.forward(rows, controller.signal);
      if (results.length === rows.length) return results;
      throw new Error(`the engine gave ${results.length} rows of logits for ${rows.length}`);
    } catch (error) {
      if (rows.length === 1) return [error instanceof Error ? error : new Error(String(error))];
      const results: (Float32Array | DeviceLogits | Error)[] = [];
      for (const [i, row] of rows.entries()) results.push(...(await this.forward([seats[i]!], [row])));
      return results;
    }
  }
}
