// What a comparison found, as tables: times with percentiles and ratios, outcomes, and where masks differ.
import type { EngineName } from "./engine-process.ts";
import { comparedWords } from "./protocol.ts";
import { formatTable, type Summary, short, summarize } from "./statistics.ts";
import type { TokenIds } from "./token-ids.ts";

export interface TextResult {
  readonly name: string;
  readonly tokens: number;
  /** Tokens that had to be accepted. */
  readonly wanted: number;
  readonly accepted: number;
  /** "right", "wrong", "out of budget", or the engine's error. */
  readonly outcome: string;
  readonly masks: number;
  /** Ordinary tokens allowed, summed over all masks. */
  readonly allowed: number;
  readonly maskUs: readonly number[];
  readonly acceptUs: readonly number[];
  readonly sizes?: Readonly<Record<string, number>>;
}

export interface EngineResult {
  readonly compileMs: number;
  error?: string;
  readonly texts: TextResult[];
}

export interface Difference {
  readonly text: string;
  readonly engine: EngineName;
  readonly steps: number;
  /** Steps left out because only one token was allowed by one of the two. */
  readonly forced: number;
  readonly differing: number;
  readonly sample?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly group: string;
  readonly engines: Partial<Record<EngineName, EngineResult>>;
  readonly differences: Difference[];
}

/** Where two masks part: after which text, which tokens only one of them allows. */
export function describeDifference(
  prefix: readonly number[],
  reference: Uint32Array,
  other: Uint32Array,
  ids: TokenIds,
): string {
  const onlyReference: number[] = [];
  const onlyOther: number[] = [];
  for (let id = 0; id < comparedWords * 32; id++) {
    const bit = 1 << (id & 31);
    const a = (reference[id >> 5]! & bit) !== 0;
    const b = (other[id >> 5]! & bit) !== 0;
    if (a && !b) onlyReference.push(id);
    if (b && !a) onlyOther.push(id);
  }
  const decoder = new TextDecoder();
  const spell = (list: readonly number[]): string =>
    list.map((id) => JSON.stringify(decoder.decode(ids.bytesOf(id)))).join(" ");
  const side = (list: readonly number[]): string => `${list.length} ${spell(list.slice(0, 6))}`;
  const read = decoder.decode(Uint8Array.from(prefix.slice(-60).flatMap((id) => [...ids.bytesOf(id)])));
  return `after ${JSON.stringify(read.slice(-80))}: only reference ${side(onlyReference)}; only other ${side(onlyOther)}`;
}

export function printReport(
  title: string,
  engines: readonly EngineName[],
  cases: readonly CaseResult[],
  perCase: boolean,
): void {
  console.log(`\n## ${title}\n`);
  console.log(
    formatTable(timeRows("mask µs", engines, (engine) => textsOf(cases, engine).flatMap((text) => text.maskUs))),
  );
  console.log();
  console.log(
    formatTable(timeRows("accept µs", engines, (engine) => textsOf(cases, engine).flatMap((text) => text.acceptUs))),
  );
  console.log();
  console.log(
    formatTable(timeRows("compile ms", engines, (engine) => compiledOf(cases, engine).map((each) => each.compileMs))),
  );
  console.log();
  console.log(
    formatTable(
      timeRows("compile + first mask ms", engines, (engine) =>
        compiledOf(cases, engine)
          .filter((each) => each.texts[0]?.maskUs[0] !== undefined)
          .map((each) => each.compileMs + each.texts[0]!.maskUs[0]! / 1000),
      ),
    ),
  );
  console.log();
  console.log(formatTable(outcomeRows(engines, cases)));
  printSharedTimes(engines, cases);
  if (perCase) console.log(`\n${formatTable(caseRows(engines, cases))}`);
  printFindings(engines, cases);
}

function textsOf(cases: readonly CaseResult[], engine: EngineName): TextResult[] {
  return cases.flatMap((each) => each.engines[engine]?.texts ?? []);
}

function compiledOf(cases: readonly CaseResult[], engine: EngineName): EngineResult[] {
  return cases.map((each) => each.engines[engine]!).filter((each) => each.error === undefined);
}

const columns = ["p50", "p75", "p90", "p99", "max", "average"] as const;

/** One row an engine; in brackets its ratio to the first one that has figures. */
function timeRows(label: string, engines: readonly EngineName[], sample: (engine: EngineName) => number[]): string[][] {
  const summaries = engines.map((engine) => summarize(sample(engine)));
  const reference = summaries.find((each) => each.n > 0);
  const cell = (summary: Summary, column: (typeof columns)[number]): string => {
    if (summary === reference || reference === undefined || summary.n === 0) return short(summary[column]);
    return `${short(summary[column])} (${short(summary[column] / reference[column])}×)`;
  };
  return [
    [label, "n", ...columns],
    ...engines.map((engine, i) => [
      engine,
      `${summaries[i]!.n}`,
      ...columns.map((column) => cell(summaries[i]!, column)),
    ]),
  ];
}

/** The same, over just those texts that every engine read to the same, right end: engines that refuse hard cases gain nothing. */
function printSharedTimes(engines: readonly EngineName[], cases: readonly CaseResult[]): void {
  if (engines.length < 2) return;
  const shared = new Map<EngineName, number[]>(engines.map((engine) => [engine, []]));
  let texts = 0;
  for (const each of cases) {
    const names = each.engines[engines[0]!]?.texts.map((text) => text.name) ?? [];
    for (const name of names) {
      const all = engines.map((engine) => each.engines[engine]?.texts.find((text) => text.name === name));
      if (!all.every((text) => text?.outcome === "right")) continue;
      texts++;
      for (const [i, engine] of engines.entries()) for (const time of all[i]!.maskUs) shared.get(engine)!.push(time);
    }
  }
  console.log(`\nOnly the ${texts} texts that all of them read right:\n`);
  console.log(formatTable(timeRows("mask µs", engines, (engine) => shared.get(engine)!)));
}

function outcomeRows(engines: readonly EngineName[], cases: readonly CaseResult[]): string[][] {
  const rows = [
    ["outcomes", "cases", "refused", "texts", "right", "wrong", "budget", "failed", "masks compared", "differing"],
  ];
  for (const engine of engines) {
    const texts = textsOf(cases, engine);
    const count = (outcome: string): number => texts.filter((text) => text.outcome === outcome).length;
    const differences = cases.flatMap((each) => each.differences).filter((each) => each.engine === engine);
    const total = (key: "steps" | "differing"): string => `${differences.reduce((sum, each) => sum + each[key], 0)}`;
    const [right, wrong, budget] = [count("right"), count("wrong"), count("out of budget")];
    rows.push([
      engine,
      `${cases.length}`,
      `${cases.filter((each) => each.engines[engine]!.error !== undefined).length}`,
      ...[texts.length, right, wrong, budget, texts.length - right - wrong - budget].map(String),
      engine === engines[0] ? "–" : total("steps"),
      engine === engines[0] ? "–" : total("differing"),
    ]);
  }
  return rows;
}

function caseRows(engines: readonly EngineName[], cases: readonly CaseResult[]): string[][] {
  const rows = [
    [
      "case",
      "masks",
      ...engines.flatMap((engine) => [`${engine} compile ms`, "mask avg", "max µs", "accept avg", "outcome"]),
    ],
  ];
  for (const each of cases) {
    const cells = engines.flatMap((engine) => {
      const { compileMs, error, texts } = each.engines[engine]!;
      if (texts.length === 0) return [short(compileMs), "–", "–", "–", error === undefined ? "–" : "refused"];
      const masks = summarize(texts.flatMap((text) => text.maskUs));
      const accepts = summarize(texts.flatMap((text) => text.acceptUs));
      const off = texts.filter((text) => text.outcome !== "right").length;
      const outcome = error !== undefined ? "crashed" : off === 0 ? "right" : `${off}/${texts.length} not right`;
      return [short(compileMs), short(masks.average), short(masks.max), short(accepts.average), outcome];
    });
    const masks = Math.max(
      0,
      ...engines.map((engine) => textsOf([each], engine).reduce((sum, text) => sum + text.masks, 0)),
    );
    rows.push([each.name, `${masks}`, ...cells]);
  }
  return rows;
}

const findingsShown = 60;

function printFindings(engines: readonly EngineName[], cases: readonly CaseResult[]): void {
  const lines: string[] = [];
  for (const each of cases) {
    for (const engine of engines) {
      const { error, texts } = each.engines[engine]!;
      if (error !== undefined)
        lines.push(`${each.name}: ${engine} refuses: ${error.replaceAll("\n", " ").slice(0, 160)}`);
      for (const text of texts)
        if (text.outcome !== "right")
          lines.push(
            `${each.name}: ${text.name}: ${engine} ${text.outcome}, ${text.accepted} of ${text.wanted} tokens`,
          );
    }
    for (const { text, engine, steps, differing, sample } of each.differences)
      if (sample !== undefined)
        lines.push(`${each.name}: ${text}: ${engine} differs at ${differing} of ${steps} masks; ${sample}`);
  }
  if (lines.length > 0)
    console.log(
      `\nFindings (${Math.min(findingsShown, lines.length)} of ${lines.length}):\n${lines.slice(0, findingsShown).join("\n")}`,
    );
}
