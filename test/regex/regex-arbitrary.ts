// Random regexes as text, over a few characters that make assertions, classes, folding and UTF-8 lengths matter.
import fc from "fast-check";

/** What random texts consist of. */
export const textCharacters = ["a", "b", "A", "-", " ", "\n", "é", "ſ", "😀"];

const atoms = [
  "a",
  "b",
  "A",
  "-",
  "é",
  "😀",
  ".",
  "\\w",
  "\\W",
  "\\d",
  "\\s",
  "\\S",
  "[ab]",
  "[^a]",
  "[a-c😀]",
  "[^\\w-]",
  "[]",
  "[^]",
  "\\n",
  "\\u{1f600}",
  "\\x61",
  "s",
  "\\p{L}",
  "\\P{Lu}",
  "[^\\W_]",
  "\\u00e9",
]; // prettier-ignore
const quantifiers = ["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}", "*?", "+?", "??", "{0}"];

/** `assertions`: whether ^ $ \b \B and lookarounds occur. */
export function regexArbitrary(assertions: boolean): fc.Arbitrary<string> {
  const atom = fc.constantFrom(...atoms);
  const leaf = assertions
    ? fc.oneof({ weight: 5, arbitrary: atom }, { weight: 2, arbitrary: fc.constantFrom("^", "$", "\\b", "\\B") })
    : atom;
  const { regex } = fc.letrec<{ regex: string }>((tie) => ({
    regex: fc.oneof(
      { maxDepth: 4, depthIdentifier: "regex" },
      leaf,
      fc.array(tie("regex"), { minLength: 0, maxLength: 4 }).map((items) => items.join("")),
      fc.array(tie("regex"), { minLength: 2, maxLength: 3 }).map((items) => `(?:${items.join("|")})`),
      fc.tuple(tie("regex"), fc.constantFrom(...quantifiers)).map(([item, quantifier]) => `(${item})${quantifier}`),
      fc.tuple(tie("regex"), tie("regex")).map((items) => items.join("|")),
      ...(assertions
        ? [fc.tuple(fc.constantFrom("=", "!", "<=", "<!"), tie("regex")).map(([kind, item]) => `(?${kind}${item})`)]
        : []),
    ),
  }));
  return regex;
}

/** All texts of up to `length` of the characters. */
export function allTexts(characters: readonly string[], length: number): string[] {
  const texts = [""];
  let longest = [""];
  for (let i = 0; i < length; i++) {
    longest = longest.flatMap((text) => characters.map((character) => text + character));
    texts.push(...longest);
  }
  return texts;
}
