// The logits that a step chooses from, in arrays that every step reuses. A row is wide (all ids, and the maximum of each page, by which most of it
// is passed over) or narrow (a list of ids with their logits: a sparse mask's, or what a filter has left of a wide row).
import type { Mask } from "../../automaton/mask.ts";
import { ConstraintError } from "../../base/errors.ts";
import { applyMask } from "../../gpu/kernels/apply-mask.ts";
import type { MaskLayout } from "../../gpu/mask-layout.ts";
import { fullMass, massOf } from "./exact-f32.ts";
import { type GumbelRace, pageBits } from "./gumbel-race.ts";
import { expRange, expSteps, expTable } from "./quick-exp.ts";
import { weightedThreshold } from "./threshold.ts";

const f = Math.fround;

/** The least logit of a token that may be drawn: −Infinity is one that can't be. */
const lowest = -3.4028234663852886e38;

/** Of a step of the table, e^0 to e^(−1 / expSteps), what is in the middle. */
const middleMass = fullMass * Math.exp(-0.5 / expSteps);

/** Relative, of a rough mass: half a step of the table, and a little for rounding. */
const roughError = 0.51 / expSteps;

const pageSize = 1 << pageBits;

export class Row {
  readonly vocabularySize: number;
  /** Of a narrow row the logits of its ids; of a wide one all, those of forbidden tokens −Infinity. */
  values: Float32Array;
  /** The greatest logit; −Infinity: there is nothing to choose. */
  max = Number.NEGATIVE_INFINITY;
  private isWide = false;
  /** Of a narrow row: its ids, ascending, and how many. */
  private readonly ids: Int32Array;
  private count = 0;
  /** 1 / temperature. */
  private inverse = 1;
  private readonly layout: MaskLayout;
  private readonly copied: Float32Array;
  private readonly narrowed: Float32Array;
  private readonly narrowedBits: Int32Array;
  private readonly maxima: Float32Array;
  private readonly maximaBits: Int32Array;
  private readonly masses: Float64Array;
  private readonly buckets = new Int32Array(expTable.length);

  constructor(vocabularySize: number) {
    this.vocabularySize = vocabularySize;
    this.layout = { rows: 1, vocabularySize };
    this.ids = new Int32Array(vocabularySize);
    this.copied = new Float32Array(vocabularySize);
    this.narrowed = new Float32Array(vocabularySize);
    this.narrowedBits = new Int32Array(this.narrowed.buffer);
    this.maxima = new Float32Array(Math.ceil(vocabularySize / pageSize));
    this.maximaBits = new Int32Array(this.maxima.buffer);
    this.masses = new Float64Array(vocabularySize);
    this.values = this.copied;
  }

  /**
   * Begins with the engine's logits; what is beyond the vocabulary is left behind. `willChange`: values will be written to, so they must not be the
   * engine's own. Throws ConstraintError "usage" where there are too few.
   */
  open(logits: Float32Array, mask: Mask | undefined, willChange: boolean): void {
    const size = this.vocabularySize;
    if (logits.length < size)
      throw new ConstraintError("usage", `${logits.length} logits for a vocabulary of ${size} tokens`);
    this.isWide = mask?.kind !== "sparse";
    if (mask?.kind === "sparse") {
      this.values = this.narrowed;
      this.count = mask.ids.length;
      this.ids.set(mask.ids);
      for (let i = 0; i < this.count; i++) this.values[i] = logits[mask.ids[i]!]!;
    } else if (willChange || mask?.kind === "dense") {
      this.values = this.copied;
      this.copied.set(logits.length === size ? logits : logits.subarray(0, size));
    } else this.values = logits;
  }

  /** Where the logit of a token is in `values`; −1 if the row doesn't have it. */
  placeOf(token: number): number {
    if (this.isWide) return token;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const id = this.ids[middle]!;
      if (id === token) return middle;
      if (id < token) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** The values are as they shall be: carries out the mask, and finds the greatest. NaN is as good as −Infinity. */
  close(mask: Mask | undefined): void {
    if (mask?.kind === "dense") applyMask(this.copied, mask.words, this.layout);
    if (this.isWide) this.findMaxima();
    else {
      this.keepFrom(lowest);
      this.max = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < this.count; i++) if (this.values[i]! > this.max) this.max = this.values[i]!;
    }
  }

  /** The token with the greatest logit, of several the lowest. */
  argmax(): number {
    if (!this.isWide) return this.ids[this.values.indexOf(this.max)]!;
    return this.values.indexOf(this.max, this.maxima.indexOf(this.max) << pageBits);
  }

  /** From here on logits count by their distance to the greatest, over the temperature. Where that is Infinity, only its equals are left. */
  scale(temperature: number): void {
    this.inverse = f(1 / temperature);
    if (this.max < Number.POSITIVE_INFINITY) return;
    this.keepFrom(Number.POSITIVE_INFINITY);
    this.values.fill(0, 0, this.count);
    this.max = 0;
  }

  /** Leaves the `k` greatest, and the equals of the last of them. */
  keepTop(k: number): void {
    if (this.isWide) {
      // The k-th greatest of the pages' maxima is no greater than the k-th greatest of all.
      const pages = this.maxima.length;
      const floor = k < pages ? weightedThreshold(this.maximaBits, undefined, pages, k) : this.bucketFloor(k);
      this.keepFrom(Math.max(lowest, floor));
    }
    if (k < this.count) this.keepFrom(weightedThreshold(this.narrowedBits, undefined, this.count, k));
  }

  /** Leaves those whose betters have less than the part `topP` of the probability together. */
  keepMass(topP: number): void {
    const { masses, values } = this;
    const wasWide = this.isWide;
    const tail = wasWide ? this.narrowToMass(topP) : 0;
    let head = 0;
    for (let i = 0; i < this.count; i++) head += masses[i] = massOf(this.scaled(this.values[i]!));
    // The tail needs to be known no better than it takes to tell which threshold it is.
    const error = wasWide ? tail * roughError + this.vocabularySize : 0;
    let threshold = this.massThreshold(topP * (head + tail - error));
    if (wasWide && threshold !== this.massThreshold(topP * (head + tail + error)))
      threshold = this.massThreshold(topP * this.massOfAll(values));
    this.keepFrom(threshold);
  }

  /** Leaves those that are at least `minP` times as likely as the likeliest. */
  keepLikely(minP: number): void {
    const least = f(Math.log(minP));
    if (this.isWide) this.keepFrom(this.logitOf(least - 1));
    const { ids, values } = this;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.scaled(values[i]!) < least) continue;
      ids[kept] = ids[i]!;
      values[kept++] = values[i]!;
    }
    this.count = kept;
  }

  /** Lets all that are left race; `race` has been started. */
  enter(race: GumbelRace): void {
    const { ids, maxima, values } = this;
    if (!this.isWide) {
      for (let i = 0; i < this.count; i++) race.offer(ids[i]!, this.scaled(values[i]!));
      return;
    }
    for (let page = 0; page < maxima.length; page++) {
      if (!race.canWin(page, this.scaled(maxima[page]!))) continue;
      const end = this.endOf(page);
      for (let token = page << pageBits; token < end; token++) race.offer(token, this.scaled(values[token]!));
    }
  }

  private findMaxima(): void {
    const { maxima, values } = this;
    this.max = Number.NEGATIVE_INFINITY;
    for (let page = 0; page < maxima.length; page++) {
      const end = this.endOf(page);
      let max = Number.NEGATIVE_INFINITY;
      for (let token = page << pageBits; token < end; token++) if (values[token]! > max) max = values[token]!;
      maxima[page] = max;
      if (max > this.max) this.max = max;
    }
  }

  private endOf(page: number): number {
    return Math.min((page + 1) << pageBits, this.vocabularySize);
  }

  private scaled(value: number): number {
    return f(f(value - this.max) * this.inverse);
  }

  /** A logit whose scaled value is about `z`, but not below `lowest`. */
  private logitOf(z: number): number {
    return Math.max(lowest, this.max + z / this.inverse);
  }

  /** Leaves those of at least `floor`, which isn't below `lowest`. A wide row becomes a narrow one. */
  private keepFrom(floor: number): void {
    const { ids, maxima, narrowed, values } = this;
    let kept = 0;
    if (this.isWide) {
      for (let page = 0; page < maxima.length; page++) {
        if (!(maxima[page]! >= floor)) continue;
        const end = this.endOf(page);
        for (let token = page << pageBits; token < end; token++) {
          if (!(values[token]! >= floor)) continue;
          ids[kept] = token;
          narrowed[kept++] = values[token]!;
        }
      }
    } else {
      for (let i = 0; i < this.count; i++) {
        if (!(values[i]! >= floor)) continue;
        ids[kept] = ids[i]!;
        narrowed[kept++] = values[i]!;
      }
    }
    this.isWide = false;
    this.values = narrowed;
    this.count = kept;
  }

  /** Makes a wide row narrow, without losing what `keepMass` has to leave. Returns the mass of what is lost, with an error of `roughError`. */
  private narrowToMass(topP: number): number {
    const { buckets } = this;
    this.fillBuckets();
    let most = 0;
    for (let i = 0; i < buckets.length; i++) most += buckets[i]! * expTable[i]!;
    // Masses are rounded to f32 and to integers: 10⁻⁵ is more than that makes of 2¹⁸ tokens.
    const enough = (topP + 1e-5) * most;
    let place = 0;
    for (let least = 0; least < enough && place < buckets.length - 1; place++)
      least += buckets[place]! * expTable[place + 1]!;
    // One step more than that, for what rounding does.
    this.keepFrom(this.logitOf(-(place + 1) / expSteps));
    const scale = expSteps * this.inverse;
    for (let i = 0; i < this.count; i++) most -= expTable[((this.max - this.values[i]!) * scale) | 0]!;
    return most * middleMass;
  }

  /** A logit that the `k` greatest of a wide row aren't below. */
  private bucketFloor(k: number): number {
    const { buckets } = this;
    this.fillBuckets();
    let place = 0;
    let count = 0;
    while (count < k && place < buckets.length) count += buckets[place++]!;
    return count < k ? lowest : this.logitOf(-(place + 1) / expSteps);
  }

  /** How many tokens are in each step of the table of exponentials. */
  private fillBuckets(): void {
    const { buckets, max, values, vocabularySize } = this;
    const least = this.logitOf(-expRange);
    const scale = expSteps * this.inverse;
    buckets.fill(0);
    for (let token = 0; token < vocabularySize; token++) {
      const value = values[token]!;
      if (value >= least) buckets[((max - value) * scale) | 0]!++;
    }
  }

  private massThreshold(enough: number): number {
    return weightedThreshold(this.narrowedBits, this.masses, this.count, enough);
  }

  private massOfAll(values: Float32Array): number {
    let total = 0;
    for (let token = 0; token < this.vocabularySize; token++) total += massOf(this.scaled(values[token]!));
    return total;
  }
}
