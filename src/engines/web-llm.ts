// `grammask/engines/web-llm`: constraints for WebLLM (0.2), by its logit processor. It reads all logits back from the GPU at each step, runs
// after WebLLM's own grammar masks and before logit_bias, and belongs to a model, not to a request; so the constraint is changed on it.
import { maskWords } from "../automaton/mask.ts";
import { ConstraintError } from "../base/errors.ts";
import { applyMask } from "../gpu/kernels/apply-mask.ts";
import type { Matcher } from "../matcher/matcher.ts";

/**
 * `new Map([[modelId, processor]])` is the engine's `logitProcessorRegistry` (an MLCEngine on this thread, or in the worker's own script). Before
 * each request: `processor.constrain(matcher)`, or null for a free one.
 */
export class ConstraintLogitProcessor {
  #matcher: Matcher | null = null;
  #words = new Uint32Array(0);

  constrain(matcher: Matcher | null): void {
    this.#matcher = matcher;
    if (matcher !== null) this.#words = new Uint32Array(maskWords(matcher.vocabulary.size));
  }

  /** In place. The logits may be wider than the vocabulary. */
  readonly processLogits = (logits: Float32Array): Float32Array => {
    const matcher = this.#matcher;
    if (matcher === null) return logits;
    matcher.fillMask(this.#words);
    const { size: vocabularySize } = matcher.vocabulary;
    applyMask(logits, this.#words, { rows: 1, vocabularySize, logitsWidth: logits.length });
    return logits;
  };

  /** Throws ConstraintError "usage" for a token that its mask forbade. */
  readonly processSampledToken = (token: number): void => {
    if (this.#matcher?.accept(token) === false) {
      throw new ConstraintError("usage", `token ${token} was chosen, but isn't allowed`);
    }
  };

  /** The chat is begun anew: so is the constraint. */
  readonly resetState = (): void => {
    this.#matcher?.reset();
  };
}
