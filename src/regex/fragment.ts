// A term over the UTF-8 of characters, with what the lowering of assertions must know about it: lengths in
// characters, which characters can come first and last, and whether the empty word is in it.
import {
  type CodePoints,
  codePoints,
  codePointsTerm,
  complementCodePoints,
  intersectCodePoints,
  pairs,
} from "../term/code-points.ts";
import { alt, and, empty, epsilon, not, repeat, type Term, words } from "../term/term.ts";

export interface Fragment {
  readonly term: Term;
  /** Nodes of the term, shared ones counted as often as they occur. */
  readonly size: number;
  /** Exact. */
  readonly nullable: boolean;
  /** No word is shorter (in characters); Infinity where there is no word. */
  readonly min: number;
  /** No word is longer. */
  readonly max: number;
  /** Every word that isn't empty begins (ends) with one of these; not all of them need to occur. */
  readonly first: CodePoints;
  readonly last: CodePoints;
  /** The language, if it is that of one character out of a set. */
  readonly set?: CodePoints;
  /** The language, if it is one word. */
  readonly word?: string;
  /** What it was made of, if it is a concatenation (`items`) or a repetition. */
  readonly items?: readonly Fragment[];
  readonly repeated?: { readonly item: Fragment; readonly min: number; readonly max: number };
}

/** From here on an alternation of words is a word list. */
const manyWords = 4;
/** From here on equal sets in a row are a repetition. */
const manyEqual = 4;
/**
 * Items of one `cat` term and arguments of one `alt` call: more are nested, because an argument list has its limits.
 */
const maxCallItems = 4096;

/**
 * Makes fragments over an alphabet; `tooLarge` is called (and must throw) where a term gets more than `maxNodes`
 * nodes.
 */
export class FragmentBuilder {
  readonly alphabet: CodePoints;
  readonly nothing: Fragment = {
    term: empty,
    size: 1,
    nullable: false,
    min: Infinity,
    max: 0,
    first: [],
    last: [],
  };
  readonly emptyWord: Fragment = {
    term: epsilon,
    size: 1,
    nullable: true,
    min: 0,
    max: 0,
    first: [],
    last: [],
    word: "",
  };
  /** Any text over the alphabet. */
  readonly anyText: Fragment;
  readonly #anyCharacter: Fragment;
  readonly #maxNodes: number;
  readonly #tooLarge: () => never;
  readonly #spelled = new Map<string, Fragment>();

  constructor(alphabet: CodePoints, maxNodes: number, tooLarge: () => never) {
    this.alphabet = alphabet;
    this.#maxNodes = maxNodes;
    this.#tooLarge = tooLarge;
    this.#anyCharacter = this.set(alphabet);
    this.anyText = this.#repeated(this.#anyCharacter, 0, Infinity);
  }

  /** One character of the alphabet's part of `set`. */
  set(set: CodePoints): Fragment {
    const key = set.join();
    const known = this.#spelled.get(key);
    if (known !== undefined) return known;
    const members = intersectCodePoints(set, this.alphabet);
    const membersKey = members.join();
    const fragment = members.length === 0 ? this.nothing : (this.#spelled.get(membersKey) ?? this.#spelledSet(members));
    this.#spelled.set(key, fragment).set(membersKey, fragment);
    return fragment;
  }

  #spelledSet(members: CodePoints): Fragment {
    const term = codePointsTerm(members);
    const isWord = members.length === 2 && members[0] === members[1];
    return this.#checked({
      term,
      size: sizeOf(term),
      nullable: false,
      min: 1,
      max: 1,
      first: members,
      last: members,
      set: members,
      ...(isWord ? { word: String.fromCodePoint(members[0]!) } : {}),
    });
  }

  cat(items: readonly Fragment[]): Fragment {
    const parts = this.#runsOf(items.filter((item) => item.max > 0 || item.term.kind === "empty"));
    if (parts.length === 0) return this.emptyWord;
    if (parts.length === 1) return parts[0]!;
    if (parts.some((item) => item.term.kind === "empty")) return this.nothing;
    const isWord = parts.every((item) => item.word !== undefined);
    return this.#checked({
      term: catTerms(parts.map((item) => item.term)),
      size: parts.reduce((sum, item) => sum + item.size, 1),
      nullable: parts.every((item) => item.nullable),
      min: parts.reduce((sum, item) => sum + item.min, 0),
      max: parts.reduce((sum, item) => sum + item.max, 0),
      first: unionUntilFixed(parts, (item) => item.first),
      last: unionUntilFixed(parts.toReversed(), (item) => item.last),
      items: parts,
      ...(isWord ? { word: parts.map((item) => item.word).join("") } : {}),
    });
  }

  /** Any text twice is any text; many equal sets in a row are a repetition: `\\d\\d\\d\\d`. */
  #runsOf(items: readonly Fragment[]): readonly Fragment[] {
    const runs: Fragment[] = [];
    for (let i = 0, end = 0; i < items.length; i = end) {
      const item = items[i]!;
      end = i + 1;
      while (item.set !== undefined && item.word === undefined && items[end] === item) end++;
      while (item === this.anyText && items[end] === item) end++;
      if (item === this.anyText) runs.push(item);
      else if (end - i >= manyEqual) runs.push(this.#repeated(item, end - i, end - i));
      else runs.push(...items.slice(i, end));
    }
    return runs;
  }

  alt(items: readonly Fragment[]): Fragment {
    const parts = [...new Set(items)].filter((item) => item.term.kind !== "empty");
    if (parts.length === 0) return this.nothing;
    if (parts.length === 1) return parts[0]!;
    const sets = parts.filter((item) => item.set !== undefined);
    const set = codePoints(sets.flatMap((item) => [...pairs(item.set!)]));
    if (sets.length === parts.length) return this.set(set);
    const literals = parts.filter((item) => item.set === undefined && item.word !== undefined && item.word !== "");
    const rest = parts.filter((item) => item.set === undefined && (item.word === undefined || item.word === ""));
    const terms = [...(sets.length > 0 ? [this.set(set)] : []), ...rest].map((item) => item.term);
    if (literals.length >= manyWords) terms.push(words(literals.map((item) => item.word!)));
    else terms.push(...literals.map((item) => item.term));
    return this.#checked({
      term: altTerms(terms),
      size: parts.reduce((sum, item) => sum + item.size, 1),
      nullable: parts.some((item) => item.nullable),
      min: parts.reduce((least, item) => Math.min(least, item.min), Infinity),
      max: parts.reduce((most, item) => Math.max(most, item.max), 0),
      first: union(parts.map((item) => item.first)),
      last: union(parts.map((item) => item.last)),
    });
  }

  repeat(item: Fragment, min: number, max: number): Fragment {
    if (max === 0 || item.max === 0) return item.term.kind === "empty" && min > 0 ? this.nothing : this.emptyWord;
    if (min === 1 && max === 1) return item;
    return item === this.#anyCharacter && min === 0 && max === Infinity ? this.anyText : this.#repeated(item, min, max);
  }

  #repeated(item: Fragment, min: number, max: number): Fragment {
    return this.#checked({
      term: repeat(item.term, min, max),
      size: item.size + 1,
      nullable: min === 0 || item.nullable,
      min: min * item.min,
      max: max * item.max,
      first: item.first,
      last: item.last,
      repeated: { item, min, max },
    });
  }

  /**
   * The words of `fragment` whose first (or last) character is in `edge`, a set, without an And; undefined where that
   * isn't easy.
   */
  withEdge(fragment: Fragment, edge: Fragment, atEnd: boolean): Fragment | undefined {
    if (edge === this.nothing) return fragment.nullable ? undefined : edge;
    if (fragment.set !== undefined) return this.and(fragment, edge);
    if (fragment.items !== undefined) {
      const i = atEnd ? fragment.items.length - 1 : 0;
      if (fragment.items[i]!.nullable) return undefined;
      const outer = this.withEdge(fragment.items[i]!, edge, atEnd);
      return outer === undefined ? undefined : this.cat(fragment.items.with(i, outer));
    }
    if (fragment.repeated === undefined || fragment.nullable) return undefined;
    const { item, min, max } = fragment.repeated;
    const outer = this.withEdge(item, edge, atEnd);
    if (outer === undefined) return undefined;
    const others = this.repeat(item, min - 1, max - 1);
    return this.cat(atEnd ? [others, outer] : [outer, others]);
  }

  /** Words in both. */
  and(a: Fragment, b: Fragment): Fragment {
    if (a === this.anyText || a === b) return b;
    if (b === this.anyText) return a;
    if (a.set !== undefined && b.set !== undefined) return this.set(intersectCodePoints(a.set, b.set));
    const min = Math.max(a.min, b.min);
    const max = Math.min(a.max, b.max);
    const nullable = a.nullable && b.nullable;
    if (min > max || (max === 0 && !nullable)) return this.nothing;
    if (max === 0) return this.emptyWord;
    const first = intersectCodePoints(a.first, b.first);
    const last = intersectCodePoints(a.last, b.last);
    if (first.length === 0 || last.length === 0) return nullable ? this.emptyWord : this.nothing;
    return this.#checked({ term: and(a.term, b.term), size: a.size + b.size + 1, nullable, min, max, first, last });
  }

  /** Words in `a` that aren't in `b`. */
  minus(a: Fragment, b: Fragment): Fragment {
    if (b.term.kind === "empty") return a;
    if (b === this.anyText) return this.nothing;
    if (a.max === 0) return b.nullable ? this.nothing : a;
    if (a.set !== undefined && b.set !== undefined) {
      return this.set(intersectCodePoints(a.set, complementCodePoints(b.set)));
    }
    return this.#checked({
      term: and(a.term, not(b.term)),
      size: a.size + b.size + 2,
      nullable: a.nullable && !b.nullable,
      min: a.min,
      max: a.max,
      first: a.first,
      last: a.last,
    });
  }

  #checked(fragment: Fragment): Fragment {
    if (fragment.size > this.#maxNodes) this.#tooLarge();
    return fragment;
  }
}

/** Is every member of `a` one of `b`? */
export function isSubset(a: CodePoints, b: CodePoints): boolean {
  return intersectCodePoints(a, complementCodePoints(b)).length === 0;
}

export function areDisjoint(a: CodePoints, b: CodePoints): boolean {
  return intersectCodePoints(a, b).length === 0;
}

function union(sets: readonly CodePoints[]): CodePoints {
  const distinct = [...new Set(sets)];
  return distinct.length === 1 ? distinct[0]! : codePoints(distinct.flatMap((set) => [...pairs(set)]));
}

/** The union of the sets of the first items, up to one that can't be empty. */
function unionUntilFixed(items: readonly Fragment[], setOf: (item: Fragment) => CodePoints): CodePoints {
  const fixed = items.findIndex((item) => !item.nullable);
  return union(items.slice(0, fixed < 0 ? items.length : fixed + 1).map(setOf));
}

/** Like `cat`, for any number of items, none of which is empty or the empty word. */
function catTerms(terms: readonly Term[]): Term {
  let items = terms.flatMap((term) => (term.kind === "cat" ? term.items : [term]));
  while (items.length > maxCallItems) {
    const chunks: Term[] = [];
    for (let i = 0; i < items.length; i += maxCallItems) {
      chunks.push({ kind: "cat", items: items.slice(i, i + maxCallItems) });
    }
    items = chunks;
  }
  return { kind: "cat", items };
}

/** Like `alt`, for any number of items. */
function altTerms(terms: readonly Term[]): Term {
  const chunks: Term[] = [];
  for (let i = 0; i < terms.length; i += maxCallItems) chunks.push(alt(...terms.slice(i, i + maxCallItems)));
  return alt(...chunks);
}

/** Nodes of a term, shared ones counted as often as they occur. */
export function sizeOf(term: Term): number {
  if (term.kind === "cat" || term.kind === "alt" || term.kind === "and") {
    return term.items.reduce((sum, item) => sum + sizeOf(item), 1);
  }
  return term.kind === "repeat" || term.kind === "not" ? 1 + sizeOf(term.item) : 1;
}
