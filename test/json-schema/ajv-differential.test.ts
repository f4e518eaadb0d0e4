// Against Ajv, an independent validator: random schemas of the supported keywords, random instances near them, each written
// in a random spelling (key order, whitespace, escapes, number forms). Whatever Ajv says of the value, the text must get.
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Compiler, ConstraintError, defaultLimits } from "../../src/index.ts";
import { jsonOfValue } from "../../src/json-schema/reading/json-text.ts";
import type { Json } from "../oracles/json.ts";
import { bytesOnly } from "../vocabularies.ts";
import { jsonArbitrary } from "./json-arbitrary.ts";
import { anySpelling, spell } from "./spell.ts";

const keys = ["a", "b", "ab", "ca"];
const scalar = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, 1, -2, 3, 2.5, 10, "", "a", "ab", "b/", "é\u{1f600}", "2024-02-29"),
);
const value = jsonArbitrary({ scalar, keys: [...keys, "z"], maxDepth: 3 });

const count = fc.integer({ min: 0, max: 3 });
const bound = fc.constantFrom(-1, 0, 1, 2.5, 3);
const pattern = fc.constantFrom("a", "^a", "b$", "^[ab]*$", "^.$", "[^a]");
const type = fc.constantFrom("null", "boolean", "integer", "number", "string", "array", "object");

const schema: fc.Arbitrary<unknown> = fc.letrec<{ schema: unknown }>((tie) => {
  const sub = tie("schema");
  const keyword: fc.Arbitrary<object> = fc.oneof(
    fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
    fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: value }),
    fc.oneof(
      fc.record({ minimum: bound }),
      fc.record({ exclusiveMaximum: bound }),
      fc.record({ multipleOf: fc.constantFrom(0.5, 2, 3) }),
    ),
    fc.oneof(fc.record({ minLength: count }), fc.record({ maxLength: count }), fc.record({ pattern })),
    fc.record({ properties: fc.dictionary(fc.constantFrom(...keys), sub, { maxKeys: 3, noNullPrototype: true }) }),
    fc.record({
      properties: fc.dictionary(fc.constantFrom(...keys), sub, { maxKeys: 3, noNullPrototype: true }),
      additionalProperties: sub,
    }),
    fc.record({
      patternProperties: fc.dictionary(pattern, sub, { maxKeys: 2, noNullPrototype: true }),
      additionalProperties: sub,
    }),
    fc.record({ required: fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 2 }) }),
    fc.oneof(fc.record({ minProperties: count }), fc.record({ maxProperties: count })),
    fc.record({ propertyNames: fc.record({ maxLength: count }) }),
    fc.record({
      dependentRequired: fc.dictionary(
        fc.constantFrom(...keys),
        fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 2 }),
        { maxKeys: 2 },
      ),
    }),
    fc.record({
      dependentSchemas: fc.dictionary(fc.constantFrom(...keys), sub, { maxKeys: 1, noNullPrototype: true }),
    }),
    fc.record({ items: sub }),
    fc.record({ prefixItems: fc.array(sub, { minLength: 1, maxLength: 2 }), items: sub }),
    fc.oneof(fc.record({ minItems: count }), fc.record({ maxItems: count })),
    // By itself: beside prefixItems and items, Ajv lets [] pass (it accepts [] for {prefixItems: [{type: null}], items: {type: null},
    // contains: {type: null}, maxContains: 0}, but not without items; by the specification contains asks for one item in both).
    fc.record({ contains: sub, maxContains: count }).map((contains) => ({ allOf: [contains] })),
    fc.record({ not: sub }),
    fc.record({ allOf: fc.array(sub, { minLength: 1, maxLength: 2 }) }),
    fc.record({ anyOf: fc.array(sub, { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(sub, { minLength: 1, maxLength: 3 }) }),
    fc.record({ if: sub, then: sub, else: sub }),
    fc.constant({ $ref: "#/$defs/d" }),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.record({ type }),
      fc.boolean(),
      fc.array(keyword, { minLength: 1, maxLength: 3 }).map((parts) => Object.assign({}, ...parts) as unknown),
    ),
  };
}).schema;

it("agrees with Ajv on random schemas and instances", () => {
  const compiler = new Compiler(bytesOnly());
  let compared = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      schema,
      schema,
      fc.array(value, { minLength: 6, maxLength: 6 }),
      fc.array(fc.nat(999), { minLength: 40, maxLength: 40 }),
      (root, definition, instances, draws) => {
        const whole = { $defs: { d: definition }, allOf: [root] };
        let next = 0;
        const spelling = anySpelling((bound) => draws[next++ % draws.length]! % bound);
        let accepts: (text: string) => boolean;
        try {
          const constraint = compiler.compile({ type: "json_schema", schema: whole });
          accepts = (text) => {
            const matcher = constraint.matcher();
            const bytes = new TextEncoder().encode(text);
            return matcher.acceptTokens(bytes) === bytes.length && matcher.isAccepting;
          };
        } catch (error) {
          if (!(error instanceof ConstraintError)) throw error;
          // A definition that refers to itself in place, a negation that isn't there yet: refused, and not compared.
          if (error.code !== "unsatisfiable") {
            refused++;
            return;
          }
          accepts = () => false;
        }
        const validate = new Ajv2020({ strict: false, allErrors: false }).compile(whole);
        for (const instance of instances) {
          const text = spell(jsonOfValue(instance, defaultLimits), spelling);
          expect([text, accepts(text)]).toEqual([text, validate(instance)]);
          compared++;
        }
      },
    ),
    { numRuns: Number(process.env["GRAMMASK_RUNS"] ?? 250), seed: Number(process.env["GRAMMASK_SEED"] ?? 20261122) },
  );
  expect(compared).toBeGreaterThan(refused * 6);
}, 120_000);
