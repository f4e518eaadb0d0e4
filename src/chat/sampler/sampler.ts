// A token from a row of logits. The order, and why nothing undoes the mask:
//
//  1. repetition penalty, frequency and presence penalties, logit biases (./penalties.ts)
//  2. stop tokens that min_tokens withholds, then the mask: both make a logit −Infinity, which nothing below can raise
//  3. temperature; 0 takes the greatest logit, of several the lowest id
//  4. top_k, top_p over what that left, min_p: each is a least logit, so equals stay or go together (./row.ts)
//  5. a race with Gumbel noise among what is left (./gumbel-race.ts)
//
// A sampler belongs to a request; the row it works in can be shared by all that take turns. A step allocates no arrays.
import type { Mask } from "../../automaton/mask.ts";
import { ConstraintError } from "../../base/errors.ts";
import { GumbelRace } from "./gumbel-race.ts";
import { Penalties } from "./penalties.ts";
import type { Row } from "./row.ts";
import type { SamplingSettings } from "./settings.ts";
import type { TokenCounts } from "./token-counts.ts";

/** What one step depends on beside its logits and the request. */
export interface SamplingStep {
  /** How many tokens the choice has already, and its number among the request's n. */
  readonly step: number;
  readonly choice: number;
  /** Absent: every token of the vocabulary. */
  readonly mask?: Mask | undefined;
  /** What penalties look at; needed only where there are any. */
  readonly history?: TokenCounts | undefined;
  /** While min_tokens isn't reached: the stop tokens. */
  readonly withheld?: ArrayLike<number> | undefined;
}

export interface Sample {
  readonly token: number;
  /** Nothing but withheld stop tokens could be drawn: the mask won over min_tokens, and this is one of them. */
  readonly minTokensUnmet: boolean;
}

/** Below this a temperature counts as 0, as in vLLM. */
const leastTemperature = 1e-5;

export class Sampler {
  private readonly settings: SamplingSettings;
  private readonly row: Row;
  private readonly penalties: Penalties;
  private readonly race: GumbelRace;

  constructor(settings: SamplingSettings, row: Row) {
    this.settings = settings;
    this.row = row;
    this.penalties = new Penalties(settings);
    this.race = new GumbelRace(settings.seed);
  }

  /**
   * The next token: the same for the same settings, logits and step, and never one that the mask forbids. `logits` isn't written to; what it has
   * beyond the vocabulary is ignored. A logit of NaN counts as −Infinity, and is never drawn; among logits of +Infinity all are as likely. Throws
   * ConstraintError "usage" where the logits are too few, and where all allowed ones are −Infinity or NaN.
   */
  sample(logits: Float32Array, step: SamplingStep): Sample {
    this.load(logits, step, step.withheld);
    let minTokensUnmet = false;
    if (this.row.max === Number.NEGATIVE_INFINITY && step.withheld !== undefined) {
      this.load(logits, step, undefined);
      minTokensUnmet = true;
    }
    if (this.row.max === Number.NEGATIVE_INFINITY)
      throw new ConstraintError("usage", "no token can be sampled: all allowed logits are −Infinity or NaN");
    return { token: this.draw(step), minTokensUnmet };
  }

  private load(logits: Float32Array, { mask, history }: SamplingStep, withheld: ArrayLike<number> | undefined): void {
    const { penalties, row } = this;
    row.open(logits, mask, withheld !== undefined || penalties.change(history));
    penalties.apply(row, history);
    if (withheld !== undefined) {
      for (let i = 0; i < withheld.length; i++) {
        const place = row.placeOf(withheld[i]!);
        if (place >= 0) row.values[place] = Number.NEGATIVE_INFINITY;
      }
    }
    row.close(mask);
  }

  private draw({ step, choice }: SamplingStep): number {
    const { race, row } = this;
    const { temperature, topK, topP, minP } = this.settings;
    if (temperature < leastTemperature) return row.argmax();
    row.scale(temperature);
    if (topK < row.vocabularySize) row.keepTop(topK);
    if (topP < 1) row.keepMass(topP);
    if (minP > 0) row.keepLikely(minP);
    race.start(step, choice);
    row.enter(race);
    return race.winner;
  }
}
