// References by example: passed documents, the places of errors in them, dialects, vocabularies, dynamic scope, schemas that mean harm.
// What the official suite asks for itself isn't repeated here. Random dynamic references: dynamic-scope.test.ts.
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError, type JsonSchemaSpec, type PointerLocation } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";

type Documents = NonNullable<JsonSchemaSpec["documents"]>;
type Options = Omit<JsonSchemaSpec, "type" | "schema">;

function judge(
  schema: unknown,
  options: Options = {},
  compiler = new Compiler(bytesOnly()),
): (text: string) => boolean {
  const constraint = compiler.compile({ type: "json_schema", schema, ...options });
  return (text) => {
    const matcher = constraint.matcher();
    const bytes = new TextEncoder().encode(text);
    return matcher.acceptTokens(bytes) === bytes.length && matcher.isAccepting;
  };
}

/** Which of null, true, 1, "s" and [] the schema accepts. */
function accepted(schema: unknown, documents?: Documents, options: Options = {}): string[] {
  return ["null", "true", "1", '"s"', "[]"].filter(judge(schema, { documents, ...options }));
}

function failure(schema: unknown, options: Options = {}, compiler = new Compiler(bytesOnly())) {
  try {
    compiler.compile({ type: "json_schema", schema, ...options });
  } catch (thrown) {
    if (!(thrown instanceof ConstraintError)) throw thrown;
    const { pointer, text } = (thrown.location ?? {}) as Partial<PointerLocation>;
    return { code: thrown.code, pointer, line: text?.line, message: thrown.message };
  }
  throw new Error("no error");
}

const draft4 = "http://json-schema.org/draft-04/schema#";
const draft7 = "http://json-schema.org/draft-07/schema#";
const draft2019 = "https://json-schema.org/draft/2019-09/schema";
const draft2020 = "https://json-schema.org/draft/2020-12/schema";

describe("passed documents", () => {
  it("are found by the URI they are passed as, as values or text, in an object or a Map", () => {
    const schema = { $ref: "https://e.org/a.json" };
    expect(accepted(schema, { "https://e.org/a.json": { type: "null" } })).toEqual(["null"]);
    expect(accepted(schema, { "https://e.org/a.json#": '{"type": "null"}' })).toEqual(["null"]);
    expect(accepted(schema, new Map([["HTTPS://E.org:443/x/../%61.json", { type: "null" }]]))).toEqual(["null"]);
    const either = { anyOf: [schema, { const: 1 }] };
    expect(accepted(either, { "https://e.org/a.json": false, "https://e.org/b.json": {} })).toEqual(["1"]);
  });

  it("are found by their own identifier, and by those embedded in them", () => {
    const documents = {
      "https://e.org/first": { type: "string" },
      "https://e.org/second": {
        $id: "https://other.org/dir/own",
        $defs: { x: { $id: "embedded", $anchor: "n", type: "null" }, y: { $anchor: "t", type: "boolean" } },
      },
    };
    expect(accepted({ $ref: "https://other.org/dir/own#/$defs/y" }, documents)).toEqual(["true"]);
    expect(accepted({ $ref: "https://other.org/dir/own#t" }, documents)).toEqual(["true"]);
    expect(accepted({ $ref: "https://e.org/second#t" }, documents)).toEqual(["true"]);
    expect(accepted({ $ref: "https://other.org/dir/embedded" }, documents)).toEqual(["null"]);
    expect(accepted({ $id: "https://other.org/dir/x", $ref: "./embedded#n" }, documents)).toEqual(["null"]);
  });

  it("refer to each other and back, relative to where they are", () => {
    const schema = { $id: "https://e.org/list.json", type: ["array", "null"], items: { $ref: "dir/item.json" } };
    const documents = {
      "https://e.org/dir/item.json": { anyOf: [{ $ref: "leaf.json" }, { $ref: "../list.json" }] },
      "https://e.org/dir/leaf.json": { const: 1 },
    };
    const is = judge(schema, { documents });
    expect(["[[[1], 1], []]", "null", "[1, null]"].filter(is)).toEqual(["[[[1], 1], []]", "null", "[1, null]"]);
    expect(["[2]", "1", "[[true]]"].filter(is)).toEqual([]);
  });

  it("may be URNs, with pointers and anchors through them", () => {
    const documents = {
      "urn:example:a": { definitions: { "a/b %": { type: "null" } }, $anchor: "me", type: "string" },
    };
    expect(accepted({ $ref: "urn:example:a#/definitions/a~1b%20%25" }, documents)).toEqual(["null"]);
    expect(accepted({ $id: "urn:example:b", $ref: "urn:example:a#me" }, documents)).toEqual(
      ["string"].map(() => '"s"'),
    );
  });

  it("may be pointed into where no keyword makes it a schema, as in an OpenAPI document", () => {
    const openApi = {
      openapi: "3.0.0",
      components: {
        schemas: { Pet: { properties: { kind: { $ref: "#/components/schemas/Kind" } } }, Kind: { enum: [1] } },
      },
    };
    const is = judge(
      { $ref: "https://e.org/api#/components/schemas/Pet" },
      { documents: { "https://e.org/api": openApi } },
    );
    expect([is('{"kind": 1}'), is('{"kind": 2}')]).toEqual([true, false]);
  });

  it("are asked last: the schema's own resources come before them", () => {
    const schema = { $id: "https://e.org/s", $defs: { a: { $id: "a", type: "null" } }, $ref: "a" };
    expect(accepted(schema, { "https://e.org/a": { type: "string" } })).toEqual(["null"]);
    const other = { "https://e.org/a": { type: "string" }, "https://e.org/b": { $id: "https://e.org/a" } };
    expect(accepted({ $ref: "https://e.org/a" }, other)).toEqual(['"s"']);
  });

  it("that nothing leads to aren't looked at", () => {
    const documents = { "https://e.org/broken": "{", "https://e.org/wrong": { type: 1 }, "https://e.org/a": {} };
    expect(accepted({ $ref: "https://e.org/a", type: "null" }, documents)).toEqual(["null"]);
    expect(accepted({ $defs: { x: { $ref: "https://e.org/wrong" } }, type: "null" }, documents)).toEqual(["null"]);
  });

  it("read numbers as spelled where they are text", () => {
    const documents = { "https://e.org/a": '{"const": 0.10000000000000000000001}' };
    const is = judge({ $ref: "https://e.org/a" }, { documents });
    expect([is("0.10000000000000000000001"), is("0.1")]).toEqual([true, false]);
  });

  it("are part of what the compiler knows a constraint by, in an object or a Map", () => {
    const compiler = new Compiler(bytesOnly());
    const of = (documents: Documents) =>
      compiler.compile({ type: "json_schema", schema: { $ref: "https://e.org/a" }, documents });
    const asNull = of({ "https://e.org/a": { type: "null" } });
    const asBoolean = of(new Map([["https://e.org/a", { type: "boolean" }]]));
    expect(asBoolean).not.toBe(asNull);
    expect(of(new Map([["https://e.org/a", { type: "null" }]]))).toBe(asNull);
    expect(asNull.matcher().acceptBytes("null")).toBe(true);
    expect(asBoolean.matcher().acceptBytes("null")).toBe(false);
    expect(asBoolean.matcher().acceptBytes("true")).toBe(true);
  });
});

describe("identifiers", () => {
  it("only count where keywords make a schema of them", () => {
    const schema = { examples: [{ $id: "https://e.org/x", $anchor: "a" }], $ref: "#a" };
    expect(failure(schema)).toMatchObject({ code: "invalid", pointer: "/$ref" });
    expect(failure({ ...schema, $ref: "https://e.org/x" })).toMatchObject({ code: "unsupported", pointer: "/$ref" });
    // A pointer does lead there, but makes them nobody else's.
    const both = { $id: "https://e.org/", else: [{ $anchor: "a" }], x: { y: { $anchor: "a", type: "null" } } };
    const through = { $schema: draft2020, ...both, else: true, allOf: [{ $ref: "#/x/y" }, { $ref: "#a" }] };
    expect(failure(through)).toMatchObject({ code: "invalid", pointer: "/allOf/1/$ref" });
  });

  it("change the base below them, also where no keyword makes a schema of them", () => {
    const inner = {
      $id: "dir/x",
      $defs: { y: { type: "null" } },
      allOf: [{ $ref: "#/$defs/y" }, { $ref: "x#/$defs/y" }],
    };
    expect(accepted({ $id: "https://e.org/", other: { inner }, $ref: "#/other/inner" })).toEqual(["null"]);
  });

  it("beside a $ref are ignored up to draft 7", () => {
    const embedded = { $id: "https://e.org/x", $ref: "#/definitions/n" };
    const rest = { definitions: { n: { type: "null" }, x: embedded }, allOf: [{ $ref: "#/definitions/x" }] };
    expect(accepted({ $schema: draft7, ...rest })).toEqual(["null"]);
    expect(failure({ $schema: draft2019, ...rest })).toMatchObject({ code: "invalid", pointer: "/definitions/x/$ref" });
  });
});

describe("errors", () => {
  const documents = {
    "https://e.org/wrong": { $defs: { a: { minimum: "1" } } },
    "https://e.org/text": '{\n  "type": }',
    "https://e.org/unsatisfiable": { items: { type: "null", const: 1 }, minItems: 1, type: "array" },
    "https://e.org/pattern": { properties: { p: { pattern: "(" } } },
    "https://e.org/list": [],
  };
  const through = (ref: string) =>
    failure({ properties: { a: { $ref: ref } }, required: ["a"], type: "object" }, { documents });

  it("say which document they are in", () => {
    expect(through("https://e.org/wrong")).toMatchObject({
      code: "invalid",
      pointer: "https://e.org/wrong#/$defs/a/minimum",
    });
    expect(through("https://e.org/text")).toMatchObject({ code: "syntax", pointer: "https://e.org/text#", line: 2 });
    // Whether or not anything leads there.
    const noJson = failure({}, { documents: { "https://e.org/value": { type: () => 1 } } });
    expect(noJson).toMatchObject({ code: "invalid", pointer: "https://e.org/value#/type" });
    expect(through("https://e.org/pattern")).toMatchObject({
      code: "syntax",
      pointer: "https://e.org/pattern#/properties/p/pattern",
      line: 1,
    });
    expect(through("https://e.org/list")).toMatchObject({ code: "invalid", pointer: "https://e.org/list#" });
    const impossible = through("https://e.org/unsatisfiable#/items");
    expect(impossible).toMatchObject({ code: "unsatisfiable", pointer: "https://e.org/unsatisfiable#/items" });
  });

  it("say what to pass", () => {
    const message = expect.stringContaining("`documents` as https://e.org/nowhere");
    const away = { documents: { "https://e.org/away": { items: { $ref: "nowhere" } } } };
    const direct = failure({ not: { $ref: "https://e.org/nowhere#/a" } }, away);
    expect(direct).toMatchObject({ code: "unsupported", message, pointer: "/not/$ref" });
    const indirect = failure({ $ref: "https://e.org/away" }, away);
    expect(indirect).toMatchObject({ code: "unsupported", message, pointer: "https://e.org/away#/items/$ref" });
    const relative = failure({ $ref: "a.json" });
    expect(relative.message).toContain("as schema:///a.json");
    expect(accepted({ $ref: "a.json" }, { "schema:///a.json": { type: "null" } })).toEqual(["null"]);
  });

  it("in the key or the kind of documents", () => {
    for (const key of ["a.json", "__proto__", "https://e.org/#a", ""]) {
      const broken = Object.defineProperty({}, key, { value: {}, enumerable: true });
      expect(failure({}, { documents: broken })).toMatchObject({
        code: "invalid",
        message: expect.stringContaining(key),
      });
    }
    const twice = { "https://e.org": {}, "https://e.org/": {} };
    expect(failure({}, { documents: twice }).message).toContain("twice");
    for (const wrong of [null, [], "x", 1]) {
      expect(failure({}, { documents: wrong as unknown as Documents })).toMatchObject({ code: "invalid" });
    }
  });

  it("are the same whichever reference meets them first", () => {
    const refs = ["https://e.org/wrong#/$defs/b", "https://e.org/wrong"];
    for (const order of [refs, refs.toReversed()]) {
      const schema = { prefixItems: order.map(($ref) => ({ $ref })) };
      expect(failure(schema, { documents })).toMatchObject({ pointer: "https://e.org/wrong#/$defs/a/minimum" });
    }
  });
});

describe("dialects", () => {
  const tuple = { items: [{ type: "null" }] };

  it("are each resource's own", () => {
    const old = { $schema: draft4, id: "https://e.org/old", type: "integer", maximum: 3, exclusiveMaximum: true };
    const is = judge({ $schema: draft2020, $defs: { x: old }, anyOf: [{ $ref: "https://e.org/old" }, { const: 7 }] });
    expect(["2", "7", "7.0"].filter(is)).toEqual(["2", "7", "7.0"]);
    expect(["3", "2.0"].filter(is)).toEqual([]);
    const young = {
      $schema: draft2020,
      $id: "https://e.org/young",
      $ref: "#/$defs/x",
      type: "null",
      $defs: { x: { const: null } },
    };
    expect(accepted({ $schema: draft7, definitions: { young }, allOf: [{ $ref: "https://e.org/young" }] })).toEqual([
      "null",
    ]);
    // Beside a $ref, draft 7 doesn't look at it.
    expect(accepted({ $schema: draft7, definitions: { young }, $ref: "#/definitions/young/$defs/x" })).toEqual([
      "null",
    ]);
  });

  it("are the schema's where a passed document declares none", () => {
    const documents = { "https://e.org/a": tuple };
    const is = judge({ $schema: draft7, allOf: [{ $ref: "https://e.org/a" }] }, { documents });
    expect([is("[null, 1]"), is("[1]")]).toEqual([true, false]);
    const strict = failure({ $schema: draft2020, $ref: "https://e.org/a" }, { documents });
    expect(strict).toMatchObject({ code: "invalid", pointer: "https://e.org/a#/items" });
    const own = { "https://e.org/a": { $schema: draft7, ...tuple } };
    expect(judge({ $schema: draft2020, $ref: "https://e.org/a" }, { documents: own })("[1]")).toBe(false);
  });

  it("that nobody knows are refused where they are declared", () => {
    const unknown = { $schema: "https://e.org/dialect" };
    expect(failure(unknown)).toMatchObject({
      code: "unsupported",
      pointer: "/$schema",
      message: expect.stringContaining("documents"),
    });
    expect(failure({ $defs: { x: { $id: "x", ...unknown } } })).toMatchObject({
      code: "unsupported",
      pointer: "/$defs/x/$schema",
    });
    const documents = { "https://e.org/a": unknown };
    expect(failure({ $ref: "https://e.org/a" }, { documents })).toMatchObject({ pointer: "https://e.org/a#/$schema" });
    // It says nothing below the root of a resource, and a chain of metaschemas that never ends in a standard one says nothing at all.
    expect(accepted({ items: unknown, type: "null" })).toEqual(["null"]);
    const circle = { "https://e.org/dialect": { $schema: "https://e.org/b" }, "https://e.org/b": unknown };
    expect(failure(unknown, { documents: circle })).toMatchObject({ code: "unsupported", pointer: "/$schema" });
    expect(failure({ $id: "x", $schema: 1 })).toMatchObject({ code: "invalid", pointer: "/$schema" });
  });
});

describe("vocabularies", () => {
  const vocabulary = (date: string, names: Record<string, boolean>) =>
    Object.fromEntries(
      Object.entries(names).map(([name, required]) => [
        name.includes(":") ? name : `https://json-schema.org/draft/${date}/vocab/${name}`,
        required,
      ]),
    );
  const under = (names: Record<string, boolean>, date = "2020-12", rest: object = {}): Documents => ({
    "https://e.org/meta": { $vocabulary: vocabulary(date, names), ...rest },
  });
  const schema = (rest: object) => ({ $schema: "https://e.org/meta", ...rest });

  it("that aren't listed assert nothing", () => {
    const core = under({ core: true });
    const all = { type: "null", maximum: "x", anyOf: false, format: "ipv4", unevaluatedProperties: false };
    expect(accepted(schema(all), core)).toHaveLength(5);
    expect(failure(schema({ $ref: "#/$defs/a", $defs: { a: false } }), { documents: core }).code).toBe("unsatisfiable");
    const applicators = under({ core: true, applicator: true });
    expect(accepted(schema({ anyOf: [{ type: "null" }, false] }), applicators)).toHaveLength(5);
    expect(failure(schema({ not: {} }), { documents: applicators }).code).toBe("unsatisfiable");
    const validation = under({ core: true, validation: true });
    expect(accepted(schema({ type: "null", not: {}, items: 5 }), validation)).toEqual(["null"]);
  });

  it("that are unknown are refused where they are required", () => {
    const place = "https://e.org/meta#/$vocabulary/https:~1~1e.org~1units";
    const required = under({ core: true, validation: true, "https://e.org/units": true });
    expect(failure(schema({}), { documents: required })).toMatchObject({ code: "unsupported", pointer: place });
    const optional = under({ core: true, validation: true, "https://e.org/units": false });
    expect(accepted(schema({ type: "null" }), optional)).toEqual(["null"]);
    const old = under({ core: true, "https://json-schema.org/draft/2019-09/vocab/validation": true });
    expect(failure(schema({}), { documents: old })).toMatchObject({ code: "unsupported" });
    expect(failure(schema({}), { documents: under({ validation: true }) })).toMatchObject({
      code: "invalid",
      pointer: "https://e.org/meta#/$vocabulary",
    });
  });

  it("say how format is meant, whatever the caller asks for", () => {
    const ip = schema({ type: "string", format: "ipv4" });
    const rejects = (documents: Documents, options: Options = {}) => !judge(ip, { documents, ...options })('"x"');
    const annotate = { format: "annotate" } as const;
    expect(rejects(under({ core: true, validation: true, "format-assertion": false }), annotate)).toBe(true);
    expect(rejects(under({ core: true, validation: true, "format-annotation": true }), annotate)).toBe(false);
    expect(rejects(under({ core: true, validation: true, "format-annotation": true }))).toBe(true);
    expect(rejects(under({ core: true, validation: true }))).toBe(false);
    expect(rejects(under({ core: true, validation: true, format: true }, "2019-09"), annotate)).toBe(true);
    expect(rejects(under({ core: true, validation: true, format: false }, "2019-09"), annotate)).toBe(false);
    const asserted = under({ core: true, "format-assertion": true });
    expect(failure(schema({ format: "colour" }), { documents: asserted })).toMatchObject({
      code: "unsupported",
      pointer: "/format",
    });
  });

  it("come from the next metaschema where one lists none, and from the one that describes itself", () => {
    const chain = {
      "https://e.org/meta": { $schema: "https://e.org/next" },
      "https://e.org/hidden": {
        $id: "https://e.org/next",
        $schema: "https://e.org/next",
        $vocabulary: vocabulary("2020-12", { core: true, applicator: true }),
      },
    };
    expect(accepted(schema({ type: "null" }), chain)).toHaveLength(5);
    const old = { "https://e.org/meta": { $schema: draft4, type: "object" } };
    expect(judge(schema({ type: "integer", maximum: 3, exclusiveMaximum: true }), { documents: old })("3")).toBe(false);
    expect(accepted(schema({ const: "unknown in draft 4", type: "null" }), old)).toEqual(["null"]);
  });
});

describe("dynamic scope", () => {
  it("goes through documents, and is left with them", () => {
    const documents = {
      "https://e.org/tree": {
        $schema: draft2020,
        $dynamicAnchor: "node",
        type: "object",
        properties: { data: true, children: { type: "array", items: { $dynamicRef: "#node" } } },
      },
      "https://e.org/strict": {
        $schema: draft2020,
        $dynamicAnchor: "node",
        $ref: "tree",
        propertyNames: { enum: ["data", "children"] },
      },
    };
    const tree = '{"children": [{"dat": 1}]}';
    expect(judge({ $ref: "https://e.org/tree" }, { documents })(tree)).toBe(true);
    expect(judge({ $ref: "https://e.org/strict" }, { documents })(tree)).toBe(false);
    expect(judge({ $ref: "https://e.org/strict" }, { documents })('{"children": [{"data": 1}]}')).toBe(true);
    const both = { prefixItems: [{ $ref: "https://e.org/strict" }, { $ref: "https://e.org/tree" }] };
    expect(judge(both, { documents })(`[{}, ${tree}]`)).toBe(true);
    expect(judge(both, { documents })(`[${tree}, {}]`)).toBe(false);
  });

  it("reads metaschemas that are passed", () => {
    const part = (name: string, properties: object, rest: object = {}) => ({
      $schema: draft2019,
      $id: `https://e.org/meta/${name}`,
      $recursiveAnchor: true,
      properties,
      ...rest,
    });
    const documents = {
      "https://e.org/meta": part(
        "all",
        {},
        { $id: "https://e.org/meta", allOf: [{ $ref: "meta/a" }, { $ref: "meta/v" }] },
      ),
      "https://e.org/meta/a": part("a", { not: { $recursiveRef: "#" }, items: { $recursiveRef: "#" } }),
      "https://e.org/meta/v": part("v", { type: { type: "string" } }),
    };
    const is = judge({ $ref: "https://e.org/meta" }, { documents });
    expect(is('{"not": {"items": {"type": "x"}}}')).toBe(true);
    expect(is('{"not": {"items": {"type": 1}}}')).toBe(false);
    expect(judge({ $ref: "https://e.org/meta/a" }, { documents })('{"not": {"items": {"type": 1}}}')).toBe(true);
  });

  it("costs nothing where a name has one meaning", () => {
    const count = 2000;
    const chain = Array.from({ length: count }, (_, i) => [
      `d${i}`,
      { $dynamicAnchor: `n${i}`, items: { $dynamicRef: `#n${(i + 1) % count}` }, type: ["array", "null"] },
    ]);
    const is = judge({ $schema: draft2020, $defs: Object.fromEntries(chain), $dynamicRef: "#n0" });
    expect([is("[[[null]]]"), is("[[1]]")]).toEqual([true, false]);
  });
});

describe("schemas that mean harm", () => {
  it("references in a circle, and in a long row", () => {
    const count = 50_000;
    const circle = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`a${i}`, { $ref: `#/$defs/a${(i + 1) % count}` }]),
    );
    expect(failure({ $defs: circle, $ref: "#/$defs/a0" })).toMatchObject({ code: "invalid" });
    const row = { ...circle, [`a${count - 1}`]: { type: "null" } };
    const items = { anyOf: Object.keys(row).map((key) => ({ $ref: `#/$defs/${key}` })) };
    const is = judge({ $defs: row, items, type: "array" });
    expect([is("[null]"), is("[1]")]).toEqual([true, false]);
    const documents = { "https://e.org/a": { $ref: "b" }, "https://e.org/b": { $ref: "a" } };
    expect(failure({ $ref: "https://e.org/a" }, { documents })).toMatchObject({ code: "invalid" });
    const dynamic = {
      $schema: draft2020,
      $defs: { a: { $dynamicAnchor: "a", allOf: [{ $dynamicRef: "#a" }] } },
      $ref: "#a",
    };
    expect(failure(dynamic)).toMatchObject({ code: "invalid" });
  });

  it("more dynamic scopes than fit", () => {
    const count = 30;
    const resource = (name: string, i: number) => ({
      $id: `${name}${i}`,
      $defs: { x: { $dynamicAnchor: `n${i}`, const: name } },
      items: i + 1 < count ? { anyOf: [{ $ref: `a${i + 1}` }, { $ref: `b${i + 1}` }] } : { $ref: "end" },
    });
    const anchors = Array.from({ length: count }, (_, i) => [`d${i}`, { $dynamicAnchor: `n${i}` }]);
    const end = {
      $id: "end",
      $defs: Object.fromEntries(anchors),
      prefixItems: anchors.map((_, i) => ({ $dynamicRef: `#n${i}` })),
    };
    const $defs = Array.from({ length: count }, (_, i) => [resource("a", i), resource("b", i)]).flat();
    const schema = {
      $id: "https://e.org/",
      $ref: "a0",
      $defs: Object.fromEntries([...$defs, end].map((each) => [each.$id, each])),
    };
    expect(failure(schema)).toMatchObject({ code: "limit" });
  });

  it("huge names, deep and broken documents, and the names of JavaScript's own properties", () => {
    const name = "a".repeat(500_000);
    expect(accepted({ $defs: { [name]: { $anchor: name, type: "null" } }, $ref: `#${name}` })).toEqual(["null"]);
    const deep = "[".repeat(1_000_000);
    const documents = {
      "https://e.org/a": `{"items":${'{"items":'.repeat(500)}{}${"}".repeat(501)}`,
      "https://e.org/b": deep,
    };
    expect(failure({ $ref: "https://e.org/a" }, { documents })).toMatchObject({ code: "limit" });
    expect(failure({ $ref: "https://e.org/b" }, { documents })).toMatchObject({
      code: "limit",
      pointer: "https://e.org/b#",
    });
    const manyRefs = { prefixItems: Array.from({ length: 20_000 }, (_, i) => ({ $ref: `https://e.org/b#/${i}` })) };
    expect(failure(manyRefs, { documents })).toMatchObject({ code: "limit" });
    const own =
      '{"$id": "__proto__", "$defs": {"__proto__": {"$anchor": "constructor", "type": "null"}}, "$ref": "__proto__#constructor"}';
    expect(accepted(own)).toEqual(["null"]);
    expect(failure({ $ref: "#/constructor" })).toMatchObject({ code: "invalid" });
  });
});
