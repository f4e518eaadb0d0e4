// Tool calls' arguments as elements, as the model families write them.
import { describe, expect, test } from "vitest";
import { Compiler, type JsonSchemaFormat } from "../../src/index.ts";
import { bytesOnly } from "../vocabularies.ts";

const compiler = new Compiler(bytesOnly());

const schema = {
  type: "object",
  properties: {
    city: { type: "string" },
    days: { type: "integer", minimum: 1 },
    unit: { enum: ["C", "F"] },
    note: { $ref: "#/$defs/note" },
    more: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
  },
  required: ["city"],
  additionalProperties: false,
  $defs: { note: { anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }] } },
};

/** Are these the texts of the format? */
function reads(format: Omit<JsonSchemaFormat, "type">, texts: readonly string[]): boolean[] {
  const constraint = compiler.compile({ type: "structural_tag", format: { type: "json_schema", ...format } });
  return texts.map((text) => {
    const matcher = constraint.matcher();
    return matcher.acceptBytes(text) && matcher.isAccepting;
  });
}

const all = (texts: readonly string[], value: boolean) => texts.map(() => value);

describe("Qwen3-Coder", () => {
  const element = (name: string, value: string) => `<parameter=${name}>\n${value}\n</parameter>\n`;
  const paris = element("city", "Paris");

  test("written", () => {
    const texts = [
      paris,
      "<parameter=city>Paris</parameter>",
      `${element("days", "3")}${paris}${element("unit", "C")}`,
      paris + element("note", "null"),
      paris + element("note", "a\nb"),
      paris + element("more", '{"a": "<"}'),
      element("city", "a <b> </param"),
    ];
    expect(reads({ json_schema: schema, style: "qwen_xml" }, texts)).toEqual(all(texts, true));
  });

  test("not written", () => {
    const texts = [
      "",
      element("days", "3"),
      paris + paris,
      paris + element("days", "0"),
      paris + element("days", '"3"'),
      paris + element("unit", '"C"'),
      paris + element("note", "abcd"),
      paris + element("more", "{'a': 1}"),
      paris + element("other", "1"),
      element("city", "a</parameter>b"),
    ];
    expect(reads({ json_schema: schema, style: "qwen_xml" }, texts)).toEqual(all(texts, false));
  });

  test("line breaks of a text are told from those around it", () => {
    const values = {
      type: "object",
      properties: { p: { enum: ["\n", "\nx", "x\r", "y"] } },
      required: ["p"],
      additionalProperties: false,
    };
    const within = (value: string) => `<parameter=p>${value}</parameter>`;
    const written = ["\n\n\n", "\n\nx\n", "\nx\r\n", "\ny\n", "y", "x\r"].map(within);
    expect(reads({ json_schema: values, style: "qwen_xml" }, written)).toEqual(all(written, true));
    const others = ["\n", "\n\n", "\nx", "\ny", "y\n"].map(within);
    expect(reads({ json_schema: values, style: "qwen_xml" }, others)).toEqual(all(others, false));
  });

  test("in the schema's order", () => {
    const texts = [paris + element("days", "3"), element("days", "3") + paris];
    expect(reads({ json_schema: schema, style: "qwen_xml", any_order: false }, texts)).toEqual([true, false]);
  });

  test("XGrammar's older name", () => {
    const format = { type: "qwen_xml_parameter", json_schema: schema };
    const matcher = compiler.compile({ type: "structural_tag", format: format as never }).matcher();
    expect(matcher.acceptBytes(paris)).toBe(true);
  });
});

test("GLM-4.5, MiniMax-M2, DeepSeek-V3.2", () => {
  const glm = (name: string, value: string) => `<arg_key>${name}</arg_key>\n<arg_value>${value}</arg_value>\n`;
  const minimax = (name: string, value: string) => `<parameter name="${name}">${value}</parameter>\n`;
  const deepSeek = (name: string, value: string, isString: boolean) =>
    `<｜DSML｜parameter name="${name}" string="${isString}">${value}</｜DSML｜parameter>\n`;
  expect(
    reads({ json_schema: schema, style: "glm_xml" }, [
      `\n${glm("city", "Paris")}${glm("days", "3")}`,
      glm("city", "a</arg_value>"),
      glm("city", "\nParis"),
      glm("days", "3"),
    ]),
  ).toEqual([true, false, true, false]);
  expect(
    reads({ json_schema: schema, style: "minimax_xml" }, [minimax("city", "Paris"), minimax("town", "Paris")]),
  ).toEqual([true, false]);
  expect(
    reads({ json_schema: { properties: { v: { type: ["string", "number"] } } }, style: "deepseek_xml" }, [
      deepSeek("v", "5", true),
      deepSeek("v", "5", false),
      deepSeek("v", "a", false),
      deepSeek("v", "5", true) + deepSeek("v", "5", false),
    ]),
  ).toEqual([true, true, false, false]);
});

test("undeclared properties: any name but a declared one, each of the schema's kind", () => {
  const open = { properties: { a: { type: "integer" } }, additionalProperties: { type: "boolean" } };
  const element = (name: string, value: string) => `<parameter=${name}>${value}</parameter>`;
  const texts = [
    element("b", "true"),
    element("b", "true") + element("c", "false"),
    element("b", "1"),
    element("a", "true"),
    element("", "true"),
  ];
  expect(reads({ json_schema: open, style: "qwen_xml" }, texts)).toEqual([true, true, false, false, false]);
  expect(reads({ json_schema: { type: "object" }, style: "qwen_xml" }, ["", element("x", "anything at all")])).toEqual([
    true,
    true,
  ]);
});

test("what the lenient mode left out has its place in the whole", () => {
  const json_schema = { properties: { a: { type: "string", pattern: "^(a|b)\\1$" } } };
  for (const style of ["json", "qwen_xml"] as const) {
    const format = { type: "tag", begin: "", content: { type: "json_schema", json_schema, style }, end: "." } as const;
    const { dropped } = compiler.compile({ type: "structural_tag", format, lenient: true });
    expect(dropped.map(({ pointer }) => pointer)).toEqual(["/format/content/json_schema/properties/a/pattern"]);
  }
});
