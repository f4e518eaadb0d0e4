// Where a batch of logits and its packed masks lie in their buffers, and the check that they fit. The GPU kernel and its
// CPU twin share it, so that both accept and refuse the same calls.
import { ConstraintError } from "../base/errors.ts";

/** What a disallowed logit becomes: −Infinity, or the most negative finite value of the logits' format. */
export type DisallowedLogit = "-inf" | "lowest";

/**
 * Row r of the logits is the `logitsWidth` elements from `logitsOffset + r·logitsStride`; its mask is the
 * ⌈vocabularySize / 32⌉ words from `maskOffset + r·maskStride`: bit t of word t>>5 is token t, 1 = allowed. Logits from
 * `vocabularySize` to `logitsWidth` (padding) are disallowed, whatever the mask's last word says about them.
 */
export interface MaskLayout {
  readonly rows: number;
  readonly vocabularySize: number;
  /** Elements of a row, padding included. Default: `vocabularySize`. */
  readonly logitsWidth?: number;
  /** Elements before the first row. Default: 0. */
  readonly logitsOffset?: number;
  /** Elements from one row's begin to the next one's, at least `logitsWidth`. Default: `logitsWidth`. */
  readonly logitsStride?: number;
  /** Words before the first mask. Default: 0. */
  readonly maskOffset?: number;
  /** Words from one mask to the next; 0 puts one mask on every row. Default: ⌈vocabularySize / 32⌉. */
  readonly maskStride?: number;
  /** Default: "-inf". */
  readonly disallowed?: DisallowedLogit;
}

/** A `MaskLayout` with its defaults filled in, checked against the two buffers. */
export interface ResolvedMaskLayout {
  readonly rows: number;
  readonly vocabularySize: number;
  readonly width: number;
  readonly logitsOffset: number;
  readonly logitsStride: number;
  readonly maskOffset: number;
  readonly maskStride: number;
  readonly lowest: boolean;
}

/**
 * Fills in the defaults and checks that every row lies inside `logitsLength` elements and `maskLength` words. Throws
 * ConstraintError "usage", naming the field, where one doesn't. With no or one row the strides are set to the defaults.
 */
export function resolveMaskLayout(layout: MaskLayout, logitsLength: number, maskLength: number): ResolvedMaskLayout {
  const rows = checkCount("rows", layout.rows, 0);
  const vocabularySize = checkCount("vocabularySize", layout.vocabularySize, 1);
  const width = checkCount("logitsWidth", layout.logitsWidth ?? vocabularySize, 0);
  const words = Math.ceil(vocabularySize / 32);
  const logitsOffset = checkCount("logitsOffset", layout.logitsOffset ?? 0, 0);
  const maskOffset = checkCount("maskOffset", layout.maskOffset ?? 0, 0);
  let logitsStride = checkCount("logitsStride", layout.logitsStride ?? width, 0);
  let maskStride = checkCount("maskStride", layout.maskStride ?? words, 0);
  const disallowed = layout.disallowed ?? "-inf";
  if (disallowed !== "-inf" && disallowed !== "lowest") {
    throw usage(`disallowed is ${JSON.stringify(disallowed)}; it must be "-inf" or "lowest"`);
  }
  if (width < vocabularySize) {
    throw usage(`a row of ${width} logits (logitsWidth) is narrower than the vocabulary of ${vocabularySize} tokens`);
  }
  if (rows <= 1) {
    logitsStride = width;
    maskStride = words;
  } else if (logitsStride < width) {
    throw usage(`rows overlap: logitsStride ${logitsStride} is less than a row's ${width} logits`);
  }
  if (rows > 0) {
    const logitsEnd = logitsOffset + (rows - 1) * logitsStride + width;
    if (logitsEnd > logitsLength) {
      throw usage(
        `the logits are too short: ${rows} rows of ${width} (offset ${logitsOffset}, stride ${logitsStride}) need ` +
          `${logitsEnd} elements, there are ${logitsLength}`,
      );
    }
    const maskEnd = maskOffset + (rows - 1) * maskStride + words;
    if (maskEnd > maskLength) {
      throw usage(
        `the masks are too short: ${rows} rows of ${words} words (offset ${maskOffset}, stride ${maskStride}) need ` +
          `${maskEnd} words, there are ${maskLength}`,
      );
    }
  }
  return {
    rows,
    vocabularySize,
    width,
    logitsOffset,
    logitsStride,
    maskOffset,
    maskStride,
    lowest: disallowed === "lowest",
  };
}

function checkCount(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw usage(`${name} is ${String(value)}; it must be an integer of at least ${least}`);
  }
  return value;
}

function usage(message: string): ConstraintError {
  return new ConstraintError("usage", message);
}
