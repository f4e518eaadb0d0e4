// A mask for llama.cpp's own samplers: a TokenBias of −Infinity on every disallowed token. node-llama-cpp's `TokenBias.set` tokenises
// what it is given and passes over end tokens; its sampler reads nothing but `_tokenizer` and `_biases`, so those are what is made here.
import { maskWords } from "../../automaton/mask.ts";
import type { Matcher } from "../../matcher/matcher.ts";
import type { LlamaModel } from "./llama-types.ts";

/** As the sampler of node-llama-cpp 3.22 reads it. */
export interface MaskBias {
  readonly _tokenizer: unknown;
  readonly _biases: Iterable<readonly [token: number, bias: number]>;
  /** In the type only: a mask isn't added to. */
  set(): never;
}

/**
 * For `sequence.evaluate(tokens, { tokenBias: tokenBias(matcher, model), yieldEogToken: true })`: asked at every step, it bars what the
 * matcher doesn't allow there. The caller accepts each token before it asks for the next, and stops at `matcher.isTerminated`. No
 * token predictor beside it: that samples ahead of the matcher. Cost of a step: linear in the vocabulary.
 */
export function tokenBias(matcher: Matcher, model: LlamaModel): () => MaskBias {
  const words = new Uint32Array(maskWords(matcher.vocabulary.size));
  return () => {
    matcher.fillMask(words);
    return {
      _tokenizer: model.tokenizer,
      _biases: { [Symbol.iterator]: () => disallowed(words, matcher.vocabulary.size) },
      set() {
        throw new TypeError("a mask's bias can't be added to");
      },
    };
  };
}

function* disallowed(words: Uint32Array, size: number): Generator<readonly [number, number]> {
  // One pair for all: the sampler takes it apart before it asks for the next.
  const pair: [number, number] = [0, Number.NEGATIVE_INFINITY];
  for (let id = 0; id < size; id++) {
    if (((words[id >> 5]! >>> (id & 31)) & 1) === 1) continue;
    pair[0] = id;
    yield pair;
  }
}
