// The official JSON Schema Test Suite (json-schema-org/JSON-Schema-Test-Suite), drafts 4 to 2020-12: every verdict that is given
// must be right; schemas may be refused as unsupported. The suite is not in this repository: it is read from ../shared/data, or
// the folder that GRAMMASK_DATA names, and left out where it is in neither.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Compiler, ConstraintError, defaultLimits } from "../../src/index.ts";
import { type JsonNode, type JsonObject, parseJsonText } from "../../src/json-schema/json-text.ts";
import { bytesOnly } from "../vocabularies.ts";
import { dump } from "./dump.ts";

const folder = process.env["GRAMMASK_DATA"] ?? join(import.meta.dirname, "../../../shared/data");
const path = join(folder, "json-schema-test-suite.tar.gz");

const drafts = [
  ["draft4", "http://json-schema.org/draft-04/schema#", 90],
  ["draft6", "http://json-schema.org/draft-06/schema#", 90],
  ["draft7", "http://json-schema.org/draft-07/schema#", 90],
  ["draft2019-09", "https://json-schema.org/draft/2019-09/schema", 80],
  ["draft2020-12", "https://json-schema.org/draft/2020-12/schema", 80],
] as const;

/** Groups whose verdict differs on purpose, each with its reason. */
const otherwise: readonly (readonly [group: RegExp, reason: string])[] = [
  [/hostname\.json: validation of A-label/, "hostname is RFC 1123's; what Punycode labels decode to isn't looked at"],
];

/** Optional files that are about what is claimed here. */
const optional =
  /optional\/(bignum|ecmascript-regex|float-overflow|non-bmp-regex|dependencies-compatibility|format\/(date|date-time|time|duration|ecmascript-regex|regex|email|idn-email|hostname|ipv4|ipv6|uri|uri-reference|iri|iri-reference|uuid|json-pointer|relative-json-pointer|uri-template))\.json$/;

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

const get = (node: JsonNode, key: string): JsonNode => (node as JsonObject).entries.get(key)!;
const textOf = (node: JsonNode): string => (node as { value: string }).value;

function withDraft(schema: JsonNode, uri: string): JsonNode {
  if (schema.kind !== "object" || schema.entries.has("$schema")) return schema;
  return {
    kind: "object",
    entries: new Map([["$schema", { kind: "string", value: uri } as JsonNode], ...schema.entries]),
  };
}

describe.skipIf(!existsSync(path))("official suite", () => {
  const all = existsSync(path) ? [...files(gunzipSync(readFileSync(path)))] : [];

  it.each(drafts)(
    "%s: no wrong verdict",
    (draft, uri, leastShare) => {
      const wrong: string[] = [];
      const refused = new Map<string, number>();
      let right = 0;
      let total = 0;
      for (const { name, text } of all) {
        const inDraft = name.indexOf(`tests/${draft}/`);
        if (inDraft < 0 || (name.includes("/optional/") && !optional.test(name))) continue;
        const compiler = new Compiler(bytesOnly());
        const groups = parseJsonText(text, defaultLimits) as { items: readonly JsonNode[] };
        for (const group of groups.items) {
          const title = `${name.slice(inDraft + 6)}: ${textOf(get(group, "description"))}`;
          const tests = (get(group, "tests") as { items: readonly JsonNode[] }).items;
          total += tests.length;
          const verdict = verdicts(compiler, withDraft(get(group, "schema"), uri), name.includes("/optional/"));
          if (typeof verdict === "string") {
            refused.set(verdict, (refused.get(verdict) ?? 0) + tests.length);
            continue;
          }
          for (const test of tests) {
            const isValid = (get(test, "valid") as { value: boolean }).value;
            const where = `${title}: ${textOf(get(test, "description"))}`;
            if (verdict(get(test, "data")) === isValid) right++;
            else if (!otherwise.some(([pattern]) => pattern.test(where))) wrong.push(`${where} (should be ${isValid})`);
          }
        }
      }
      if (process.env["GRAMMASK_VERBOSE"]) {
        console.log(
          draft,
          `${right} of ${total}`,
          [...refused].sort((a, b) => b[1] - a[1]).map(([why, n]) => `${n} ${why}`),
        );
      }
      expect(wrong).toEqual([]);
      expect(right).toBeGreaterThan((total * leastShare) / 100);
    },
    120_000,
  );
});

/** The judge of a schema; the reason where it is refused; a schema that nothing satisfies refuses every instance. */
function verdicts(
  compiler: Compiler,
  schema: JsonNode,
  assertsFormat: boolean,
): ((instance: JsonNode) => boolean) | string {
  try {
    const constraint = compiler.compile({
      type: "json_schema",
      schema: dump(schema),
      // The suite's own files are about the default of the drafts, where format is an annotation.
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
