// The official JSON Schema Test Suite (json-schema-org/JSON-Schema-Test-Suite), drafts 4 to 2020-12, every file of it: every verdict
// that is given must be right, and official-suite.refused.txt lists the schemas that are refused (with all their tests) and the verdicts
// that differ on purpose.
// The list is a ratchet: what isn't on it must pass, and what passes must not be on it; GRAMMASK_UPDATE=1 writes it anew. The suite is
// not in this repository: it is read from ../shared/data, or the folder that GRAMMASK_DATA names, and left out where it is in neither.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { Compiler, ConstraintError, defaultLimits } from "../../src/index.ts";
import { type JsonNode, type JsonObject, parseJsonText } from "../../src/json-schema/reading/json-text.ts";
import { bytesOnly } from "../vocabularies.ts";
import { dump } from "./dump.ts";

const folder = process.env["GRAMMASK_DATA"] ?? join(import.meta.dirname, "../../../shared/data");
const path = join(folder, "json-schema-test-suite.tar.gz");
const listPath = join(import.meta.dirname, "official-suite.refused.txt");
const isUpdate = process.env["GRAMMASK_UPDATE"] === "1";

const drafts = [
  ["draft4", "http://json-schema.org/draft-04/schema#"],
  ["draft6", "http://json-schema.org/draft-06/schema#"],
  ["draft7", "http://json-schema.org/draft-07/schema#"],
  ["draft2019-09", "https://json-schema.org/draft/2019-09/schema"],
  ["draft2020-12", "https://json-schema.org/draft/2020-12/schema"],
] as const;

/** Verdicts that differ on purpose, each with its reason. */
const exceptions: readonly (readonly [test: RegExp, reason: string])[] = [
  [/draft7\/optional\/content\.json: /, "contentMediaType and contentEncoding are annotations, as later drafts say"],
];

function* files(archive: Uint8Array): Generator<{ name: string; text: string }> {
  const decoder = new TextDecoder();
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = decoder.decode(archive.subarray(at, at + 100)).replace(/\0.*$/s, "");
    const size = Number.parseInt(decoder.decode(archive.subarray(at + 124, at + 136)), 8) || 0;
    if (name === "") return;
    if (name.endsWith(".json")) yield { name, text: decoder.decode(archive.subarray(at + 512, at + 512 + size)) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** The metaschemas that the dev dependencies bring: of draft 4 Hyperjump's validator, of all others Ajv. */
async function* metaschemas(): AsyncGenerator<[uri: string, text: string]> {
  const { resolve } = createRequire(import.meta.url);
  const draft4 = join(dirname(resolve("@hyperjump/json-schema/draft-04")), "schema.js");
  yield ["http://json-schema.org/draft-04/schema", JSON.stringify((await import(pathToFileURL(draft4).href)).default)];
  const refs = join(dirname(resolve("ajv/package.json")), "dist/refs");
  for (const name of readdirSync(refs, { recursive: true, encoding: "utf8" })) {
    if (!/^json-schema-(draft-0[67]|20.*)\.json$/.test(name)) continue;
    const text = readFileSync(join(refs, name), "utf8");
    yield [JSON.parse(text).$id, text];
  }
}

const get = (node: JsonNode, key: string): JsonNode => (node as JsonObject).entries.get(key)!;
const itemsOf = (node: JsonNode) => (node as { items: readonly JsonNode[] }).items;
const textOf = (node: JsonNode): string => (node as { value: string }).value;

/** What a file's schemas speak where they don't say it. */
function withDraft(schema: JsonNode, uri: string): JsonNode {
  if (schema.kind !== "object" || schema.entries.has("$schema")) return schema;
  return {
    kind: "object",
    entries: new Map([["$schema", { kind: "string", value: uri } as JsonNode], ...schema.entries]),
  };
}

interface Counts {
  tests: number;
  passed: number;
  refused: number;
  excepted: number;
  "wrongly accepted": number;
  "wrongly refused": number;
}

const documents: Record<string, string> = {};
for await (const [uri, text] of metaschemas()) documents[uri] = text;

describe.skipIf(!existsSync(path))("official suite", () => {
  const all = existsSync(path) ? [...files(gunzipSync(readFileSync(path)))] : [];
  for (const { name, text } of all) {
    const [, remote] = /(?:^|\/)remotes\/(.*)$/.exec(name) ?? [];
    if (remote !== undefined) documents[`http://localhost:1234/${remote}`] = text;
  }
  const table: Record<string, Counts> = {};
  const list: string[] = [];
  const listed = existsSync(listPath)
    ? readFileSync(listPath, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];

  it.each(drafts)(
    "%s: no wrong verdict, and what is refused is listed",
    (draft, uri) => {
      const counts: Counts = {
        tests: 0,
        passed: 0,
        refused: 0,
        excepted: 0,
        "wrongly accepted": 0,
        "wrongly refused": 0,
      };
      const wrong: string[] = [];
      const own: string[] = [];
      for (const { name, text } of all) {
        const inDraft = name.indexOf(`tests/${draft}/`);
        if (inDraft < 0) continue;
        const file = name.slice(inDraft + "tests/".length);
        const compiler = new Compiler(bytesOnly(), { maxConstraints: 1 });
        for (const group of itemsOf(parseJsonText(text, defaultLimits))) {
          const title = `${file}: ${textOf(get(group, "description"))}`;
          const tests = itemsOf(get(group, "tests"));
          counts.tests += tests.length;
          // no-schema.json is about schemas that declare nothing.
          const schema = get(group, "schema");
          const spoken = file.endsWith("/no-schema.json") ? schema : withDraft(schema, uri);
          const verdict = verdicts(compiler, spoken, documents, isAboutFormats(file));
          if (typeof verdict === "string") {
            counts.refused += tests.length;
            own.push(`${title} | ${verdict}`);
            continue;
          }
          for (const test of tests) {
            const isValid = (get(test, "valid") as { value: boolean }).value;
            const where = `${title}: ${textOf(get(test, "description"))}`;
            const exception = exceptions.find(([pattern]) => pattern.test(where))?.[1];
            if (verdict(get(test, "data")) === isValid) {
              counts.passed++;
            } else if (exception !== undefined) {
              counts.excepted++;
              own.push(`${where} | should be ${isValid}: ${exception}`);
            } else {
              counts[isValid ? "wrongly refused" : "wrongly accepted"]++;
              wrong.push(`${where} (should be ${isValid})`);
            }
          }
        }
      }
      table[draft] = counts;
      list.push(...own);
      expect(wrong).toEqual([]);
      if (!isUpdate) expect(own).toEqual(listed.filter((line) => line.startsWith(`${draft}/`)));
    },
    120_000,
  );

  afterAll(() => {
    console.table(table);
    if (isUpdate && Object.keys(table).length === drafts.length) writeFileSync(listPath, `${list.join("\n")}\n`);
  });
});

/** The suite's other files are about the default of the drafts, where format is an annotation. */
function isAboutFormats(file: string): boolean {
  return file.includes("/optional/format/") || file.endsWith("/format-assertion.json");
}

/** The judge of a schema; the reason where it is refused; a schema that nothing satisfies refuses every instance. */
function verdicts(
  compiler: Compiler,
  schema: JsonNode,
  documents: Record<string, string>,
  assertsFormat: boolean,
): ((instance: JsonNode) => boolean) | string {
  try {
    const constraint = compiler.compile({
      type: "json_schema",
      schema: dump(schema),
      documents,
      format: assertsFormat ? "assert" : "annotate",
    });
    return (instance) => {
      const matcher = constraint.matcher();
      const bytes = new TextEncoder().encode(dump(instance));
      return matcher.acceptTokens(bytes) === bytes.length && matcher.isAccepting;
    };
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    if (error.code === "unsatisfiable") return () => false;
    return `${error.code}: ${error.message}`;
  }
}
