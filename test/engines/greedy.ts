// Decoding by hand, the likeliest token always: what the tests hold engines to.
import type { Engine } from "../../src/chat/engine.ts";
import { applyMask } from "../../src/gpu/index.ts";
import type { Matcher } from "../../src/index.ts";

export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

let sequences = 0;

/** The text up to a stop token or `maxTokens`; with a matcher it is constrained. */
export async function decodeGreedily(
  engine: Engine,
  prompt: string,
  matcher?: Matcher,
  maxTokens = 200,
): Promise<string> {
  const { vocabulary } = engine;
  const mask = new Uint32Array(Math.ceil(vocabulary.size / 32));
  const tokens = [...engine.encode(prompt)];
  const begin = tokens.length;
  const sequence = sequences++;
  for (let known = 0; tokens.length - begin < maxTokens; ) {
    const logits = await oneRow(engine, { sequence, tokens, known });
    if (matcher !== undefined) {
      matcher.fillMask(mask);
      applyMask(logits, mask, { rows: 1, vocabularySize: vocabulary.size });
    }
    const token = argmax(logits.subarray(0, vocabulary.size));
    if (matcher !== undefined && !matcher.accept(token))
      throw new Error(`token ${token} was let through, but isn't allowed`);
    if (vocabulary.eosTokenIds.includes(token)) break;
    known = tokens.length;
    tokens.push(token);
  }
  engine.release?.(sequence);
  return engine.decode(tokens.slice(begin));
}

/** Logits of a batch of one. */
export async function oneRow(engine: Engine, row: Parameters<Engine["forward"]>[0][number]): Promise<Float32Array> {
  const [result] = await engine.forward([row], new AbortController().signal);
  if (result instanceof Float32Array) return result;
  if (result instanceof Error) throw result;
  return result!.read();
}
