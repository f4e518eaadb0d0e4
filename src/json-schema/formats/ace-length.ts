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
  let known = Array.from({ length: more + 1 }, (_, x) => ({
    octets: ascii + x + (x > 0 ? start : 0),
    bias: initialBias,
  }));
  let ranged: Ranged[][] = known.map(() => []);
  insertions.forEach(({ delta, ahead, length }, i) => {
    const nextKnown = known.map(({ octets, bias }, x) => {
      const own = delta + ahead * x;
      const others = ranged[x]!.map((each) => each.octets + fewestDigits(own, each.low, each.high));
      const fewest = Math.min(octets + digitCount(own, bias), ...others);
      return { octets: fewest, bias: adapt(own, length + x, i === 0) };
    });
    const nextRanged: Ranged[][] = known.map(() => []);
    // Of the same code point, what follows comes behind.
    for (let x = 0; x < more && ahead > 0; x++) {
      const steps = delta + ahead * x;
      const { octets, bias } = known[x]!;
      const other = Math.min(...ranged[x]!.map((each) => each.octets));
      for (let cost = 1; x + cost <= more && cost <= maxDigits; cost++) {
        const one = octets + leastBehindOne(steps, cost, bias, length + x);
        const any = leastBehind(steps, cost, length + x);
        for (let count = 1; count <= cost; count++) {
          const fewest = cost + (count === 1 ? Math.min(one, other + any) : Math.min(octets, other) + any);
          if (fewest > limit) continue;
          // Those between have taken that many steps at most.
          const left = Math.max(0, steps - mostOfDigits[cost]! - 1);
          const low = adapt(left, length + x + count, false);
          const high = adapt(delta + ahead * (x + count), length + x + count, false);
          nextRanged[x + count]!.push({ octets: fewest, low, high });
        }
      }
    }
    known = nextKnown;
    ranged = nextRanged;
  });
  return (
    known.every(({ octets }, x) => octets + (x === 0 ? 1 : 0) > limit) &&
    ranged.every((all) => all.every(({ octets }) => octets > limit))
  );
}

/** Fewest octets, and the range of the bias. */
interface Ranged {
  readonly octets: number;
  readonly low: number;
  readonly high: number;
}

/** The fewest digits of an integer of which an insertion with `cost` digits under `bias` has taken steps. */
function leastBehindOne(delta: number, cost: number, bias: number, length: number): number {
  const most = mostUnder(bias, cost);
  const least = mostUnder(bias, cost - 1) + 1;
  if (least > delta) return Infinity;
  const low = adapt(least, length, false);
  return fewestDigits(Math.max(1, delta - most), low, adapt(Math.min(most, delta), length, false));
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
    least = Math.min(least, fewestDigits(Math.max(0, delta - taken), 0, adapt(mostOfDigits[last]!, length, false)));
  }
  return least;
}

function asciiOctets(text: readonly number[]): number {
  const count = text.filter((codePoint) => codePoint < asciiEnd).length;
  return count === 0 ? 0 : count + 1;
}

/** Of the spellings under a bias from `low` to `high`. */
function fewestDigits(delta: number, low: number, high: number): number {
  let fewest = Infinity;
  for (let bias = low; bias <= high && fewest > 1; bias++) fewest = Math.min(fewest, digitCount(delta, bias));
  return fewest;
}

/** By a number of digits: the greatest integer that has a spelling so long, whatever the bias. */
const mostOfDigits = [-1, 25, 910, 31_885, 1_116_010, 39_060_385, 1_367_113_510];
