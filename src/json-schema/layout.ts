// Whitespace between the tokens of JSON, as small automata ("gaps"): bounded free whitespace, or exactly the text that a
// printer would write. Whitespace is never unbounded, since a model could write it for ever.
import { type ByteSet, byteSetOf } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import type { Run } from "../term/procedure.ts";

/** How JSON is laid out. See `layoutOf`. */
export type Whitespace =
  | "flexible"
  | "compact"
  | { readonly indent: number | string }
  | { readonly separators: readonly [item: string, key: string] };

/** States are 0 … `last`; −1: no such text. */
export interface Gap {
  /** The state after `byte`, or −1. */
  step(state: number, byte: number): number;
  /** May the gap end here? */
  isDone(state: number): boolean;
}

/** The gaps of an object or array at one depth. Every gap starts in state 0 and can always be completed. */
export interface Layout {
  readonly key: string;
  readonly afterOpen: Gap;
  readonly beforeClose: Gap;
  /** Between the brackets of an empty object or array. */
  readonly inEmpty: Gap;
  readonly beforeComma: Gap;
  readonly afterComma: Gap;
  readonly beforeColon: Gap;
  readonly afterColon: Gap;
  /** Is every gap free whitespace of at most `maxFlexibleGap` characters? Then states are counts, and `gapRun` holds. */
  readonly isFlexible: boolean;
  /** The layout of what is inside. */
  inner(): Layout;
}

/** Whitespace characters that "flexible" allows in one gap: enough for a line break and 31 levels of two spaces. */
export const maxFlexibleGap = 64;
/** With `indent`, depths beyond this one are laid out flexibly: recursion has no depth of its own. */
export const maxIndentDepth = 24;

const flexibleGap: Gap = {
  step: (state, byte) => (isSpace(byte) && state < maxFlexibleGap ? state + 1 : -1),
  isDone: () => true,
};

/** Whitespace and some other bytes, as a set. */
export function spacesAnd(text: string): ByteSet {
  return byteSetOf(...new TextEncoder().encode(` \n\r\t${text}`));
}

const spaceTable = Int16Array.from({ length: 256 }, (_, byte) => (isSpace(byte) ? 0 : -1));

/**
 * The run of a flexible gap in which `gap` characters have been read: `local(n)` is the state of the object or array after n of them,
 * `leaving` the bytes that end the gap, apart from those of calls.
 */
export function gapRun(gap: number, local: (gap: number) => number, leaving: readonly number[]): Run {
  return {
    key: "whitespace",
    table: spaceTable,
    unitEnd: Uint8Array.of(1),
    distance: Uint8Array.of(0),
    budget: maxFlexibleGap - gap,
    isUniform: true,
    local: (_, units) => (units > maxFlexibleGap - gap ? 0 : local(gap + units)),
    canLeave: (_, byte) => leaving.includes(byte),
  };
}

/** Throws "invalid" where `whitespace` isn't a layout of JSON. */
export function layoutOf(whitespace: Whitespace): Layout {
  if (whitespace === "flexible") return flexibleLayout();
  if (whitespace === "compact") return separatedLayout([",", ":"]);
  const { separators, indent }: { separators?: unknown; indent?: unknown } = Object(whitespace);
  if (separators !== undefined) return separatedLayout(validSeparators(separators));
  const unit = typeof indent === "number" ? " ".repeat(validIndent(indent)) : indent;
  if (typeof unit !== "string") {
    throw new ConstraintError("invalid", 'whitespace must be "flexible", "compact", or have an indent or separators');
  }
  if (unit.length > maxFlexibleGap || [...new TextEncoder().encode(unit)].some((byte) => !isSpace(byte))) {
    throw new ConstraintError("invalid", "indent must be whitespace");
  }
  return indentedLayout(unit, 1);
}

function validIndent(indent: number): number {
  if (Number.isInteger(indent) && indent >= 0 && indent <= maxFlexibleGap) return indent;
  throw new ConstraintError("invalid", `indent must be from 0 to ${maxFlexibleGap}`);
}

function validSeparators(separators: unknown): readonly [string, string] {
  const isSeparator = (each: unknown) => typeof each === "string" && each.length <= 2 * maxFlexibleGap;
  if (Array.isArray(separators) && separators.length === 2 && separators.every(isSeparator)) {
    return separators as [string, string];
  }
  throw new ConstraintError("invalid", `separators must be two texts of at most ${2 * maxFlexibleGap} characters`);
}

function flexibleLayout(): Layout {
  const layout: Layout = { ...sameGaps("flexible", flexibleGap), isFlexible: true, inner: () => layout };
  return layout;
}

function sameGaps(key: string, gap: Gap) {
  return {
    key,
    isFlexible: false,
    afterOpen: gap,
    beforeClose: gap,
    inEmpty: gap,
    beforeComma: gap,
    afterComma: gap,
    beforeColon: gap,
    afterColon: gap,
  };
}

function separatedLayout(separators: readonly [string, string]): Layout {
  const [beforeComma, afterComma] = split(separators[0], ",");
  const [beforeColon, afterColon] = split(separators[1], ":");
  const layout: Layout = {
    ...sameGaps(`separators ${JSON.stringify(separators)}`, exactly("")),
    beforeComma,
    afterComma,
    beforeColon,
    afterColon,
    inner: () => layout,
  };
  return layout;
}

/** As Python's `json.dumps(indent=…)` and `JSON.stringify(…, indent)` write it; an empty `{}` or `[]` stays closed. */
function indentedLayout(unit: string, depth: number): Layout {
  if (depth > maxIndentDepth) return flexibleLayout();
  const line = exactly(`\n${unit.repeat(depth)}`);
  let inner: Layout | undefined;
  return {
    ...sameGaps(`indent ${JSON.stringify(unit)} ${depth}`, exactly("")),
    afterOpen: line,
    afterComma: line,
    beforeClose: exactly(`\n${unit.repeat(depth - 1)}`),
    afterColon: exactly(" "),
    inner: () => (inner ??= indentedLayout(unit, depth + 1)),
  };
}

function split(separator: string, mark: string): [Gap, Gap] {
  const parts = separator.split(mark);
  const isBlank = (part: string) => [...new TextEncoder().encode(part)].every(isSpace);
  if (parts.length !== 2 || !parts.every(isBlank)) {
    throw new ConstraintError("invalid", `${JSON.stringify(separator)} isn't a "${mark}" within whitespace`);
  }
  return [exactly(parts[0]!), exactly(parts[1]!)];
}

function exactly(text: string): Gap {
  const bytes = new TextEncoder().encode(text);
  return {
    step: (state, byte) => (bytes[state] === byte ? state + 1 : -1),
    isDone: (state) => state === bytes.length,
  };
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
