// The log-probabilities of a response: of the token that was taken and of the likeliest ones, under the model's own distribution (no penalty,
// bias, mask or temperature), or under that distribution given that the mask's tokens are the only ones there are. The sum is over all of the
// vocabulary, in float64; it's paid only by a request that asks.
import { type Mask, maskAllows } from "../../automaton/mask.ts";
import { expRange, quickExp } from "./quick-exp.ts";

export interface TokenLogProbability {
  readonly token: number;
  /** Natural logarithm; −Infinity for a token that is impossible. */
  readonly logprob: number;
}

export interface LogProbabilities {
  readonly logprob: number;
  /** The likeliest tokens, likeliest first, of equals the lowest id first; none that is impossible. */
  readonly top: readonly TokenLogProbability[];
}

/**
 * Of `token` and the `top` likeliest, 0 … 20. With a mask they are those of the model given that the mask allows what is said; without one, the
 * model's own. Logits beyond `vocabularySize` don't count, NaN counts as −Infinity, and tokens with +Infinity share all of the probability.
 */
export function computeLogProbabilities(
  logits: Float32Array,
  vocabularySize: number,
  token: number,
  top: number,
  mask?: Mask,
): LogProbabilities {
  const best = new TopTokens(top);
  const ids = mask?.kind === "sparse" ? mask.ids : undefined;
  const words = mask?.kind === "dense" ? mask.words : undefined;
  const count = ids === undefined ? vocabularySize : ids.length;
  let least = top === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  // Of e^(logit − max). A new greatest logit rescales it, which is rare.
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const id = ids === undefined ? i : ids[i]!;
    if (words !== undefined && ((words[id >> 5]! >>> (id & 31)) & 1) === 0) continue;
    const logit = logits[id]!;
    if (logit > least) least = best.add(id, logit);
    if (logit > max) {
      sum = sum * Math.exp(max - logit) + 1;
      max = logit;
    } else if (logit === max) sum++;
    else if (logit - max > -expRange) sum += quickExp(logit - max);
  }

  const logSum = Math.log(sum);
  const logOf = (id: number): number => {
    const logit = logits[id]!;
    if (!(logit > Number.NEGATIVE_INFINITY)) return Number.NEGATIVE_INFINITY;
    return (logit === max ? 0 : logit - max) - logSum;
  };
  const isAllowed = mask === undefined || maskAllows(mask, token);
  return {
    logprob: isAllowed ? logOf(token) : Number.NEGATIVE_INFINITY,
    top: best.tokens
      .map((id) => ({ token: id, logprob: logOf(id) }))
      .filter(({ logprob }) => logprob > Number.NEGATIVE_INFINITY),
  };
}

/** The tokens with the greatest logits so far, greatest first. Few, so they are kept in order by insertion. */
class TopTokens {
  readonly tokens: number[] = [];
  private readonly logits: number[] = [];
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Returns what the next logit must exceed to get in. */
  add(token: number, logit: number): number {
    const { logits, most, tokens } = this;
    let place = Math.min(logits.length, most - 1);
    for (; place > 0 && logits[place - 1]! < logit; place--) {
      logits[place] = logits[place - 1]!;
      tokens[place] = tokens[place - 1]!;
    }
    logits[place] = logit;
    tokens[place] = token;
    return logits.length < most ? Number.NEGATIVE_INFINITY : logits[most - 1]!;
  }
}
