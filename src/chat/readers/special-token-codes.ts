// Readers look at one string, though a model's output is text with special tokens in it, and a special token isn't the
// text that looks like it. Each name gets a code of two lone surrogates (\uDC00–\uDDFF, \uDE00–\uDFFF): no text holds one.

const anyCode = /(?<![\uD800-\uDBFF])[\uDC00-\uDDFF][\uDE00-\uDFFF]/g;
const loneSurrogate = /\p{Surrogate}/gu;
const maxNames = 512 * 512;

/** What a reader is given at a time. */
export type OutputPiece = { readonly text: string } | { readonly special: string };

export class SpecialTokenCodes {
  private readonly codes = new Map<string, string>();
  private readonly names = new Map<string, string>();

  /** The code that stands for a special token in the text. */
  codeOf(name: string): string {
    const known = this.codes.get(name);
    if (known !== undefined) return known;
    const index = this.codes.size;
    if (index === maxNames) throw new RangeError(`more than ${maxNames} special tokens`);
    const code = String.fromCharCode(0xdc00 + (index >> 9), 0xde00 + (index & 511));
    this.codes.set(name, code);
    this.names.set(code, name);
    return code;
  }

  /** The text's pieces: ordinary text, and special tokens by their names. */
  split(text: string): OutputPiece[] {
    const pieces: OutputPiece[] = [];
    let at = 0;
    for (const { 0: code, index } of text.matchAll(anyCode)) {
      if (index > at) pieces.push({ text: text.slice(at, index) });
      pieces.push({ special: this.names.get(code)! });
      at = index + code.length;
    }
    if (at < text.length) pieces.push({ text: text.slice(at) });
    return pieces;
  }

  /** The text with the names of special tokens in it. */
  decode(text: string): string {
    return text.replace(anyCode, (code) => this.names.get(code) ?? code);
  }
}

/** Is this the first half of a code? `text` is well-formed but for codes. */
export function isCodeAt(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (!(unit >= 0xdc00 && unit <= 0xddff)) return false;
  const before = index === 0 ? 0 : text.charCodeAt(index - 1);
  return !(before >= 0xd800 && before <= 0xdbff);
}

/** Text in which no lone surrogate can be taken for a code. */
export function withoutLoneSurrogates(text: string): string {
  return text.replace(loneSurrogate, "\uFFFD");
}
