// npx tsx bench/real-model.ts [--requests 200] [--max-tokens 100] [--texts FILE]
// SmolLM2-135M-Instruct through node-llama-cpp answers each request of the workload with its constraint and without: how many answers
// are valid, and what constraining costs. Which of the two comes first alternates. Once: npx tsx bench/fetch-model.ts, and npm ci in
// test/engines.
import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Engine } from "../src/chat/index.ts";
import { fetchModel } from "./fetch-model.ts";
import { type Decoding, MeteredDecoder } from "./real-model/decode.ts";
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

// Its packages are installed there alone, so types come from here.
type OpenLlama = (path: string, options: { threads: number }) => Promise<{ engine: Engine; dispose(): Promise<void> }>;
const opener = new URL("../test/engines/open-llama.ts", import.meta.url).href;
const { openLlama } = (await import(opener)) as { openLlama: OpenLlama };
const { engine, dispose } = await openLlama(await fetchModel(), { threads: Number(values.threads) });
const decoder = new MeteredDecoder(engine);
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

async function answerTwice(request: WorkloadRequest, constrainedFirst: boolean): Promise<Outcome> {
  const { kind, message, fields } = request;
  const judge = judgeOf(request.spec);
  const compileMilliseconds = decoder.compile(fields);
  const answer = async (isConstrained: boolean): Promise<Decoding & { isValid: boolean }> => {
    const decoding = await decoder.answer(message, isConstrained ? fields : {}, maxTokens);
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
