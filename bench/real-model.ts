// npx tsx bench/real-model.ts [--requests 200] [--max-tokens 100] [--texts FILE]
// SmolLM2-135M-Instruct through node-llama-cpp answers each request of the workload with its constraint and without: how many answers
// are valid, and what constraining costs. Which of the two comes first alternates. Once: npx tsx bench/fetch-model.ts, and npm ci in
// test/engines.
import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Compiler } from "../src/index.ts";
import type { OpenLlama, openLlama } from "../test/engines/open-llama.ts";
import { fetchModel } from "./fetch-model.ts";
import { type Decoding, decode } from "./real-model/decode.ts";
import { bareAnswer, judgeOf } from "./real-model/judge.ts";
import { type Outcome, report } from "./real-model/report.ts";
import { readWorkload, type WorkloadRequest } from "./real-model/workload.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200" },
    "max-tokens": { type: "string", default: "100" },
    threads: { type: "string", default: "1" },
    texts: { type: "string" },
  },
});
const maxTokens = Number(values["max-tokens"]);
const workload = spread(readWorkload(), Number(values.requests));

// Its packages are installed there only, so that types and module are asked for apart.
const opener = new URL("../test/engines/open-llama.ts", import.meta.url).href;
const { engine, dispose }: OpenLlama = await ((await import(opener)) as { openLlama: typeof openLlama }).openLlama(
  await fetchModel(),
  { threads: Number(values.threads) },
);
const compiler = new Compiler(engine.vocabulary);
const outcomes: Outcome[] = [];
if (values.texts !== undefined) writeFileSync(values.texts, "");
for (const [i, request] of workload.entries()) {
  const outcome = await answerTwice(request, i % 2 === 0);
  outcomes.push(outcome);
  if (values.texts !== undefined) appendFileSync(values.texts, `${JSON.stringify(outcome)}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${workload.length}`);
  else if ((i + 1) % 20 === 0) console.error(`${i + 1} of ${workload.length}`);
}
if (process.stderr.isTTY) process.stderr.write("\n");
console.log(report(outcomes, maxTokens));
await dispose();

async function answerTwice({ kind, message, spec }: WorkloadRequest, constrainedFirst: boolean): Promise<Outcome> {
  const prompt = await engine.prompt!({ model: engine.model, messages: [{ role: "user", content: message }] });
  const judge = judgeOf(spec);
  const begin = performance.now();
  const matcher = compiler.compile(spec).matcher();
  const compileMilliseconds = performance.now() - begin;
  const answer = async (isConstrained: boolean): Promise<Decoding & { isValid: boolean }> => {
    const decoding = await decode(engine, prompt, isConstrained ? matcher : undefined, maxTokens);
    return { ...decoding, isValid: judge(isConstrained ? decoding.text : bareAnswer(decoding.text)) };
  };
  const first = await answer(constrainedFirst);
  const second = await answer(!constrainedFirst);
  const [constrained, free] = constrainedFirst ? [first, second] : [second, first];
  return { kind, message, compileMilliseconds, constrained, free };
}

/** `count` of them, evenly from all kinds. */
function spread<T>(items: readonly T[], count: number): T[] {
  return Array.from(
    { length: Math.min(count, items.length) },
    (_, i) => items[Math.floor((i * items.length) / count)]!,
  );
}
