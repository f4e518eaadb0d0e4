// How long is a U-label as an A-label, and can a text that is too long become short enough by what follows? It can: characters behind enlarge
// the integers before, with them Punycode's bias, and an integer may need fewer digits for a greater bias. That is rare; a lower bound,
// which knows of each integer and each bias only in what range they are, mostly rules it out.
import { adapt, asciiEnd, base, digitCount, initialBias, insertionsOf, threshold } from "./punycode.ts";

export const acePrefix = 4;
const maxDigits = 6;

/** Octets of a U-label's A-label. Cost: quadratic in its length. */
export function aceLength(text: readonly number[]): number {
  let bias = initialBias;
  let octets = acePrefix + asciiOctets(text);
  insertionsOf(text).forEach(({ delta, length }, i) => {
    octets += digitCount(delta, bias);
    bias = adapt(delta, length, i === 0);
  });
  return octets;
}

/**
 * Is any label longer than 63 octets that begins with `text` and is longer than it? False where that isn't proven.
 *
 * What follows `text` stands at no place between its characters: x characters that are inserted before one of `text`'s change its integer
 * by x times `ahead`, and by that the bias, both known exactly. Only between two of `text`'s insertions may others take steps of the second one, and
 * then its bias is known by its range. So the fewest octets by x, insertion after insertion, are a lower bound for all that may follow.
 */
export function staysTooLong(text: readonly number[], limit: number): boolean {
  const insertions = insertionsOf(text);
  const ascii = acePrefix + asciiOctets(text);
  const least = insertions.reduce((sum, { delta }) => sum + mostOfDigits.findIndex((most) => most >= delta), ascii);
  const more = limit - least;
  if (more < 1) return true;
  const start = text.length === insertions.length ? 1 : 0;
  let known = Array.from({ length: more + 1 }, (_, x) => ({ octets: ascii + x + (x > 0 ? start : 0), bias: initialBias }));
  let ranged = known.map(() => ({ octets: Infinity, high: 0 }));
  insertions.forEach(({ delta, ahead, length }, i) => {
    const nextKnown = known.map(({ octets, bias }, x) => {
      const own = delta + ahead * x;
      const other = ranged[x]!;
      const fewest = Math.min(octets + digitCount(own, bias), other.octets + fewestDigits(own, other.high));
      return { octets: fewest, bias: adapt(own, length + x, i === 0) };
    });
    const nextRanged = known.map((_, x) => ({ octets: Infinity, high: adapt(delta + ahead * x, length + x, false) }));
    for (let x = 0; x < more; x++) {
      const steps = delta + ahead * x;
      const reach = (count: number, octets: number) => {
        const next = nextRanged[x + count]!;
        next.octets = Math.min(next.octets, octets);
      };
      for (let cost = 1; x + cost <= more && cost <= maxDigits; cost++) {
        const { octets, bias } = known[x]!;
        reach(1, octets + cost + leastBehindOne(steps, cost, bias, length + x));
        const other = Math.min(octets, ranged[x]!.octets);
        const fewest = other + cost + leastBehind(steps, cost, length + x);
        for (let count = other === octets ? 2 : 1; count <= cost; count++) reach(count, fewest);
        if (other !== octets) continue;
        reach(1, ranged[x]!.octets + cost + leastBehind(steps, cost, length + x));
      }
    }
    known = nextKnown;
    ranged = nextRanged;
  });
  return known.every(({ octets }, x) => octets + (x === 0 ? 1 : 0) > limit) && ranged.every(({ octets }) => octets > limit);
}

/** The fewest digits of an integer of which an insertion with `cost` digits under `bias` has taken steps. */
function leastBehindOne(delta: number, cost: number, bias: number, length: number): number {
  const most = mostUnder(bias, cost);
  const least = mostUnder(bias, cost - 1) + 1;
  if (least > delta) return Infinity;
  const low = adapt(least, length, false);
  return fewestDigits(Math.max(0, delta - most - 1), adapt(Math.min(most, delta), length, false), low);
}

/** The greatest integer with so many digits. */
function mostUnder(bias: number, digits: number): number {
  let most = -1;
  let weight = 1;
  for (let digit = 0; digit < digits; digit++) {
    const t = threshold(digit, bias);
    most += t * weight;
    weight *= base - t;
  }
  return most;
}

/** The same of any number of insertions, under any bias. */
function leastBehind(delta: number, cost: number, length: number): number {
  let least = Infinity;
  for (let last = 1; last <= cost; last++) {
    const taken = mostOfDigits[last]! + 1 + (cost > last ? mostOfDigits[cost - last]! + 1 : 0);
    least = Math.min(least, fewestDigits(Math.max(0, delta - taken), adapt(mostOfDigits[last]!, length, false)));
  }
  return least;
}

function asciiOctets(text: readonly number[]): number {
  const count = text.filter((codePoint) => codePoint < asciiEnd).length;
  return count === 0 ? 0 : count + 1;
}

/** Of the spellings under a bias from `low` to `high`. */
function fewestDigits(delta: number, high: number, low = 0): number {
  let fewest = Infinity;
  for (let bias = low; bias <= high && fewest > 1; bias++) fewest = Math.min(fewest, digitCount(delta, bias));
  return fewest;
}

/** By a number of digits: the greatest integer that has a spelling so long, whatever the bias. */
const mostOfDigits = [-1, 25, 910, 31_885, 1_116_010, 39_060_385, 1_367_113_510];
