// MaskBench's real schemas (github.com/guidance-ai/jsonschemabench, development half) by its rules: `npx tsx bench/maskbench.ts
// [--limit N] [--filter TEXT] [--data FILE] [--tokens] [--spellings] [--seed N] [--json FILE] [--verbose]`. A schema passes when it compiles, every valid
// instance is accepted and every invalid one refused. An instance's text is Python's json.dumps(ensure_ascii=False), numbers as
// spelled in the file. Without --tokens instances are read byte by byte (fast, no masks); with it, as Llama 3 tokens, each
// checked against its mask, with times. With --spellings each instance is read again as other texts of the same value (compact, escaped
// characters, whitespace, numbers, the keys' order, all of them), which must get the same verdict. The data is not in this repository: ../shared/data, GRAMMASK_DATA (a folder), or --data.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { Compiler, type Constraint, ConstraintError, defaultLimits, type Vocabulary } from "../src/index.ts";
import { type Draft, declaredDraft, defaultDraft } from "../src/json-schema/reading/draft.ts";
import { type JsonNode, parseJsonText } from "../src/json-schema/reading/json-text.ts";
import { dump } from "../test/json-schema/dump.ts";
import {
  compact,
  type Draw,
  escaped,
  respelledNumber,
  type Spelling,
  shuffled,
  spell,
} from "../test/json-schema/spell.ts";
import { bytesOnly, llama3 } from "../test/vocabularies.ts";
import { seededRandom } from "./workload/random.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    limit: { type: "string", default: "0" },
    skip: { type: "string", default: "0" },
    every: { type: "string", default: "1" },
    filter: { type: "string", default: "" },
    json: { type: "string" },
    tokens: { type: "boolean", default: false },
    compact: { type: "boolean", default: false },
    spellings: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
  },
});

type Outcome =
  | "pass"
  | "compile error"
  | "validation error"
  | "invalidation error"
  | "crash"
  | "timeout"
  | "mask and step disagree"
  | "spelling changes the verdict";

interface Result {
  readonly name: string;
  readonly kind: "valid and invalid" | "valid only" | "invalid only" | "no instances";
  readonly outcome: Outcome;
  readonly detail: string;
  readonly compileMs: number;
}

/** Nobody waits longer for one schema; measured afterwards, since one thread can't stop itself. */
const maxSchemaMs = 10_000;
const readLimits = { ...defaultLimits, maxSourceLength: 50_000_000, maxDepth: 2000 };

function field(node: JsonNode, key: string): JsonNode {
  const value = node.kind === "object" ? node.entries.get(key) : undefined;
  if (value === undefined) throw new Error(`no ${key} in the data`);
  return value;
}

function dataPath(): string | undefined {
  const name = "maskbench-dev.jsonl.gz";
  const folder = process.env["GRAMMASK_DATA"];
  const candidates = [values.data, folder && join(folder, name), join(import.meta.dirname, "../../shared/data", name)];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** Microseconds per mask, by whether the state was new. */
const maskTimes: number[] = [];
const firstMaskTimes: number[] = [];

/** Texts read in each spelling, and of how many the verdict wasn't that of the original. */
const spellingCounts = new Map<string, { texts: number; differ: number }>();

/** Other texts of the same value, by name. In draft 4 1.0 is no integer, so numbers stay there as they are. */
function spellingsOf(draft: Draft, draw: Draw): [name: string, spelling: Spelling][] {
  const space = () => ["", " ", "\n", "\t", "\r\n", "    ", "\n\t  "][draw(7)]!;
  const ascii = escaped(draw, 4);
  const character = (each: string) => (each > "\u007f" ? escaped(draw, 1)(each) : ascii(each));
  const order = shuffled(draw);
  const number = draft.version === 4 ? compact.number : respelledNumber(draw);
  const all: [string, Spelling][] = [
    ["compact", compact],
    ["escaped characters", { ...compact, character }],
    ["whitespace", { ...compact, space }],
    ["order of keys", { ...compact, order }],
    ["all of them", { space, character, number, order }],
  ];
  return number === compact.number ? all : [...all, ["numbers", { ...compact, number }]];
}

class Runner {
  private readonly vocabulary: Vocabulary;
  private compiler: Compiler;
  private row: Uint32Array;
  private compiled = 0;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.compiler = new Compiler(vocabulary);
    this.row = new Uint32Array(Math.ceil(vocabulary.size / 32));
  }

  run(line: string): Result {
    const entry = parseJsonText(line, readLimits);
    const name = (field(entry, "name") as { value: string }).value;
    const tests = (field(entry, "tests") as { items: readonly JsonNode[] }).items;
    const isValid = (test: JsonNode) => (field(test, "valid") as { value: boolean }).value;
    const hasValid = tests.some(isValid);
    const hasInvalid = tests.some((test) => !isValid(test));
    const kind = hasValid
      ? hasInvalid
        ? "valid and invalid"
        : "valid only"
      : hasInvalid
        ? "invalid only"
        : "no instances";
    const before = performance.now();
    let compileMs = 0;
    const end = (found: Outcome, detail = ""): Result => {
      const outcome = performance.now() - before > maxSchemaMs ? "timeout" : found;
      return { name, kind, outcome, detail, compileMs };
    };
    try {
      // A compiler holds what it compiled: a fresh one now and then keeps memory flat.
      if (++this.compiled % 200 === 0) this.compiler = new Compiler(this.vocabulary);
      const schema = dump(field(entry, "schema"), true);
      const constraint = this.compiler.compile({ type: "json_schema", schema });
      compileMs = performance.now() - before;
      for (const [i, test] of tests.entries()) {
        const text = dump(field(test, "data"), values.compact);
        const verdict = values.tokens ? this.readTokens(constraint, text) : this.readBytes(constraint, text);
        if (verdict === "disagree") return end("mask and step disagree", `instance ${i}`);
        if (isValid(test) && verdict !== "accepted") return end("validation error", `instance ${i}: ${verdict}`);
        if (!isValid(test) && verdict === "accepted") return end("invalidation error", `instance ${i}`);
        const differing =
          values.spellings && this.respell(constraint, entry, field(test, "data"), verdict, `${name} ${i}`);
        if (differing) return end("spelling changes the verdict", `instance ${i}: ${differing}`);
      }
      return end("pass");
    } catch (error) {
      compileMs ||= performance.now() - before;
      if (!(error instanceof ConstraintError))
        return end("crash", error instanceof Error ? (error.stack ?? "") : String(error));
      const location = error.location;
      const place = location !== undefined && "pointer" in location ? ` at ${location.pointer || "/"}` : "";
      return end("compile error", `${error.code}: ${error.message}${place}`);
    }
  }

  /** The spelling that gets another verdict than the original, with it; undefined where none does. `where` seeds the random choices. */
  private respell(
    constraint: Constraint,
    entry: JsonNode,
    data: JsonNode,
    original: string,
    where: string,
  ): string | undefined {
    const random = seededRandom(
      [...`${values.seed} ${where}`].reduce((sum, each) => Math.imul(sum, 31) + each.charCodeAt(0), 0),
    );
    for (const [name, spelling] of spellingsOf(
      declaredDraft(field(entry, "schema"), "", () => undefined) ?? defaultDraft,
      random.below,
    )) {
      const counts = spellingCounts.get(name) ?? { texts: 0, differ: 0 };
      spellingCounts.set(name, counts);
      const text = spell(data, spelling);
      const verdict = this.readBytes(constraint, text);
      counts.texts++;
      if ((verdict === "accepted") === (original === "accepted")) continue;
      counts.differ++;
      return `${name}: ${verdict}`;
    }
    return undefined;
  }

  private readBytes(constraint: Constraint, text: string): string {
    const bytes = new TextEncoder().encode(text);
    const matcher = constraint.matcher();
    const accepted = matcher.acceptTokens(bytes);
    if (accepted < bytes.length) {
      const decoder = new TextDecoder();
      return `refused after ${decoder.decode(bytes.slice(Math.max(0, accepted - 60), accepted))}⟨${decoder.decode(bytes.slice(accepted, accepted + 20))}`;
    }
    return matcher.isAccepting ? "accepted" : "no end";
  }

  private readTokens(constraint: Constraint, text: string): string {
    const ids = Array.from(this.vocabulary.encode!(text));
    for (const times of [firstMaskTimes, maskTimes]) {
      const matcher = constraint.matcher();
      for (const id of ids) {
        const before = performance.now();
        matcher.fillMask(this.row);
        times.push((performance.now() - before) * 1000);
        const isAllowed = ((this.row[id >> 5]! >>> (id & 31)) & 1) === 1;
        if (matcher.accept(id) !== isAllowed) return "disagree";
        if (!isAllowed) {
          if (times === maskTimes) return "refused";
          break;
        }
      }
      if (times === maskTimes) return matcher.isAccepting ? "accepted" : "no end";
    }
    return "no end";
  }
}

function percentiles(times: readonly number[]): string {
  if (times.length === 0) return "none";
  const sorted = Float64Array.from(times).sort();
  const pick = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
  const average = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  const shares = [50, 75, 90, 95, 99].map((share) => `p${share} ${pick(share / 100)}`);
  return `average ${average.toFixed(1)}  ${shares.join("  ")}  max ${pick(1)}  (${sorted.length})`;
}

/** The part of a message that many schemas share: for counting. */
function reasonOf(detail: string): string {
  return detail
    .replace(/ at \/.*$/s, "")
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .slice(0, 110);
}

function main(): void {
  if (values.tokens && values.spellings) throw new Error("--spellings reads byte by byte: leave --tokens out");
  const path = dataPath();
  if (path === undefined) {
    console.log("maskbench-dev.jsonl.gz isn't there (../shared/data, GRAMMASK_DATA or --data): nothing was run");
    return;
  }
  const lines = gunzipSync(readFileSync(path))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  const wanted = lines.filter(
    (line, i) => line.slice(0, 300).includes(values.filter) && i % Number(values.every) === 0,
  );
  const chosen = wanted.slice(
    Number(values.skip),
    Number(values.limit) > 0 ? Number(values.skip) + Number(values.limit) : undefined,
  );
  const runner = new Runner(values.tokens ? llama3() : bytesOnly());
  const results: Result[] = [];
  for (const line of chosen) {
    const result = runner.run(line);
    results.push(result);
    if (result.compileMs > 2000) console.log(`slow: ${result.name} took ${result.compileMs.toFixed(0)} ms to compile`);
    if (values.verbose && result.outcome !== "pass") console.log(`${result.name}: ${result.outcome}: ${result.detail}`);
    if (process.stderr.isTTY && results.length % 20 === 0)
      process.stderr.write(`\r${results.length} of ${chosen.length} schemas`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r");
  const outcomes = [...new Set(results.map((result) => result.outcome))].sort();
  const table = [...new Set(results.map((result) => result.kind))].map((kind) => {
    const own = results.filter((result) => result.kind === kind);
    return {
      schemas: kind,
      all: own.length,
      ...Object.fromEntries(outcomes.map((each) => [each, own.filter((result) => result.outcome === each).length])),
    };
  });
  console.table(table);
  if (values.spellings) console.table([...spellingCounts].map(([spelling, counts]) => ({ spelling, ...counts })));
  const passed = results.filter((result) => result.outcome === "pass").length;
  console.log(`${passed} of ${results.length} pass (${((100 * passed) / results.length).toFixed(1)} %)`);
  for (const outcome of outcomes) {
    if (outcome === "pass") continue;
    const reasons = new Map<string, number>();
    for (const result of results) {
      if (result.outcome !== outcome) continue;
      const reason =
        outcome === "compile error" ? reasonOf(result.detail) : `${result.name}: ${result.detail.slice(0, 160)}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    console.log(`\n${outcome}:`);
    for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 40))
      console.log(`  ${count}  ${reason}`);
  }
  console.log(`\ncompile, ms: ${percentiles(results.map((result) => result.compileMs))}`);
  if (values.tokens) {
    console.log(`mask, first pass, µs: ${percentiles(firstMaskTimes)}`);
    console.log(`mask, second pass, µs: ${percentiles(maskTimes)}`);
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 1));
}

main();
