// Our engine over the adversarial workload: `npx tsx bench/adversarial.ts [--filter TEXT] [--seed N] [--grammars N] [--fresh]`. For each case
// the compile, the masks and tokens of a first pass (every state is new: what a miss costs) and of a second one (cached), sizes, and whether
// every text ended as expected. Exits with 1 where one didn't. --fresh compiles anew for each text, so that no text profits from another.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { popCount } from "../src/automaton/mask.ts";
import { Compiler, type Constraint, Vocabulary } from "../src/index.ts";
import { tokenizerPath } from "./rivals/engine-process.ts";
import { comparedWords, stopToken } from "./rivals/protocol.ts";
import { formatTable, short, summarize } from "./rivals/statistics.ts";
import { loadTokenIds, type TokenIds, tokensOf, wantedTokens } from "./rivals/token-ids.ts";
import type { WorkloadCase, WorkloadText } from "./workload/case.ts";
import { expectedCounts } from "./workload/expected-counts.ts";
import { adversarialWorkload, workloadSeed } from "./workload/index.ts";

const { values } = parseArgs({
  options: {
    filter: { type: "string", default: "" },
    seed: { type: "string", default: `${workloadSeed}` },
    grammars: { type: "string", default: "8" },
    fresh: { type: "boolean", default: false },
  },
});

interface Pass {
  readonly masks: number[];
  readonly tokens: number[];
  readonly outcome: string;
}

function decode(constraint: Constraint, text: WorkloadText, each: WorkloadCase, ids: TokenIds, row: Uint32Array): Pass {
  const tokens = tokensOf(text, each, ids);
  const wanted = wantedTokens(text, tokens, ids);
  const pass = { masks: [] as number[], tokens: [] as number[] };
  const matcher = constraint.matcher();
  const expected = Number(values.seed) === workloadSeed ? expectedCounts[each.name]?.[text.name] : undefined;
  let accepted = 0;
  let count = 0;
  try {
    for (; accepted <= tokens.length; accepted++) {
      let before = performance.now();
      matcher.fillMask(row);
      pass.masks.push((performance.now() - before) * 1000);
      count += popCount(row.subarray(0, comparedWords));
      const id = tokens[accepted];
      if (id === undefined) break;
      const allowed = ((row[id >> 5]! >>> (id & 31)) & 1) === 1;
      before = performance.now();
      const went = matcher.accept(id);
      pass.tokens.push((performance.now() - before) * 1000);
      if (went !== allowed) return { ...pass, outcome: `${text.name}: mask and accept disagree at token ${accepted}` };
      if (!went) break;
    }
  } catch (error) {
    return { ...pass, outcome: `${text.name}: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (expected !== undefined && count !== expected) {
    return { ...pass, outcome: `${text.name}: masks allow ${count} tokens in all, not ${expected}` };
  }
  const rightEnd = typeof text.expect === "object" || matcher.isAccepting === (text.expect === "accept");
  const right = accepted === wanted && rightEnd;
  return {
    ...pass,
    outcome: right ? "" : `${text.name}: ${accepted} of ${wanted} tokens, accepting: ${matcher.isAccepting}`,
  };
}

function figures(times: readonly number[]): string[] {
  const { average, p50, p99, max } = summarize(times);
  return [average, p50, p99, max].map(short);
}

function sizesOf(constraint: Constraint): string {
  return Object.entries(constraint.stats)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name} ${short(value as number)}`)
    .join(", ");
}

function main(): void {
  const ids = loadTokenIds();
  const vocabulary = Vocabulary.fromTokenizerJson(JSON.parse(readFileSync(tokenizerPath, "utf8")), {
    eosTokenIds: [stopToken],
  });
  const compiler = new Compiler(vocabulary);
  const row = new Uint32Array(Math.ceil(vocabulary.size / 32));
  const cases = adversarialWorkload(Number(values.seed), Number(values.grammars));
  const rows = [
    [
      "case",
      "compile ms",
      "masks",
      "miss avg µs",
      "p50",
      "p99",
      "max",
      "hit avg",
      "p50",
      "p99",
      "max",
      "token avg",
      "p50",
      "p99",
      "max",
    ],
  ];
  const sizes: string[] = [];
  const wrong: string[] = [];
  for (const each of cases.filter((one) => one.name.includes(values.filter))) {
    try {
      const before = performance.now();
      let constraint = compiler.compile(each.spec);
      const compileMs = performance.now() - before;
      const passes: Pass[][] = [[], []];
      for (const text of each.texts) {
        if (values.fresh) constraint = compiler.compile(each.spec);
        for (const pass of passes) pass.push(decode(constraint, text, each, ids, row));
      }
      const [first, second] = passes.map((pass) => pass.flatMap((one) => one.masks));
      rows.push([
        each.name,
        short(compileMs),
        `${first!.length}`,
        ...figures(first!),
        ...figures(second!),
        ...figures(passes[0]!.flatMap((one) => one.tokens)),
      ]);
      sizes.push(`${each.name}: ${sizesOf(constraint)}`);
      wrong.push(
        ...passes
          .flat()
          .filter((one) => one.outcome !== "")
          .map((one) => `${each.name}: ${one.outcome}`),
      );
    } catch (error) {
      wrong.push(`${each.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${each.name.slice(0, 80)}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  console.log(formatTable(rows));
  console.log(`\nSizes\n${sizes.join("\n")}`);
  console.log(wrong.length === 0 ? "\nEvery text ended as expected." : `\nNot as expected:\n${wrong.join("\n")}`);
  if (wrong.length > 0) process.exitCode = 1;
}

main();
