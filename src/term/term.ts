// The term: the one intermediate form that every front-end lowers to. A small algebra over bytes, with calls between
// rules. Front-ends build terms with the constructors below, which simplify as they build; terms are immutable.
import { type ByteSet, byteSetOf, isEmptyByteSet } from "../base/byte-set.ts";
import type { Procedure } from "./procedure.ts";

export type Term =
  /** No word. */
  | { readonly kind: "empty" }
  /** The empty word. */
  | { readonly kind: "epsilon" }
  /** One byte out of a set that isn't empty. */
  | { readonly kind: "bytes"; readonly set: ByteSet }
  /** One of many literal words, at least two, sorted by bytes and distinct. */
  | { readonly kind: "words"; readonly words: readonly Uint8Array[] }
  | { readonly kind: "cat"; readonly items: readonly Term[] }
  | { readonly kind: "alt"; readonly items: readonly Term[] }
  /** `min` to `max` times; `max` may be Infinity. */
  | { readonly kind: "repeat"; readonly item: Term; readonly min: number; readonly max: number }
  /** Words in all of the items. The items must be regular: no calls to recursive rules, no customs. */
  | { readonly kind: "and"; readonly items: readonly Term[] }
  /** Words over all bytes that aren't in the item, which must be regular. */
  | { readonly kind: "not"; readonly item: Term }
  | { readonly kind: "call"; readonly rule: Rule }
  /** One special token, by id. */
  | { readonly kind: "token"; readonly ids: readonly number[] };

/**
 * A named language. `body` is a term, or a procedure (a custom term), and is set once, later than the rule is made where
 * rules are recursive. Two `call` terms mean the same rule exactly when they hold the same object.
 */
export class Rule {
  readonly name: string;
  body: Term | Procedure | undefined;

  constructor(name: string, body?: Term | Procedure) {
    this.name = name;
    this.body = body;
  }
}

export const empty: Term = { kind: "empty" };
export const epsilon: Term = { kind: "epsilon" };

const singletons: readonly Term[] = Array.from({ length: 256 }, (_, byte) => ({ kind: "bytes", set: byteSetOf(byte) }));

export function bytes(set: ByteSet): Term {
  return isEmptyByteSet(set) ? empty : { kind: "bytes", set };
}

/** Bytes of a literal that are terms of their own: beyond about 100,000 a JavaScript engine's stack overflows. */
const maxSpelledOut = 1000;

/** The bytes of `word` one after the other; a string stands for its UTF-8. */
export function literal(word: string | Uint8Array): Term {
  const data = typeof word === "string" ? new TextEncoder().encode(word) : word;
  if (data.length > maxSpelledOut) return { kind: "words", words: [data] };
  return cat(...Array.from(data, (byte): Term => singletons[byte]!));
}

/** One of `words`. Much cheaper than an `alt` of literals when there are many. */
export function words(list: Iterable<string | Uint8Array>): Term {
  const encoder = new TextEncoder();
  const sorted = Array.from(list, (word) => (typeof word === "string" ? encoder.encode(word) : word)).sort(
    compareWords,
  );
  const distinct = sorted.filter((word, i) => i === 0 || compareWords(sorted[i - 1]!, word) !== 0);
  if (distinct.length === 0) return empty;
  if (distinct.length === 1) return literal(distinct[0]!);
  return { kind: "words", words: distinct };
}

export function cat(...items: Term[]): Term {
  const flat: Term[] = [];
  for (const item of items) {
    if (item.kind === "empty") return empty;
    if (item.kind === "cat") for (const each of item.items) flat.push(each);
    else if (item.kind !== "epsilon") flat.push(item);
  }
  return flat.length === 0 ? epsilon : flat.length === 1 ? flat[0]! : { kind: "cat", items: flat };
}

export function alt(...items: Term[]): Term {
  const distinct = new Set<Term>();
  let set: ByteSet | undefined;
  for (const item of items.flatMap((each) => (each.kind === "alt" ? each.items : [each]))) {
    if (item.kind === "bytes") set = set === undefined ? item.set : set.map((word, i) => word | item.set[i]!);
    else if (item.kind !== "empty") distinct.add(item);
  }
  const flat = [...(set === undefined ? [] : [bytes(set)]), ...distinct];
  return flat.length === 0 ? empty : flat.length === 1 ? flat[0]! : { kind: "alt", items: flat };
}

/** `min` to `max` (both included, `max` may be Infinity) times `item`. */
export function repeat(item: Term, min: number, max: number): Term {
  if (max < min) return empty;
  if (max === 0 || item.kind === "epsilon") return epsilon;
  if (item.kind === "empty") return min === 0 ? epsilon : empty;
  if (min === 1 && max === 1) return item;
  if (item.kind === "repeat" && item.min === 0 && item.max === Infinity) return item;
  return { kind: "repeat", item, min, max };
}

export function optional(item: Term): Term {
  return repeat(item, 0, 1);
}

export function and(...items: Term[]): Term {
  if (items.some((item) => item.kind === "empty")) return empty;
  return items.length === 1 ? items[0]! : { kind: "and", items };
}

export function not(item: Term): Term {
  return item.kind === "not" ? item.item : { kind: "not", item };
}

export function call(rule: Rule): Term {
  return { kind: "call", rule };
}

/** A custom term: a call to a rule of its own. */
export function custom(name: string, procedure: Procedure): Term {
  return call(new Rule(name, procedure));
}

export function token(...ids: number[]): Term {
  return ids.length === 0 ? empty : { kind: "token", ids };
}

/** Is this body a procedure rather than a term? */
export function isProcedure(body: Term | Procedure): body is Procedure {
  return !("kind" in body);
}

export function compareWords(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
