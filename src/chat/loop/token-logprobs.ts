// Log-probabilities of a step in OpenAI's spelling.
import type { DecodePlan } from "../decode-plan.ts";
import type { ChosenLogprob, TokenLogprob } from "../response.ts";
import { computeLogProbabilities } from "../sampler/log-probabilities.ts";

/** JSON has no −Infinity; OpenAI's API says this. */
const impossible = -9999;

export class TokenLogprobs {
  private readonly plan: DecodePlan;
  private readonly top: number;

  /** `top`: how many of the likeliest tokens are told beside the chosen one. */
  constructor(plan: DecodePlan, top: number) {
    this.plan = plan;
    this.top = top;
  }

  /** The model's own: before penalties, bias, mask and temperature. Cost: two passes over the logits. */
  of(logits: Float32Array, token: number): ChosenLogprob {
    const { logprob, top } = computeLogProbabilities(logits, this.plan.vocabulary.size, token, this.top);
    return { ...this.named(token, logprob), top_logprobs: top.map((each) => this.named(each.token, each.logprob)) };
  }

  private named(token: number, exactLogprob: number): TokenLogprob {
    const { specialNames, vocabulary } = this.plan;
    const logprob = Math.max(exactLogprob, impossible);
    const bytes = vocabulary.tokenBytes(token);
    if (bytes === null) return { token: specialNames.get(token) ?? "", logprob, bytes: null };
    return { token: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), logprob, bytes: [...bytes] };
  }
}
