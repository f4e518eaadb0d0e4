// What a request says about sampling, with its defaults filled in. README.md says in which order it is carried out.

export interface SamplingSettings {
  /** 0, and all below 10⁻⁵: the likeliest token, always; of equals the one with the lowest id. */
  readonly temperature: number;
  /** How many of the likeliest tokens are left, and the equals of the last one; Infinity for all. */
  readonly topK: number;
  /** A token is left where all likelier ones together have less than this part of the probability that top_k has left; 1 for all. */
  readonly topP: number;
  /** A token is left where it is at least this many times as likely as the likeliest; 0 for all. */
  readonly minP: number;
  /** Taken from a logit for each time that its token is in the output. */
  readonly frequencyPenalty: number;
  /** Taken from a logit whose token is in the output. */
  readonly presencePenalty: number;
  /** Positive logits of tokens in the prompt or the output are divided by it, negative ones multiplied; 1 does nothing. */
  readonly repetitionPenalty: number;
  /** By token id; added to the logit before the mask. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** 64 bits. The same seed, request and logits give the same tokens. */
  readonly seed: bigint;
}

export const defaultSampling: Omit<SamplingSettings, "seed"> = {
  temperature: 1,
  topK: Number.POSITIVE_INFINITY,
  topP: 1,
  minP: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
  repetitionPenalty: 1,
  logitBias: new Map(),
};
