// `grammask/engines/transformers`: constraints for the `generate` of Transformers.js (4.3), by its logits processors. They run before its
// sampler's own cuts, and they are synchronous: masks are worked out on this thread.
import { maskWords } from "../automaton/mask.ts";
import { ConstraintError } from "../base/errors.ts";
import { applyMask } from "../gpu/kernels/apply-mask.ts";
import type { Matcher } from "../matcher/matcher.ts";

/** The part of Transformers.js's Tensor that is touched: [rows, vocabulary], float32. */
export interface LogitsTensor {
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A function, as Transformers.js calls its processors, with the method that their type asks for. */
export interface ConstraintProcessor {
  (inputIds: readonly (readonly bigint[])[], logits: LogitsTensor): LogitsTensor;
  _call(inputIds: readonly (readonly bigint[])[], logits: LogitsTensor): LogitsTensor;
}

/**
 * For one call of `generate`: `processors.push(constraintProcessor([matcher]))`, and pass `logits_processor: processors`. One matcher a row
 * of the batch, or null for a row that is free. What a row holds at the first step is its prompt. A finished row gets nothing but stop tokens,
 * while the others go on. Rows that are changed, as beams are, cost as many steps as they were changed by. The model's
 * `eos_token_id` should be the vocabulary's. Throws ConstraintError "usage" where rows and matchers don't fit, or where a token
 * was chosen that its mask forbade.
 */
export function constraintProcessor(matchers: readonly (Matcher | null)[]): ConstraintProcessor {
  const rows = matchers.map((matcher) => (matcher === null ? null : new ConstrainedRow(matcher)));
  const process = (inputIds: readonly (readonly bigint[])[], logits: LogitsTensor): LogitsTensor => {
    const width = logits.dims.at(-1)!;
    if (inputIds.length !== rows.length) throw usage(`${rows.length} matchers for a batch of ${inputIds.length}`);
    if (!(logits.data instanceof Float32Array)) throw usage("the logits aren't float32");
    for (const [i, row] of rows.entries()) row?.mask(inputIds[i]!, logits.data, i * width, width);
    return logits;
  };
  return Object.assign(process, { _call: process });
}

/** A row's matcher, kept in step with its tokens. */
class ConstrainedRow {
  readonly #matcher: Matcher;
  readonly #words: Uint32Array;
  /** How long the prompt is; −1 before the first step. */
  #promptLength = -1;
  /** The tokens behind the prompt that the matcher has accepted. */
  readonly #accepted: number[] = [];

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
    this.#words = new Uint32Array(maskWords(matcher.vocabulary.size));
  }

  mask(tokens: readonly bigint[], logits: Float32Array, logitsOffset: number, logitsWidth: number): void {
    if (this.#promptLength < 0) this.#promptLength = tokens.length;
    this.#follow(tokens);
    this.#matcher.fillMask(this.#words);
    const { size: vocabularySize } = this.#matcher.vocabulary;
    applyMask(logits, this.#words, { rows: 1, vocabularySize, logitsOffset, logitsWidth });
  }

  #follow(tokens: readonly bigint[]): void {
    const accepted = this.#accepted;
    let same = 0;
    while (same < accepted.length && Number(tokens[this.#promptLength + same]) === accepted[same]) same++;
    this.#matcher.rollback(accepted.length - same);
    accepted.length = same;
    for (let i = this.#promptLength + same; i < tokens.length; i++) {
      const token = Number(tokens[i]);
      if (!this.#matcher.accept(token)) throw usage(`token ${token} was chosen, but isn't allowed`);
      accepted.push(token);
    }
  }
}

function usage(message: string): ConstraintError {
  return new ConstraintError("usage", message);
}
