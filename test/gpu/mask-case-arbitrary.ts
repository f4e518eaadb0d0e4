// Random layouts with everything that a batch may have: padding, offsets, gaps between rows, a shared mask.
import * as fc from "fast-check";
import { type Format, type MaskKind, maskKinds } from "./mask-cases.ts";

export interface MaskCase {
  readonly format: Format;
  readonly kind: MaskKind;
  readonly seed: number;
  /** Elements and words behind the last row, which nothing may touch. */
  readonly tail: number;
  readonly layout: {
    readonly rows: number;
    readonly vocabularySize: number;
    readonly logitsWidth: number;
    readonly logitsOffset: number;
    readonly logitsStride: number;
    readonly maskOffset: number;
    readonly maskStride: number;
    readonly disallowed: "-inf" | "lowest";
  };
}

export function maskCases(): fc.Arbitrary<MaskCase> {
  return fc
    .record({
      format: fc.constantFrom<Format>("f32", "f16"),
      kind: fc.constantFrom(...maskKinds),
      seed: fc.nat(),
      tail: fc.nat(5),
      rows: fc.nat(9),
      vocabularySize: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 5000 })),
      padding: fc.oneof(fc.constant(0), fc.nat(100)),
      logitsOffset: fc.nat(70),
      logitsGap: fc.oneof(fc.constant(0), fc.nat(40)),
      maskOffset: fc.nat(5),
      maskGap: fc.oneof(fc.constant(0), fc.nat(4), fc.constant("shared" as const)),
      disallowed: fc.constantFrom("-inf" as const, "lowest" as const),
    })
    .map(({ format, kind, seed, tail, padding, logitsGap, maskGap, ...rest }) => ({
      format,
      kind,
      seed,
      tail,
      layout: {
        ...rest,
        logitsWidth: rest.vocabularySize + padding,
        logitsStride: rest.vocabularySize + padding + logitsGap,
        maskStride: maskGap === "shared" ? 0 : Math.ceil(rest.vocabularySize / 32) + maskGap,
      },
    }));
}
