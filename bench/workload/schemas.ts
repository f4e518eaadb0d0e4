// JSON Schemas that break engines: many patterns, a pattern under a length, any key order over many properties, large
// enumerations and unions, open objects beside known names, deep nesting, long outputs.
import { accepted, dead, type WorkloadCase, type WorkloadText } from "./case.ts";
import { type Random, seededRandom } from "./random.ts";
import { sentence } from "./regexes.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function schemaCases(seed: number): WorkloadCase[] {
  const random = seededRandom(seed);
  return [
    fiftyPatterns(random),
    patternUnderLength(random),
    manyOptional(random),
    largeEnum(random),
    manyTools(random),
    openObject(random),
    deep(),
    longArray(random),
    longString(random),
  ];
}

function fiftyPatterns(random: Random): WorkloadCase {
  const shapes = [
    "^[A-Z]{2}-[0-9]{N}$",
    "^[a-z]{1,N}(_[a-z]+)*$",
    "[0-9]{N}",
    '^(x|y){N}[^"]*$',
    "^\\S+@[a-z]{N}\\.com$",
  ];
  const samples = [
    (n: number) => `QX-${"7".repeat(n)}`,
    (n: number) => `${"ab".repeat(n).slice(0, n)}_tail`,
    (n: number) => `before ${"5".repeat(n)} after`,
    (n: number) => `${"x".repeat(n)} and more`,
    (n: number) => `me@${"m".repeat(n)}.com`,
  ];
  const properties: Record<string, Json> = {};
  const value: Record<string, Json> = {};
  for (let i = 0; i < 50; i++) {
    const n = 2 + Math.floor(i / 5);
    properties[`field_${i}`] = { type: "string", pattern: shapes[i % 5]!.replace("N", `${n}`) };
    value[`field_${i}`] = samples[i % 5]!(n);
  }
  const required = Object.keys(properties);
  const text = dumps(value);
  const cut = text.indexOf("QX-7") + 2;
  return schemaCase("50 patterns", { type: "object", properties, required, additionalProperties: false }, [
    accepted("in order", text),
    accepted("shuffled", dumps(Object.fromEntries(random.shuffled(Object.entries(value))))),
    dead("breaks a pattern", `${text.slice(0, cut)}_${text.slice(cut)}`, cut, "bytes"),
  ]);
}

function patternUnderLength(random: Random): WorkloadCase {
  const schema = { type: "string", pattern: "^[a-z]+( [a-z]+)*$", minLength: 10, maxLength: 2000 };
  const text = sentence(random, 500).slice(0, 2000);
  const full = text.endsWith(" ") ? `${text.slice(0, -1)}e` : text;
  return schemaCase("pattern and maxLength", schema, [
    accepted("2,000 characters", `"${full}"`),
    dead("2,001 characters", `"${full}a"`, 2001, "bytes"),
    dead("too short", '"only six"', 9, "bytes"),
  ]);
}

function manyOptional(random: Random): WorkloadCase {
  const kinds: Json[] = [
    { type: "string" },
    { type: "integer" },
    { type: "boolean" },
    { type: "array", items: { type: "number" } },
  ];
  const values: Json[] = ["some text", 42, true, [1.5, -2e10]];
  const names = Array.from({ length: 200 }, (_, i) => `${sentence(random, 1)}_${i}`);
  const properties = Object.fromEntries(names.map((name, i) => [name, kinds[i % 4]!]));
  const entries = names.map((name, i): [string, Json] => [name, values[i % 4]!]);
  const shuffled = random.shuffled(entries);
  const twice = dumps(Object.fromEntries(shuffled.slice(0, 20)));
  const again = `${twice.slice(0, -1)}, "${shuffled[3]![0]}"`;
  return schemaCase("200 optional properties", { type: "object", properties, additionalProperties: false }, [
    accepted("in order", dumps(Object.fromEntries(entries))),
    accepted("shuffled", dumps(Object.fromEntries(shuffled))),
    accepted("every seventh", dumps(Object.fromEntries(entries.filter((_, i) => i % 7 === 0)))),
    dead(
      "one twice",
      again,
      duplicateAt(
        again,
        shuffled.slice(0, 20).map(([name]) => name),
        names,
      ),
      "bytes",
    ),
  ]);
}

/** The byte of the last key of `text` from which on it is a prefix of no name that is still free. */
function duplicateAt(text: string, used: readonly string[], names: readonly string[]): number {
  const keyStart = text.lastIndexOf('"', text.length - 2) + 1;
  const free = names.filter((name) => !used.includes(name));
  for (let end = keyStart + 1; end <= text.length; end++)
    if (!free.some((name) => `${name}"`.startsWith(text.slice(keyStart, end)))) return end - 1;
  throw new Error("the key isn't a duplicate");
}

function largeEnum(random: Random): WorkloadCase {
  const members = Array.from({ length: 5000 }, (_, i) => `${sentence(random, 1 + random.below(3))} ${i}`);
  const picked = random.shuffled(members).slice(0, 20);
  const text = dumps(picked);
  return schemaCase("5,000-value enum", { type: "array", items: { enum: members } }, [
    accepted("20 members", text),
    dead("no member", `${text.slice(0, -1)}, "Z"]`, text.length + 2, "bytes"),
  ]);
}

function manyTools(random: Random): WorkloadCase {
  const tools = Array.from({ length: 1000 }, (_, i) => `${sentence(random, 1)}_${sentence(random, 1)}_${i}`);
  const schema = {
    anyOf: tools.map((name, i) => ({
      type: "object",
      properties: {
        name: { const: name },
        arguments: {
          type: "object",
          properties: {
            query: { type: "string", maxLength: 100 + (i % 7) },
            limit: { type: "integer", minimum: 0, maximum: 10 + i },
          },
          required: ["query"],
          additionalProperties: false,
        },
      },
      required: ["name", "arguments"],
      additionalProperties: false,
    })),
  };
  const calls = [3, 500, 999].map((i) => ({ name: tools[i]!, arguments: { query: "what is it", limit: 10 + i } }));
  const over = dumps({ name: tools[3]!, arguments: { query: "q", limit: 14 } });
  return schemaCase("1,000 tools", schema, [
    ...calls.map((call, i) => accepted(`call ${i}`, dumps(call))),
    dead("limit over that tool's maximum", over, over.lastIndexOf("14") + 1, "bytes"),
  ]);
}

function openObject(random: Random): WorkloadCase {
  const names = Array.from({ length: 500 }, (_, i) => `${sentence(random, 1)}_${i}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: "integer" }]));
  const schema = { type: "object", properties, additionalProperties: { type: "string" } };
  const value: Record<string, Json> = {};
  for (let i = 0; i < 30; i++) {
    value[random.pick(names)] = i;
    value[`other ${sentence(random, 2)} ${i}`] = "text";
  }
  const wrong = `{"${names[7]}": "`;
  return schemaCase("open object beside 500 names", schema, [
    accepted("both", dumps(value)),
    dead("a string for a known name", wrong, wrong.length - 1, "bytes"),
  ]);
}

function deep(): WorkloadCase {
  const schema = {
    anyOf: [
      { type: "array", items: { $ref: "#" } },
      { type: "object", additionalProperties: { $ref: "#" } },
      { type: "null" },
    ],
  };
  const arrays = `${"[".repeat(10_000)}null${"]".repeat(10_000)}`;
  const objects = `${'{"k": '.repeat(10_000)}null${"}".repeat(10_000)}`;
  return schemaCase("depth 10,000", schema, [
    accepted("arrays", arrays, "bytes"),
    accepted("objects", objects),
    dead("wrong bracket", `${"[".repeat(1000)}null}`, 1004, "bytes"),
  ]);
}

function longArray(random: Random): WorkloadCase {
  const record = {
    type: "object",
    properties: {
      id: { type: "integer" },
      text: { type: "string" },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["id", "text"],
  };
  const rows = Array.from({ length: 5000 }, (_, id) => ({
    id,
    text: sentence(random, 8),
    tags: [sentence(random, 1)],
  }));
  return schemaCase("100,000 tokens of records", { type: "array", items: record }, [accepted("rows", dumps(rows))]);
}

function longString(random: Random): WorkloadCase {
  return schemaCase("100,000 tokens of one string", { type: "string" }, [
    accepted("string", dumps(sentence(random, 100_000))),
  ]);
}

function schemaCase(name: string, schema: Json, texts: readonly WorkloadText[]): WorkloadCase {
  return {
    name: `schema ${name}`,
    group: "schema",
    spec: { type: "json_schema", schema: JSON.stringify(schema) },
    texts,
  };
}

/** Python's `json.dumps(value, ensure_ascii=False)`. */
export function dumps(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((each: Json) => dumps(each)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${dumps(each)}`)
    .join(", ")}}`;
}
