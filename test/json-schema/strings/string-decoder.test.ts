// Oracle: JSON.parse for what escapes decode to, and a search through the decoder for what a beginning can become.
import { describe, expect, it } from "vitest";
import {
  afterBackslash,
  boundary,
  decoderStateCount,
  newEmitted,
  pendingCodePoints,
  refused,
  stepDecoder,
} from "../../../src/json-schema/strings/string-decoder.ts";
import { codePoints } from "../../../src/term/code-points.ts";

/** The decoder's state after `bytes`, and the text. */
function decode(bytes: Iterable<number>, from = boundary as number): { state: number; text: number[] } {
  const emitted = newEmitted();
  const text: number[] = [];
  let state = from;
  for (const byte of bytes) {
    state = stepDecoder(state, byte, emitted);
    if (state === refused) break;
    if (state >= decoderStateCount) throw new RangeError(`state ${state}`);
    text.push(...emitted.bytes.subarray(0, emitted.length));
  }
  return { state, text };
}

const encode = (text: string) => new TextEncoder().encode(text);
const hex4 = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

describe("the string decoder", () => {
  it("decodes every escape of the basic plane as JSON.parse does, and refuses lone surrogates", () => {
    const wrong: number[] = [];
    for (let unit = 0; unit < 0x10000; unit++) {
      const { state, text } = decode(encode(hex4(unit)));
      if (unit >= 0xd800 && unit <= 0xdfff) {
        if (unit <= 0xdbff ? state <= afterBackslash : state !== refused) wrong.push(unit);
      } else if (state !== boundary || text.join() !== encode(JSON.parse(`"${hex4(unit)}"`) as string).join()) {
        wrong.push(unit);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("decodes surrogate pairs, and nothing else after a high surrogate", () => {
    for (let codePoint = 0x10000; codePoint <= 0x10ffff; codePoint += 1021) {
      const text = String.fromCodePoint(codePoint);
      const spelled = hex4(text.charCodeAt(0)) + hex4(text.charCodeAt(1)).toUpperCase().replace("U", "u");
      expect(decode(encode(spelled))).toEqual({ state: boundary, text: [...encode(text)] });
    }
    for (const text of ["x", '"', "\\n", "\\u0", "\\ud8", "\\ue", "é"]) {
      expect(decode(encode(`\\ud83d${text}`)).state).toBe(refused);
    }
  });

  it("passes raw UTF-8 on and refuses what isn't UTF-8, as TextDecoder does", () => {
    const bytes = [
      0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4,
      0xf5, 0xff,
    ];
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const visit = (sequence: number[]) => {
      let isValid = true;
      try {
        decoder.decode(Uint8Array.from(sequence));
      } catch {
        isValid = false;
      }
      const { state, text } = decode(sequence);
      const isRight = (state === boundary) === isValid && (!isValid || text.join() === sequence.join());
      if (!isRight) expect.fail(sequence.join());
      if (sequence.length < 3 || (sequence.length < 4 && sequence[0]! >= 0xf0))
        for (const byte of bytes) visit([...sequence, byte]);
    };
    for (const byte of bytes) visit([byte]);
  });

  it("knows what an escape can still become", () => {
    const digits = encode("0123456789abcdef");
    for (const beginning of [
      "\\ud83d\\ude",
      "\\ud83d\\ude0",
      "\\u00",
      "\\u07f",
      "\\u0",
      "\\ud7",
      "\\ue00",
      "\\udbf",
      "\\ud83d\\ud",
    ]) {
      const reached: [number, number][] = [];
      const visit = (state: number) => {
        // The fixed bytes between the surrogates, or a digit.
        for (const byte of [0x5c, 0x75, ...digits]) {
          const next = decode([byte], state);
          if (next.state === refused) continue;
          if (next.state !== boundary) visit(next.state);
          else {
            const codePoint = new TextDecoder().decode(Uint8Array.from(next.text)).codePointAt(0)!;
            reached.push([codePoint, codePoint]);
          }
        }
      };
      const { state } = decode(encode(beginning));
      visit(state);
      expect(pendingCodePoints(state)).toEqual(codePoints(reached));
    }
  });
});
