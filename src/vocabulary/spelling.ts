// How the pieces of a tokenizer file spell bytes. Byte-level BPE (GPT-2, 2019) writes each byte as one printable
// character; SentencePiece (Kudo and Richardson, 2018) writes text with ▁ for a space, and bytes as <0x00> … <0xFF>.

/** SentencePiece's sign for a space, U+2581. */
export const spaceSign = "\u2581";

const encoder = new TextEncoder();

/** Code point of a byte-level character → byte; the others −1. The printable bytes stand for themselves, the rest follow from U+0100 in order. */
const byteOfCharacter: Int16Array = (() => {
  const table = new Int16Array(0x144).fill(-1);
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table[isPrintable ? byte : next++] = byte;
  }
  return table;
})();

/** The bytes of a byte-level piece, or null where a character stands for no byte. */
export function byteLevelBytes(piece: string): Uint8Array | null {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < piece.length; i++) {
    const unit = piece.charCodeAt(i);
    const byte = unit < byteOfCharacter.length ? byteOfCharacter[unit]! : -1;
    if (byte < 0) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** The byte that a piece <0xNN> stands for, or −1. */
export function fallbackByte(piece: string): number {
  return /^<0x[0-9A-Fa-f]{2}>$/.test(piece) ? Number.parseInt(piece.slice(3, 5), 16) : -1;
}

/** The UTF-8 of a piece, or null where it has none (a lone surrogate). */
export function textBytes(piece: string): Uint8Array | null {
  return /\p{Surrogate}/u.test(piece) ? null : encoder.encode(piece);
}
