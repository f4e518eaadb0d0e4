// How an automaton grows with the size of an adversarial constraint and text, as orders of growth: never times, so that it holds on
// any machine. A text is read on Llama 3's vocabulary with the mask of each step, at sizes that double; the order is the exponent
// between the two largest. The bounds are what theory (or, where a comment says so, only experience) gives; above them something is
// unrolled, kept twice or walked again.
import { expect, test } from "vitest";
import { seededRandom } from "../../bench/workload/random.ts";
import { type AutomatonStats, Compiler, type ConstraintSpec } from "../../src/index.ts";
import { llama3 } from "../vocabularies.ts";

interface Reading {
  readonly spec: ConstraintSpec;
  readonly text: string;
  /** One token a byte: the most steps that a text can make. Else the longest token first. */
  readonly byBytes?: boolean;
  /** Tokens only: what masks add is left out. */
  readonly withoutMasks?: boolean;
}

interface Bounds {
  readonly states: number;
  readonly tails: number;
  readonly visitedNodes: number;
  /** Asked where what is kept may grow in length as well as in number. */
  readonly bytes?: number;
}

type Curve = readonly [name: string, sizes: readonly number[], family: (n: number) => Reading, bounds: Bounds];

// Exponents. `sublinear` is for what a mask sees of n names, their first few characters; `superlinear` for the same at each of n places.
const flat = 0;
const sublinear = 0.5;
const linear = 1;
const superlinear = 1.5;
const quadratic = 2;
const cubic = 3;
/** Names whose numbers get a digit more, beginnings that weigh less and less. */
const slack = 0.15;

const vocabulary = llama3();
/** By the bytes as a string of a character a byte. */
const idsByBytes = new Map<string, number>();
for (let id = 0; id < vocabulary.size; id++) {
  const bytes = vocabulary.tokenBytes(id);
  if (bytes !== null) idsByBytes.set(Buffer.from(bytes).toString("latin1"), id);
}

const small = [25, 50, 100, 200];
const medium = [50, 100, 200, 400];
const large = [250, 500, 1000, 2000];

const stock = "time year people way day man thing woman life child".split(" ");

function repeated(n: number, item: (i: number) => string, separator = ""): string {
  return Array.from({ length: n }, (_, i) => item(i)).join(separator);
}

const word = (i: number): string => stock[i % stock.length]!;
const name = (i: number): string => `${word(i)}_${i}`;

/** Of random letters, so that there is no period to profit from. */
function letters(n: number): string {
  const random = seededRandom(20261122);
  return repeated(n, () => random.pick(["a", "b"]));
}

function regex(pattern: string, text: string): Reading {
  return { spec: { type: "regex", pattern }, text };
}

function grammar(text: string, word: string): Reading {
  return { spec: { type: "ebnf", grammar: text }, text: word, byBytes: true };
}

function schema(value: object, text: string, propertyOrder: "any" | "schema" = "any"): Reading {
  return { spec: { type: "json_schema", schema: value, whitespace: "compact", propertyOrder }, text };
}

const expression = (n: number): string => `${repeated(n / 2, (i) => `a${"+*"[i % 2]}`)}a`;

const integers = (n: number): object =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [name(i), { type: "integer" }]));

/** The names in an order that isn't the schema's: 37 is prime to the sizes. */
const shuffledMembers = (count: number, n: number): string =>
  `{${repeated(count, (i) => `"${name((i * 37) % n)}":1`, ",")}}`;

function tools(n: number): object {
  const tool = (i: number): object => ({
    type: "object",
    properties: {
      name: { const: name(i) },
      arguments: {
        type: "object",
        properties: {
          query: { type: "string", maxLength: 100 + (i % 7) },
          limit: { type: "integer", maximum: 10 + i },
        },
        required: ["query"],
        additionalProperties: false,
      },
    },
    required: ["name", "arguments"],
    additionalProperties: false,
  });
  return { anyOf: Array.from({ length: n }, (_, i) => tool(i)) };
}

const anyNesting = {
  anyOf: [
    { type: "array", items: { $ref: "#" } },
    { type: "object", additionalProperties: { $ref: "#" } },
    { type: "null" },
  ],
};

const record = {
  type: "object",
  properties: { id: { type: "integer" }, text: { type: "string" } },
  required: ["id", "text"],
};

const regexes: readonly Curve[] = [
  ["[a-z]{0,n}", large, (n) => regex(`[a-z]{0,${n}}`, letters(n)), { states: linear, tails: flat, visitedNodes: flat }],
  [
    "[a-z]{0,n}, a text of 30",
    large,
    (n) => regex(`[a-z]{0,${n}}`, letters(30)),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    ".{0,n}",
    large,
    (n) =>
      regex(
        `.{0,${n}}`,
        repeated(n, (i) => "ab é"[i % 4]!),
      ),
    { states: linear, tails: flat, visitedNodes: flat },
  ],
  [
    "(\\w+\\s){1,n}",
    large,
    (n) =>
      regex(
        `(\\w+\\s){1,${n}}`,
        repeated(n, (i) => `${word(i)} `),
      ),
    { states: linear, tails: flat, visitedNodes: flat },
  ],
  [
    "([ab]{0,n};){0,n}",
    medium,
    (n) =>
      regex(
        `([ab]{0,${n}};){0,${n}}`,
        repeated(n, () => "ab;"),
      ),
    { states: linear, tails: flat, visitedNodes: linear },
  ],
  // The minimal DFA has 2ⁿ states, of which a text meets one a byte, with up to n places in each.
  [
    "(a|b)*a(a|b){n}",
    [24, 48, 96, 192],
    (n) => ({
      ...regex(`(a|b)*a(a|b){${n}}`, `${letters(4 * n)}a${letters(n)}`),
      byBytes: true,
    }),
    { states: linear, tails: flat, visitedNodes: linear, bytes: quadratic },
  ],
];

const grammars: readonly Curve[] = [
  [
    "S → S S | a",
    small,
    (n) => grammar('root ::= root root | "a"', "a".repeat(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: quadratic },
  ],
  [
    "S → a S S | ε",
    small,
    (n) => grammar('root ::= "a" root root | ""', "a".repeat(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: quadratic },
  ],
  [
    "E → E+E | E*E | a",
    medium,
    (n) => grammar('root ::= root "+" root | root "*" root | "a"', expression(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: quadratic },
  ],
  [
    "E → E+T | T; T → T*F | F; F → a | (E), flat",
    medium,
    (n) => grammar('root ::= root "+" t | t\nt ::= t "*" f | f\nf ::= "a" | "(" root ")"', expression(n)),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    "E → E+T | T; T → T*F | F; F → a | (E), deep",
    medium,
    (n) =>
      grammar(
        'root ::= root "+" t | t\nt ::= t "*" f | f\nf ::= "a" | "(" root ")"',
        `${"(".repeat(n)}a${")".repeat(n)}`,
      ),
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "palindromes",
    medium,
    (n) => {
      const half = letters(n / 2);
      return grammar('root ::= "a" root "a" | "b" root "b" | "a" | "b" | ""', half + [...half].reverse().join(""));
    },
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "palindromes over one letter",
    medium,
    (n) => grammar('root ::= "a" root "a" | "b" root "b" | "a" | "b" | ""', "a".repeat(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: quadratic },
  ],
  [
    "aⁿbⁿ",
    medium,
    (n) => grammar('root ::= "a" root "b" | ""', "a".repeat(n) + "b".repeat(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "parentheses, deep",
    medium,
    (n) => grammar('root ::= "(" root ")" root | ""', "(".repeat(n) + ")".repeat(n)),
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "parentheses, side by side",
    medium,
    (n) => grammar('root ::= "(" root ")" root | ""', "()".repeat(n)),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    "a list by left recursion",
    medium,
    (n) =>
      grammar(
        'root ::= "a" | root ",a"',
        repeated(n, () => "a", ","),
      ),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    "a list by right recursion",
    medium,
    (n) =>
      grammar(
        'root ::= "a" | "a," root',
        repeated(n, () => "a", ","),
      ),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  // After k letters each of n − k rules may have called the next one in either way: n² tails. That each holds up to n callers is
  // from experience: "x" r1 ends in its call, so its callers are copied.
  [
    "n rules, each calling the next",
    small,
    (n) =>
      grammar(
        `root ::= r0\n${repeated(n, (i) => `r${i} ::= "x" r${i + 1} | r${i + 1} "y"\n`)}r${n} ::= "z"`,
        `${"x".repeat(n)}z`,
      ),
    { states: linear, tails: quadratic, visitedNodes: linear, bytes: cubic },
  ],
];

const schemas: readonly Curve[] = [
  [
    "n optional properties in any order, all read",
    small,
    (n) => schema({ type: "object", properties: integers(n), additionalProperties: false }, shuffledMembers(n, n)),
    { states: superlinear, tails: linear, visitedNodes: linear },
  ],
  [
    "n optional properties in any order, 10 read",
    medium,
    (n) => schema({ type: "object", properties: integers(n), additionalProperties: false }, shuffledMembers(10, n)),
    { states: linear, tails: flat, visitedNodes: sublinear },
  ],
  [
    "n optional properties in the schema's order, all read",
    small,
    (n) =>
      schema(
        { type: "object", properties: integers(n), additionalProperties: false },
        `{${repeated(n, (i) => `"${name(i)}":1`, ",")}}`,
        "schema",
      ),
    { states: superlinear, tails: linear, visitedNodes: linear },
  ],
  [
    "an enum of n values",
    medium,
    (n) =>
      schema({ type: "array", items: { enum: Array.from({ length: n }, (_, i) => name(i)) } }, '["life_8","way_3"]'),
    { states: sublinear, tails: flat, visitedNodes: sublinear },
  ],
  [
    "a union of n tools",
    small,
    (n) => schema(tools(n), '{"name":"woman_7","arguments":{"query":"what","limit":12}}'),
    { states: sublinear, tails: linear, visitedNodes: sublinear },
  ],
  // Which tool it is turns out at the end, so all n are followed up to there.
  [
    "a union of n tools, the name last",
    small,
    (n) => schema(tools(n), '{"arguments":{"query":"what","limit":12},"name":"woman_7"}'),
    { states: sublinear, tails: linear, visitedNodes: sublinear },
  ],
  [
    "an open object beside n names",
    medium,
    (n) =>
      schema(
        { type: "object", properties: integers(n), additionalProperties: { type: "string" } },
        '{"way_3":1,"other thing":"text","life_8":22,"more":"t"}',
      ),
    { states: sublinear, tails: flat, visitedNodes: sublinear },
  ],
  [
    "an open object with n other keys, without masks",
    medium,
    (n) => ({
      ...schema({ type: "object" }, `{${repeated(n, (i) => `"key ${i}":${i}`, ",")}}`),
      withoutMasks: true,
    }),
    { states: linear, tails: linear, visitedNodes: flat },
  ],
  // From experience: masks walk anew, for each set of keys, among the beginnings of the keys that were read.
  [
    "an open object with n other keys",
    [10, 20, 40, 80],
    (n) => schema({ type: "object" }, `{${repeated(n, (i) => `"key ${i}":${i}`, ",")}}`),
    { states: superlinear, tails: linear, visitedNodes: linear },
  ],
  [
    "arrays in arrays, n deep",
    medium,
    (n) => schema(anyNesting, `${"[".repeat(n)}null${"]".repeat(n)}`),
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "objects in objects, n deep",
    medium,
    (n) => schema(anyNesting, `${'{"k":'.repeat(n)}null${"}".repeat(n)}`),
    { states: linear, tails: linear, visitedNodes: linear, bytes: linear },
  ],
  [
    "an array of n equal objects",
    medium,
    (n) => schema({ type: "array", items: record }, `[${repeated(n, () => '{"id":12,"text":"some words"}', ",")}]`),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    "an array of up to n items",
    medium,
    (n) => schema({ type: "array", items: { type: "integer" }, maxItems: n }, `[${repeated(n, () => "7", ",")}]`),
    { states: linear, tails: linear, visitedNodes: linear },
  ],
  [
    "a string of n words",
    medium,
    (n) => schema({ type: "string" }, `"${repeated(n, word, " ")}"`),
    { states: flat, tails: flat, visitedNodes: flat },
  ],
  [
    "a string of up to n characters",
    medium,
    (n) => schema({ type: "string", maxLength: n }, `"${letters(n)}"`),
    { states: linear, tails: flat, visitedNodes: linear },
  ],
  [
    "a pattern under a maxLength of n",
    medium,
    (n) =>
      schema(
        { type: "string", pattern: "^[a-z]+( [a-z]+)*$", maxLength: 5 * n },
        `"${repeated(n, () => "word", " ")}"`,
      ),
    { states: linear, tails: flat, visitedNodes: linear },
  ],
];

test.each([...regexes, ...grammars, ...schemas])("%s", (_, sizes, family, bounds) => {
  const readings = sizes.map((n) => read(family(n)));
  const [before, last] = readings.slice(-2);
  for (const size of ["states", "tails", "visitedNodes", "bytes"] as const) {
    const bound = bounds[size] ?? Infinity;
    // Without the 1 added there's no order where both are 0.
    const order = Math.log2((last![size] + 1) / (before![size] + 1));
    const curve = readings.map((reading) => reading[size]).join(", ");
    expect(order, `${size} at ${sizes.join(", ")}: ${curve}`).toBeLessThan(bound + slack);
  }
});

/** The sizes of the constraint's automaton once its text was read. */
function read({ spec, text, byBytes = false, withoutMasks = false }: Reading): AutomatonStats {
  const constraint = new Compiler(vocabulary).compile(spec);
  const matcher = constraint.matcher();
  const bitmask = new Uint32Array((vocabulary.size + 31) >> 5);
  for (const token of tokensOf(text, byBytes ? 1 : 16)) {
    if (!withoutMasks) matcher.fillMask(bitmask);
    if (!matcher.accept(token)) expect.unreachable(`the text is refused at token ${matcher.tokenCount}`);
  }
  if (!withoutMasks) matcher.fillMask(bitmask);
  expect(matcher.isAccepting).toBe(true);
  return constraint.stats;
}

/** The text in tokens of up to `maxLength` bytes, the longest first. */
function tokensOf(text: string, maxLength: number): number[] {
  const bytes = Buffer.from(text).toString("latin1");
  const tokens: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let length = Math.min(maxLength, bytes.length - at);
    while (!idsByBytes.has(bytes.slice(at, at + length))) length--;
    tokens.push(idsByBytes.get(bytes.slice(at, at + length))!);
    at += length;
  }
  return tokens;
}
