// What a step of the sampler costs on a row as wide as Llama 3's vocabulary, beside a sampler that sorts what is allowed, as one would write it first.
// Method: both sampled in turn, the process's CPU time, the least of several samples of a few dozen milliseconds; what JIT and collector do on other
// threads counts. Bias: the rows are synthetic (a bulk of standard deviation 2.5, and a head of 30 tokens that stand out of it, or no head: "flat"),
// eight of them in turn, so the caches are warmer than behind a model. Run: npx tsx bench/sampler.ts [part of a case's name]
import type { Mask } from "../src/automaton/mask.ts";
import { computeLogProbabilities } from "../src/chat/sampler/log-probabilities.ts";
import { Row } from "../src/chat/sampler/row.ts";
import { Sampler } from "../src/chat/sampler/sampler.ts";
import { defaultSampling, type SamplingSettings } from "../src/chat/sampler/settings.ts";
import { TokenCounts } from "../src/chat/sampler/token-counts.ts";
import { seededRandom } from "./workload/random.ts";

const vocabularySize = 128_256;
const samples = 9;
const sampleMicroseconds = 30_000;

interface Case {
  readonly name: string;
  readonly settings?: Partial<SamplingSettings>;
  readonly mask?: Mask;
  readonly flat?: boolean;
  readonly logprobs?: number;
}

const random = seededRandom(1);
const uniform = () => (random.below(2 ** 30) + 0.5) / 2 ** 30;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const headed = Array.from({ length: 8 }, () => randomRow(30));
const flat = Array.from({ length: 8 }, () => randomRow(0));
const history = new TokenCounts(Array.from({ length: 1000 }, () => random.below(vocabularySize)));
for (let i = 0; i < 500; i++) history.accept(random.below(vocabularySize));

const all = { topK: 50, topP: 0.9, minP: 0.02, frequencyPenalty: 0.5, presencePenalty: 0.5, repetitionPenalty: 1.1 };
const cases: Case[] = [
  { name: "greedy", settings: { temperature: 0 } },
  { name: "temperature" },
  { name: "temperature, flat", flat: true },
  { name: "temperature 2, flat", flat: true, settings: { temperature: 2 } },
  { name: "top_k 50", settings: { topK: 50 } },
  { name: "top_k 1,000", settings: { topK: 1000 } },
  { name: "top_p 0.9", settings: { topP: 0.9 } },
  { name: "top_p 0.9, flat", flat: true, settings: { topP: 0.9 } },
  { name: "min_p 0.05", settings: { minP: 0.05 } },
  { name: "everything", settings: all },
  { name: "dense mask of half", mask: denseMask(0.5) },
  { name: "dense mask of 98 %", mask: denseMask(0.98) },
  { name: "dense mask, everything", mask: denseMask(0.98), settings: all },
  { name: "10 ids", mask: sparseMask(10) },
  { name: "1,000 ids", mask: sparseMask(1000) },
  { name: "1,000 ids, top_p 0.9", mask: sparseMask(1000), settings: { topP: 0.9 } },
  { name: "1,000 ids, everything", mask: sparseMask(1000), settings: all },
  { name: "temperature, 5 logprobs", logprobs: 5 },
];

console.log(`V = ${vocabularySize}; µs of CPU time a step\n`);
console.log("                               sampler    sorting    ratio");
const row = new Row(vocabularySize);
for (const { name, settings, mask, flat: isFlat, logprobs } of cases) {
  if (!name.includes(process.argv[2] ?? "")) continue;
  const sampler = new Sampler({ ...defaultSampling, seed: 7n, ...settings }, row);
  const temperature = settings?.temperature ?? 1;
  const rows = isFlat ? flat : headed;
  const step = (i: number) => {
    const logits = rows[i & 7]!;
    const { token } = sampler.sample(logits, { step: i, choice: 0, mask, history });
    if (logprobs !== undefined) computeLogProbabilities(logits, vocabularySize, token, logprobs);
  };
  const sorting = (i: number) => sampleBySorting(rows[i & 7]!, mask, temperature, settings?.topP ?? 1, settings?.topK);
  let fastest = Number.POSITIVE_INFINITY;
  let fastestSorting = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < samples; sample++) {
    fastest = Math.min(fastest, microseconds(step));
    fastestSorting = Math.min(fastestSorting, microseconds(sorting));
  }
  const figures = [fastest, fastestSorting].map((time) => time.toFixed(time < 100 ? 1 : 0).padStart(10));
  console.log(name.padEnd(28), ...figures, (fastestSorting / fastest).toFixed(1).padStart(8));
}

function microseconds(step: (i: number) => void): number {
  const start = process.cpuUsage();
  let steps = 0;
  for (;;) {
    step(steps++);
    const { user, system } = process.cpuUsage(start);
    if (user + system > sampleMicroseconds) return (user + system) / steps;
  }
}

function randomRow(head: number): Float32Array {
  const logits = new Float32Array(vocabularySize).map(() => 2.5 * normal());
  for (let i = 0; i < head; i++) logits[random.below(vocabularySize)] = 20 - i / 3;
  return logits;
}

function denseMask(part: number): Mask {
  const words = new Uint32Array(Math.ceil(vocabularySize / 32));
  let count = 0;
  for (let id = 0; id < vocabularySize; id++) {
    if (uniform() > part) continue;
    words[id >> 5]! |= 1 << (id & 31);
    count++;
  }
  return { id: 1, kind: "dense", count, words };
}

function sparseMask(count: number): Mask {
  const ids = new Set<number>();
  while (ids.size < count) ids.add(random.below(vocabularySize));
  return { id: 2, kind: "sparse", count, ids: Int32Array.from(ids).sort() };
}

/** Temperature, top_k, top_p and a draw, with a sort of what is allowed. */
function sampleBySorting(
  logits: Float32Array,
  mask: Mask | undefined,
  temperature: number,
  topP: number,
  topK: number = Number.POSITIVE_INFINITY,
): number {
  const ids: number[] = [];
  if (mask?.kind === "sparse") ids.push(...mask.ids);
  else {
    for (let id = 0; id < logits.length; id++) {
      if (mask?.kind !== "dense" || (mask.words[id >> 5]! >>> (id & 31)) & 1) ids.push(id);
    }
  }
  ids.sort((a, b) => logits[b]! - logits[a]!);
  if (temperature === 0) return ids[0]!;
  if (ids.length > topK) ids.length = topK;
  const weights = ids.map((id) => Math.exp((logits[id]! - logits[ids[0]!]!) / temperature));
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  let kept = 0;
  for (let mass = 0; kept < ids.length && mass < topP * total; kept++) mass += weights[kept]!;
  total = weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0);
  let rest = Math.random() * total;
  for (let i = 0; i < kept; i++) if ((rest -= weights[i]!) < 0) return ids[i]!;
  return ids[kept - 1]!;
}
