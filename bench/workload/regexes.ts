// Regexes that break engines: counted repetition that must not be unrolled, nested stars with thousands of derivatives and few
// states, runs whose exits lead into other runs, patterns whose minimal DFA is large.
import { accepted, dead, incomplete, type WorkloadCase, type WorkloadText } from "./case.ts";
import { type Random, seededRandom } from "./random.ts";

export function regexCases(seed: number): WorkloadCase[] {
  const random = seededRandom(seed);
  const prose = sentence(random, 400);
  const hundred = sentence(random, 100);
  const ab = Array.from({ length: 200 }, () => random.pick(["a", "b"])).join("");
  return [
    regexCase("(((b|a)*){2,5}(a|((a)*)*)){1,5}", [accepted("ab", ab), dead("c", "ababac", 5)]),
    regexCase("([a-z]*;)*\\.", [
      accepted("fields", `${prose.replaceAll(" ", ";")};.`),
      dead("no semicolon", "ab;a.", 4, "bytes"),
      dead("after the end", "ab;.;", 4),
    ]),
    regexCase("[a-z]+( [a-z]+)*", [
      accepted("prose", prose),
      incomplete("space at the end", `${prose} `),
      dead("two spaces", "some  words", 5),
    ]),
    regexCase("[a-z]+ .*", [
      accepted("prose", `${prose} Then ANY thing! 1, 2, 3. ${prose}`),
      dead("newline", "word and\nline", 8),
    ]),
    regexCase("(\\w+\\s){1,100}", [
      accepted("90 words", `${sentence(random, 90)} `),
      incomplete("in a word", sentence(random, 90)),
      dead("101 words", `${hundred} x`, hundred.length + 1),
    ]),
    regexCase(".{0,5000}", [
      accepted("4,990 characters", filled(prose, 4990)),
      accepted("5,000 characters", filled(prose, 5000)),
      dead("5,001 characters", filled(prose, 5001), 5000),
    ]),
    regexCase("(a|b)*a(a|b){12}", [
      accepted("ab", `${ab}a${ab.slice(0, 12)}`, "bytes"),
      incomplete("b at 13 from the end", `${ab}b${ab.slice(0, 12)}`, "bytes"),
      dead("c", `${ab}c`, 200),
    ]),
    regexCase("[a-z]{0,10000}", [
      accepted("10,000 letters", filled(prose.replaceAll(" ", ""), 10_000)),
      dead("10,001 letters", filled(prose.replaceAll(" ", ""), 10_001), 10_000),
    ]),
    regexCase("[a-z]+(, [a-z]+)*\\.", [accepted("100,000 tokens", `${words(random, 50_000).join(", ")}.`)]),
  ];
}

function regexCase(pattern: string, texts: readonly WorkloadText[]): WorkloadCase {
  const spec = { type: "regex", pattern } as const;
  return { name: `regex ${pattern}`, group: "regex", spec, plainPattern: plainPattern(pattern), texts };
}

/** ECMAScript's meaning of `\w`, `\s` and `.` spelled as classes. None of the patterns here has one of them inside a class. */
export function plainPattern(pattern: string): string {
  const space = "[\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]";
  return pattern
    .replaceAll("\\w", "[A-Za-z0-9_]")
    .replaceAll("\\s", space)
    .replaceAll(/(?<!\\)\./g, "[^\\n\\r\\u2028\\u2029]");
}

const stock =
  "time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information".split(
    " ",
  );

function words(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => random.pick(stock));
}

/** `count` words with one space between them. */
export function sentence(random: Random, count: number): string {
  return words(random, count).join(" ");
}

function filled(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
