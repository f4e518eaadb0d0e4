// Schemas as people compose them beside unevaluated*: bases and extensions, kinds told apart by oneOf, anyOf or chains of if, flags that don't depend on
// each other, tagged arrays. With up to 50 branches each must compile, and (on instances near valid ones) say what the naive validator and
// Hyperjump's say.
import { expect, it } from "vitest";
import { seededRandom } from "../../bench/workload/random.ts";
import { Compiler } from "../../src/index.ts";
import type { Json } from "../oracles/json.ts";
import { isValid } from "../oracles/naive-validator.ts";
import { hyperjumpVerdicts } from "../oracles/schema-validators.ts";
import { bytesOnly } from "../vocabularies.ts";

const random = seededRandom(Number(process.env["GRAMMASK_SEED"] ?? 20261126));
const { below, pick } = random;

type Schema = { [key: string]: Json };

interface Family {
  readonly schema: (count: number) => Schema;
  /** Valid, or nearly; `i` and `k` are branches. */
  readonly instance: (i: number, k: number) => Json;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const byName = <T extends Json>(count: number, entry: (i: number) => [string, T]): Schema =>
  Object.fromEntries(range(count).map(entry));
const integer = { type: "integer" };
const string = { type: "string" };
const object = { type: "object" };
const closed = { unevaluatedProperties: false };
const isKind = (i: number) => ({ properties: { kind: { const: `k${i}` } }, required: ["kind"] });
const isOn = (i: number) => ({ properties: { [`f${i}`]: { const: true } }, required: [`f${i}`] });
const flags = (count: number) => byName(count, (i) => [`f${i}`, { type: "boolean" }]);
const patterns = (i: number) => ({ patternProperties: { [`^p${i}_`]: integer } });

const families: Record<string, Family> = {
  "a base and its extensions": {
    schema: (count) => ({
      $defs: byName(count, (i) => [`d${i}`, { ...object, properties: { [`v${i}`]: string }, required: [`v${i}`] }]),
      allOf: range(Math.min(3, count)).map((i) => ({ $ref: `#/$defs/d${i}` })),
      anyOf: range(count).map((i) => ({ $ref: `#/$defs/d${i}` })),
      ...closed,
    }),
    instance: (i) => ({ v0: "", v1: "", v2: "", [`v${i}`]: "" }),
  },
  "oneOf by kind": {
    schema: (count) => ({
      ...object,
      properties: { id: string },
      oneOf: range(count).map((i) => ({ ...isKind(i), properties: { kind: { const: `k${i}` }, [`v${i}`]: integer } })),
      ...closed,
    }),
    instance: (i) => ({ id: "x", kind: `k${i}`, [`v${i}`]: 1 }),
  },
  "oneOf references to closed extensions of a base": {
    schema: (count) => ({
      $defs: {
        base: { ...object, properties: { kind: string, name: string }, required: ["kind"] },
        ...byName(count, (i) => [
          `d${i}`,
          { allOf: [{ $ref: "#/$defs/base" }, isKind(i)], properties: { [`v${i}`]: integer }, ...closed },
        ]),
      },
      oneOf: range(count).map((i) => ({ $ref: `#/$defs/d${i}` })),
    }),
    instance: (i) => ({ kind: `k${i}`, name: "x", [`v${i}`]: 1 }),
  },
  "oneOf by a key of its own": {
    schema: (count) => ({
      ...object,
      properties: { id: string },
      oneOf: range(count).map((i) => ({ properties: { [`v${i}`]: integer }, required: [`v${i}`] })),
      ...closed,
    }),
    instance: (i) => ({ id: "x", [`v${i}`]: 1 }),
  },
  "a chain of if by kind": {
    schema: (count) => ({
      ...object,
      properties: { kind: { enum: range(count).map((i) => `k${i}`) } },
      required: ["kind"],
      allOf: range(count).map((i) => ({
        if: isKind(i),
        then: { properties: { [`v${i}`]: integer }, required: [`v${i}`] },
      })),
      ...closed,
    }),
    instance: (i) => ({ kind: `k${i}`, [`v${i}`]: 1 }),
  },
  "if in else by kind": {
    schema: (count) => ({
      ...object,
      properties: { kind: string },
      ...range(count).reduceRight<Schema>(
        (otherwise, i) => ({
          if: isKind(i),
          then: { properties: { [`v${i}`]: integer } },
          else: otherwise,
        }),
        { properties: { other: true } },
      ),
      ...closed,
    }),
    instance: (i, k) => (k % 4 === 0 ? { kind: "none", other: 1 } : { kind: `k${i}`, [`v${i}`]: 1 }),
  },
  "flags that allow a key each": {
    schema: (count) => ({
      ...object,
      properties: flags(count),
      allOf: range(count).map((i) => ({ if: isOn(i), then: { properties: { [`v${i}`]: integer } } })),
      ...closed,
    }),
    instance: (i, k) => ({ [`f${i}`]: true, [`v${i}`]: 1, [`f${k}`]: false }),
  },
  "flags that require a key each": {
    schema: (count) => ({
      ...object,
      properties: flags(count),
      allOf: range(count).map((i) => ({
        if: isOn(i),
        then: { properties: { [`v${i}`]: integer }, required: [`v${i}`] },
        else: { properties: { [`w${i}`]: string } },
      })),
      ...closed,
    }),
    instance: (i, k) => ({ [`f${i}`]: true, [`v${i}`]: 1, [`w${k}`]: "x" }),
  },
  "keys that bring others along": {
    schema: (count) => ({
      ...object,
      properties: byName(count, (i) => [`a${i}`, string]),
      dependentSchemas: byName(count, (i) => [`a${i}`, { properties: { [`b${i}`]: integer }, required: [`b${i}`] }]),
      ...closed,
    }),
    instance: (i, k) => ({ [`a${i}`]: "", [`b${i}`]: 1, [`a${k}`]: "", [`b${k}`]: 1 }),
  },
  "anyOf of optional keys": {
    schema: (count) => ({
      ...object,
      anyOf: range(count).map((i) => ({ properties: { [`v${i}`]: integer } })),
      ...closed,
    }),
    instance: (i, k) => ({ [`v${i}`]: 1, [`v${k}`]: 2 }),
  },
  "anyOf of groups of keys": {
    schema: (count) => ({
      ...object,
      anyOf: range(count).map((i) => ({
        properties: { [`v${i}`]: integer, [`w${i}`]: string },
        required: [`v${i}`],
      })),
      unevaluatedProperties: { const: true },
    }),
    instance: (i, k) => ({ [`v${i}`]: 1, [`w${i}`]: "", [`v${k}`]: 2, [`w${k}`]: "" }),
  },
  "kinds with patterns of their own": {
    schema: (count) => ({
      ...object,
      properties: { kind: { enum: range(count).map((i) => `k${i}`) } },
      required: ["kind"],
      allOf: range(count).map((i) => ({ if: isKind(i), then: { ...patterns(i), properties: { p1_z: true } } })),
      patternProperties: { "^x-": true },
      ...closed,
    }),
    instance: (i) => ({ kind: `k${i}`, [`p${i}_a`]: 1, [`p${i}_b`]: 2, p1_z: 0, "x-": null }),
  },
  "anyOf of patterns": {
    schema: (count) => ({ ...object, anyOf: range(count).map(patterns), ...closed }),
    instance: (i, k) => ({ [`p${i}_`]: 1, [`p${k}_`]: 2 }),
  },
  "arrays of kinds": {
    schema: (count) => ({
      type: "array",
      items: {
        ...object,
        properties: { kind: string },
        required: ["kind"],
        anyOf: range(count).map((i) => ({ properties: { kind: { const: `k${i}` }, [`v${i}`]: integer } })),
        ...closed,
      },
    }),
    instance: (i, k) => [{ kind: `k${i}`, [`v${i}`]: 1 }, { kind: `k${k}` }],
  },
  "tuples by their first item": {
    schema: (count) => ({
      type: "array",
      oneOf: range(count).map((i) => ({
        prefixItems: [{ const: `k${i}` }, ...range(i % 3).map(() => integer)],
        minItems: 1,
      })),
      unevaluatedItems: false,
    }),
    instance: (i) => [`k${i}`, ...range(i % 3)],
  },
  "tuples by a chain of if": {
    schema: (count) => ({
      type: "array",
      prefixItems: [string],
      allOf: range(count).map((i) => ({
        if: { prefixItems: [{ const: `k${i}` }] },
        then: { prefixItems: [true, integer, ...range(i % 2).map(() => string)] },
      })),
      unevaluatedItems: { type: "null" },
    }),
    instance: (i) => [`k${i}`, 1, ...range(i % 2).map(() => ""), null],
  },
  "longer and longer prefixes": {
    schema: (count) => ({
      anyOf: range(count).map((i) => ({ prefixItems: [...range(i).map(() => true), integer] })),
      unevaluatedItems: false,
    }),
    instance: (i) => range(i + 1),
  },
  "anyOf of contains": {
    schema: (count) => ({
      type: "array",
      anyOf: range(count).map((i) => ({ contains: { const: i } })),
      unevaluatedItems: { type: "null" },
    }),
    instance: (i, k) => [i, k, null],
  },
  "tuples with contains by their first item": {
    schema: (count) => ({
      type: "array",
      anyOf: range(count).map((i) => ({ prefixItems: [{ const: `k${i}` }], contains: { const: i } })),
      unevaluatedItems: { type: "null" },
    }),
    instance: (i, k) => [`k${i}`, i, i, ...(k % 3 === 0 ? [k] : [null])],
  },
};

/** The instance, or one that differs from it a little. */
function near(json: Json, other: Json): Json {
  if (Array.isArray(json)) {
    const i = below(json.length + 1);
    if (json.length === 0) return [null];
    return pick<Json>([
      json,
      json.toSpliced(i, 1),
      json.toSpliced(i, 0, pick([0, 1, "k1", null])),
      json.with(i % json.length, near(json[i % json.length]!, other)),
      Array.isArray(other) ? [...json, ...other] : [],
    ]);
  }
  if (typeof json !== "object" || json === null) return pick<Json>([0, 2, "x", true, null]);
  const key = pick(Object.keys(json));
  const { [key]: item, ...rest } = json;
  return pick<Json>([
    json,
    rest,
    { ...json, [key]: near(item!, other) },
    { ...json, ...(other as object) },
    { ...json, z: 1 },
  ]);
}

const compiler = new Compiler(bytesOnly(), { maxConstraints: 1 });
const hyperjump = hyperjumpVerdicts();

it.each(Object.entries(families))("%s", { timeout: 60_000 }, async (_, { schema, instance }) => {
  for (const count of [2, 5, 20, 50]) {
    const whole = schema(count);
    const constraint = compiler.compile({ type: "json_schema", schema: whole });
    const accepts = (json: Json) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(JSON.stringify(json)) && matcher.isAccepting;
    };
    const some = () => instance(below(count), below(count));
    const instances = Array.from({ length: 60 }, () => near(some(), some()));
    const expected = instances.map((each) => isValid(whole, each, 2020));
    expect(await hyperjump(whole, instances)).toEqual(expected);
    expect(instances.map((each, i) => [each, accepts(each), expected[i]])).toEqual(
      instances.map((each, i) => [each, expected[i], expected[i]]),
    );
    expect(new Set(expected)).toEqual(new Set([false, true]));
  }
});
