// Strings that keep a conjunction of constraints: the normal form's part for `type: string`. Languages (patterns and
// formats) are named by keys and compiled later; lengths count code points.
import { mergeLists } from "./merge-lists.ts";

/** A set of strings, by the key under which `StringLanguages` knows its term. */
export interface LanguageUse {
  readonly key: string;
  readonly negated: boolean;
}

export interface StringShape {
  readonly min: number;
  readonly max: number;
  /** One of these, sorted; undefined: no such list. */
  readonly texts: readonly string[] | undefined;
  /** None of these, sorted. Empty where `texts` is given. */
  readonly excluded: readonly string[];
  /** In all of these: sorted by key, distinct. */
  readonly languages: readonly LanguageUse[];
}

export const anyString: StringShape = {
  min: 0,
  max: Number.POSITIVE_INFINITY,
  texts: undefined,
  excluded: [],
  languages: [],
};

export function keyOfString(shape: StringShape): string {
  const { min, max, texts, excluded, languages } = shape;
  return JSON.stringify([
    min,
    max === Number.POSITIVE_INFINITY ? -1 : max,
    texts ?? 0,
    excluded,
    languages.map(keyOfUse),
  ]);
}

export function keyOfUse(use: LanguageUse): string {
  return `${use.negated ? "!" : "="}${use.key}`;
}

/** Undefined where it is plain, without any automaton, that no string is in both. */
export function intersectStrings(a: StringShape, b: StringShape): StringShape | undefined {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  const languages = mergeUses(a.languages, b.languages);
  if (min > max || languages === undefined) return undefined;
  let texts = a.texts ?? b.texts;
  if (a.texts !== undefined && b.texts !== undefined) {
    const other = new Set(b.texts);
    texts = a.texts.filter((text) => other.has(text));
  }
  if (texts === undefined)
    return { min, max, texts, excluded: mergeLists(a.excluded, b.excluded, (text) => text), languages };
  const excluded = new Set([...a.excluded, ...b.excluded]);
  texts = texts.filter((text) => !excluded.has(text) && lengthWithin(text, min, max));
  return texts.length === 0 ? undefined : { min: 0, max: Number.POSITIVE_INFINITY, texts, excluded: [], languages };
}

/** The strings outside, as a union. */
export function negateString(shape: StringShape): StringShape[] {
  const out: StringShape[] = [];
  if (shape.min > 0) out.push({ ...anyString, max: shape.min - 1 });
  if (shape.max !== Number.POSITIVE_INFINITY) out.push({ ...anyString, min: shape.max + 1 });
  if (shape.texts !== undefined) out.push({ ...anyString, excluded: shape.texts });
  if (shape.excluded.length > 0) out.push({ ...anyString, texts: shape.excluded });
  for (const use of shape.languages) out.push({ ...anyString, languages: [{ key: use.key, negated: !use.negated }] });
  return out;
}

/** That are listed, as allowed or as left out. */
export function countTexts({ texts, excluded }: StringShape): number {
  return (texts?.length ?? 0) + excluded.length;
}

export function sortTexts(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}

/** A string with a lone surrogate has no JSON spelling that is allowed here. */
export function isSpellable(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function lengthWithin(text: string, min: number, max: number): boolean {
  if (text.length < min) return false;
  if (min === 0 && text.length <= max) return true;
  let count = 0;
  for (const _ of text) count++;
  return count >= min && count <= max;
}

function mergeUses(a: readonly LanguageUse[], b: readonly LanguageUse[]): readonly LanguageUse[] | undefined {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const byKey = new Map<string, LanguageUse>();
  for (const use of [...a, ...b]) {
    const other = byKey.get(use.key);
    if (other !== undefined && other.negated !== use.negated) return undefined;
    byKey.set(use.key, use);
  }
  return [...byKey.values()].sort((x, y) => (x.key < y.key ? -1 : 1));
}
