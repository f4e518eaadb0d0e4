// Which token is drawn: the one with the greatest z + g, where z is its logit over the temperature and g = −ln E its Gumbel noise, E an exponential
// variate (Gumbel-max: the winner is distributed as softmax(z); nothing needs to be summed, and what is left out can't win). Noise is a function of
// seed, choice, step and token, nothing else.
//
// E is drawn from above, so that most tokens' noise is never computed. The least of n exponential variates is itself exponential, over n; any of
// the n is as likely to have it, and the others, not remembering, are that plus an exponential variate each. So a page of 1,024 tokens gets its least E and
// the block of 32 that has it, a block its own and the token that has it, then a token its own. Where even the least E of a page or a block can't
// beat the best so far, all of it is passed over, and the winner is the same as if it hadn't been.
import { exponentialF32, logF32 } from "./exact-f32.ts";
import { Philox } from "./philox.ts";

const f = Math.fround;

/** A page is the 2¹⁰ ids with the same id >> 10. */
export const pageBits = 10;
const blockBits = 5;

/** The logarithm's polynomial isn't monotone to the last bit: bounds are given this much more. */
const slack = 1e-4;

export class GumbelRace {
  /** The token ahead; −1: none has been offered. */
  winner = -1;
  private best = Number.NEGATIVE_INFINITY;
  private readonly pages: NoiseLevel;
  private readonly blocks: NoiseLevel;
  private readonly tokens: NoiseLevel;

  constructor(seed: bigint) {
    this.pages = new NoiseLevel(seed, pageBits, undefined);
    this.blocks = new NoiseLevel(seed, blockBits, this.pages);
    this.tokens = new NoiseLevel(seed, 0, this.blocks);
  }

  start(step: number, choice: number): void {
    this.winner = -1;
    this.best = Number.NEGATIVE_INFINITY;
    this.pages.start(step, choice);
    this.blocks.start(step, choice);
    this.tokens.start(step, choice);
  }

  /** Could a token of a page win, the greatest z there being `z`? */
  canWin(page: number, z: number): boolean {
    return z + this.pages.noiseOf(page) + slack >= this.best;
  }

  /** Tokens come in ascending order: of equals the first one wins. A z of −Infinity or NaN never does. */
  offer(token: number, z: number): void {
    if (z + this.pages.noiseOf(token >> pageBits) + slack < this.best) return;
    if (z + this.blocks.noiseOf(token >> blockBits) + slack < this.best) return;
    const score = f(z + this.tokens.noiseOf(token));
    if (score > this.best) {
      this.best = score;
      this.winner = token;
    }
  }
}

/** The noise of nodes of 2^bits tokens each. It remembers the node it was asked for last. */
class NoiseLevel {
  private readonly philox: Philox;
  private readonly bits: number;
  private readonly share: number;
  private readonly parent: NoiseLevel | undefined;
  private step = 0;
  private choice = 0;
  /** Four nodes share the words of a counter. */
  private group = -1;
  private node = -1;
  /** The least E of the node's tokens; which child has it; its noise. */
  private least = 0;
  private heir = -1;
  private noise = 0;

  constructor(seed: bigint, bits: number, parent: NoiseLevel | undefined) {
    this.philox = new Philox(Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n)));
    this.bits = bits;
    this.share = 1 / (1 << bits);
    this.parent = parent;
  }

  start(step: number, choice: number): void {
    this.step = step;
    this.choice = choice;
    this.group = -1;
    this.node = -1;
  }

  /** The greatest noise of node `node`; its parent is the one that the parent's level was asked for last. */
  noiseOf(node: number): number {
    if (node !== this.node) this.enter(node);
    return this.noise;
  }

  private enter(node: number): void {
    this.node = node;
    if (node >> 2 !== this.group) {
      this.group = node >> 2;
      this.philox.generate(this.group, this.step, this.choice, this.bits);
    }
    const word = this.philox.words[node & 3]!;
    // Five bits say which child, the others give E.
    this.heir = 32 * node + (word & 31);
    const { parent } = this;
    if (parent !== undefined && node === parent.heir) {
      this.least = parent.least;
      this.noise = parent.noise;
    } else {
      const excess = exponentialF32((word & ~31) | 16) * this.share;
      this.least = f((parent === undefined ? 0 : parent.least) + excess);
      this.noise = -logF32(this.least);
    }
  }
}
