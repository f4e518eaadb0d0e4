// The one error type of the library. A caller tells cases apart by `code`, shows `message`, and finds the place by
// `location`.

/**
 * A place in text: 1-based line and column, 0-based offset (UTF-16 units), and an excerpt of the source with a caret
 * line under the place.
 */
export interface TextLocation {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly excerpt: string;
}

/**
 * A place in a JSON document: an RFC 6901 pointer, "" for the root; a pattern in it may carry a place in its text. In a document that was passed
 * beside a schema it begins with the document's URI: `https://example.com/a.json#/type`.
 */
export interface PointerLocation {
  readonly pointer: string;
  readonly text?: TextLocation;
}

export type Location = TextLocation | PointerLocation;

export type ErrorCode =
  /** The text isn't a regex, a grammar, a schema or a tokenizer at all. */
  | "syntax"
  /** Well-formed, but means nothing: an undefined rule, a reference to nowhere, a range the wrong way round. */
  | "invalid"
  /** Well-formed and meaningful, but not something that this library can do exactly (yet). */
  | "unsupported"
  /** No text at all satisfies the constraint. */
  | "unsatisfiable"
  /** The vocabulary can't spell what the constraint needs. */
  | "vocabulary"
  /** A budget ran out: see `Limits`. */
  | "limit"
  /** A call that doesn't fit: a token id outside the vocabulary, a buffer that is too short, use after dispose. */
  | "usage";

/** A rule that a schema breaks: at which place, by which keyword (there, or missing there), and what the rule says. */
export interface Violation {
  readonly location: PointerLocation;
  readonly keyword: string;
  readonly rule: string;
}

export class ConstraintError extends Error {
  readonly code: ErrorCode;
  readonly location: Location | undefined;
  /** All that is wrong, where one check finds several things; `location` is that of the first. Empty for other errors. */
  readonly violations: readonly Violation[];

  constructor(code: ErrorCode, message: string, location?: Location, violations: readonly Violation[] = []) {
    super(message);
    this.name = "ConstraintError";
    this.code = code;
    this.location = location;
    this.violations = violations;
  }
}
