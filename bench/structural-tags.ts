// Structural tags over Llama 3's vocabulary: `npx tsx bench/structural-tags.ts`. For each case the compile, the masks of an answer's steps the first
// time and again, and the states; many tools under one trigger and under one each, with patterns and as regexes, and a reasoning with a large budget. Exits with 1 where the
// answer isn't accepted to its end.
import { Compiler, type StructuralFormat, type TagFormat } from "../src/index.ts";
import { llama3 } from "../test/vocabularies.ts";
import { formatTable, short, summarize } from "./rivals/statistics.ts";

interface Case {
  readonly name: string;
  readonly format: StructuralFormat;
  readonly text: string;
}

function tool(i: number): TagFormat {
  const properties = { [`p${i}`]: { type: "string" }, count: { type: "integer" } };
  const content: StructuralFormat = {
    type: "json_schema",
    json_schema: { type: "object", properties, required: [`p${i}`] },
  };
  return { type: "tag", begin: `<function=tool_${i}>`, content, end: "</function>" };
}

function tools(count: number, triggers: readonly string[]): StructuralFormat {
  return { type: "triggered_tags", triggers, tags: Array.from({ length: count }, (_, i) => tool(i)) };
}

/** With a pattern in its schema, or a regex for the whole of its arguments. */
function patternedTool(i: number, isRegex: boolean): TagFormat {
  const pattern = `[ab]*a[ab]{4}${"-[0-9a-f]{4}".repeat(8)}-${i}`;
  const properties = { [`p${i}`]: { type: "string", pattern: `^${pattern}$` } };
  const content: StructuralFormat = isRegex
    ? { type: "regex", pattern: `\\{"p${i}": "${pattern}"\\}` }
    : { type: "json_schema", json_schema: { type: "object", properties, required: [`p${i}`] } };
  return { ...tool(i), content };
}

const patterned = `Let me see. <function=tool_7>{"p7": "babbaabba${"-01ef".repeat(8)}-7"}</function>.`;
const call =
  'Let me see. <function=tool_7>{"p7": "hello", "count": 3}</function> And <function=tool_3>{"p3": "x"}</function>.';
const thought = "Let me think: < is less than >, and émojis 😀 are characters. ";

const cases: Case[] = [
  ...[10, 100, 1000, 5000].map((n) => ({
    name: `${n} tools, one trigger`,
    format: tools(n, ["<function="]),
    text: call,
  })),
  ...[10, 1000].map((n) => ({
    name: `${n} tools, a trigger each`,
    format: tools(
      n,
      Array.from({ length: n }, (_, i) => `<function=tool_${i}>`),
    ),
    text: call,
  })),
  ...[false, true].flatMap((isRegex) =>
    [100, 1000, 3000].map((n) => ({
      name: `${n} tools ${isRegex ? "that are regexes" : "with patterns"}`,
      format: {
        type: "triggered_tags" as const,
        triggers: ["<function="],
        tags: Array.from({ length: n }, (_, i) => patternedTool(i, isRegex)),
      },
      text: patterned,
    })),
  ),
  ...[undefined, 32_768].map((max_tokens) => ({
    name: max_tokens === undefined ? "a reasoning" : `a reasoning of at most ${max_tokens} tokens`,
    format: {
      type: "tag" as const,
      begin: "<think>",
      content: { type: "any_text" as const, ...(max_tokens === undefined ? {} : { max_tokens }) },
      end: "</think>",
    },
    text: `<think>${thought.repeat(1500)}</think>`,
  })),
];

const vocabulary = llama3();
vocabulary.trie;
const row = new Uint32Array(Math.ceil(vocabulary.size / 32));
const rows = [["case", "compile, ms", "mask, first, p50, µs", "max", "again, p50", "max", "states", "MB"]];
for (const { name, format, text } of cases) {
  const tokens = Array.from(vocabulary.encode!(text));
  const before = performance.now();
  const constraint = new Compiler(vocabulary).compile({ type: "structural_tag", format });
  const compiled = performance.now() - before;
  const passes = [0, 1].map(() => {
    const matcher = constraint.matcher();
    const masks: number[] = [];
    for (const token of tokens) {
      const start = performance.now();
      matcher.fillMask(row);
      masks.push((performance.now() - start) * 1000);
      if (!matcher.accept(token)) process.exitCode = 1;
    }
    if (!matcher.isAccepting) process.exitCode = 1;
    return summarize(masks);
  });
  const { states, bytes } = constraint.stats;
  rows.push([
    name,
    short(compiled),
    ...passes.flatMap(({ p50, max }) => [short(p50), short(max)]),
    `${states}`,
    short(bytes / 1e6),
  ]);
}
console.log(formatTable(rows));
if (process.exitCode === 1) console.error("an answer wasn't accepted");
