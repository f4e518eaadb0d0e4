// The tokens of the tiny models: every byte in GPT-2's spelling, a few longer ones, and two special ones.

/** Longer tokens with the merges that build them. */
const merges = ["t r", "u e", "tr ue", "f a", "l s", "fa ls", "fals e", "n u", "l l", "nu ll", '" :', '{ "', '" }'];

/** GPT-2's alphabet: printable Latin-1 stands for itself, the other bytes for U+0100 and up. */
const bytes = byteAlphabet();

export const tinyTokens: readonly string[] = [
  ...bytes,
  ...merges.map((merge) => merge.replace(" ", "")),
  "<|im_start|>",
  "<|im_end|>",
];
export const tinyMerges: readonly string[] = merges;
export const startOfTurn = tinyTokens.length - 2;
export const endOfTurn = tinyTokens.length - 1;
export const tinyChatTemplate =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{{ '<|im_start|>assistant\n' }}";

function byteAlphabet(): string[] {
  const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** Weights in [−scale, scale), the same every time. */
export function pseudoRandomWeights(count: number, seed: number, scale: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
}
