// Specs that mean harm, or are no JSON: a typed error with its place, before anything is made of them.
import { expect, test } from "vitest";
import { Compiler, ConstraintError, type ConstraintSpec, Vocabulary } from "../../src/index.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const compiler = new Compiler(Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] }));

/** What compiling throws, as `code place`. */
function errorOf(spec: unknown): string {
  try {
    compiler.compile(spec as ConstraintSpec);
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const { code, location } = error;
    return `${code} ${location !== undefined && "pointer" in location ? location.pointer : "nowhere"}`;
  }
  return "none";
}

const ofSchema = (schema: unknown) => errorOf({ type: "json_schema", schema });

/** Both properties of each level are one object: 2^depth in a text. */
function shared(depth: number): unknown {
  let inner: unknown = { type: "string" };
  for (let i = 0; i < depth; i++) inner = { properties: { x: inner, y: inner } };
  return inner;
}

function cycle(): unknown {
  const outer = { properties: {} as Record<string, unknown> };
  outer.properties["a"] = outer;
  return outer;
}

const fail = (): never => {
  throw new Error("no");
};
const throwing = new Proxy({}, { ownKeys: fail });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const endless = (): object =>
  new Proxy(
    {},
    {
      ownKeys: () => ["not"],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 0 }),
      get: (_, key) => (key === "not" ? endless() : undefined),
    },
  );

test("shared parts count as often as they stand there; cycles and values without an end are too deep", () => {
  expect(ofSchema(shared(100))).toMatch(/^limit (\/properties\/[xy]){20,}/);
  expect(ofSchema(cycle())).toMatch(/^limit (\/properties\/a){800,}/);
  expect(ofSchema(endless())).toMatch(/^limit (\/not){800,}/);
  const uri = "https://example.com/a";
  const document = (value: unknown) => errorOf({ type: "json_schema", schema: {}, documents: { [uri]: value } });
  expect(document(shared(100))).toMatch(/^limit https:\/\/example\.com\/a#\/properties/);
  expect(document(cycle())).toMatch(/^limit https:\/\/example\.com\/a#\/properties/);
  const format = { type: "sequence", elements: [] as unknown[] };
  format.elements.push(format, format);
  expect(errorOf({ type: "structural_tag", format })).toMatch(/^limit (\/format)?(\/elements\/0){200,}/);
  const structures = [{ begin: "a", schema: shared(100), end: "b" }];
  expect(errorOf({ type: "structural_tag", structures, triggers: ["a"] })).toMatch(/^limit \/structures\/0\/schema/);
  expect(errorOf({ type: "json_schema", json_schema: { name: "a", schema: cycle() } })).toMatch(
    /^limit \/properties\/a/,
  );
});

test("what is shared and small is as good as a copy", () => {
  const constraint = compiler.compile({ type: "json_schema", schema: shared(3), whitespace: "compact" });
  expect(constraint.matcher().acceptBytes('{"x":{"y":{"x":"a"')).toBe(true);
  expect(constraint.matcher().acceptBytes('{"x":{"y":{"x":1')).toBe(false);
});

test.each<[string, unknown, string]>([
  ["undefined", undefined, "invalid "],
  ["undefined in a list", { enum: [1, undefined] }, "invalid /enum/1"],
  ["a list with holes", { enum: Object.assign([], { 2: 1 }) }, "invalid /enum/0"],
  ["a list of a length only", { enum: new Array(2 ** 32 - 1) }, "invalid /enum/0"],
  ["a function", { properties: { "a/b": () => ({}) } }, "invalid /properties/a~1b"],
  ["a symbol", { const: Symbol("a") }, "invalid /const"],
  ["NaN", { minimum: Number.NaN }, "invalid /minimum"],
  ["a date", { const: new Date(0) }, "invalid /const"],
  ["a map", { properties: new Map([["a", {}]]) }, "invalid /properties"],
  ["a set", { enum: new Set([1]) }, "invalid /enum"],
  ["a regex", { pattern: /a/ }, "invalid /pattern"],
  ["a boxed number", { minimum: Object(1) }, "invalid /minimum"],
  ["bytes", { enum: Uint8Array.of(1) }, "invalid /enum"],
  ["its own toJSON", { properties: { a: { toJSON: () => ({}) } } }, "invalid /properties/a"],
  ["a getter", { items: Object.defineProperty({}, "type", { enumerable: true, get: fail }) }, "invalid /items/type"],
  ["a proxy", { items: throwing }, "invalid /items"],
  ["a revoked proxy", { items: revoked.proxy }, "invalid /items"],
  ["a long string", { const: "a".repeat(20_000_000) }, "limit /const"],
  ["long strings", { enum: Array(100).fill("a".repeat(1_000_000)) }, "limit /enum/15"],
  ["a long key", { properties: { ["a".repeat(20_000_000)]: {} } }, `limit /properties/${"a".repeat(20_000_000)}`],
  ["many values", { enum: Array(2_000_000).fill(0) }, "limit /enum/999996"],
  ["a large bigint", { maximum: 1n << 1_000_000n }, "limit /maximum"],
])("%s", (_, schema, error) => {
  // Not by `toBe`, whose message would hold the pointer.
  expect(ofSchema(schema) === error).toBe(true);
});

test("values that JSON has in another way", () => {
  const matches = (schema: unknown, text: string) =>
    compiler.compile({ type: "json_schema", schema }).matcher().acceptBytes(text);
  expect(matches({ const: 12345678901234567890n }, "12345678901234567890")).toBe(true);
  expect(matches({ const: 12345678901234567891n }, "12345678901234567890")).toBe(false);
  expect(matches(Object.assign(Object.create(null), { const: undefined, type: "null" }), "null")).toBe(true);
  const schema = JSON.parse('{"properties":{"__proto__":{"type":"null"}},"required":["__proto__"]}');
  expect(matches(schema, '{"__proto__":null}')).toBe(true);
  expect(matches(schema, '{"__proto__":1')).toBe(false);
});

test.each<[unknown, string]>([
  [null, "invalid "],
  ["regex", "invalid "],
  [throwing, "invalid "],
  [{}, "usage nowhere"],
  [{ type: 1n }, "usage nowhere"],
  [{ type: "rgx" }, "usage nowhere"],
  [{ type: "regex", pattern: 5 }, "invalid /pattern"],
  [{ type: "regex" }, "invalid "],
  [{ type: "regex", pattern: "a", flags: 5 }, "invalid /flags"],
  [{ type: "regex", pattern: "a", search: "no" }, "invalid /search"],
  [{ type: "ebnf", grammar: ["a"] }, "invalid /grammar"],
  [{ type: "ebnf", grammar: 'root ::= "a"', root: {} }, "invalid /root"],
  [{ type: "ebnf", grammar: 'root ::= "a"', root: null }, "none"],
  [{ type: "ebnf", grammar: 'root ::= "a"', dialect: ["lark"] }, "unsupported nowhere"],
  [{ type: "choice", choices: Object.assign(["a"], { 2: "b" }) }, "invalid /choices/1"],
  [{ type: "choice", choices: "ab" }, "invalid nowhere"],
  [{ type: "json_schema", schema: {}, propertyOrder: "shema" }, "invalid /propertyOrder"],
  [{ type: "json_schema", schema: {}, format: 1 }, "invalid /format"],
  [{ type: "json_schema", schema: {}, unknownFormat: "reject" }, "invalid /unknownFormat"],
  [{ type: "json_schema", schema: {}, lenient: "yes" }, "invalid /lenient"],
  [{ type: "json_schema", schema: {}, whitespace: 5 }, "invalid nowhere"],
  [{ type: "json_schema", schema: {}, whitespace: { indent: {} } }, "invalid nowhere"],
  [{ type: "json_schema", schema: {}, whitespace: { separators: [1, 2] } }, "invalid nowhere"],
  [{ type: "json_schema", schema: {}, whitespace: { separators: [" ".repeat(9999), ":"] } }, "invalid nowhere"],
  [{ type: "json_schema", schema: {}, documents: new Map([[{}, {}]]) }, "invalid /documents"],
  [Object.defineProperty({ documents: new Map() }, "schema", { enumerable: true, get: fail }), "invalid "],
  [{ type: "json_schema", schema: {}, documents: Object.assign(new Map(), { keys: fail }) }, "invalid "],
  [{ type: "structural_tag", format: throwing }, "invalid /format"],
])("the spec %#", (spec, error) => {
  expect(errorOf(spec)).toBe(error);
});

test("a spec that is a revoked proxy", () => {
  expect(errorOf(revoked.proxy)).toBe("invalid ");
});

test("a getter's first value is what is compiled", () => {
  let reads = 0;
  const schema = Object.defineProperty({}, "const", { enumerable: true, get: () => reads++ });
  const constraint = compiler.compile({ type: "json_schema", schema });
  expect(reads).toBe(1);
  expect(constraint.matcher().acceptBytes("0")).toBe(true);
});

test("a text with more bytes than a call has room for arguments", () => {
  const text = "ab".repeat(65_000);
  const matcher = compiler.compile({ type: "choice", choices: [text] }).matcher();
  expect(matcher.acceptBytes(text) && matcher.isAccepting).toBe(true);
});

test("long specs count as memory of the constraints that are kept", () => {
  const small = new Compiler(compiler.vocabulary, { limits: { maxConstraintBytes: 1_000_000 } });
  const spec = (i: number): ConstraintSpec => ({
    type: "json_schema",
    schema: { description: "x".repeat(400_000), const: i },
  });
  const first = small.compile(spec(0));
  expect(small.compile(spec(0))).toBe(first);
  small.compile(spec(1));
  expect(small.compile(spec(0))).not.toBe(first);
});
