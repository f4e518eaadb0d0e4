// Where the time of a step goes. The parts are methods of the library, so these are replaced by timed ones while the bench runs; a part
// within a part counts as the outer one.
import { Choice } from "../../src/chat/loop/choice.ts";
import { Sampler } from "../../src/chat/sampler/sampler.ts";
import { Matcher } from "../../src/matcher/matcher.ts";

/** prepare: the mask, while the engine computes. mask: what is left of it to the step. matcher: tokens that are read, and those that must follow. */
export const parts = ["prepare", "mask", "sample", "matcher"] as const;
export type Part = (typeof parts)[number];

export class Stopwatch {
  /** Milliseconds since `start`. */
  readonly times: Record<Part, number> = { prepare: 0, mask: 0, sample: 0, matcher: 0 };
  /** The tokens of the last choice that stepped, prompt first. */
  tokens: readonly number[] = [];
  /** Are tokens that must follow taken without a pass, as usual? They are found in any case. */
  takesForced = true;
  private isInside = false;

  constructor() {
    this.time(Choice.prototype, "prepare", "prepare");
    this.time(Matcher.prototype, "mask", "mask");
    this.time(Matcher.prototype, "accept", "matcher");
    this.time(Matcher.prototype, "forcedTokens", "matcher");
    this.time(Sampler.prototype, "sample", "sample");
    const watch = this;
    const { forcedTokens } = Matcher.prototype;
    Matcher.prototype.forcedTokens = function () {
      const forced = forcedTokens.call(this);
      return watch.takesForced ? forced : [];
    };
    const { step } = Choice.prototype;
    Choice.prototype.step = function (logits) {
      watch.tokens = this.tokens;
      step.call(this, logits);
    };
  }

  start(): void {
    for (const part of parts) this.times[part] = 0;
  }

  private time<K extends string>(prototype: Record<K, Method>, name: K, part: Part): void {
    const method = prototype[name];
    const watch = this;
    prototype[name] = function (this: unknown, ...args: never[]): unknown {
      if (watch.isInside) return method.apply(this, args);
      watch.isInside = true;
      const begin = performance.now();
      try {
        return method.apply(this, args);
      } finally {
        watch.times[part] += performance.now() - begin;
        watch.isInside = false;
      }
    };
  }
}

type Method = (...args: never[]) => unknown;
