// Which token is drawn: the one with the greatest z + g, where z is its logit over the temperature and g = −ln E its Gumbel noise, E an exponential
// variate (Gumbel-max: the winner is distributed as softmax(z); nothing needs to be summed, and what is left out can't win). Noise is a function of
// seed, choice, step and token, nothing else.
//
// E is drawn in two levels, so that most tokens' noise is never computed. Of a block of 32 tokens the least E is itself exponential, over 32, and any
// of them is as likely to have it; the others' E are that plus an exponential variate of their own (nothing is remembered). One word of Philox
// gives a block's least E and who has it: where even that can't beat the best so far, the block is passed over, and the winner is the same.
import { exponentialF32, logF32 } from "./exact-f32.ts";
import { Philox } from "./philox.ts";

const f = Math.fround;

/** The logarithm's polynomial isn't monotone to the last bit: bounds are given this much more. */
const slack = 1e-4;
/** More than any noise: −ln of the least E of a block, 2⁻²⁸ / 32. */
const mostNoise = 23;

/** What the last word of a counter says its bits are for. */
const forBlocks = 0;
const forTokens = 1;

export class GumbelRace {
  /** The token ahead; −1: none has been offered. */
  winner = -1;
  private best = Number.NEGATIVE_INFINITY;
  private readonly blockBits: Philox;
  private readonly tokenBits: Philox;
  private step = 0;
  private choice = 0;
  /** What `blockBits` and `tokenBits` hold the words of: four blocks, four tokens; −1: nothing of this step. */
  private blockGroup = -1;
  private tokenGroup = -1;
  /** The block entered, its least E, the noise of that, and the token that has it. */
  private block = -1;
  private least = 0;
  private blockNoise = 0;
  private first = 0;

  constructor(seed: bigint) {
    const lower = Number(BigInt.asUintN(32, seed));
    const upper = Number(BigInt.asUintN(32, seed >> 32n));
    this.blockBits = new Philox(lower, upper);
    this.tokenBits = new Philox(lower, upper);
  }

  start(step: number, choice: number): void {
    this.step = step;
    this.choice = choice;
    this.winner = -1;
    this.best = Number.NEGATIVE_INFINITY;
    this.blockGroup = -1;
    this.tokenGroup = -1;
    this.block = -1;
  }

  /** Could a token of block `block` (ids 32 · block and on) win, the greatest z there being `z`? */
  canWin(block: number, z: number): boolean {
    if (z + mostNoise < this.best) return false;
    if (block !== this.block) this.enter(block);
    return z + this.blockNoise + slack >= this.best;
  }

  /** Tokens come in ascending order: of equals the first one wins. A z of −Infinity or NaN never does. */
  offer(token: number, z: number): void {
    if (!this.canWin(token >> 5, z)) return;
    const score = f(z + this.noise(token));
    if (score > this.best) {
      this.best = score;
      this.winner = token;
    }
  }

  private enter(block: number): void {
    if (block >> 2 !== this.blockGroup) {
      this.blockGroup = block >> 2;
      this.blockBits.generate(this.blockGroup, this.step, this.choice, forBlocks);
    }
    const word = this.blockBits.words[block & 3]!;
    this.block = block;
    this.first = 32 * block + (word & 31);
    this.least = exponentialF32((word & ~31) | 16) / 32;
    this.blockNoise = -logF32(this.least);
  }

  private noise(token: number): number {
    if (token === this.first) return this.blockNoise;
    if (token >> 2 !== this.tokenGroup) {
      this.tokenGroup = token >> 2;
      this.tokenBits.generate(this.tokenGroup, this.step, this.choice, forTokens);
    }
    return -logF32(f(this.least + exponentialF32(this.tokenBits.words[token & 3]! | 1)));
  }
}
