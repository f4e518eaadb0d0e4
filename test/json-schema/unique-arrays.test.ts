// Arrays of different items, and negated, against everything that there is: items of few values, so that all texts of up to three can be listed. Ajv
// says which are valid; a byte may follow a beginning exactly where it leads on to one of those.
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError } from "../../src/index.ts";
import { bytesOnly } from "../vocabularies.ts";

/** Texts of values: objects in both orders. */
const texts = [
  "true",
  "false",
  "null",
  "[]",
  "[true]",
  "[true,false]",
  "[null]",
  "{}",
  '{"a":true}',
  '{"a":false}',
  '{"a":true,"b":null}',
  '{"b":null,"a":true}',
  '{"b":null}',
];
const alphabet = [...new TextEncoder().encode('[]{}",:abtruefalsn')];

const all: string[] = ["[]"];
for (const a of texts) {
  all.push(`[${a}]`);
  for (const b of texts) {
    all.push(`[${a},${b}]`);
    for (const c of texts) all.push(`[${a},${b},${c}]`);
  }
}

const item = fc.oneof(
  fc
    .uniqueArray(fc.constantFrom(...texts.filter((text) => !text.startsWith('{"b":null,'))), {
      minLength: 1,
      maxLength: 5,
    })
    .map((some) => ({ enum: some.map((text) => JSON.parse(text)) })),
  fc.constant({ type: "boolean" }),
  fc.constant({ type: ["object", "null"] }),
  fc.constant({ type: "array", maxItems: 1 }),
  fc.constant({ required: ["a"] }),
  fc.constant({ not: { type: "array" } }),
);
const schema = fc.record(
  {
    items: item,
    prefixItems: fc.array(item, { minLength: 1, maxLength: 2 }),
    contains: item,
    minItems: fc.integer({ min: 0, max: 1 }),
    maxItems: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
);

function check(part: object): void {
  const domain = { type: "array", maxItems: 3, items: { enum: texts.map((text) => JSON.parse(text)) } };
  const whole = { allOf: [domain, part] };
  // Without allErrors, contains beside prefixItems lets [] pass.
  const isValid = new Ajv2020({ strict: false, allErrors: true }).compile(whole);
  const valid = new Set(all.filter((text) => isValid(JSON.parse(text))));
  let constraint: ReturnType<Compiler["compile"]>;
  try {
    constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema: whole, whitespace: "compact" });
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable") expect(valid.size).toBe(0);
    else expect(error.code).toBe("unsupported");
    return;
  }
  const beginnings = new Set<string>([""]);
  for (const text of valid) for (let i = 1; i <= text.length; i++) beginnings.add(text.slice(0, i));
  const wrong: string[] = [];
  const next = new Uint32Array(9);
  const visit = (beginning: string) => {
    const matcher = constraint.matcher();
    matcher.acceptTokens(new TextEncoder().encode(beginning));
    matcher.fillMask(next);
    const allowed = alphabet.filter((byte) => ((next[byte >> 5]! >>> (byte & 31)) & 1) === 1);
    if (matcher.isAccepting !== valid.has(beginning))
      wrong.push(`${beginning} ${matcher.isAccepting ? "ends" : "doesn't end"}`);
    for (const byte of alphabet) {
      const text = beginning + String.fromCharCode(byte);
      if (allowed.includes(byte) !== beginnings.has(text))
        wrong.push(`${text} ${allowed.includes(byte) ? "goes on" : "is refused"}`);
    }
  };
  for (const beginning of beginnings) if (wrong.length < 5) visit(beginning);
  expect(wrong).toEqual([]);
}

describe("arrays of different items allow what leads on, and nothing else", () => {
  const runs = { numRuns: Number(process.env["GRAMMASK_RUNS"] ?? 15) };

  it("all different", () => {
    fc.assert(
      // Apart from items: beside them, Ajv compares values of the items' type only.
      fc.property(schema, (part) => check({ allOf: [part, { uniqueItems: true }] })),
      runs,
    );
  }, 600_000);

  it("some equal", () => {
    fc.assert(
      fc.property(item, (items) => check({ items, not: { uniqueItems: true } })),
      runs,
    );
  }, 600_000);

  it("inside each other", () => {
    const inner = { type: "array", uniqueItems: true, items: { type: ["boolean", "null"] } };
    check({ uniqueItems: true, items: inner });
    check({ uniqueItems: true, items: { anyOf: [inner, { type: "object" }] } });
  }, 600_000);
});

describe("arrays of different items", () => {
  const judge = (schema: unknown) => {
    const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema });
    return (json: unknown) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(JSON.stringify(json)) && matcher.isAccepting;
    };
  };

  it("may hold themselves", () => {
    const is = judge({ type: "array", uniqueItems: true, items: { $ref: "#" } });
    expect([[], [[]], [[], [[]]], [[], [[]], [[[]]], [[], [[]]]]].every(is)).toBe(true);
    expect([[[], []], [[[]], [[]]], [[[], []]]].some(is)).toBe(false);
  });

  it("may be many, of few values", () => {
    const digit = { type: "integer", minimum: 0, maximum: 9 };
    const items = {
      type: "object",
      properties: { a: digit, b: digit },
      required: ["a", "b"],
      additionalProperties: false,
    };
    const pairs = Array.from({ length: 60 }, (_, i) => ({ a: Math.floor(i / 10), b: i % 10 }));
    const is = judge({ type: "array", uniqueItems: true, items });
    expect(is(pairs)).toBe(true);
    expect(is([...pairs, { b: 3, a: 4 }])).toBe(false);
    const points = judge({
      type: "array",
      uniqueItems: true,
      items: { type: "array", items: { type: "number" }, maxItems: 2 },
    });
    expect(points(pairs.map(({ a, b }) => [a, b]))).toBe(true);
    expect(points([...pairs.map(({ a, b }) => [a, b]), [4, 3]])).toBe(false);
  });
});
