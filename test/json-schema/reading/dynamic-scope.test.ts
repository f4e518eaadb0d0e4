// Dynamic references, against an interpreter that keeps the dynamic scope as the specification tells it: the stack of resources entered on
// the way to a subschema (core 2020-12, sections 7.1 and 8.2.3.2; 2019-09, section 8.2.4.2). Random schemas of several resources, embedded
// and passed; every verdict on small instances must be the same.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";

const base = "https://e.org/";
const resourceNames = ["r0", "r1", "r2", "r3"];
const anchorNames = ["a", "b"];
const definitionNames = ["d0", "d1"];

type Schema = { [keyword: string]: unknown };
type Version = "2019-09" | "2020-12";

interface Case {
  readonly version: Version;
  /** The body, definitions and anchors of each resource. */
  readonly resources: readonly Schema[];
  /** Which of them are documents of their own, the rest being embedded in the first. */
  readonly passed: readonly boolean[];
}

const references = (version: Version): fc.Arbitrary<Schema> => {
  const resource = fc.constantFrom("", ...resourceNames);
  const anchor = fc.constantFrom(...anchorNames);
  const pointer = fc.constantFrom("", ...definitionNames.map((name) => `/$defs/${name}`));
  const toPlace = fc.tuple(resource, fc.oneof(anchor, pointer)).map(([uri, part]) => ({ $ref: `${uri}#${part}` }));
  const dynamic: fc.Arbitrary<Schema> =
    version === "2019-09"
      ? fc.constant({ $recursiveRef: "#" })
      : fc.tuple(resource, fc.oneof({ weight: 5, arbitrary: anchor }, pointer)).map(([uri, part]) => ({
          $dynamicRef: `${uri}#${part}`,
        }));
  return fc.oneof(toPlace, dynamic);
};

const body = (version: Version): fc.Arbitrary<Schema> =>
  fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Schema>({ type: "null" }, { const: 1 }, { type: ["array", "boolean"] }),
      references(version),
      fc.record({ items: fc.oneof({ weight: 3, arbitrary: references(version) }, tie("schema")) }),
      fc.record({ prefixItemsOrNot: tie("schema") }).map(({ prefixItemsOrNot }) => ({ not: prefixItemsOrNot })),
      fc.tuple(tie("schema"), tie("schema")).map((anyOf) => ({ anyOf })),
      fc.tuple(tie("schema"), references(version)).map(([rest, reference]) => ({ ...rest, ...reference })),
    ),
  })).schema;

const resource = (version: Version): fc.Arbitrary<Schema> =>
  fc
    .record({
      root: body(version),
      definitions: fc.tuple(...definitionNames.map(() => body(version))),
      anchors: fc.tuple(
        ...anchorNames.map(() =>
          fc.record({
            on: fc.constantFrom(...definitionNames),
            keyword: fc.constantFrom("$anchor", "$dynamicAnchor", ""),
          }),
        ),
      ),
      isRecursive: fc.boolean(),
    })
    .map(({ root, definitions, anchors, isRecursive }) => {
      const $defs = Object.fromEntries(definitions.map((each, i) => [definitionNames[i]!, { ...each }]));
      anchors.forEach(({ on, keyword }, i) => {
        if (version === "2020-12" && keyword !== "") Object.assign($defs[on]!, { [keyword]: anchorNames[i]! });
      });
      return { ...(version === "2019-09" ? { $recursiveAnchor: isRecursive } : {}), ...root, $defs };
    });

const cases: fc.Arbitrary<Case> = fc.constantFrom<Version>("2019-09", "2020-12").chain((version) =>
  fc.record({
    version: fc.constant(version),
    resources: fc.tuple(...resourceNames.map(() => resource(version))),
    passed: fc.tuple(...resourceNames.map(() => fc.boolean())),
  }),
);

function toSchema({ version, resources, passed }: Case): { schema: Schema; documents: Record<string, Schema> } {
  const $schema = `https://json-schema.org/draft/${version}/schema`;
  const named = resources.map((each, i) => ({ $id: `${base}${resourceNames[i]}`, $schema, ...each }));
  const embedded = named.filter((_, i) => i > 0 && !passed[i]).map((each) => [each.$id, each] as const);
  const schema: Schema = {
    ...named[0],
    $defs: { ...(resources[0]!["$defs"] as object), ...Object.fromEntries(embedded) },
  };
  const documents = Object.fromEntries(named.filter((_, i) => i > 0 && passed[i]).map((each) => [each.$id, each]));
  return { schema, documents };
}

/** Thrown where a reference leads nowhere, or back to the place where it stands. */
class Nonsense extends Error {}

class Interpreter {
  private readonly resources: readonly Schema[];
  private steps = 0;

  constructor(resources: readonly Schema[]) {
    this.resources = resources;
  }

  isValid(instance: unknown): boolean {
    this.steps = 0;
    return this.check(this.resources[0]!, 0, [0], instance, 0);
  }

  /** Is `instance` valid under `schema` of resource `own`, the resources `scope` having been entered? `depth`: subschemas in this place. */
  private check(schema: Schema, own: number, scope: readonly number[], instance: unknown, depth: number): boolean {
    if (depth > 60 || ++this.steps > 20_000) throw new Nonsense("a loop");
    const apply = (sub: unknown, part = instance) =>
      this.check(sub as Schema, own, scope, part, part === instance ? depth + 1 : 0);
    const results: boolean[] = [];
    if ("$ref" in schema) {
      const [target, resource] = this.target(schema["$ref"] as string, own);
      results.push(this.check(target, resource, [...scope, resource], instance, depth + 1));
    }
    if ("$dynamicRef" in schema) {
      const ref = schema["$dynamicRef"] as string;
      const [initial, initialResource] = this.target(ref, own);
      const name = ref.slice(ref.indexOf("#") + 1);
      const binds = (each: number) => this.anchored(each, "$dynamicAnchor", name);
      const outermost =
        binds(initialResource) === initial ? scope.find((each) => binds(each) !== undefined) : undefined;
      const resource = outermost ?? initialResource;
      const target = outermost === undefined ? initial : binds(outermost)!;
      results.push(this.check(target, resource, [...scope, resource], instance, depth + 1));
    }
    if ("$recursiveRef" in schema) {
      const isAnchor = (each: number) => this.resources[each]!["$recursiveAnchor"] === true;
      const resource = isAnchor(own) ? scope.find(isAnchor)! : own;
      results.push(this.check(this.resources[resource]!, resource, [...scope, resource], instance, depth + 1));
    }
    if ("type" in schema) results.push([schema["type"]].flat().includes(typeOf(instance)));
    if ("const" in schema) results.push(instance === schema["const"]);
    if ("not" in schema) results.push(!apply(schema["not"]));
    if ("anyOf" in schema) results.push((schema["anyOf"] as Schema[]).map((each) => apply(each)).includes(true));
    if ("items" in schema && Array.isArray(instance)) {
      for (const item of instance) results.push(this.check(schema["items"] as Schema, own, scope, item, 0));
    }
    return !results.includes(false);
  }

  private target(ref: string, own: number): [Schema, number] {
    const [uri = "", fragment = ""] = ref.split("#");
    const resource = uri === "" ? own : resourceNames.indexOf(uri);
    const root = this.resources[resource]!;
    const target = fragment.startsWith("/")
      ? (root["$defs"] as Record<string, Schema>)[fragment.slice("/$defs/".length)]
      : fragment === ""
        ? root
        : (this.anchored(resource, "$anchor", fragment) ?? this.anchored(resource, "$dynamicAnchor", fragment));
    if (target === undefined) throw new Nonsense(ref);
    return [target, resource];
  }

  private anchored(resource: number, keyword: string, name: string): Schema | undefined {
    return Object.values(this.resources[resource]!["$defs"] as Record<string, Schema>).find(
      (each) => each[keyword] === name,
    );
  }
}

function typeOf(instance: unknown): string {
  return instance === null ? "null" : Array.isArray(instance) ? "array" : typeof instance;
}

const leaves: unknown[] = [null, 1, true, "s"];
const pairs = [[], ...leaves.map((each) => [each]), [null, 1], [true, 1]];
const instances: unknown[] = [
  ...leaves,
  ...pairs,
  ...pairs.map((each) => [each]),
  [[[null]]],
  [[[1]], true],
  [[1, [1]]],
];

/** Of each instance; undefined where one meets nonsense. */
function verdicts(resources: readonly Schema[]): boolean[] | undefined {
  const interpreter = new Interpreter(resources);
  try {
    return instances.map((each) => interpreter.isValid(each));
  } catch (error) {
    if (!(error instanceof Nonsense)) throw error;
    return undefined;
  }
}

describe("dynamic references", () => {
  it("mean what an interpreter of the specification says, on random schemas", () => {
    const tally = { compared: 0, scoped: 0, nonsense: 0, refused: 0 };
    fc.assert(
      fc.property(cases, (drawn) => {
        const { schema, documents } = toSchema(drawn);
        let reads: (text: string) => boolean;
        try {
          const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema, documents });
          reads = (text) => {
            const matcher = constraint.matcher();
            return matcher.acceptBytes(text) && matcher.isAccepting;
          };
        } catch (error) {
          if (!(error instanceof ConstraintError)) throw error;
          if (error.code === "unsatisfiable") reads = () => false;
          else {
            // References to nothing and loops, and what isn't supported beside them.
            if (error.code === "invalid") tally.nonsense++;
            else tally.refused++;
            return;
          }
        }
        const expected = verdicts(drawn.resources);
        if (expected === undefined) {
          // Where no instance can get, nonsense may stand.
          tally.nonsense++;
          return;
        }
        tally.compared++;
        const asStatic = verdicts(JSON.parse(JSON.stringify(drawn.resources).replaceAll("$dynamicRef", "$ref")));
        if (drawn.version === "2020-12" && `${asStatic}` !== `${expected}`) tally.scoped++;
        expect(instances.map((each) => [each, reads(JSON.stringify(each))])).toEqual(
          instances.map((each, i) => [each, expected[i]]),
        );
      }),
      { numRuns: 3000, seed: 7 },
    );
    // Enough of them mean something, and something else than with static references.
    expect(tally.refused).toBe(0);
    expect(tally.compared).toBeGreaterThan(1000);
    expect(tally.scoped).toBeGreaterThan(20);
  }, 120_000);
});
