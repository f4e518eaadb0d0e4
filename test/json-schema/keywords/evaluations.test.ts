// unevaluatedProperties and unevaluatedItems: random schemas that evaluate by many combined applicators, in positive and negated
// places, and random instances, against a plain reading of the specification. Ajv is asked as well: it agrees with that reading but
// for a few faults of its own (if without then and else; contains; a crash on unevaluatedItems beside unevaluatedProperties).
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import type { Json } from "../../oracles/json.ts";
import { isValid } from "../../oracles/naive-validator.ts";
import { bytesOnly } from "../../vocabularies.ts";
import { jsonArbitrary } from "../json-arbitrary.ts";

const compiler = new Compiler(bytesOnly(), { maxConstraints: 1 });

/** Undefined where the schema is refused. A schema that nothing satisfies refuses every text. */
function judge(schema: unknown): ((json: Json) => boolean) | undefined {
  try {
    const constraint = compiler.compile({ type: "json_schema", schema });
    return (json) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(JSON.stringify(json)) && matcher.isAccepting;
    };
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable") return () => false;
    return undefined;
  }
}

/** Undefined where a definition leads back to itself in place (in an `if` that asserts nothing): that means nothing. */
function meaning(schema: object, json: Json, draft: 2019 | 2020): boolean | undefined {
  try {
    return isValid(schema, json, draft);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function ajvJudge(Ajv: typeof Ajv2019 | typeof Ajv2020, schema: object): (json: Json) => boolean | undefined {
  const validate = new Ajv({ strict: false, logger: false }).compile(schema);
  return (json) => {
    try {
      return validate(json);
    } catch (error) {
      if (error instanceof TypeError || error instanceof ReferenceError) return undefined;
      throw error;
    }
  };
}

const keys = ["a", "b", "ab"];
const scalar = fc.constantFrom<Json>(null, true, 0, 1, "a");
const instance = jsonArbitrary({ scalar, keys: [...keys, "z"], maxDepth: 2 });

const leaf = fc.constantFrom<unknown>(
  true,
  true,
  { type: "null" },
  { const: 1 },
  { type: ["integer", "string"] },
  false,
  {},
);

/** Small schemas that hold of some instances and evaluate something, so that a branch often decides. */
const branch = fc.constantFrom<unknown>(
  { properties: { a: true } },
  { properties: { a: true }, required: ["b"] },
  { properties: { b: true }, required: ["a"] },
  { required: ["a"] },
  { patternProperties: { z: true }, prefixItems: [true, true] },
  { minItems: 2, contains: { const: 1 } },
  { additionalProperties: true, items: true, minItems: 1 },
);

function schemas(items: readonly fc.Arbitrary<object>[]): fc.Arbitrary<unknown> {
  return fc.letrec<{ schema: unknown }>((tie) => {
    const sub = tie("schema");
    const dictionary = (key: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>) =>
      fc.dictionary(key, value, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
    const key = fc.constantFrom(...keys);
    const list = fc.array(sub, { minLength: 1, maxLength: 3 });
    const keyword: fc.Arbitrary<object> = fc.oneof(
      fc.record({ properties: dictionary(key, leaf) }),
      fc.record({ properties: dictionary(key, leaf), required: fc.uniqueArray(key, { maxLength: 1 }) }),
      fc.record({ patternProperties: dictionary(fc.constantFrom("^a", "b"), leaf) }),
      fc.record({ additionalProperties: leaf }),
      fc.record({ unevaluatedProperties: leaf }),
      fc.record({ unevaluatedItems: leaf }),
      fc.record({ required: fc.uniqueArray(key, { maxLength: 1 }) }),
      fc.record({ dependentSchemas: dictionary(key, sub) }),
      fc.record({ allOf: list }),
      fc.record({ anyOf: list }),
      fc.record({ oneOf: list }),
      { weight: 2, arbitrary: fc.record({ if: branch, then: branch, else: branch }) },
      fc.record({ if: branch, else: branch }),
      fc.record({ oneOf: fc.array(branch, { minLength: 2, maxLength: 3 }) }),
      fc.record({ dependentSchemas: dictionary(key, branch) }),
      fc.record({ if: sub }),
      fc.record({ if: sub, then: sub, else: sub }),
      fc.record({ not: sub }),
      fc.constant({ $ref: "#/$defs/d" }),
      fc.record({ type: fc.constantFrom("object", "array") }),
      fc.record({ minItems: fc.constantFrom(1, 2) }),
      ...items,
    );
    return {
      schema: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        leaf,
        fc.array(keyword, { minLength: 1, maxLength: 3 }).map((parts) => Object.assign({}, ...parts) as unknown),
      ),
    };
  }).schema;
}

const list = fc.array(leaf, { minLength: 1, maxLength: 2 });
const dialects = [
  {
    name: "2020-12",
    Ajv: Ajv2020,
    uri: "https://json-schema.org/draft/2020-12/schema",
    draft: 2020,
    schema: schemas([
      fc.record({ prefixItems: list }),
      fc.record({ prefixItems: list, items: leaf }),
      fc.record({ contains: leaf }),
      fc.record({ contains: leaf, minContains: fc.constantFrom(0, 2) }),
    ]),
  },
  {
    name: "2019-09",
    Ajv: Ajv2019,
    uri: "https://json-schema.org/draft/2019-09/schema",
    draft: 2019,
    schema: schemas([
      fc.record({ items: list }),
      fc.record({ items: list, additionalItems: leaf }),
      fc.record({ contains: leaf }),
    ]),
  },
] as const;

describe.each(dialects)("$name", ({ Ajv, uri, draft, schema }) => {
  it.each(["unevaluatedProperties", "unevaluatedItems"])(
    "%s is what the specification says",
    (keyword) => {
      let compared = 0;
      let refused = 0;
      let others = 0;
      fc.assert(
        fc.property(
          schema,
          schema,
          leaf,
          fc.boolean(),
          fc.array(instance, { minLength: 8, maxLength: 8 }),
          (root, definition, rest, isNegated, instances) => {
            const body = typeof root === "object" ? { ...root, [keyword]: rest } : { [keyword]: rest };
            const whole = { $schema: uri, $defs: { d: definition }, ...(isNegated ? { not: body } : body) };
            const accepts = judge(whole);
            if (accepts === undefined) {
              refused++;
              return;
            }
            const ajv = ajvJudge(Ajv, whole);
            for (const each of instances) {
              const expected = meaning(whole, each, draft);
              if (expected === undefined) return;
              expect([each, accepts(each)]).toEqual([each, expected]);
              compared++;
              if (ajv(each) !== expected) others++;
            }
          },
        ),
        {
          numRuns: Number(process.env["GRAMMASK_RUNS"] ?? 300),
          seed: Number(process.env["GRAMMASK_SEED"] ?? 20261125),
        },
      );
      if (process.env["GRAMMASK_VERBOSE"]) console.log({ compared, refused, others });
      expect(compared).toBeGreaterThan(refused * 6);
      expect(compared).toBeGreaterThan(others * 10);
    },
    120_000,
  );
});

it("a long chain of if and then, each evaluating names of its own", () => {
  const kinds = Array.from({ length: 20 }, (_, i) => `k${i}`);
  const is = judge({
    type: "object",
    properties: { kind: { enum: kinds } },
    required: ["kind"],
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind } } },
      then: { properties: { [`only ${kind}`]: { type: "integer" } } },
    })),
    unevaluatedProperties: false,
  })!;
  expect([{ kind: "k3" }, { kind: "k3", "only k3": 1 }, { "only k19": 2, kind: "k19" }].every(is)).toBe(true);
  expect(
    [
      { kind: "k3", "only k4": 1 },
      { kind: "k3", "only k3": "1" },
      { kind: "k3", x: 1 },
    ].some(is),
  ).toBe(false);
});

it("the negation of what asks nothing, part by part", () => {
  const anything = {
    additionalProperties: true,
    if: { minItems: 2, contains: { const: 1 } },
    else: { properties: {} },
  };
  const is = judge({ not: { ...anything, unevaluatedItems: true } })!;
  expect([{}, { a: 1 }, [], [1, 1], null].some(is)).toBe(false);
});
