// The front-end by example: draft rules, spellings, keys, whitespace, the places in errors, and schemas that mean harm. Texts are
// read byte by byte through the whole engine.
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError, type PointerLocation } from "../../src/index.ts";
import type { SchemaOptions } from "../../src/json-schema/lower-schema.ts";
import { bytesOnly } from "../vocabularies.ts";

type Options = Partial<Omit<SchemaOptions, "limits">>;

function accepts(schema: unknown, text: string, options: Options = {}): boolean {
  return judge(schema, options)(text);
}

function judge(schema: unknown, options: Options = {}): (text: string) => boolean {
  const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema, ...options });
  return (text) => {
    const matcher = constraint.matcher();
    const bytes = new TextEncoder().encode(text);
    return matcher.acceptTokens(bytes) === bytes.length && matcher.isAccepting;
  };
}

/** How much of `text` can be read. */
function reads(schema: unknown, text: string): string {
  const matcher = new Compiler(bytesOnly()).compile({ type: "json_schema", schema }).matcher();
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder().decode(bytes.slice(0, matcher.acceptTokens(bytes)));
}

function error(schema: unknown, options: Options = {}): { code: string; pointer: string | undefined; message: string } {
  try {
    new Compiler(bytesOnly()).compile({ type: "json_schema", schema, ...options });
  } catch (thrown) {
    if (!(thrown instanceof ConstraintError)) throw thrown;
    const location = thrown.location as Partial<PointerLocation> | undefined;
    return { code: thrown.code, pointer: location?.pointer, message: thrown.message };
  }
  throw new Error("no error");
}

const draft4 = "http://json-schema.org/draft-04/schema#";
const draft7 = "http://json-schema.org/draft-07/schema#";

describe("objects", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "integer" }, bc: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };

  it("takes keys in any order, each once", () => {
    const is = judge(schema);
    expect(is('{"a": 1, "bc": "x"}')).toBe(true);
    expect(is('{"bc":"x","a":1}')).toBe(true);
    expect(is('{"bc":"x"}')).toBe(false);
    expect(is('{"a":1,"a":1}')).toBe(false);
    expect(is('{"a":1,"d":1}')).toBe(false);
  });

  it("compares keys as decoded text", () => {
    expect(accepts(schema, '{"\\u0061":1}')).toBe(true);
    expect(accepts(schema, '{"\\u0061":"x"}')).toBe(false);
    expect(accepts(schema, '{"a":1,"\\u0061":1}')).toBe(false);
    expect(accepts({ type: "object" }, '{"k\\n":1,"\\u006B\\u000a":1}')).toBe(false);
    expect(accepts({ properties: { "\u{1f600}": { type: "null" } } }, '{"\\ud83d\\ude00":1}')).toBe(false);
    expect(accepts({ properties: { "\u{1f600}": { type: "null" } } }, '{"\\uD83D\\uDE00":null}')).toBe(true);
  });

  it("offers no way that leads nowhere", () => {
    expect(reads(schema, '{"a":1,"a')).toBe('{"a":1,"');
    expect(reads(schema, '{"a":1,"bc":"x",')).toBe('{"a":1,"bc":"x"');
    expect(reads(schema, '{"\\u0063')).toBe('{"\\u006');
    expect(reads(schema, '{"\\u007')).toBe('{"\\u00');
    expect(reads({ ...schema, maxProperties: 1 }, '{"b')).toBe('{"');
  });

  it("counts properties", () => {
    const is = judge({ type: "object", minProperties: 2, maxProperties: 3 });
    expect(is('{"a":1}')).toBe(false);
    expect(is('{"a":1,"b":1}')).toBe(true);
    expect(is('{"a":1,"b":1,"c":1,"d":1}')).toBe(false);
  });

  it("keeps the schema's order where asked", () => {
    const is = judge({ ...schema, additionalProperties: true }, { propertyOrder: "schema" });
    expect(is('{"a": 1, "bc": "x", "z": 1}')).toBe(true);
    expect(is('{"bc": "x", "a": 1}')).toBe(false);
    expect(is('{"a": 1, "z": 1, "bc": "x"}')).toBe(false);
    const numbered = '{"properties": {"2": {}, "1": {}}, "additionalProperties": false}';
    expect(accepts(numbered, '{"2": 0, "1": 0}', { propertyOrder: "schema" })).toBe(true);
    expect(accepts(numbered, '{"1": 0, "2": 0}', { propertyOrder: "schema" })).toBe(false);
  });

  it("applies overlapping patternProperties together", () => {
    const is = judge({
      patternProperties: { "^a": { type: "integer" }, b$: { minimum: 5 } },
      additionalProperties: false,
    });
    expect(is('{"ab": 6}')).toBe(true);
    expect(is('{"ab": 4}')).toBe(false);
    expect(is('{"b": 5.5}')).toBe(true);
    expect(is('{"a": 5.5}')).toBe(false);
    expect(is('{"c": 6}')).toBe(false);
  });

  it("knows when the names of a finite pattern are used up", () => {
    const finite = { patternProperties: { "^[ab]$": { type: "null" } }, additionalProperties: false };
    expect(reads(finite, '{"a":null,"b":null,')).toBe('{"a":null,"b":null');
    expect(reads(finite, '{"a":null,"a')).toBe('{"a":null,"');
  });

  it("treats an impossible optional property as forbidden, an impossible branch as absent", () => {
    expect(reads({ properties: { a: false }, additionalProperties: false }, '{"')).toBe("{");
    expect(accepts({ anyOf: [{ type: "string", minLength: 2, maxLength: 1 }, { type: "null" }] }, "null")).toBe(true);
  });
});

describe("values", () => {
  it("takes constants in any spelling", () => {
    const is = judge({ enum: [1, "a/b", { x: 1, y: [2.5] }, null] });
    for (const text of ["1", "1.0", "10e-1", '"a\\/b"', '"\\u0061/b"', '{"y":[25e-1],"x":1.00}', "null"]) {
      expect(is(text), text).toBe(true);
    }
    for (const text of ["2", '"a"', '{"x":1}', '{"x":1,"y":[2.5],"z":0}', "[2.5]"]) expect(is(text), text).toBe(false);
  });

  it("reads bounds as they are spelled", () => {
    const is = judge('{"type": "integer", "minimum": 9007199254740993, "maximum": 9007199254740993}');
    expect(is("9007199254740993")).toBe(true);
    expect(is("9007199254740992")).toBe(false);
    expect(accepts({ multipleOf: 0.07 }, "0.21")).toBe(true);
    expect(accepts({ multipleOf: 0.07 }, "0.2")).toBe(false);
  });

  it("counts code points", () => {
    const is = judge({ type: "string", minLength: 2, maxLength: 2 });
    expect(is('"\u{1f600}\\ud83d\\ude00"')).toBe(true);
    expect(is('"\u{1f600}"')).toBe(false);
    expect(is('"abc"')).toBe(false);
    expect(accepts({ type: "string", maxLength: 1_000_000 }, '"abc"')).toBe(true);
  });

  it("takes pattern, length and format together, and searches", () => {
    const is = judge({ type: "string", pattern: "b+", maxLength: 4 });
    expect(is('"abc"')).toBe(true);
    expect(is('"abcde"')).toBe(false);
    expect(is('"ac"')).toBe(false);
    const date = judge({ type: "string", format: "date", pattern: "^2024" });
    expect(date('"2024-02-29"')).toBe(true);
    expect(date('"2023-02-28"')).toBe(false);
    expect(date('"2024-02-30"')).toBe(false);
  });

  it("refuses lone surrogates", () => {
    expect(accepts({ type: "string" }, '"\\ud800"')).toBe(false);
    expect(accepts({ type: "string" }, '"\\udc00"')).toBe(false);
  });

  it("tells integers from other numbers under not and oneOf", () => {
    const is = judge({ type: "number", not: { type: "integer" } });
    for (const text of ["1.5", "15e-1", "-0.25"]) expect(is(text), text).toBe(true);
    for (const text of ["1", "1.0", "15e1", "0"]) expect(is(text), text).toBe(false);
    expect(reads({ type: "integer", minimum: 1, maximum: 3, not: { multipleOf: 2 } }, "2")).toBe("");
    expect(reads({ minimum: 2.5, maximum: 3, type: "number", not: { type: "integer" } }, "3")).toBe("");
    expect(reads({ minimum: 0, type: "number", not: { type: "integer" } }, "-")).toBe("");
    const either = judge({ oneOf: [{ multipleOf: 3 }, { multipleOf: 2 }] });
    expect(either("3")).toBe(true);
    expect(either("4")).toBe(true);
    expect(either("6")).toBe(false);
    expect(either("1")).toBe(false);
  });
});

describe("combinations", () => {
  it("oneOf is exactly one", () => {
    const is = judge({ oneOf: [{ required: ["a"] }, { required: ["b"] }] });
    expect(is('{"a": 1}')).toBe(true);
    expect(is('{"b": 1}')).toBe(true);
    expect(is('{"a": 1, "b": 1}')).toBe(false);
    expect(is("{}")).toBe(false);
    // Anything but an object satisfies both.
    expect(is("1")).toBe(false);
  });

  it("negates through objects and arrays", () => {
    const is = judge({
      not: { type: "object", properties: { a: { type: "array", items: { type: "null" } } }, required: ["a"] },
    });
    expect(is('{"a": []}')).toBe(false);
    expect(is('{"a": [null]}')).toBe(false);
    expect(is('{"a": [null, 1]}')).toBe(true);
    expect(is('{"b": []}')).toBe(true);
    expect(is("[]")).toBe(true);
    const closed = judge({ type: "object", not: { additionalProperties: { type: "null" } } });
    expect(closed('{"a": null}')).toBe(false);
    expect(closed('{"a": null, "b": 1, "c": null}')).toBe(true);
  });

  it("has if, dependencies, contains, uniqueItems of an enum", () => {
    const is = judge({ if: { required: ["a"] }, then: { required: ["b"] }, else: { maxProperties: 0 } });
    expect(is('{"a": 1}')).toBe(false);
    expect(is('{"b": 1, "a": 1}')).toBe(true);
    expect(is('{"c": 1}')).toBe(false);
    const depends = judge({ dependentRequired: { a: ["b"] }, dependentSchemas: { c: { required: ["d"] } } });
    expect(depends('{"a": 1}')).toBe(false);
    expect(depends('{"a": 1, "b": 1}')).toBe(true);
    expect(depends('{"c": 1}')).toBe(false);
    const contains = judge({ type: "array", contains: { type: "null" }, minContains: 2, maxContains: 2 });
    expect(contains("[null, 1, null]")).toBe(true);
    expect(contains("[null, null, null]")).toBe(false);
    const unique = judge({ type: "array", items: { enum: ["x", "y"] }, uniqueItems: true });
    expect(unique('["x", "y"]')).toBe(true);
    expect(unique('["x", "\\u0078"]')).toBe(false);
  });

  it("follows references, recursive ones too", () => {
    const tree = { $defs: { t: { type: "array", items: { $ref: "#/$defs/t" } } }, $ref: "#/$defs/t" };
    expect(accepts(tree, "[[], [[]]]")).toBe(true);
    expect(accepts(tree, "[[], [1]]")).toBe(false);
    const both = { $defs: { n: { type: "object", properties: { next: { $ref: "#/$defs/n" } } } } };
    const list = { ...both, allOf: [{ $ref: "#/$defs/n" }, { required: ["v"] }] };
    expect(accepts(list, '{"next": {"next": {}}, "v": 1}')).toBe(true);
    expect(accepts(list, '{"next": {"next": 1}, "v": 1}')).toBe(false);
  });
});

describe("drafts", () => {
  it("ignores what stands beside $ref up to draft 7", () => {
    const schema = {
      definitions: { a: { type: "integer" } },
      properties: { x: { $ref: "#/definitions/a", minimum: 5 } },
    };
    expect(accepts({ ...schema, $schema: draft7 }, '{"x": 1}')).toBe(true);
    expect(accepts(schema, '{"x": 1}')).toBe(false);
  });

  it("has draft 4's integers, bounds and missing keywords", () => {
    expect(accepts({ $schema: draft4, type: "integer" }, "1.0")).toBe(false);
    expect(accepts({ type: "integer" }, "1.0")).toBe(true);
    expect(accepts({ $schema: draft4, minimum: 1, exclusiveMinimum: true }, "1")).toBe(false);
    expect(accepts({ $schema: draft4, const: 1, if: {}, else: false }, "2")).toBe(true);
    expect(error({ $schema: draft7, minimum: 1, exclusiveMinimum: true })).toMatchObject({
      code: "invalid",
      pointer: "/exclusiveMinimum",
    });
  });

  it("resolves identifiers and anchors", () => {
    const schema = {
      $id: "http://x.example/root.json",
      $defs: { a: { $id: "a.json", $anchor: "here", type: "integer" }, b: { $ref: "http://x.example/a.json#here" } },
      items: { $ref: "#/$defs/b" },
    };
    expect(accepts(schema, "[1]")).toBe(true);
    expect(accepts(schema, '["x"]')).toBe(false);
  });
});

describe("layout", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "array", items: { type: "integer" } } },
    additionalProperties: false,
  };
  const value = { a: [1, 2] };

  it("is flexible, but bounded", () => {
    const is = judge(schema);
    expect(is('{"a": [1, 2]}')).toBe(true);
    expect(is(JSON.stringify(value, null, 2))).toBe(true);
    expect(is(`{${" ".repeat(64)}}`)).toBe(true);
    expect(is(`{${" ".repeat(65)}}`)).toBe(false);
    expect(is(" {}")).toBe(false);
  });

  it("is exactly what a printer writes, where asked", () => {
    expect(accepts(schema, '{"a":[1,2]}', { whitespace: "compact" })).toBe(true);
    expect(accepts(schema, '{"a": [1,2]}', { whitespace: "compact" })).toBe(false);
    expect(accepts(schema, JSON.stringify(value, null, 2), { whitespace: { indent: 2 } })).toBe(true);
    expect(accepts(schema, JSON.stringify(value, null, 3), { whitespace: { indent: 2 } })).toBe(false);
    expect(accepts(schema, '{"a": [1, 2]}', { whitespace: { separators: [", ", ": "] } })).toBe(true);
    expect(accepts(schema, '{"a":[1, 2]}', { whitespace: { separators: [", ", ": "] } })).toBe(false);
    expect(error(schema, { whitespace: { separators: [";", ":"] } }).code).toBe("invalid");
  });
});

describe("errors", () => {
  it.each([
    [{ properties: { a: { type: "strin" } } }, "invalid", "/properties/a/type"],
    [{ $ref: "#/definitions/x" }, "invalid", "/$ref"],
    [{ items: { $ref: "http://elsewhere.example/" } }, "unsupported", "/items/$ref"],
    [{ properties: { "a/b": { pattern: "(" } } }, "syntax", "/properties/a~1b/pattern"],
    [
      {
        // Of infinitely many keys each, so that they can't be said in one.
        allOf: Array.from({ length: 20 }, (_, i) => ({
          anyOf: [{ required: [`k${i}`] }, { patternProperties: { [`^p${i}`]: false } }],
        })),
      },
      "limit",
      "/allOf",
    ],
    [
      {
        $defs: Object.fromEntries(
          Array.from({ length: 1000 }, (_, i) => [`d${i}`, { minProperties: 1, $ref: `#/$defs/d${(i + 1) % 1000}` }]),
        ),
        $ref: "#/$defs/d0",
      },
      "limit",
      "/$defs/d399",
    ],
    [{ minLength: -1 }, "invalid", "/minLength"],
    [
      { type: "object", required: ["a"], properties: { a: { type: "string", enum: [1] } } },
      "unsatisfiable",
      "/properties/a",
    ],
    [{ $schema: "http://example.com/dialect" }, "unsupported", "/$schema"],
  ])("%j: %s at %s", (schema, code, pointer) => {
    expect(error(schema)).toMatchObject({ code, pointer });
  });

  it("refuses loops of references", () => {
    expect(error({ $ref: "#" }).code).toBe("invalid");
    expect(error({ allOf: [{ $ref: "#" }] }).code).toBe("invalid");
    expect(error({ not: { $ref: "#" } }).code).toBe("invalid");
    expect(error({ type: "object", required: ["a"], properties: { a: { $ref: "#" } } }).code).toBe("unsatisfiable");
  });

  it("locates what isn't JSON, and refuses a key that is there twice", () => {
    expect(error('{"type": }').code).toBe("syntax");
    expect(error('{"type": "null", "type": "string"}').code).toBe("syntax");
  });

  it("refuses unknown formats only where asked", () => {
    expect(accepts({ format: "path" }, '"x"')).toBe(true);
    expect(error({ format: "path" }, { unknownFormat: "refuse" })).toMatchObject({
      code: "unsupported",
      pointer: "/format",
    });
    expect(accepts({ format: "date" }, '"x"', { format: "annotate" })).toBe(true);
  });
});

describe("hostile schemas", () => {
  it("gives __proto__ no meaning", () => {
    const schema =
      '{"properties": {"__proto__": {"type": "integer"}, "constructor": {"type": "null"}}, "additionalProperties": false}';
    expect(accepts(schema, '{"__proto__": 1, "constructor": null}')).toBe(true);
    expect(accepts(schema, '{"__proto__": "x"}')).toBe(false);
    expect(accepts(schema, '{"toString": 1}')).toBe(false);
  });

  it("bounds depth", () => {
    let deep: object = {};
    for (let i = 0; i < 100_000; i++) deep = { items: deep };
    expect(error(deep).code).toBe("limit");
    expect(error("[".repeat(100_000)).code).toBe("limit");
    const cycle: { items?: object } = {};
    cycle.items = cycle;
    expect(error(cycle).code).toBe("limit");
  });

  it("bounds the product of alternatives", () => {
    const branch = (i: number) => ({ anyOf: Array.from({ length: 30 }, (_, k) => ({ required: [`${i} ${k}`] })) });
    expect(error({ type: "object", allOf: Array.from({ length: 12 }, (_, i) => branch(i)) }).code).toBe("limit");
  });

  it("doesn't unroll counts", () => {
    const is = judge({
      type: "array",
      minItems: 1,
      maxItems: 1_000_000,
      items: { type: "string", minLength: 3, maxLength: 1e6 },
    });
    expect(is('["abc"]')).toBe(true);
    expect(is("[]")).toBe(false);
    expect(accepts({ type: "object", minProperties: 2, maxProperties: 1e9 }, '{"a":1,"b":2}')).toBe(true);
  });
});
