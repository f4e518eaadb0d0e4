// An answer of the chat loop, and where its time went.

import { ChatDecoder, type Engine } from "../../src/chat/index.ts";
import type { AnswerFields } from "./workload.ts";

export interface Decoding {
  /** The answer's text; of a tool call, {"name": …, "arguments": …}. */
  readonly text: string;
  /** The stop token and forced tokens included. */
  readonly tokens: number;
  readonly passes: number;
  /** Did it stop by itself? */
  readonly isComplete: boolean;
  /** From the second token on: the first one waits for the prompt. */
  readonly milliseconds: number;
  /** The processor's time for the same, of all threads: others on the machine don't count in. */
  readonly cpuMilliseconds: number;
}

export class MeteredDecoder {
  private readonly decoder: ChatDecoder;
  private readonly model: string;
  private passes = 0;
  private firstPassEnd = { wall: 0, cpu: 0 };

  constructor(engine: Engine) {
    this.model = engine.model;
    this.decoder = new ChatDecoder({
      model: engine.model,
      vocabulary: engine.vocabulary,
      encode: engine.encode,
      decode: engine.decode,
      prompt: (request) => engine.prompt!(request),
      forward: async (rows, signal) => {
        const logits = await engine.forward(rows, signal);
        if (this.passes++ === 0) this.firstPassEnd = { wall: performance.now(), cpu: cpuNow() };
        return logits;
      },
      release: (sequence) => engine.release?.(sequence),
    });
  }

  /** Milliseconds that the constraint takes to compile; the answer finds it compiled. */
  compile(fields: AnswerFields): number {
    const begin = performance.now();
    this.decoder.plan({ model: this.model, messages: [{ role: "user", content: "" }], ...fields });
    return performance.now() - begin;
  }

  /** The likeliest token always. */
  async answer(message: string, fields: AnswerFields, maxTokens: number): Promise<Decoding> {
    this.passes = 0;
    const stream = await this.decoder.generate({
      model: this.model,
      messages: [{ role: "user", content: message }],
      temperature: 0,
      max_completion_tokens: maxTokens,
      ...fields,
    });
    const { choices, usage } = await stream.completion();
    const { finish_reason, message: answer } = choices[0]!;
    const [call] = answer.tool_calls ?? [];
    return {
      text: call?.type === "function" ? textOf(call.function) : (answer.content ?? ""),
      tokens: usage.completion_tokens,
      passes: this.passes,
      isComplete: finish_reason !== "length",
      milliseconds: performance.now() - this.firstPassEnd.wall,
      cpuMilliseconds: cpuNow() - this.firstPassEnd.cpu,
    };
  }
}

function textOf(call: { readonly name: string; readonly arguments: string }): string {
  return `{"name":${JSON.stringify(call.name)},"arguments":${call.arguments}}`;
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
