// Keywords in combination: every pair of them with random contents, and random triples, on instances near the schema, in random
// spellings. Ajv and Hyperjump's validator must agree with each other, but for the exceptions below, and the library with them.
// GRAMMASK_ROUNDS: how often all pairs are gone through (default 2); GRAMMASK_SEED.
import { expect, it } from "vitest";
import { seededRandom } from "../../bench/workload/random.ts";
import { Compiler, ConstraintError, defaultLimits } from "../../src/index.ts";
import { jsonOfValue } from "../../src/json-schema/reading/json-text.ts";
import type { Json } from "../oracles/json.ts";
import { minimise } from "../oracles/minimise.ts";
import { ajvVerdicts, hyperjumpVerdicts } from "../oracles/schema-validators.ts";
import { bytesOnly } from "../vocabularies.ts";
import { anySpelling, spell } from "./spell.ts";

const rounds = Number(process.env["GRAMMASK_ROUNDS"] ?? 2);
const random = seededRandom(Number(process.env["GRAMMASK_SEED"] ?? 20261125));
const { below, pick } = random;

const keys = ["a", "b", "ab", "c"];
const patterns = ["a", "^a", "b$", "^[ab]*$", "^.$", "[^a]"];
const types = ["null", "boolean", "integer", "number", "string", "array", "object"];
const scalars: readonly Json[] = [null, true, false, 0, 1, -2, 3, 2.5, 10, "", "a", "ab", "b/", "é\u{1f600}"];

type Kind = "number" | "string" | "array" | "object" | "any";

function value(kind: Kind, depth = 2): Json {
  switch (kind) {
    case "number":
      return pick([-2, -1, 0, 0.5, 1, 2, 2.5, 3, 4, 6, 10, 1e3]);
    case "string":
      return pick(["", "a", "b", "ab", "ba", "abc", "aab", "é\u{1f600}", "b/"]);
    case "array":
      return Array.from({ length: below(4) }, () => value("any", depth - 1));
    case "object":
      return Object.fromEntries(
        random
          .shuffled([...keys, "z"])
          .slice(0, below(4))
          .map((key) => [key, value("any", depth - 1)]),
      );
    default:
      return depth > 0 && below(3) === 0 ? value(pick(["array", "object"]), depth) : pick(scalars);
  }
}

/** A value that differs from `json` in one place. */
function near(json: Json): Json {
  if (Array.isArray(json) && json.length > 0 && below(4) > 0) {
    const i = below(json.length);
    return pick([json.toSpliced(i, 1), json.with(i, near(json[i]!)), [...json, json[i]!]]);
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json) && below(4) > 0) {
    const key = pick([...Object.keys(json), ...keys]);
    const { [key]: item = pick(scalars), ...rest } = json;
    return pick<Json>([rest, { ...rest, [key]: near(item) }, { ...rest, [key]: item }]);
  }
  return value(typeof json === "number" || typeof json === "string" ? (typeof json as Kind) : "any");
}

/** A schema of one or two keywords, or a boolean. */
function sub(depth = 1): Json {
  if (depth === 0 || below(3) === 0) {
    return pick<Json>([true, false, {}, { type: pick(types) }, { type: pick(types) }, { const: pick(scalars) }]);
  }
  const names = Array.from({ length: 1 + below(2) }, () => pick([...keywords.keys()]));
  return Object.assign({}, ...names.map((name) => keywords.get(name)!.fill(depth - 1)));
}

const some = <T>(least: number, most: number, make: () => T): T[] =>
  Array.from({ length: least + below(most - least + 1) }, make);
const map = (names: readonly string[], least: number, make: () => Json): Json =>
  Object.fromEntries(
    random
      .shuffled(names)
      .slice(0, least + below(3 - least))
      .map((name) => [name, make()]),
  );
const bound = () => pick([-1, 0, 1, 2.5, 3]);
const count = () => below(4);

/** What a keyword may hold, and the values that it is about. Those that mean nothing by themselves come with what they need. */
const keywords = new Map<string, { kind: Kind; fill: (depth: number) => { [key: string]: Json } }>([
  ["type", { kind: "any", fill: () => ({ type: pick<Json>([pick(types), random.shuffled(types).slice(0, 2)]) }) }],
  ["enum", { kind: "any", fill: () => ({ enum: some(1, 3, () => value("any")) }) }],
  ["const", { kind: "any", fill: () => ({ const: value("any") }) }],
  ["minimum", { kind: "number", fill: () => ({ minimum: bound() }) }],
  ["maximum", { kind: "number", fill: () => ({ maximum: bound() }) }],
  ["exclusiveMinimum", { kind: "number", fill: () => ({ exclusiveMinimum: bound() }) }],
  ["exclusiveMaximum", { kind: "number", fill: () => ({ exclusiveMaximum: bound() }) }],
  ["multipleOf", { kind: "number", fill: () => ({ multipleOf: pick([0.5, 1, 2, 3]) }) }],
  ["minLength", { kind: "string", fill: () => ({ minLength: count() }) }],
  ["maxLength", { kind: "string", fill: () => ({ maxLength: count() }) }],
  ["pattern", { kind: "string", fill: () => ({ pattern: pick(patterns) }) }],
  ["properties", { kind: "object", fill: (depth) => ({ properties: map(keys, 1, () => sub(depth)) }) }],
  [
    "patternProperties",
    { kind: "object", fill: (depth) => ({ patternProperties: map(patterns, 1, () => sub(depth)) }) },
  ],
  ["additionalProperties", { kind: "object", fill: (depth) => ({ additionalProperties: sub(depth) }) }],
  ["unevaluatedProperties", { kind: "object", fill: (depth) => ({ unevaluatedProperties: sub(depth) }) }],
  ["propertyNames", { kind: "object", fill: (depth) => ({ propertyNames: sub(depth) }) }],
  ["required", { kind: "object", fill: () => ({ required: random.shuffled(keys).slice(0, 1 + below(2)) }) }],
  ["minProperties", { kind: "object", fill: () => ({ minProperties: count() }) }],
  ["maxProperties", { kind: "object", fill: () => ({ maxProperties: count() }) }],
  [
    "dependentRequired",
    {
      kind: "object",
      fill: () => ({ dependentRequired: map(keys, 1, () => random.shuffled(keys).slice(0, 1 + below(2))) }),
    },
  ],
  ["dependentSchemas", { kind: "object", fill: (depth) => ({ dependentSchemas: map(keys, 1, () => sub(depth)) }) }],
  ["prefixItems", { kind: "array", fill: (depth) => ({ prefixItems: some(1, 2, () => sub(depth)) }) }],
  ["items", { kind: "array", fill: (depth) => ({ items: sub(depth) }) }],
  ["unevaluatedItems", { kind: "array", fill: (depth) => ({ unevaluatedItems: sub(depth) }) }],
  ["contains", { kind: "array", fill: (depth) => ({ contains: sub(depth) }) }],
  ["minContains", { kind: "array", fill: (depth) => ({ contains: sub(depth), minContains: count() }) }],
  ["maxContains", { kind: "array", fill: (depth) => ({ contains: sub(depth), maxContains: count() }) }],
  ["minItems", { kind: "array", fill: () => ({ minItems: count() }) }],
  ["maxItems", { kind: "array", fill: () => ({ maxItems: count() }) }],
  ["uniqueItems", { kind: "array", fill: () => ({ uniqueItems: true }) }],
  ["allOf", { kind: "any", fill: (depth) => ({ allOf: some(1, 2, () => sub(depth)) }) }],
  ["anyOf", { kind: "any", fill: (depth) => ({ anyOf: some(1, 3, () => sub(depth)) }) }],
  ["oneOf", { kind: "any", fill: (depth) => ({ oneOf: some(1, 3, () => sub(depth)) }) }],
  ["not", { kind: "any", fill: (depth) => ({ not: sub(depth) }) }],
  ["if", { kind: "any", fill: (depth) => ({ if: sub(depth), [pick(["then", "else"])]: sub(depth) }) }],
  ["then and else", { kind: "any", fill: (depth) => ({ if: sub(depth), then: sub(depth), else: sub(depth) }) }],
  ["$ref", { kind: "any", fill: () => ({ $ref: "#/$defs/d" }) }],
]);

/** What `$ref` leads to: a list of itself, or a schema without references in place. */
function definition(): Json {
  const recursive = {
    type: pick(["array", "object"]),
    items: { $ref: "#/$defs/d" },
    properties: { a: { $ref: "#/$defs/d" } },
  };
  return below(2) === 0 ? recursive : sub(0);
}

function combine(names: readonly string[]): { schema: Json; instances: Json[] } {
  const parts = names.map((name) => keywords.get(name)!);
  const schema: Json = Object.assign({}, ...parts.map(({ fill }) => fill(2)));
  if (JSON.stringify(schema).includes("$ref")) (schema as { [key: string]: Json })["$defs"] = { d: definition() };
  const fresh = parts.flatMap(({ kind }) => [value(kind), value(kind), value(kind)]);
  const named = Object.values(schema as { [key: string]: Json }).flatMap((each) =>
    Array.isArray(each) ? each : [each],
  );
  const instances = [...fresh, ...named.slice(0, 2), value("any")];
  return { schema, instances: [...instances, ...instances.map(near)] };
}

const compiler = new Compiler(bytesOnly(), { maxConstraints: 1 });

/** The library's verdict of a text; a reason where it refuses the schema. */
function judge(schema: Json): ((text: string) => boolean) | string {
  try {
    const constraint = compiler.compile({ type: "json_schema", schema, format: "annotate" });
    return (text) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(text) && matcher.isAccepting;
    };
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable") return () => false;
    return `${error.code}: ${error.message}`;
  }
}

/**
 * Where the two differ, Hyperjump is right, by draft 2020-12's core: the smallest such schema, " on ", and an instance; and what Ajv (8.20.0)
 * does there.
 */
const ajvIsWrong: readonly (readonly [schemaOnInstance: RegExp, reason: string])[] = [
  [/(?=.*"prefixItems":).*"contains":/, "arrays shorter than prefixItems aren't asked what they contain (10.3.1.3)"],
  [/"contains":.* on .*\[\]/, "nor is [] as an item or a property"],
  [
    /(?=.*"unevaluatedItems":).*"contains":/,
    "contains evaluates the items that match it, no others (11.2): all, or none",
  ],
  [
    /(?=.*"unevaluated\w+":).*"if":/,
    "what a failed `if` evaluated counts (7.7.1); where it passed, it doesn't (10.2.2.1)",
  ],
  [
    /(?=.*"unevaluated\w+":).*"(any|one)Of":/,
    "what a failed branch evaluated counts (7.7.1); where it passed, not always",
  ],
];

const isMalformed = (schema: Json): boolean => {
  const own = judge(schema);
  return typeof own === "string" && own.startsWith("invalid");
};

const ajv = ajvVerdicts();
const hyperjump = hyperjumpVerdicts();
const spelled = (instance: Json): string => spell(jsonOfValue(instance, defaultLimits), anySpelling(below));

interface Counts {
  compared: number;
  schemas: number;
  readonly refused: Map<string, number>;
  readonly wrong: string[];
}

async function compare(names: readonly string[], counts: Counts): Promise<void> {
  const { schema, instances } = combine(names);
  counts.schemas++;
  const [first, second] = await Promise.all([ajv(schema, instances), hyperjump(schema, instances)]);
  const accepts = judge(schema);
  if (typeof accepts === "string") counts.refused.set(accepts, (counts.refused.get(accepts) ?? 0) + 1);
  for (const [i, instance] of instances.entries()) {
    if (first[i] !== undefined && first[i] !== second[i]) {
      const less = await minimise(schema, async (each) => {
        const [[a], [b]] = await Promise.all([ajv(each, [instance]), hyperjump(each, [instance])]);
        return a === first[i] && b === second[i] && !isMalformed(each);
      });
      const text = `${JSON.stringify(less)} on ${JSON.stringify(instance)}`;
      if (!ajvIsWrong.some(([pattern]) => pattern.test(text))) {
        counts.wrong.push(`${text}: Ajv says ${first[i]}, Hyperjump ${second[i]}`);
      }
    }
    if (typeof accepts === "string") continue;
    counts.compared++;
    const text = spelled(instance);
    if (accepts(text) === second[i]) continue;
    const less = await minimise(schema, async (each) => {
      const own = judge(each);
      return typeof own !== "string" && own(text) !== second[i] && (await hyperjump(each, [instance]))[0] === second[i];
    });
    counts.wrong.push(`${JSON.stringify(less)} on ${text}: should be ${second[i]}`);
    return;
  }
}

it("agrees with Ajv and Hyperjump on all pairs of keywords, and on triples", {
  timeout: 60_000 * rounds + 60_000,
}, async () => {
  const counts: Counts = { compared: 0, schemas: 0, refused: new Map(), wrong: [] };
  const names = [...keywords.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) await compare([one, other], counts);
    }
    for (let n = 0; n < 700; n++) await compare(random.shuffled(names).slice(0, 3), counts);
  }
  if (process.env["GRAMMASK_VERBOSE"]) {
    console.log(counts.schemas, "schemas", counts.compared, "verdicts");
    console.log(
      [...counts.refused]
        .sort((a, b) => b[1] - a[1])
        .map(([why, n]) => `${n} ${why}`)
        .join("\n"),
    );
  }
  expect(counts.wrong).toEqual([]);
  expect(counts.compared).toBeGreaterThan(counts.schemas * 6);
});
