// What penalties look at: which tokens have been in the prompt or the output, and how often in the output.

export class TokenCounts {
  /** How many different tokens there are. */
  length = 0;
  /** The different tokens, `tokens[0 … length)`, in the order of their first coming. */
  tokens = new Int32Array(16);
  /** How often `tokens[i]` is in the output; 0 for a token of the prompt alone. */
  outputs = new Int32Array(16);
  private readonly places = new Map<number, number>();

  constructor(prompt: Iterable<number> = []) {
    for (const token of prompt) this.place(token);
  }

  /** The output goes on with `token`. */
  accept(token: number): void {
    const place = this.place(token);
    this.outputs[place]!++;
  }

  private place(token: number): number {
    const known = this.places.get(token);
    if (known !== undefined) return known;
    const place = this.length++;
    if (place === this.tokens.length) {
      this.tokens = grown(this.tokens);
      this.outputs = grown(this.outputs);
    }
    this.tokens[place] = token;
    this.places.set(token, place);
    return place;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * array.length);
  longer.set(array);
  return longer;
}
