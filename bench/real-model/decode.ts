// The decoding that is measured: the likeliest token always, with a mask or without one, and where the time went.
import type { Engine } from "../../src/chat/engine.ts";
import { applyMask } from "../../src/gpu/index.ts";
import type { Matcher } from "../../src/index.ts";

export interface Decoding {
  readonly text: string;
  /** The stop token included. */
  readonly tokens: number;
  /** Did it stop by itself? */
  readonly isComplete: boolean;
  /** From the second token on: the first one waits for the prompt. */
  readonly milliseconds: number;
  /** The processor's time for the same, of all threads: others on the machine don't count in. */
  readonly cpuMilliseconds: number;
  /** Of that, for masks: to work them out, to put them on the logits, to accept tokens. */
  readonly maskMilliseconds: number;
}

let sequences = 0;

export async function decode(
  engine: Engine,
  prompt: readonly number[],
  matcher: Matcher | undefined,
  maxTokens: number,
): Promise<Decoding> {
  const { vocabulary } = engine;
  const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
  const signal = new AbortController().signal;
  const sequence = sequences++;
  const tokens = [...prompt];
  let isComplete = false;
  let begin = 0;
  let cpuBegin = 0;
  let maskMilliseconds = 0;
  for (let known = 0; tokens.length < prompt.length + maxTokens && !isComplete; ) {
    const [logits] = await engine.forward([{ sequence, tokens, known }], signal);
    if (!(logits instanceof Float32Array)) throw logits;
    const before = cpuNow();
    if (known === 0) {
      begin = performance.now();
      cpuBegin = before;
    }
    if (matcher !== undefined) {
      matcher.fillMask(mask);
      applyMask(logits, mask, { rows: 1, vocabularySize: vocabulary.size, logitsWidth: logits.length });
    }
    const masked = cpuNow();
    const token = likeliest(logits);
    const chosen = cpuNow();
    if (matcher !== undefined && !matcher.accept(token)) throw new Error(`token ${token} isn't allowed`);
    if (known > 0) maskMilliseconds += masked - before + (cpuNow() - chosen);
    isComplete = vocabulary.eosTokenIds.includes(token);
    known = tokens.length;
    tokens.push(token);
  }
  const milliseconds = performance.now() - begin;
  const cpuMilliseconds = cpuNow() - cpuBegin;
  engine.release?.(sequence);
  const answer = tokens.slice(prompt.length, isComplete ? -1 : undefined);
  return {
    text: engine.decode(answer),
    tokens: tokens.length - prompt.length,
    isComplete,
    milliseconds,
    cpuMilliseconds,
    maskMilliseconds,
  };
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
