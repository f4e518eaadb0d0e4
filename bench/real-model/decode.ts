// Answers of the chat loop, and where their time went. The constrained and the unconstrained loop are two decoders, and so is the one that
// says an answer again: each constraint is as new to the one as to the other.
import { ChatDecoder, type Engine } from "../../src/chat/index.ts";
import { MeteredEngine, now, type Pass } from "./metered-engine.ts";
import { Stopwatch } from "./stopwatch.ts";
import { toolDialect, type WorkloadRequest } from "./workload.ts";

export interface Decoding {
  /** The answer's text; of a tool call, {"name": …, "arguments": …}. */
  readonly text: string;
  /** The stop token and forced tokens included. */
  readonly tokens: readonly number[];
  /** Did it stop by itself? */
  readonly isComplete: boolean;
  /** Those behind the prompt's, and all times without it. */
  readonly passes: readonly Pass[];
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly parts: Stopwatch["times"];
}

export interface DecodeOptions {
  readonly maxTokens: number;
  /** The answer is this, a pass for each token; without it, the likeliest token always. */
  readonly said?: readonly number[];
}

export class MeteredDecoder {
  private readonly metered: MeteredEngine;
  private readonly watch: Stopwatch;
  private readonly free: ChatDecoder;
  private readonly constrained: ChatDecoder;
  private readonly again: ChatDecoder;

  constructor(engine: Engine) {
    this.watch = new Stopwatch();
    this.metered = new MeteredEngine(engine, toolDialect);
    this.free = new ChatDecoder(this.metered.engine);
    this.constrained = new ChatDecoder(this.metered.engine);
    this.again = new ChatDecoder(this.metered.engine);
  }

  /** Milliseconds that the constraint takes to compile; `answerConstrained` finds it compiled. */
  compile({ messages, fields }: WorkloadRequest): number {
    const { model } = this.free.engine;
    const begin = performance.now();
    this.constrained.plan({ model, messages, ...fields });
    const milliseconds = performance.now() - begin;
    this.again.plan({ model, messages, ...fields });
    return milliseconds;
  }

  answerConstrained({ messages, fields }: WorkloadRequest, options: DecodeOptions): Promise<Decoding> {
    const decoder = options.said === undefined ? this.constrained : this.again;
    return this.decode(decoder, { messages, ...fields }, options);
  }

  answerFreely({ messages, freeFields }: WorkloadRequest, options: DecodeOptions): Promise<Decoding> {
    return this.decode(this.free, { messages, ...freeFields }, options);
  }

  private async decode(
    decoder: ChatDecoder,
    request: Pick<WorkloadRequest, "messages"> & WorkloadRequest["fields"],
    { maxTokens, said }: DecodeOptions,
  ): Promise<Decoding> {
    const { metered, watch } = this;
    watch.start();
    watch.takesForced = said === undefined;
    metered.start(said);
    const { model } = decoder.engine;
    const limits = { temperature: 0, max_completion_tokens: maxTokens };
    const stream = await decoder.generate({ model, ...limits, ...request });
    const { choices, usage } = await stream.completion();
    const end = now();
    const { finish_reason, message } = choices[0]!;
    const [call] = message.tool_calls ?? [];
    return {
      text: call?.type === "function" ? textOf(call.function) : (message.content ?? ""),
      tokens: watch.tokens.slice(usage.prompt_tokens),
      isComplete: finish_reason !== "length",
      passes: metered.passes.slice(1),
      milliseconds: end.wall - metered.firstEnd.wall,
      cpuMilliseconds: end.cpu - metered.firstEnd.cpu,
      parts: { ...watch.times },
    };
  }
}

function textOf(call: { readonly name: string; readonly arguments: string }): string {
  return `{"name":${JSON.stringify(call.name)},"arguments":${call.arguments}}`;
}
