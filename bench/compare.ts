// Runs engines side by side on the same constraints, vocabulary and token ids: `npx tsx bench/compare.ts --help`. Method: each engine
// in its own process, text by text in turns, in an order that rotates; clocks around the single call; outcomes checked against what
// is expected; masks compared bit for bit (over ordinary tokens) by a hash, with a sample of each difference.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type EngineName, EngineProcess, engineNames, isInstalled } from "./rivals/engine-process.ts";
import type { CompileReply, EngineOptions, MaskReply, Reply, RunReply } from "./rivals/protocol.ts";
import { type CaseResult, describeDifference, printReport, type TextResult } from "./rivals/report.ts";
import { loadTokenIds, type TokenIds, tokensOf, wantedTokens } from "./rivals/token-ids.ts";
import type { WorkloadCase, WorkloadText } from "./workload/case.ts";
import { adversarialWorkload, workloadSeed } from "./workload/index.ts";
import { maskbenchSample } from "./workload/maskbench.ts";

const usage = `npx tsx bench/compare.ts [--adversarial] [--maskbench N] [options]
  --engines a,b     of ${engineNames.join(", ")} (default: all that are installed; bench/rivals/setup.sh)
  --filter TEXT     only cases whose name contains it
  --json exact      fixed separators and key order, so that masks can be compared (default: each engine's own default)
  --seed N          of the workload and the sample
  --budget MS       in masks and tokens, for one engine on one text (default 20000)
  --out FILE        all results as JSON
`;

const { values } = parseArgs({
  options: {
    adversarial: { type: "boolean", default: false },
    maskbench: { type: "string", default: "0" },
    engines: { type: "string" },
    filter: { type: "string", default: "" },
    json: { type: "string", default: "default" },
    seed: { type: "string", default: `${workloadSeed}` },
    budget: { type: "string", default: "20000" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const compileTimeoutMs = 60_000;
const budgetMs = Number(values.budget);
const options: EngineOptions = { json: values.json === "exact" ? "exact" : "default" };

function chooseEngines(): EngineName[] {
  const wanted = values.engines?.split(",") ?? engineNames;
  const chosen = engineNames.filter((name) => wanted.includes(name));
  for (const name of chosen) if (!isInstalled(name)) console.log(`${name} is left out: not installed`);
  return chosen.filter(isInstalled);
}

function crashOf(reply: Reply): string | undefined {
  return reply.crash;
}

async function runCase(
  each: WorkloadCase,
  turn: number,
  engines: readonly EngineProcess[],
  ids: TokenIds,
): Promise<CaseResult> {
  const { texts, group, ...engineCase } = each;
  const result: CaseResult = { name: each.name, group, engines: {}, differences: [] };
  const alive: EngineProcess[] = [];
  for (const engine of rotated(engines, turn)) {
    const reply = (await engine.ask({ op: "compile", case: engineCase, options }, compileTimeoutMs)) as CompileReply &
      Reply;
    const error = crashOf(reply) ?? reply.error;
    result.engines[engine.name] = { compileMs: reply.ms, texts: [], ...(error === undefined ? {} : { error }) };
    if (error === undefined) alive.push(engine);
  }
  for (const [i, text] of texts.entries()) {
    const tokens = tokensOf(text, each, ids);
    const replies = new Map<EngineName, RunReply>();
    for (const engine of rotated(alive, turn + i)) {
      const reply = (await engine.ask({ op: "run", ids: tokens, budgetMs }, 3 * budgetMs + 30_000)) as RunReply & Reply;
      const crash = crashOf(reply);
      if (crash !== undefined) {
        result.engines[engine.name]!.error = crash;
        alive.splice(alive.indexOf(engine), 1);
      } else {
        replies.set(engine.name, reply);
        result.engines[engine.name]!.texts.push(judge(text, tokens, reply, ids));
      }
    }
    await compareMasks(result, text, tokens, replies, engines, ids);
  }
  return result;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length]!);
}

function judge(text: WorkloadText, tokens: readonly number[], reply: RunReply, ids: TokenIds): TextResult {
  const { counts, hashes, ...rest } = reply;
  const wanted = wantedTokens(text, tokens, ids);
  const rightEnd = typeof text.expect === "object" || reply.accepting === (text.expect === "accept");
  const outcome =
    reply.error ?? (reply.truncated ? "out of budget" : reply.accepted === wanted && rightEnd ? "right" : "wrong");
  return {
    name: text.name,
    tokens: tokens.length,
    wanted,
    outcome,
    masks: counts.length,
    allowed: counts.reduce((a, b) => a + b, 0),
    ...rest,
  };
}

/**
 * The first engine is the reference; each other one's masks are compared with its, step by step, as far as both got. Where one mask
 * holds a single token it may be a choice of that engine (llguidance narrows forced text to the tokenizer's own spelling): set apart.
 */
async function compareMasks(
  result: CaseResult,
  text: WorkloadText,
  tokens: readonly number[],
  replies: ReadonlyMap<EngineName, RunReply>,
  engines: readonly EngineProcess[],
  ids: TokenIds,
): Promise<void> {
  const reference = replies.get(engines[0]!.name);
  if (reference === undefined) return;
  for (const other of engines.slice(1)) {
    const reply = replies.get(other.name);
    if (reply === undefined) continue;
    const steps = Math.min(reference.hashes.length, reply.hashes.length);
    const isForced = (i: number): boolean => i < tokens.length && (reference.counts[i] === 1 || reply.counts[i] === 1);
    const unequal = Array.from({ length: steps }, (_, i) => i).filter((i) => reference.hashes[i] !== reply.hashes[i]);
    const differing = unequal.filter((i) => !isForced(i));
    const forced = unequal.length - differing.length;
    const first = differing[0];
    const difference = {
      text: text.name,
      engine: other.name,
      steps: steps - forced,
      forced,
      differing: differing.length,
    };
    if (
      first === undefined ||
      result.differences.some((each) => each.engine === other.name && each.sample !== undefined)
    ) {
      result.differences.push(difference);
      continue;
    }
    const prefix = tokens.slice(0, first);
    const [ours, theirs] = await Promise.all(
      [engines[0]!, other].map(async (engine) => {
        const mask = (await engine.ask({ op: "mask", ids: prefix }, 120_000)) as MaskReply & Reply;
        const bytes = Buffer.from(mask.words ?? "", "base64");
        return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      }),
    );
    result.differences.push({ ...difference, sample: describeDifference(prefix, ours!, theirs!, ids) });
  }
}

async function main(): Promise<void> {
  const seed = Number(values.seed);
  const cases = [
    ...(values.adversarial ? adversarialWorkload(seed) : []),
    ...maskbenchSample(Number(values.maskbench), seed).map((each) => ({ ...each, maskbench: true })),
  ].filter((each) => each.name.includes(values.filter));
  if (values.help || cases.length === 0) {
    console.log(usage);
    return;
  }
  const names = chooseEngines();
  const engines = names.map((name) => new EngineProcess(name));
  const ids = loadTokenIds();
  const results: { maskbench: boolean; result: CaseResult }[] = [];
  for (const [turn, { ...each }] of cases.entries()) {
    const maskbench = "maskbench" in each;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${turn + 1}/${cases.length} ${each.name.slice(0, 80)}`);
    results.push({ maskbench, result: await runCase(each, turn, engines, ids) });
    if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(results.map((one) => one.result)));
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  for (const engine of engines) engine.close();
  const adversarial = results.filter((each) => !each.maskbench).map((each) => each.result);
  const sample = results.filter((each) => each.maskbench).map((each) => each.result);
  if (adversarial.length > 0)
    printReport(`Adversarial workload, seed ${seed}, JSON ${options.json}`, names, adversarial, true);
  if (sample.length > 0)
    printReport(`MaskBench, ${sample.length} schemas, seed ${seed}, JSON ${options.json}`, names, sample, false);
}

await main();
