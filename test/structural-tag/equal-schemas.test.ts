// Schemas that are equal are lowered once, however often they stand in a format.
import { expect, test } from "vitest";
import { Compiler, type JsonSchemaFormat, type StructuralFormat, Vocabulary } from "../../src/index.ts";

const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const vocabulary = Vocabulary.fromTokens([...tokens, null], { eosTokenIds: [256] });

function callsOf(contents: readonly Omit<JsonSchemaFormat, "type">[]): StructuralFormat {
  const tags = contents.map((content, i) => ({
    type: "tag" as const,
    begin: `<t${i}>`,
    content: { type: "json_schema" as const, ...content },
    end: "</t>",
  }));
  return { type: "triggered_tags", triggers: ["<t"], tags, stop_after_first: true };
}

/** The states behind each tag's begin. */
function statesOf(contents: readonly Omit<JsonSchemaFormat, "type">[]): number[] {
  const { automaton } = new Compiler(vocabulary).compile({ type: "structural_tag", format: callsOf(contents) });
  return contents.map((_, i) =>
    [...`<t${i}>`].reduce((at, char) => automaton.next(at, char.charCodeAt(0)), automaton.start),
  );
}

const schema = (pattern: string) => ({ type: "object", properties: { a: { type: "string", pattern } } });

test("what follows is one state", () => {
  const states = statesOf([
    { json_schema: schema("^a+$") },
    { json_schema: schema("^a+$") },
    { json_schema: JSON.stringify(schema("^a+$")) },
    { json_schema: schema("^b+$") },
    { json_schema: schema("^a+$"), any_order: false },
    { json_schema: schema("^a+$"), style: "qwen_xml" },
  ]);
  expect(states.map((state) => states.indexOf(state))).toEqual([0, 0, 0, 3, 4, 5]);
});

test("numbers are told apart as they are spelled", () => {
  const large = 2n ** 53n + 1n;
  const states = statesOf([{ json_schema: { const: large } }, { json_schema: { const: Number(large) } }]);
  expect(states[0]).not.toBe(states[1]);
});

test("what the lenient mode leaves out is told at each place", () => {
  const contents = [{ json_schema: schema("(a)\\1") }, { json_schema: schema("(a)\\1") }];
  const { dropped } = new Compiler(vocabulary).compile({
    type: "structural_tag",
    format: callsOf(contents),
    lenient: true,
  });
  expect(dropped.map(({ pointer }) => pointer)).toEqual(
    [0, 1].map((i) => `/format/tags/${i}/content/json_schema/properties/a/pattern`),
  );
});
