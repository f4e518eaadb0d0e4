// The schemas of MaskBench's development half that are hardest to compile: `npx tsx bench/stress.ts [--filter TEXT]`. Each in a process
// of its own, over Llama 3's vocabulary: how long `compile` takes, and how much memory the process has held at most, beside what it held
// before. Exit code 1 where a schema takes over a second or 500 MiB, or crashes. The data is not in this repository: see maskbench.ts.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Compiler, ConstraintError } from "../src/index.ts";
import { llama3 } from "../test/vocabularies.ts";
import { maskbenchSchemas } from "./workload/maskbench.ts";

const names = [
  "Kubernetes---kb_1161_Normalized",
  "JsonSchemaStore---service-schema",
  "JsonSchemaStore---config",
  "JsonSchemaStore---datahub_ingestion_schema",
  "JsonSchemaStore---cityjson.min.schema",
  "JsonSchemaStore---transcend-yml-schema-v4",
  "JsonSchemaStore---jreleaser-1.7.0",
  "JsonSchemaStore---vega",
  "JsonSchemaStore---renovate-schema",
  "JsonSchemaStore---aerleon-definitions.schema",
  "JsonSchemaStore---theme",
  "JsonSchemaStore---ci",
  "Github_ultra---o48661",
  "Github_ultra---o39449",
  "Github_ultra---o43012",
  "Snowplow---sp_204_Normalized",
  "Github_easy---o12622",
  "Handwritten---mod30",
  "WashingtonPost---wp_35_Normalized",
];

const most = { ms: 1000, mebibytes: 500 };
/** A process that takes longer is ended. */
const maxProcessMs = 120_000;

interface Measured {
  readonly ms: number;
  /** Resident memory in MiB: before compiling, and the most there ever was. */
  readonly base: number;
  readonly peak: number;
  readonly outcome: string;
}

/** In the child: the schema comes through stdin, what was measured goes out as JSON. */
function measure(): Measured {
  const schema = readFileSync(0, "utf8");
  const compiler = new Compiler(llama3());
  // What the vocabulary needs once, no schema has to answer for.
  compiler.compile({ type: "json_schema", schema: {} });
  (globalThis as { gc?: () => void }).gc?.();
  const base = process.memoryUsage.rss() / 2 ** 20;
  const before = performance.now();
  let outcome = "compiled";
  try {
    compiler.compile({ type: "json_schema", schema });
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const { location } = error;
    const place = location !== undefined && "pointer" in location ? ` at ${location.pointer || "/"}` : "";
    outcome = `${error.code}: ${error.message}${place}`;
  }
  const ms = performance.now() - before;
  return { ms, base, peak: process.resourceUsage().maxRSS / 1024, outcome };
}

function measureInChild(schema: string): Measured {
  const child = spawnSync(
    process.execPath,
    [...process.execArgv, "--expose-gc", fileURLToPath(import.meta.url), "--child"],
    { input: schema, encoding: "utf8", timeout: maxProcessMs, stdio: ["pipe", "pipe", "pipe"] },
  );
  if (child.status === 0) return JSON.parse(child.stdout);
  const how = child.signal === null ? `exit code ${child.status}` : `ended by ${child.signal}`;
  return { ms: Number.NaN, base: Number.NaN, peak: Number.NaN, outcome: `crash: ${how} ${child.stderr.slice(-200)}` };
}

const { values } = parseArgs({
  options: { child: { type: "boolean", default: false }, filter: { type: "string", default: "" } },
});

if (values.child) {
  process.stdout.write(JSON.stringify(measure()));
} else {
  const schemas = maskbenchSchemas(names.filter((name) => name.includes(values.filter)).map((name) => `${name}.json`));
  if (schemas.size === 0) console.log("there is no data, or no such schema: nothing was run");
  const rows = [...schemas].map(([name, schema], i) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${i + 1} of ${schemas.size}: ${name}`);
    const { ms, base, peak, outcome } = measureInChild(schema);
    // A crash measures NaN, which is within no bound.
    const tooMuch = [...(ms <= most.ms ? [] : ["time"]), ...(peak - base <= most.mebibytes ? [] : ["memory"])];
    return {
      schema: name.replace(/\.json$/, ""),
      kB: Math.round(schema.length / 1000),
      "compile, ms": Math.round(ms),
      "base, MiB": Math.round(base),
      "peak, MiB": Math.round(peak),
      "too much": tooMuch.join(", "),
      outcome: outcome.slice(0, 110),
    };
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.table(rows);
  if (rows.some((row) => row["too much"] !== "")) process.exitCode = 1;
}
