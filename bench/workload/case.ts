// The shape of the adversarial workload: benchmarks as data with an expected outcome, so that a run that got faster by
// being wrong is seen as wrong (after rebar, "benchmarks should also be tests"). Nothing here knows an engine.

/** A constraint in the face of the library (`Compiler.compile`). A schema is its JSON text, so that every engine reads the same bytes. */
export type WorkloadSpec =
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "ebnf"; readonly grammar: string; readonly root: string }
  | { readonly type: "json_schema"; readonly schema: string };

/**
 * What reading a text ends in: the text is a word; or it is a prefix of words but no word; or byte `deadAt` (0-based) is the first
 * after which no word can follow.
 */
export type Outcome = "accept" | "incomplete" | { readonly deadAt: number };

export interface WorkloadText {
  readonly name: string;
  readonly text: string;
  /** "greedy": the longest token first. "bytes": one token a byte, the most steps a text can make. */
  readonly tokens: "greedy" | "bytes";
  readonly expect: Outcome;
}

export interface WorkloadCase {
  readonly name: string;
  readonly group: "cfg" | "regex" | "schema";
  readonly spec: WorkloadSpec;
  /** The same constraint for engines that read another dialect; absent where the spec's own text will do. */
  readonly lark?: string;
  /** The pattern without `\w`, `\s` and `.`, which other engines read differently. */
  readonly plainPattern?: string;
  readonly texts: readonly WorkloadText[];
}

export function accepted(name: string, text: string, tokens: "greedy" | "bytes" = "greedy"): WorkloadText {
  return { name, text, tokens, expect: "accept" };
}

export function incomplete(name: string, text: string, tokens: "greedy" | "bytes" = "greedy"): WorkloadText {
  return { name, text, tokens, expect: "incomplete" };
}

/** `deadAt` counts bytes; every text here is ASCII up to that point. */
export function dead(name: string, text: string, deadAt: number, tokens: "greedy" | "bytes" = "greedy"): WorkloadText {
  return { name, text, tokens, expect: { deadAt } };
}
