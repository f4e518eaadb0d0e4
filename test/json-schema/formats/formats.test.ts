// Masks in strings with formats that are read by machines, alone and beside other constraints, on a vocabulary whose tokens cross the parts
// of patterns and labels: at each state of random walks every token's bit is what reading its bytes says, and there is always a way on.
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError, Vocabulary } from "../../../src/index.ts";
import { walkMasks } from "../../walk-masks.ts";

const pieces = [
  ...["(?<", "(?<a", "a>", "ab>", "b>)", "(?:", "(?=", "(", ")", "((", "))", "()", '"', ')"', ']"', "/", "a/", '/"'],
  ...[
    "\\\\",
    "\\\\k<",
    "\\\\k<a>",
    "k<a",
    "\\\\d",
    "\\\\1",
    "\\\\12",
    "\\\\u",
    "\\\\u{",
    "\\\\p{L}",
    "p{",
    "Script=",
    "Greek}",
  ],
  ...[
    "[",
    "[a",
    "[a-",
    "a-z",
    "z-a",
    "-",
    "]",
    "[^",
    "b-",
    "]]",
    "{2",
    "{2,",
    ",1}",
    "1}",
    "*",
    "+?",
    "|",
    "ab",
    "abc",
    "<",
    ">",
  ],
  ...[
    "\\u0028",
    "\\u003e",
    "\\u002d",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\\u00",
    "\\n",
    "é",
    "\u{1f600}",
    "中",
    "ſa",
    "x>",
  ],
];
const hostPieces = [
  ...[
    "xn--",
    "xn-",
    "n--",
    "-",
    "--",
    "tda",
    "4db",
    "0-",
    "a-",
    "-a",
    "l",
    "ll",
    ".",
    ".0",
    ".xn--tda",
    "a.b",
    "ABC",
    "0a",
  ],
  ...[
    "é",
    "e\u0301",
    "\u0301",
    "l·l",
    "·",
    "ß",
    "א",
    "ב׳",
    "٠",
    "۰",
    "ب\u200c",
    "क्\u200d",
    "\u200c",
    "・",
    "ア",
    "͵",
    "α",
  ],
  ...["。", "．", "例え", "\u{20000}", "ㄅ", "\\u00e9", "\\u3002", "\\u05d0", "ЖЖ", "жж"],
];
const encoder = new TextEncoder();
const tokens = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...[...pieces, ...hostPieces].map((piece) => encoder.encode(piece)),
];
const end = tokens.length;
const vocabulary = Vocabulary.fromTokens([...tokens, null], {
  eosTokenIds: [end],
  specialTokens: new Map([["<eos>", end]]),
});

const schemas: readonly unknown[] = [
  { type: "string", format: "regex" },
  { type: "string", format: "regex", minLength: 3 },
  { type: "string", format: "regex", maxLength: 9 },
  { type: "string", format: "regex", pattern: "^/.+/$" },
  { type: "string", format: "regex", pattern: "a", not: { pattern: "b" } },
  { type: "string", format: "regex", not: { enum: ["(", "a", "[a]"] } },
  { type: "string", not: { format: "regex" } },
  { type: "string", not: { format: "regex" }, maxLength: 5 },
  { anyOf: [{ format: "regex" }, { pattern: "^\\(" }, { maxLength: 2 }], type: "string" },
  { type: "string", format: "idn-email" },
];

const hostSchemas: readonly unknown[] = [
  { type: "string", format: "hostname" },
  { type: "string", format: "hostname", minLength: 8, maxLength: 12 },
  { type: "string", format: "hostname", maxLength: 7, minLength: 7 },
  { type: "string", format: "hostname", pattern: "-.*\\..*b" },
  { type: "string", format: "hostname", not: { pattern: "^x|a$" }, maxLength: 20 },
  { type: "string", format: "hostname", not: { enum: ["a", "xn--tda"] } },
  { type: "string", not: { format: "hostname" } },
  { type: "string", not: { format: "hostname" }, pattern: "^[a-z0-9.-]+$", maxLength: 12 },
  { type: "string", format: "idn-hostname" },
  { type: "string", format: "idn-hostname", maxLength: 6 },
  { type: "string", not: { format: "idn-hostname" } },
  { type: "string", allOf: [{ format: "idn-hostname" }, { format: "hostname" }] },
  { type: "string", oneOf: [{ format: "ipv4" }, { format: "hostname" }] },
  { type: "string", anyOf: [{ format: "ipv6" }, { format: "idn-hostname" }] },
];

describe("masks", () => {
  const named = (list: readonly unknown[]) => list.map((schema) => [JSON.stringify(schema), schema] as const);
  const compile = (schema: unknown) => new Compiler(vocabulary).compile({ type: "json_schema", schema });

  it.each(named(schemas))("%s", (_, schema) => {
    walkMasks(compile(schema), tokens, { runs: 10, steps: 20, seed: 20261125 });
  });

  // A blind state can't tell whether a character may follow a backslash: that made it one that can't, in a run.
  it("where only one character may follow, it may be escaped", () => {
    const matcher = compile({ type: "string", format: "regex", maxLength: 9 }).matcher();
    matcher.acceptBytes('"ab>(?<a');
    const mask = matcher.mask();
    expect(mask).toMatchObject({ kind: "sparse" });
    const allowed = mask.kind === "sparse" ? [...mask.ids].map((id) => new TextDecoder().decode(tokens[id]!)) : [];
    expect(allowed).toEqual(expect.arrayContaining([">", "\\", "\\u003e", "\\u00"]));
  });

  // Shorter: a mask in a label takes long, and near a label's end it may end in a limit.
  it.each(named(hostSchemas))("%s", (_, schema) => {
    walkMasks(compile(schema), tokens, { runs: 5, steps: 12, seed: 20261125 });
  });
});

it("refuses what can't be decided in time", () => {
  const refusal = (schema: unknown) => {
    try {
      new Compiler(vocabulary).compile({ type: "json_schema", schema });
    } catch (error) {
      if (error instanceof ConstraintError) return [error.code, (error.location as { pointer: string }).pointer];
      throw error;
    }
    return undefined;
  };
  const item = { type: "string", format: "regex", pattern: "a", maxLength: 9 };
  expect(refusal({ items: item })).toEqual(["unsupported", "/items"]);
  expect(refusal({ items: { allOf: [item, { enum: ["a", "b"] }] } })).toBeUndefined();
  expect(refusal({ propertyNames: { format: "regex" } })).toBeUndefined();
  expect(refusal({ propertyNames: { format: "regex" }, patternProperties: { a: {} } })).toEqual(["unsupported", ""]);
  expect(refusal({ propertyNames: { format: "hostname" } })).toEqual(["unsupported", ""]);
  expect(refusal({ items: { type: "string", format: "idn-hostname", pattern: "a" } })).toEqual([
    "unsupported",
    "/items",
  ]);
});

it.each([
  { allOf: [{ format: "hostname" }, { not: { format: "idn-hostname" } }] },
  { allOf: [{ format: "hostname" }, { not: { format: "idn-hostname" } }], minLength: 30 },
  { allOf: [{ not: { format: "idn-hostname" } }, { format: "hostname" }], maxLength: 40 },
])(
  "a search without an end is given up soon: %j",
  (schema) => {
    expect(() =>
      new Compiler(vocabulary).compile({ type: "json_schema", schema: { type: "string", ...schema } }),
    ).toThrow(expect.objectContaining({ code: "limit" }));
  },
  20_000,
);

it("refuses idn-hostname beside the negation of another format", () => {
  for (const format of ["hostname", "regex"]) {
    const schema = { type: "string", format: "idn-hostname", not: { format } };
    expect(() => new Compiler(vocabulary).compile({ type: "json_schema", schema })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  }
});

describe("enums", () => {
  it("keep the texts that are patterns", () => {
    const schema = { enum: ["a", "(", "[z-a]", 1, "(?<n>a)\\k<n>"], format: "regex" };
    const constraint = new Compiler(vocabulary).compile({ type: "json_schema", schema });
    const accepts = (text: string) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(encoder.encode(text)) && matcher.isAccepting;
    };
    expect(['"a"', "1", '"(?<n>a)\\\\k<n>"'].map(accepts)).toEqual([true, true, true]);
    expect(['"("', '"[z-a]"', '"b"'].map(accepts)).toEqual([false, false, false]);
  });
});
