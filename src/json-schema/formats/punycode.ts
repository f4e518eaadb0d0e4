// Punycode (RFC 3492), one inserted character at a time. A text is at most one label's, and a label at most one text's: integers have one
// spelling, and insertions one order. So what decodes needn't be encoded again.

export const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
export const asciiEnd = 0x80;
export const initialBias = 72;

/** What has been decoded, between two insertions. */
export interface Decoded {
  readonly text: readonly number[];
  /** The code point that would be inserted next, and where. */
  readonly codePoint: number;
  readonly place: number;
  readonly bias: number;
}

/** Before the first insertion. */
export function decodedAscii(text: readonly number[]): Decoded {
  return { text, codePoint: asciiEnd, place: 0, bias: initialBias };
}

/** The digit of weight base^k ends an integer where it is below this. */
export function threshold(digit: number, bias: number): number {
  return Math.min(tMax, Math.max(tMin, base * (digit + 1) - bias));
}

/** The code point that an insertion `delta` steps ahead inserts. */
export function codePointAhead({ text, codePoint, place }: Decoded, delta: number): number {
  return codePoint + Math.floor((place + delta) / (text.length + 1));
}

export function insertAhead(decoded: Decoded, delta: number): Decoded {
  const { text } = decoded;
  const codePoint = codePointAhead(decoded, delta);
  const place = (decoded.place + delta) % (text.length + 1);
  const next = [...text.slice(0, place), codePoint, ...text.slice(place)];
  return {
    text: next,
    codePoint,
    place: place + 1,
    bias: adapt(
      delta,
      next.length,
      text.every((each) => each < asciiEnd),
    ),
  };
}

/** −1 for what is no digit; lowercase only. */
export function digitOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : -1;
}

/** The number of characters that an integer takes. */
export function digitCount(delta: number, bias: number): number {
  let rest = delta;
  for (let digits = 0; ; digits++) {
    const t = threshold(digits, bias);
    if (rest < t) return digits + 1;
    rest = Math.floor((rest - t) / (base - t));
  }
}

export function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(isFirst ? delta / damp : delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((base - tMin) * tMax) / 2; k += base) rest = Math.floor(rest / (base - tMin));
  return k + Math.floor((base * rest) / (rest + skew));
}

/** An inserted character: steps from the one before, and how many code points that is ahead. */
export interface Insertion {
  readonly delta: number;
  readonly ahead: number;
  /** Characters so far, with this one. */
  readonly length: number;
}

/** In the order in which they are spelled. Cost: quadratic in the text. */
export function insertionsOf(text: readonly number[]): Insertion[] {
  const order = [...text.keys()].filter((at) => text[at]! >= asciiEnd).sort((a, b) => text[a]! - text[b]! || a - b);
  let length = text.length - order.length;
  let codePoint = asciiEnd;
  let place = 0;
  return order.map((at) => {
    const own = text[at]!;
    let ownPlace = 0;
    for (let i = 0; i < at; i++) if (text[i]! <= own) ownPlace++;
    const ahead = own - codePoint;
    const delta = ahead * (length + 1) + ownPlace - place;
    codePoint = own;
    place = ownPlace + 1;
    return { delta, ahead, length: ++length };
  });
}

/** What spells `text`. */
export function encode(text: readonly number[]): string {
  const ascii = text.filter((codePoint) => codePoint < asciiEnd);
  let spelled = ascii.length === 0 ? "" : `${String.fromCodePoint(...ascii)}-`;
  let bias = initialBias;
  insertionsOf(text).forEach(({ delta, length }, i) => {
    let rest = delta;
    let digits = 0;
    for (let t = threshold(digits, bias); rest >= t; t = threshold(++digits, bias)) {
      spelled += digitsText[t + ((rest - t) % (base - t))];
      rest = Math.floor((rest - t) / (base - t));
    }
    spelled += digitsText[rest];
    bias = adapt(delta, length, i === 0);
  });
  return spelled;
}

const digitsText = "abcdefghijklmnopqrstuvwxyz0123456789";
