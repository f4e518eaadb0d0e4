// Unicode properties and simple case folding, as the JavaScript engine we run in knows them: its own RegExp is asked
// about every code point, so the Unicode version is the engine's and no tables are shipped. Surrogates belong to
// nothing.
import { type CodePoints, complementCodePoints, intersectCodePoints } from "../term/code-points.ts";

/** Code points that UTF-8 can carry. */
export const scalarValues: CodePoints = [0, 0xd7ff, 0xe000, 0x10ffff];

/**
 * A cache of what was asked. Whoever lowers many patterns owns one and passes it along; without, a lowering makes its
 * own. Cost: about 80 ms for the first question, up to 60 for each new property or for case folding, nothing after.
 */
export class UnicodeTables {
  #allText: string | undefined;
  #orbits: ReadonlyMap<number, readonly number[]> | undefined;
  readonly #properties = new Map<string, CodePoints>();

  /**
   * The scalar values with property `expression`: what stands in the braces of `\p{…}` (`Lu`, `Script=Greek`);
   * undefined if the engine knows no such property.
   */
  property(expression: string): CodePoints | undefined {
    const known = this.#properties.get(expression);
    if (known !== undefined) return known;
    if (!/^\w+(?:=\w+)?$/.test(expression)) return undefined;
    let inside: RegExp;
    try {
      inside = new RegExp(`\\p{${expression}}`, "gu");
    } catch {
      return undefined;
    }
    const set = this.#codePointsOf(inside, new RegExp(`\\P{${expression}}`, "gu"));
    this.#properties.set(expression, set);
    return set;
  }

  /**
   * `set` with every code point that has the same simple case folding as one of its members (Canonicalize with flags
   * i and u).
   */
  closeOverCase(set: CodePoints): CodePoints {
    this.#orbits ??= this.#findOrbits();
    const added: number[] = [];
    for (const [member, orbit] of this.#orbits) if (contains(set, member)) added.push(...orbit);
    return added.length === 0 ? set : mergeSingles(set, added);
  }

  /** The ranges of the members, found by jumping from the next one inside to the next one outside. */
  #codePointsOf(inside: RegExp, outside: RegExp): CodePoints {
    this.#allText ??= allScalarValues();
    const ranges: number[] = [];
    let index = 0;
    while (index < this.#allText.length) {
      inside.lastIndex = index;
      const first = inside.exec(this.#allText);
      if (first === null) break;
      outside.lastIndex = first.index;
      const after = outside.exec(this.#allText);
      index = after === null ? this.#allText.length : after.index;
      ranges.push(codePointAtIndex(first.index), codePointAtIndex(index - 1));
    }
    // A run from U+D7FF to U+E000 is contiguous in the text, but not as code points.
    return intersectCodePoints(ranges, scalarValues);
  }

  /**
   * Each code point with others of the same simple case folding → all of them. Candidates are those that share an
   * upper or lower case; which of them really fold together is for the engine to say (İ and ı don't, ſ and s do).
   */
  #findOrbits(): ReadonlyMap<number, readonly number[]> {
    const cased = this.#codePointsOf(
      /[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/gu,
      /[^\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/gu,
    );
    const candidates = new Map<string, Set<number>>();
    for (let i = 0; i < cased.length; i += 2) {
      for (let codePoint = cased[i]!; codePoint <= cased[i + 1]!; codePoint++) {
        const text = String.fromCodePoint(codePoint);
        const keys = [
          text.toUpperCase(),
          text.toLowerCase(),
          text.toLowerCase().toUpperCase(),
          text.toUpperCase().toLowerCase(),
        ];
        for (const key of keys) candidates.set(key, (candidates.get(key) ?? new Set()).add(codePoint));
      }
    }
    const orbits = new Map<number, Set<number>>();
    for (const group of candidates.values()) {
      if (group.size < 2) continue;
      for (const member of group) {
        const folded = new RegExp(`^\\u{${member.toString(16)}}$`, "iu");
        const same = [...group].filter((other) => other !== member && folded.test(String.fromCodePoint(other)));
        if (same.length === 0) continue;
        const orbit = orbits.get(member) ?? new Set([member]);
        for (const other of same) orbit.add(other);
        orbits.set(member, orbit);
      }
    }
    return closeTransitively(orbits);
  }
}

function closeTransitively(related: ReadonlyMap<number, ReadonlySet<number>>): ReadonlyMap<number, readonly number[]> {
  const orbits = new Map<number, readonly number[]>();
  for (const start of related.keys()) {
    if (orbits.has(start)) continue;
    const orbit = new Set([start]);
    for (const member of orbit) for (const other of related.get(member) ?? []) orbit.add(other);
    const list = [...orbit];
    for (const member of list) orbits.set(member, list);
  }
  return orbits;
}

function contains(set: CodePoints, codePoint: number): boolean {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (set[2 * middle + 1]! < codePoint) low = middle + 1;
    else high = middle;
  }
  return 2 * low < set.length && set[2 * low]! <= codePoint;
}

function mergeSingles(set: CodePoints, added: readonly number[]): CodePoints {
  const outside = complementCodePoints(set);
  const holes = added.filter((codePoint) => contains(outside, codePoint)).sort((a, b) => a - b);
  const out: number[] = [];
  const push = (first: number, last: number): void => {
    if (out.length > 0 && first <= out[out.length - 1]! + 1) out[out.length - 1] = Math.max(out[out.length - 1]!, last);
    else out.push(first, last);
  };
  let i = 0;
  for (let range = 0; range < set.length; range += 2) {
    for (; i < holes.length && holes[i]! < set[range]!; i++) push(holes[i]!, holes[i]!);
    push(set[range]!, set[range + 1]!);
  }
  for (; i < holes.length; i++) push(holes[i]!, holes[i]!);
  return out;
}

/** Every scalar value once, in order. */
function allScalarValues(): string {
  const parts: string[] = [];
  for (let first = 0; first <= 0x10ffff; first += 0x800) {
    if (first >= 0xd800 && first < 0xe000) continue;
    parts.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => first + i)));
  }
  return parts.join("");
}

/** Which code point stands at UTF-16 index `index` of `allScalarValues()` (either half of a pair). */
function codePointAtIndex(index: number): number {
  if (index < 0xd800) return index;
  if (index < 0xf800) return index + 0x800;
  return 0x10000 + ((index - 0xf800) >> 1);
}
