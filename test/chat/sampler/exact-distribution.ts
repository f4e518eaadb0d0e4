// What a sampler must do, said once more: float64, a sort, no code in common. Also statistics to hold draws against it.
import type { Mask } from "../../../src/automaton/mask.ts";
import type { SamplingSettings } from "../../../src/chat/sampler/settings.ts";

export interface ExactCase {
  readonly logits: Float32Array;
  readonly vocabularySize: number;
  readonly settings: SamplingSettings;
  readonly mask?: Mask | undefined;
  readonly prompt?: readonly number[];
  readonly output?: readonly number[];
  readonly withheld?: readonly number[] | undefined;
}

export interface ExactDistribution {
  /** By token, none of them 0. */
  readonly probabilities: ReadonlyMap<number, number>;
  readonly minTokensUnmet: boolean;
  /** How near the least probable decision was: a mass to top_p's part, or a logit to min_p's. */
  readonly margin: number;
}

/** Logits must be finite; temperature above 0. Undefined: nothing can be drawn. */
export function exactDistribution(exact: ExactCase): ExactDistribution | undefined {
  const { settings } = exact;
  const allowed = Array.from({ length: exact.vocabularySize }, (_, id) => id).filter((id) => allows(exact.mask, id));
  const free = allowed.filter((id) => !exact.withheld?.includes(id));
  const minTokensUnmet = free.length === 0 && allowed.length > 0;
  let left = (minTokensUnmet ? allowed : free)
    .map((id) => ({ id, scaled: adjustedLogit(exact, id) / settings.temperature }))
    .sort((a, b) => b.scaled - a.scaled);
  if (left.length === 0) return undefined;

  if (settings.topK < left.length) left = left.filter(({ scaled }) => scaled >= left[settings.topK - 1]!.scaled);

  const greatest = left[0]!.scaled;
  const weightOf = (entry: { scaled: number }) => Math.exp(entry.scaled - greatest);
  const total = sumOf(left.map(weightOf));
  let margin = Number.POSITIVE_INFINITY;
  const likelier = (entry: { scaled: number }) =>
    sumOf(left.filter((other) => other.scaled > entry.scaled).map(weightOf)) / total;
  if (settings.topP < 1) {
    const masses = left.map(likelier);
    left = left.filter((_, i) => masses[i]! < settings.topP);
    margin = Math.min(margin, ...masses.map((mass) => Math.abs(mass - settings.topP)));
  }
  if (settings.minP > 0) {
    const least = greatest + Math.log(settings.minP);
    margin = Math.min(margin, ...left.map(({ scaled }) => Math.abs(scaled - least)));
    left = left.filter(({ scaled }) => scaled >= least);
  }
  const kept = sumOf(left.map(weightOf));
  return { probabilities: new Map(left.map((entry) => [entry.id, weightOf(entry) / kept])), minTokensUnmet, margin };
}

function adjustedLogit({ logits, settings, prompt = [], output = [] }: ExactCase, id: number): number {
  let logit = logits[id]!;
  const count = output.filter((token) => token === id).length;
  if (prompt.includes(id) || count > 0)
    logit = logit > 0 ? logit / settings.repetitionPenalty : logit * settings.repetitionPenalty;
  logit -= settings.frequencyPenalty * count;
  if (count > 0) logit -= settings.presencePenalty;
  return logit + (settings.logitBias.get(id) ?? 0);
}

function allows(mask: Mask | undefined, id: number): boolean {
  if (mask === undefined || mask.kind === "all") return true;
  return mask.kind === "sparse" ? mask.ids.includes(id) : ((mask.words[id >> 5]! >> (id & 31)) & 1) === 1;
}

/** Dense, or sparse where there are few, as an engine may hand it out; both are tried. */
export function maskOf(ids: readonly number[], vocabularySize: number, kind: "dense" | "sparse"): Mask {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  const count = ascending.length;
  if (kind === "sparse") return { id: 1, kind, count, ids: Int32Array.from(ascending) };
  const words = new Uint32Array(Math.ceil(vocabularySize / 32));
  for (const id of ascending) words[id >> 5]! |= 1 << (id & 31);
  return { id: 2, kind, count, words };
}

/**
 * How unlikely the counts are: χ² over cells of at least 5 expected (the others are put together), as a standard normal deviate (Wilson, Hilferty
 * 1931). Beyond 4 is one in 30,000. Draws of what can't be drawn: Infinity.
 */
export function deviate(counts: ReadonlyMap<number, number>, probabilities: ReadonlyMap<number, number>): number {
  const draws = sumOf([...counts.values()]);
  for (const cell of counts.keys()) if (!probabilities.has(cell)) return Number.POSITIVE_INFINITY;
  let chiSquare = 0;
  let cells = 0;
  let rareExpected = 0;
  let rareCount = 0;
  const add = (count: number, expected: number): void => {
    chiSquare += (count - expected) ** 2 / expected;
    cells++;
  };
  for (const [cell, probability] of probabilities) {
    const count = counts.get(cell) ?? 0;
    if (probability * draws >= 5) add(count, probability * draws);
    else {
      rareExpected += probability * draws;
      rareCount += count;
    }
  }
  if (rareExpected >= 1) add(rareCount, rareExpected);
  const freedom = cells - 1;
  if (freedom === 0) return 0;
  const spread = 2 / (9 * freedom);
  return ((chiSquare / freedom) ** (1 / 3) - (1 - spread)) / Math.sqrt(spread);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
