// What a request says about sampling, with its defaults filled in.

export interface SamplingSettings {
  /** 0: the likeliest token, always. */
  readonly temperature: number;
  /** How many of the likeliest tokens are left; Infinity for all. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  /** 1 does nothing. */
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
