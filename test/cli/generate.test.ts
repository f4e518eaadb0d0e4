// `grammask generate`: samples are valid by somebody else's judgement (Ajv, the platform's RegExp) or, for grammars, by a matcher;
// the same for the same seed; varied; and they end.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, describe, expect, test } from "vitest";
import { samples } from "../../src/cli/generate.ts";
import { byteVocabulary } from "../../src/cli/read-constraint.ts";
import { Compiler, type ConstraintSpec } from "../../src/index.ts";
import { CommandFolder, stackTrace } from "./run-command.ts";

const grammars = new URL("../../grammars/", import.meta.url);
const shipped = (file: string): string => readFileSync(new URL(file, grammars), "utf8");

const take = (spec: ConstraintSpec, count: number, seed = 1, maxBytes = 200): string[] => [
  ...samples(spec, { count, seed, maxBytes }),
];

describe.concurrent("the command", () => {
  const folder = new CommandFolder();
  folder.write({
    "person.schema.json": shipped("person.schema.json"),
    "list.gbnf": shipped("list.gbnf"),
    "date.regex": shipped("iso-date.regex"),
    "bad.regex": "a(b",
    "tokens.gbnf": 'root ::= <think> "a"',
  });
  afterAll(() => folder.remove());

  test("JSON samples are a line each, the same for the same seed, others for another", async ({ expect }) => {
    const run = (...args: string[]) => folder.run(["generate", "person.schema.json", ...args]);
    const [first, again, fewer, other] = await Promise.all([
      run("--seed", "7", "--count", "30"),
      run("--seed", "7", "--count", "30"),
      run("--seed", "7", "--count", "10"),
      run("--seed", "8", "--count", "30"),
    ]);
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(again).toEqual(first);
    expect(first.stdout.startsWith(fewer.stdout)).toBe(true);
    expect(other.stdout).not.toBe(first.stdout);
    const lines = first.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(30);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("name");
  });

  test("--json: samples with line breaks are a line each, as JSON strings", async ({ expect }) => {
    const { exitCode, stdout } = await folder.run(["generate", "list.gbnf", "--count", "20", "--json"]);
    expect(exitCode).toBe(0);
    const texts = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as string);
    expect(texts).toHaveLength(20);
    expect(texts.every((text) => text.startsWith("- ") && text.endsWith("\n"))).toBe(true);
    expect(texts.some((text) => text.trimEnd().includes("\n"))).toBe(true);
  });

  test("nothing but samples on stdout; a reader that goes away ends it", async ({ expect }) => {
    const { exitCode, stdout, stderr } = await folder.run(["generate", "date.regex", "--count", "1000000000"], 1);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d\n/);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test.each([
    ["bad.regex", 1, /^bad\.regex:1:2: .*\(syntax\)\n {2}a\(b\n/],
    ["tokens.gbnf", 1, /^tokens\.gbnf: samples are text, .*special token/],
    ["missing.gbnf", 2, /^missing\.gbnf: there is no such file\n$/],
  ])("%s is refused", async (file, exitCode, message) => {
    const outcome = await folder.run(["generate", file]);
    expect(outcome).toEqual({ exitCode, stdout: "", stderr: expect.stringMatching(message) });
    expect(outcome.stderr).not.toMatch(stackTrace);
  });
});

describe("schemas: Ajv finds the samples valid", () => {
  const node = {
    type: "object",
    properties: { next: { $ref: "#/$defs/node" }, v: { type: "boolean" } },
    required: ["v"],
  };
  const many = Array.from({ length: 60 }, (_, i) => `property ${i}`);
  const cases: [name: string, schema: unknown][] = [
    ["person", JSON.parse(shipped("person.schema.json"))],
    ["anything", {}],
    ["an integer with bounds", { type: "integer", minimum: -17, exclusiveMaximum: 1000 }],
    ["a number", { type: "number", exclusiveMinimum: 0.25, maximum: 3e4 }],
    [
      "strings by length and pattern",
      { type: "array", minItems: 2, items: { type: "string", minLength: 3, maxLength: 9, pattern: "b" } },
    ],
    [
      "formats",
      {
        type: "array",
        prefixItems: ["date", "time", "date-time", "uuid", "ipv4"].map((format) => ({ type: "string", format })),
        minItems: 5,
      },
    ],
    [
      "free keys by name",
      {
        type: "object",
        minProperties: 3,
        propertyNames: { pattern: "^[a-z]{3,8}$" },
        additionalProperties: { type: "boolean" },
      },
    ],
    ["keys by pattern", { type: "object", patternProperties: { "^x-": { type: "integer" } }, required: ["x-1"] }],
    ["recursion", { ...node, $defs: { node } }],
    [
      "many required keys",
      {
        type: "object",
        properties: Object.fromEntries(many.map((key) => [key, { enum: [1, "two"] }])),
        required: many,
      },
    ],
    [
      "if and else",
      {
        type: "object",
        properties: { kind: { enum: ["a", "b"] }, size: { type: "integer" } },
        required: ["kind"],
        if: { properties: { kind: { const: "a" } } },
        then: { required: ["size"] },
      },
    ],
    ["contains", { type: "array", contains: { const: "here" }, maxItems: 4 }],
  ];
  const ajv = new Ajv2020({ strict: false, formats: { email: true } });
  // Its e-mail addresses and URIs are narrower than the RFCs'.
  addFormats.default(ajv, ["date", "time", "date-time", "uuid", "ipv4"]);

  test.each(cases)("%s", (_, schema) => {
    const texts = take({ type: "json_schema", schema: JSON.stringify(schema) }, 60);
    const validate = ajv.compile(schema as object);
    expect(texts.filter((text) => text.includes("\n") || !validate(JSON.parse(text)))).toEqual([]);
  });
});

describe("regexes: the platform's RegExp matches the samples", () => {
  test.each([
    shipped("iso-date.regex").trimEnd(),
    shipped("email.regex").trimEnd(),
    "",
    "[a-z]{500}",
    "(?:[^a]|a(?!b))*",
    "(?<=^x*)y\\b[\\s\\S]+(?=!)\\W",
    "\\p{Script=Greek}+|[\\u{1F600}-\\u{1F64F}]",
    // An automaton of a million states: nothing finds the shortest end.
    "[^]*a[^]{20}",
  ])("%s", (pattern) => {
    const regexp = new RegExp(`^(?:${pattern})$`, "u");
    expect(take({ type: "regex", pattern }, 40).filter((text) => !regexp.test(text))).toEqual([]);
  });
});

describe("grammars: a matcher reads the samples", () => {
  const inline: [string, string][] = [
    ["ambiguous, with empty words", 'root ::= root root | "a" root "b" | ""'],
    ["left-recursive without a short start", 'root ::= root "," item | item item\nitem ::= [0-9]{4}'],
    ["cyclic", 'root ::= a | "x"\na ::= root | "y" root'],
    [
      "only through many rules",
      Array.from({ length: 200 }, (_, i) => `${i === 0 ? "root" : `r${i}`} ::= "<" r${i + 1} ">"\n`).join("") +
        'r200 ::= "."',
    ],
  ];
  const files = ["json", "arithmetic", "list", "chess", "sql", "csv"].map((name): [string, string] => [
    name,
    shipped(`${name}.gbnf`),
  ]);

  test.each([...files, ...inline])("%s", (_, grammar) => {
    const spec: ConstraintSpec = { type: "ebnf", grammar };
    const constraint = new Compiler(byteVocabulary()).compile(spec);
    for (const text of take(spec, 40)) {
      const matcher = constraint.matcher();
      expect([text, matcher.acceptBytes(text) && matcher.isAccepting]).toEqual([text, true]);
    }
  });
});

describe("samples are varied and end", () => {
  test("few are the same", () => {
    for (const spec of [
      { type: "json_schema", schema: shipped("person.schema.json") },
      { type: "ebnf", grammar: shipped("sql.gbnf") },
      { type: "regex", pattern: shipped("email.regex").trimEnd() },
    ] satisfies ConstraintSpec[]) {
      expect(new Set(take(spec, 50)).size).toBeGreaterThan(45);
    }
  });

  test("every alternative comes, the long one too", () => {
    const schema = { enum: ["a", "bb", "a much longer value", null, 12] };
    const values = take({ type: "json_schema", schema }, 200).map((text) => JSON.parse(text) as unknown);
    expect(new Set(values).size).toBe(5);
    const kinds = new Set(
      take({ type: "json_schema", schema: {} }, 300).map((text) => /^["[{tfn]/.exec(text)?.[0] ?? "number"),
    );
    expect(kinds.size).toBe(7);
    const optional = {
      type: "object",
      properties: { "an optional key": { type: "integer" } },
      additionalProperties: false,
    };
    const texts = take({ type: "json_schema", schema: optional }, 100);
    expect(texts.filter((text) => text === "{}").length).toBeGreaterThan(10);
    expect(texts.filter((text) => text !== "{}").length).toBeGreaterThan(10);
  });

  test("none is longer than asked, where the constraint lets it", () => {
    for (const maxBytes of [1, 40, 400]) {
      for (const spec of [
        { type: "json_schema", schema: {} },
        { type: "ebnf", grammar: shipped("json.gbnf") },
        { type: "ebnf", grammar: 'root ::= "\\n"* [0-9] [0-9 \\n]*' },
      ] satisfies ConstraintSpec[]) {
        const texts = take(spec, 100, 3, maxBytes);
        expect(texts.filter((text) => Buffer.byteLength(text) > maxBytes)).toEqual([]);
      }
    }
  });

  test("they don't pile up blanks, digits or escapes", () => {
    const texts = take({ type: "ebnf", grammar: shipped("json.gbnf") }, 200).join("\n");
    expect(texts).not.toMatch(/[ \t\r\n]{12}|\d{40}/);
    const keys = take({ type: "json_schema", schema: shipped("person.schema.json") }, 50).join("");
    expect(keys.match(/\\u/g)?.length ?? 0).toBeLessThan(10);
  });
});
