// Random walks through a constraint: at each state every token's bit is what reading its bytes says, and there is always a way on.
import fc from "fast-check";
import { expect } from "vitest";
import type { Constraint } from "../src/index.ts";

export interface Walks {
  readonly runs: number;
  /** Tokens of a walk, at most. */
  readonly steps: number;
  readonly seed: number;
}

/** `tokens`: the bytes of each token, first the 256 single ones; the constraint's vocabulary may have special tokens behind them. */
export function walkMasks(constraint: Constraint, tokens: readonly Uint8Array[], { runs, steps, seed }: Walks): void {
  const row = new Uint32Array(Math.ceil(constraint.vocabulary.size / 32));
  const walk = fc.property(fc.array(fc.nat(1_000_000), { minLength: steps, maxLength: steps }), (choices) => {
    const matcher = constraint.matcher();
    for (const choice of choices) {
      matcher.fillMask(row);
      const allowed = tokens.flatMap((_, id) => (((row[id >> 5]! >>> (id & 31)) & 1) === 1 ? [id] : []));
      expect(allowed.length > 0 || matcher.isAccepting).toBe(true);
      const readable = tokens.flatMap((token, id) => (matcher.fork().acceptBytes(token) ? [id] : []));
      expect(allowed).toEqual(readable);
      if (allowed.length === 0) return;
      // Long tokens and structure more often than single bytes of text.
      const long = allowed.filter((id) => id >= 256);
      const from = long.length > 0 && choice % 4 > 0 ? long : allowed;
      expect(matcher.accept(from[Math.floor(choice / 4) % from.length]!)).toBe(true);
    }
  });
  fc.assert(walk, { numRuns: runs, seed });
}
