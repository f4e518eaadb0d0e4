import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { applyMask, type MaskLayout } from "../../src/gpu/index.ts";
import { maskCases } from "./mask-case-arbitrary.ts";
import { expectedBits, firstDifference, layoutExtent, randomLogitBits, randomMasks } from "./mask-cases.ts";

describe("applyMask on the CPU", () => {
  test("is the definition, bit for bit, on random layouts", () => {
    fc.assert(
      fc.property(maskCases(), ({ format, kind, seed, tail, layout }) => {
        const extent = layoutExtent(layout);
        const bits = randomLogitBits(format, extent.logits + tail, seed);
        const masks = randomMasks(kind, extent.words + tail, seed + 1);
        const expected = expectedBits(bits, masks, layout);
        applyMask(bits instanceof Uint16Array ? bits : new Float32Array(bits.buffer), masks, layout);
        expect(firstDifference(bits, expected)).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  test("writes what it says it writes", () => {
    const logits = Float32Array.of(1, 2, 3, 4, 5);
    applyMask(logits, Uint32Array.of(0b101), { rows: 1, vocabularySize: 3, logitsWidth: 4 });
    expect([...logits]).toEqual([1, -Infinity, 3, -Infinity, 5]);
    applyMask(logits, Uint32Array.of(0b101), { rows: 1, vocabularySize: 3, disallowed: "lowest" });
    expect([...logits]).toEqual([1, -3.4028234663852886e38, 3, -Infinity, 5]);

    const halves = Uint16Array.of(0x3c00, 0x3c00, 0x7e01);
    applyMask(halves, Uint32Array.of(0b101), { rows: 1, vocabularySize: 3 });
    expect([...halves]).toEqual([0x3c00, 0xfc00, 0x7e01]);
    applyMask(halves, Uint32Array.of(0b100), { rows: 1, vocabularySize: 3, disallowed: "lowest" });
    expect([...halves]).toEqual([0xfbff, 0xfbff, 0x7e01]);
  });

  test("works on a view into a larger array", () => {
    const memory = new Float32Array(8).fill(1);
    const masks = Uint32Array.of(7, 0b01);
    applyMask(memory.subarray(3, 5), masks.subarray(1), { rows: 1, vocabularySize: 2 });
    expect([...memory]).toEqual([1, 1, 1, 1, -Infinity, 1, 1, 1]);
  });

  const good: MaskLayout = { rows: 2, vocabularySize: 33 };
  test.each<[string, Partial<MaskLayout>, RegExp]>([
    ["logits too short", { logitsOffset: 1 }, /logits are too short.*67 elements, there are 66/],
    ["logits too short by padding", { logitsWidth: 34 }, /logits are too short/],
    ["masks too short", { maskStride: 3 }, /masks are too short.*5 words, there are 4/],
    ["a mask offset", { maskOffset: 1 }, /masks are too short/],
    ["overlapping rows", { logitsStride: 32 }, /rows overlap/],
    ["a row narrower than the vocabulary", { logitsWidth: 32 }, /narrower than the vocabulary/],
    ["negative rows", { rows: -1 }, /rows is -1/],
    ["fractional rows", { rows: 1.5 }, /rows is 1.5/],
    ["no vocabulary", { vocabularySize: 0 }, /vocabularySize is 0/],
    ["a NaN offset", { logitsOffset: Number.NaN }, /logitsOffset is NaN/],
    ["an unknown value", { disallowed: "zero" as never }, /disallowed is "zero"/],
  ])("refuses %s and writes nothing", (_, change, message) => {
    const logits = new Float32Array(66).fill(1);
    const call = () => applyMask(logits, new Uint32Array(4), { ...good, ...change });
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: "usage" }) as Error);
    expect(call).toThrow(ConstraintError);
    expect(logits.every((logit) => logit === 1)).toBe(true);
  });

  test("refuses logits of another type", () => {
    expect(() => applyMask(new Float64Array(66) as never, new Uint32Array(4), good)).toThrow(/Float32Array/);
  });

  test("accepts no rows", () => {
    applyMask(new Float32Array(0), new Uint32Array(0), { rows: 0, vocabularySize: 5 });
  });
});
