// What is printed of the outcomes. Where others are on the machine, wall times say little: the processor's time and the parts' shares do.
import type { Decoding } from "./decode.ts";
import type { Kind } from "./workload.ts";

export type Answer = Decoding & { readonly isValid: boolean };

export interface Outcome {
  readonly kind: Kind;
  readonly prompt: string;
  readonly compileMilliseconds: number;
  readonly constrained: Answer;
  readonly free: Answer;
  /** The constrained answer once more, a pass for each token. */
  readonly again?: { readonly constrained: Decoding; readonly free: Decoding };
}

export function report(outcomes: readonly Outcome[], maxTokens: number): string {
  return [...validity(outcomes, maxTokens), "", ...cost(outcomes)].join("\n");
}

function validity(outcomes: readonly Outcome[], maxTokens: number): string[] {
  const lines = [
    `${outcomes.length} requests, at most ${maxTokens} tokens; valid of complete (cut off: answers that hadn't ended by then)`,
    row("", "constrained", "cut off", "unconstrained", "cut off"),
  ];
  for (const kind of ["schema", "regex", "grammar", "tools", "all"] as const) {
    const some = outcomes.filter((outcome) => kind === "all" || outcome.kind === kind);
    lines.push(row(kind, ...counts(some, "constrained"), ...counts(some, "free")));
  }
  return lines;
}

function counts(outcomes: readonly Outcome[], which: "constrained" | "free"): [string, string] {
  const answers = outcomes.map((outcome) => outcome[which]);
  const complete = answers.filter(({ isComplete }) => isComplete);
  const valid = complete.filter(({ isValid }) => isValid).length;
  const percent = complete.length === 0 ? "" : ` ${((100 * valid) / complete.length).toFixed(1)} %`;
  return [`${valid} of ${complete.length}${percent}`, String(answers.length - complete.length)];
}

/** Of the requests whose answers were said again: the same tokens three times. */
function cost(outcomes: readonly Outcome[]): string[] {
  const triples = outcomes.flatMap(({ constrained, again }) => {
    if (again === undefined || again.free.passes.length === 0) return [];
    return [{ free: again.free, bound: again.constrained, usual: constrained }];
  });
  const compile = outcomes.map(({ compileMilliseconds }) => compileMilliseconds);
  const runs = (["free", "bound", "usual"] as const).map((name) => triples.map((triple) => triple[name]));
  const columns = (of: (answers: readonly Decoding[]) => number, digits = 3) =>
    runs.map((answers) => of(answers).toFixed(digits));
  const perPass = (of: (answer: Decoding) => number) => (answers: readonly Decoding[]) =>
    sum(answers, of) / sum(answers, ({ passes }) => passes.length);
  const engine = (answer: Decoding) => sum(answer.passes, ({ milliseconds }) => milliseconds);
  const rest = (answer: Decoding) =>
    answer.milliseconds - engine(answer) - answer.parts.mask - answer.parts.sample - answer.parts.matcher;
  const ratios = triples.map(({ bound, free }) => bound.milliseconds / free.milliseconds - 1);
  const cpuRatios = triples.map(({ bound, free }) => bound.cpuMilliseconds / free.cpuMilliseconds - 1);
  return [
    `the constrained answers of ${triples.length} requests, the same tokens in each column; behind the prompt`,
    row("", "unconstrained", "constrained", "constrained, without"),
    row("", "", "", "passes for forced tokens"),
    row("tokens", ...columns((answers) => sum(answers, ({ tokens }) => tokens.length), 0)),
    row("passes", ...columns((answers) => sum(answers, ({ passes }) => passes.length), 0)),
    row("ms a pass", ...columns(perPass(({ milliseconds }) => milliseconds))),
    row("  engine", ...columns(perPass(engine))),
    row("  mask, beside it", ...columns(perPass(({ parts }) => parts.prepare))),
    row("  mask, behind it", ...columns(perPass(({ parts }) => parts.mask))),
    row("  sampler", ...columns(perPass(({ parts }) => parts.sample))),
    row("  tokens read, forced", ...columns(perPass(({ parts }) => parts.matcher))),
    row("  the loop's rest", ...columns(perPass(rest))),
    row("CPU ms a pass", ...columns(perPass(({ cpuMilliseconds }) => cpuMilliseconds))),
    row("ms, all", ...columns((answers) => sum(answers, ({ milliseconds }) => milliseconds), 0)),
    row("CPU ms, all", ...columns((answers) => sum(answers, ({ cpuMilliseconds }) => cpuMilliseconds), 0)),
    "",
    "what a constrained pass of one token takes more:",
    row("  wall", ...change(runs, "milliseconds"), spreadOf(ratios)),
    row("  CPU", ...change(runs, "cpuMilliseconds"), spreadOf(cpuRatios)),
    row(
      "  by its parts",
      percent(stopwatch(triples)),
      "(masks, tokens read and forced, and what the sampler takes more)",
    ),
    `compile, ms: median ${quantile(compile, 0.5).toFixed(1)}, 90 % ${quantile(compile, 0.9).toFixed(1)}, most ${quantile(compile, 1).toFixed(1)}`,
    `engine, ms, by tokens of a pass: ${bySize(runs[2]!)}`,
  ];
}

function change([free, bound]: readonly (readonly Decoding[])[], time: "milliseconds" | "cpuMilliseconds"): string[] {
  return [percent(sum(bound!, (answer) => answer[time]) / sum(free!, (answer) => answer[time]) - 1)];
}

/** What the constraint's parts take, and what the sampler takes more, of the time that the unconstrained answer takes. */
function stopwatch(triples: readonly { readonly free: Decoding; readonly bound: Decoding }[]): number {
  const own = sum(triples, ({ free, bound: { parts } }) => {
    return parts.prepare + parts.mask + parts.matcher + parts.sample - free.parts.sample;
  });
  return own / sum(triples, ({ free }) => free.milliseconds);
}

function bySize(answers: readonly Decoding[]): string {
  const times = new Map<number, number[]>();
  for (const { passes } of answers) {
    for (const { tokens, milliseconds } of passes) {
      const size = Math.min(tokens, 5);
      times.set(size, [...(times.get(size) ?? []), milliseconds]);
    }
  }
  return [...times]
    .sort(([a], [b]) => a - b)
    .map(([size, all]) => `${size}${size === 5 ? "+" : ""}: ${quantile(all, 0.5).toFixed(1)} (${all.length})`)
    .join(", ");
}

function spreadOf(ratios: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => percent(quantile(ratios, part)));
  return `by request: median ${middle}, half from ${low} to ${high}`;
}

function percent(part: number): string {
  return `${part < 0 ? "" : "+"}${(100 * part).toFixed(2)} %`;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function row(...cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd([24, 20, 14, 20, 9][i]!))
    .join("")
    .trimEnd();
}
