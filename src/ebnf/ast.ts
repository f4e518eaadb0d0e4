// What a grammar's text says, before it means anything: the tree between parse.ts and lower.ts. Offsets are UTF-16 units
// into the source and stand where an error may have to point; names aren't resolved here.
import type { CodePoints } from "../term/code-points.ts";

export type Expression =
  /** Its alternatives, at least two. */
  | { readonly kind: "choice"; readonly items: readonly Expression[]; readonly offset: number }
  /** One after the other; no items: the empty word. */
  | { readonly kind: "sequence"; readonly items: readonly Expression[]; readonly offset: number }
  /** Unescaped; well-formed UTF-16. */
  | { readonly kind: "literal"; readonly text: string; readonly offset: number }
  /** One character of a set that isn't empty. Classes spelled alike share the same set. */
  | { readonly kind: "class"; readonly set: CodePoints; readonly offset: number }
  /** `max` may be Infinity. */
  | {
      readonly kind: "repeat";
      readonly item: Expression;
      readonly min: number;
      readonly max: number;
      readonly offset: number;
    }
  | { readonly kind: "reference"; readonly name: string; readonly offset: number }
  /** One of these tokens, by id. */
  | { readonly kind: "tokens"; readonly ids: readonly number[]; readonly offset: number }
  /** A token by its text, angle brackets and all: `<think>`. */
  | { readonly kind: "token-name"; readonly name: string; readonly offset: number };

export interface RuleDefinition {
  readonly name: string;
  readonly offset: number;
  readonly body: Expression;
}

/** In the order of the text; a name may come twice. */
export type GrammarDefinition = readonly RuleDefinition[];
