// Penalties and biases: the few logits of a row that the request and what was said before change.
import type { Row } from "./row.ts";
import type { SamplingSettings } from "./settings.ts";
import type { TokenCounts } from "./token-counts.ts";

const f = Math.fround;

export class Penalties {
  private readonly frequency: number;
  private readonly presence: number;
  private readonly repetition: number;
  private readonly inverseRepetition: number;
  private readonly looksBack: boolean;
  private readonly biasedTokens: Int32Array;
  private readonly biases: Float32Array;

  constructor(settings: SamplingSettings) {
    this.frequency = settings.frequencyPenalty;
    this.presence = settings.presencePenalty;
    this.repetition = f(settings.repetitionPenalty);
    this.inverseRepetition = f(1 / settings.repetitionPenalty);
    this.looksBack = this.frequency !== 0 || this.presence !== 0 || settings.repetitionPenalty !== 1;
    this.biasedTokens = Int32Array.from(settings.logitBias.keys());
    this.biases = Float32Array.from(settings.logitBias.values());
  }

  /** Is there a logit that `apply` will write to? */
  change(history: TokenCounts | undefined): boolean {
    return this.biasedTokens.length > 0 || (this.looksBack && history !== undefined && history.length > 0);
  }

  /**
   * Of a token in the prompt or the output a positive logit is divided by the repetition penalty, a negative one multiplied (CTRL, Keskar et al.
   * 2019). From one that is n times in the output n · frequency + presence is taken. Then biases are added.
   */
  apply(row: Row, history: TokenCounts | undefined): void {
    const { values } = row;
    if (this.looksBack && history !== undefined) {
      for (let i = 0; i < history.length; i++) {
        const place = row.placeOf(history.tokens[i]!);
        if (place < 0) continue;
        const value = values[place]!;
        const repeated = f(value * (value > 0 ? this.inverseRepetition : this.repetition));
        const outputs = history.outputs[i]!;
        values[place] = outputs === 0 ? repeated : repeated - f(this.frequency * outputs + this.presence);
      }
    }
    for (let i = 0; i < this.biases.length; i++) {
      const place = row.placeOf(this.biasedTokens[i]!);
      if (place >= 0) values[place]! += this.biases[i]!;
    }
  }
}
