// npx tsx bench/real-model.ts [--requests 200] [--again 60] [--max-tokens 160] [--threads 1] [--texts FILE]
// SmolLM2-135M-Instruct through node-llama-cpp answers each request of the workload with its constraint and without: how many answers
// are valid. Then what constraining costs: the constrained answers of `--again` of the requests are said again, a pass for each token, with
// the constraint and without, so that the engine does the same work. What comes first alternates. Once: npx tsx bench/fetch-model.ts, and
// npm ci in test/engines.
import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Engine } from "../src/chat/index.ts";
import { fetchModel } from "./fetch-model.ts";
import { MeteredDecoder } from "./real-model/decode.ts";
import { bareAnswer, judgeOf } from "./real-model/judge.ts";
import { type Answer, type Outcome, report } from "./real-model/report.ts";
import { readWorkload, type WorkloadRequest } from "./real-model/workload.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200" },
    again: { type: "string", default: "60" },
    "max-tokens": { type: "string", default: "160" },
    threads: { type: "string", default: "1" },
    texts: { type: "string" },
  },
});
const maxTokens = Number(values["max-tokens"]);
const workload = spread(readWorkload(), Number(values.requests));
const saidAgain = new Set(spread(workload, Number(values.again)));

// Its packages are installed there alone, so types come from here.
type OpenLlama = (path: string, options: { threads: number }) => Promise<{ engine: Engine; dispose(): Promise<void> }>;
const opener = new URL("../test/engines/open-llama.ts", import.meta.url).href;
const { openLlama } = (await import(opener)) as { openLlama: OpenLlama };
const { engine, dispose } = await openLlama(await fetchModel(), { threads: Number(values.threads) });
const decoder = new MeteredDecoder(engine);
const outcomes: Outcome[] = [];
if (values.texts !== undefined) writeFileSync(values.texts, "");
for (const [i, request] of workload.entries()) {
  const outcome = await answer(request, i % 2 === 0);
  outcomes.push(outcome);
  if (values.texts !== undefined) appendFileSync(values.texts, `${JSON.stringify(outcome)}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${workload.length}`);
  else if ((i + 1) % 20 === 0) console.error(`${i + 1} of ${workload.length}`);
}
if (process.stderr.isTTY) process.stderr.write("\n");
console.log(report(outcomes, maxTokens));
await dispose();

async function answer(request: WorkloadRequest, isFreeFirst: boolean): Promise<Outcome> {
  const { kind, prompt, spec } = request;
  const judge = judgeOf(spec);
  const compileMilliseconds = decoder.compile(request);
  const constrained = async (): Promise<Answer> => {
    const decoding = await decoder.answerConstrained(request, { maxTokens });
    return { ...decoding, isValid: judge(decoding.text) };
  };
  const free = async (): Promise<Answer> => {
    const decoding = await decoder.answerFreely(request, { maxTokens });
    return { ...decoding, isValid: judge(bareAnswer(decoding.text)) };
  };
  const answers = await inTurn(isFreeFirst, free, constrained);
  const outcome = { kind, prompt, compileMilliseconds, free: answers[0], constrained: answers[1] };
  if (!saidAgain.has(request)) return outcome;
  const { tokens: said } = outcome.constrained;
  const options = { maxTokens: said.length, said };
  const again = await inTurn(
    outcomes.filter((each) => each.again !== undefined).length % 2 === 0,
    () => decoder.answerFreely(request, options),
    () => decoder.answerConstrained(request, options),
  );
  return { ...outcome, again: { free: again[0], constrained: again[1] } };
}

/** The results of both, in this order, whichever is the first to be run. */
async function inTurn<A, B>(isInOrder: boolean, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  if (isInOrder) return [await one(), await other()];
  const result = await other();
  return [await one(), result];
}

/** `count` of them, evenly from all kinds. */
function spread<T>(items: readonly T[], count: number): T[] {
  return Array.from(
    { length: Math.min(count, items.length) },
    (_, i) => items[Math.floor((i * items.length) / count)]!,
  );
}
