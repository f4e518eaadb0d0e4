// A seeded sample of MaskBench's development half. An instance's text is what Python's `json.dumps(data, ensure_ascii=False)`
// writes, with numbers as the file spells them, so the text is reformatted token by token and never goes through JSON.parse.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { accepted, type WorkloadCase } from "./case.ts";
import { seededRandom } from "./random.ts";

/** `GRAMMASK_DATA`, or the folder shared/data beside the repository; undefined where there is none. */
export function dataFolder(): string | undefined {
  const folder = process.env["GRAMMASK_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

/** The file's lines, a JSON object each: name, schema, tests; empty where there is no data. */
function maskbenchLines(): string[] {
  const folder = dataFolder();
  if (folder === undefined) return [];
  return gunzipSync(readFileSync(`${folder}/maskbench-dev.jsonl.gz`))
    .toString("utf8")
    .trimEnd()
    .split("\n");
}

/** The text of each schema, by name; empty where there is no data. */
export function maskbenchSchemas(names: readonly string[]): Map<string, string> {
  const chosen = maskbenchLines().filter((line) => names.some((name) => line.slice(0, 300).includes(name)));
  const all = new Map(
    chosen.map(membersOf).map((fields) => [JSON.parse(fields.get("name")!) as string, fields.get("schema")!]),
  );
  return new Map(names.flatMap((name) => (all.has(name) ? [[name, all.get(name)!]] : [])));
}

/** `count` schemas in the file's order, each with its valid instances; empty where there is no data. */
export function maskbenchSample(count: number, seed: number): WorkloadCase[] {
  const lines = maskbenchLines();
  const picked = seededRandom(seed)
    .shuffled(lines.map((_, i) => i))
    .slice(0, count)
    .sort((a, b) => a - b);
  return picked.map((i) => readCase(lines[i]!));
}

function readCase(line: string): WorkloadCase {
  const fields = membersOf(line);
  const texts = itemsOf(fields.get("tests")!).map((test) => membersOf(test));
  return {
    name: JSON.parse(fields.get("name")!),
    group: "schema",
    spec: { type: "json_schema", schema: fields.get("schema")! },
    texts: texts
      .filter((test) => test.get("valid") === "true")
      .map((test, i) => accepted(`instance ${i}`, reformat(test.get("data")!))),
  };
}

const lexeme = /\s*("(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+)/y;

function* lexemes(json: string): Generator<string> {
  lexeme.lastIndex = 0;
  for (let at = 0; ; at = lexeme.lastIndex) {
    lexeme.lastIndex = at;
    const match = lexeme.exec(json);
    if (match === null) return;
    const next = lexeme.lastIndex;
    yield match[1]!;
    lexeme.lastIndex = next;
  }
}

/** The same document with `", "` and `": "` between its parts, and with as few escapes as JSON allows. */
export function reformat(json: string): string {
  let out = "";
  for (const each of lexemes(json))
    out += each === "," ? ", " : each === ":" ? ": " : each.startsWith('"') ? JSON.stringify(JSON.parse(each)) : each;
  return out;
}

/** The source text of each member of an object. */
function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const part of partsOf(json)) {
    const key = lexemes(part).next().value!;
    members.set(JSON.parse(key), part.slice(part.indexOf(":", part.indexOf(key) + key.length) + 1).trim());
  }
  return members;
}

function itemsOf(json: string): string[] {
  return partsOf(json);
}

/** The comma-separated parts of an array or object, as source text. */
function partsOf(json: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const each of lexemes(json)) {
    const closes = each === "]" || each === "}";
    if (closes) depth--;
    if (depth === 0 && closes) {
      if (part !== "") parts.push(part);
      part = "";
    } else if (depth === 1 && each === ",") {
      parts.push(part);
      part = "";
    } else if (depth > 0) part += each;
    if (each === "[" || each === "{") depth++;
  }
  return parts;
}
