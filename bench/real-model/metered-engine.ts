// An engine that notes what each of its passes was, and that can make a greedy sampler say given tokens, so that two runs do the same work.
import type { Engine, ForwardRow } from "../../src/chat/index.ts";

export interface Pass {
  /** How many tokens went forward. */
  readonly tokens: number;
  /** From the call to the logits. */
  readonly milliseconds: number;
}

export interface Instant {
  readonly wall: number;
  /** The processor's time, of all threads: others on the machine don't count in. */
  readonly cpu: number;
}

/** In milliseconds. */
export function now(): Instant {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}

export class MeteredEngine {
  /** Since `start`; the first is the prompt's. */
  readonly passes: Pass[] = [];
  /** When the prompt's logits came. */
  firstEnd: Instant = now();
  /** `engine`, with these ears: what the loop is given. */
  readonly engine: Engine;
  private said: readonly number[] | undefined;
  private promptLength = 0;

  constructor(engine: Engine, toolDialect: string) {
    this.engine = {
      model: engine.model,
      vocabulary: engine.vocabulary,
      encode: engine.encode,
      decode: engine.decode,
      toolDialect,
      prompt: (request) => engine.prompt!(request),
      forward: async (rows, signal) => {
        const begin = performance.now();
        const [logits] = await engine.forward(rows, signal);
        this.note(rows[0]!, performance.now() - begin);
        if (logits instanceof Float32Array) this.steer(rows[0]!, logits);
        return [logits!];
      },
      release: (sequence) => engine.release?.(sequence),
    };
  }

  /** `said`: what the answer shall be, where the sampler is greedy and the constraint admits it. */
  start(said?: readonly number[]): void {
    this.passes.length = 0;
    this.said = said;
  }

  private note({ tokens, known }: ForwardRow, milliseconds: number): void {
    if (this.passes.length === 0) {
      this.firstEnd = now();
      this.promptLength = tokens.length;
    }
    this.passes.push({ tokens: tokens.length - known, milliseconds });
  }

  private steer({ tokens }: ForwardRow, logits: Float32Array): void {
    const token = this.said?.[tokens.length - this.promptLength];
    if (token !== undefined) logits[token] = Number.POSITIVE_INFINITY;
  }
}
