// Objects with negations, alternatives and counts, against everything that there is: few keys and values, so that all texts can be listed. Ajv
// says which are valid; a byte may follow a beginning exactly where it leads on to one of those.
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Compiler, ConstraintError } from "../../src/index.ts";
import { bytesOnly } from "../vocabularies.ts";

const keys = ["a", "ab", "c"];
const values = [true, false, null];

type Flat = Record<string, boolean | null>;

function everyObject(): { text: string; value: Flat }[] {
  const found: { text: string; value: Flat }[] = [];
  const extend = (entries: readonly string[], value: Flat) => {
    found.push({ text: `{${entries.join(",")}}`, value });
    for (const key of keys) {
      if (key in value) continue;
      for (const each of values) extend([...entries, `"${key}":${each}`], { ...value, [key]: each });
    }
  };
  extend([], {});
  return found;
}

const objects = everyObject();
const alphabet = [...new TextEncoder().encode('{}",:abctruefalsn')];

const key = fc.constantFrom(...keys);
const keyList = fc.uniqueArray(key, { minLength: 1, maxLength: 3 });
const pattern = fc.constantFrom("a", "b$", "^.$", "c");
const value = fc.oneof(
  fc.constantFrom<unknown>(true, false, { const: true }, { enum: [null, false] }, { type: "boolean" }),
  fc.constantFrom<unknown>({ not: { const: null } }),
);
const count = fc.integer({ min: 0, max: 3 });

const schema = fc.letrec<{ schema: object }>((tie) => {
  const sub = tie("schema");
  const few = fc.array(sub, { minLength: 1, maxLength: 3 });
  const map = <T>(names: fc.Arbitrary<string>, item: fc.Arbitrary<T>) =>
    fc.dictionary(names, item, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
  const leaf: fc.Arbitrary<object> = fc.oneof(
    fc.record({ required: keyList }),
    fc.record({ properties: map(key, value) }),
    fc.record({ properties: map(key, value), required: keyList }),
    fc.record({ properties: map(key, value), additionalProperties: value }),
    fc.record({ patternProperties: map(pattern, value) }),
    fc.record({ properties: map(key, value), patternProperties: map(pattern, value), additionalProperties: value }),
    fc.record({ propertyNames: fc.oneof(fc.record({ maxLength: fc.constantFrom(1, 2) }), fc.record({ pattern })) }),
    fc.record({ minProperties: count }),
    fc.record({ maxProperties: count }),
    fc.record({ dependentRequired: map(key, keyList) }),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      leaf,
      leaf.chain((one) => leaf.map((other) => ({ ...one, ...other }))),
      fc.record({ not: sub }),
      fc.record({ allOf: few }),
      fc.record({ anyOf: few }),
      fc.record({ oneOf: few }),
      fc.record({ if: sub, then: sub, else: sub }),
      fc.record({ dependentSchemas: map(key, sub) }),
    ),
  };
}).schema;

function check(part: object, propertyOrder: "any" | "schema"): void {
  const allowed = {
    properties: Object.fromEntries(keys.map((each) => [each, { enum: values }])),
    additionalProperties: false,
  };
  const whole = { type: "object", allOf: [allowed, part] };
  const isValid = new Ajv2020({ strict: false }).compile(whole);
  const valid = objects.filter((each) => isValid(each.value));
  const compiler = new Compiler(bytesOnly());
  let constraint: ReturnType<Compiler["compile"]>;
  try {
    constraint = compiler.compile({ type: "json_schema", schema: whole, whitespace: "compact", propertyOrder });
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable") expect(valid).toEqual([]);
    else expect(error.message).toMatch(/in the schema's order/);
    return;
  }
  const canonical = (object: Flat) => keys.map((each) => String(object[each])).join();
  const matches = (text: string) => {
    const matcher = constraint.matcher();
    const bytes = new TextEncoder().encode(text);
    return matcher.acceptTokens(bytes) === bytes.length && matcher.isAccepting;
  };
  const accepted = objects.filter((each) => matches(each.text));
  if (propertyOrder === "any") expect(accepted.map((each) => each.text)).toEqual(valid.map((each) => each.text));
  expect(new Set(accepted.map((each) => canonical(each.value)))).toEqual(
    new Set(valid.map((each) => canonical(each.value))),
  );
  const beginnings = new Set(accepted.flatMap(({ text }) => Array.from(text, (_, i) => text.slice(0, i + 1))));
  for (const beginning of ["", ...beginnings]) {
    const matcher = constraint.matcher();
    matcher.acceptTokens(new TextEncoder().encode(beginning));
    const next = new Uint32Array(9);
    matcher.fillMask(next);
    for (const byte of alphabet) {
      const isAllowed = ((next[byte >> 5]! >>> (byte & 31)) & 1) === 1;
      const text = beginning + String.fromCharCode(byte);
      if (isAllowed !== beginnings.has(text)) expect(`${text} is ${isAllowed ? "" : "not "}allowed`).toBe("otherwise");
    }
  }
}

it.each(["any", "schema"] as const)(
  "allows what leads on, and nothing else, in %s order",
  (propertyOrder) => {
    fc.assert(
      fc.property(schema, (part) => check(part, propertyOrder)),
      { numRuns: Number(process.env["GRAMMASK_RUNS"] ?? 150) },
    );
  },
  600_000,
);
