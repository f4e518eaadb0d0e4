// What is printed of the outcomes.
import type { Decoding } from "./decode.ts";
import type { Kind } from "./workload.ts";

type Answer = Decoding & { readonly isValid: boolean };

export interface Outcome {
  readonly kind: Kind;
  readonly message: string;
  readonly compileMilliseconds: number;
  readonly constrained: Answer;
  readonly free: Answer;
}

export function report(outcomes: readonly Outcome[], maxTokens: number): string {
  const lines = [
    `${outcomes.length} requests, at most ${maxTokens} tokens; valid of complete (cut off: answers that hadn't ended by then)`,
    row("", "constrained", "cut off", "unconstrained", "cut off"),
  ];
  for (const kind of ["schema", "regex", "grammar", "tools", "all"] as const) {
    const some = outcomes.filter((outcome) => kind === "all" || outcome.kind === kind);
    lines.push(row(kind, ...counts(some, "constrained"), ...counts(some, "free")));
  }
  const constrained = outcomes.map((outcome) => outcome.constrained);
  const free = outcomes.map((outcome) => outcome.free);
  const loop = (answers: readonly Answer[]) =>
    (1000 * sum(answers, ({ loopMilliseconds }) => loopMilliseconds)) / sum(answers, ({ tokens }) => tokens - 1);
  const cpu = (1000 * sum(free, ({ cpuMilliseconds }) => cpuMilliseconds)) / sum(free, ({ tokens }) => tokens - 1);
  const cost = loop(constrained) - loop(free);
  const passes = sum(constrained, (answer) => answer.passes) / sum(constrained, ({ tokens }) => tokens);
  const compile = outcomes.map(({ compileMilliseconds }) => compileMilliseconds).sort((a, b) => a - b);
  lines.push(
    "",
    `tokens/s behind the prompt: ${speed(constrained).toFixed(2)} constrained, ${speed(free).toFixed(2)} unconstrained`,
    `outside of the engine: ${loop(constrained).toFixed(0)} µs of the processor a token constrained, ${loop(free).toFixed(0)} unconstrained; constraining costs ${((100 * cost) / cpu).toFixed(2)} % of an unconstrained token's ${cpu.toFixed(0)} µs`,
    `passes: ${(100 * passes).toFixed(1)} for 100 constrained tokens, since forced ones need none`,
    `compile: median ${compile[compile.length >> 1]!.toFixed(1)} ms, most ${compile.at(-1)!.toFixed(1)} ms`,
  );
  return lines.join("\n");
}

function counts(outcomes: readonly Outcome[], which: "constrained" | "free"): [string, string] {
  const answers = outcomes.map((outcome) => outcome[which]);
  const complete = answers.filter(({ isComplete }) => isComplete);
  const valid = complete.filter(({ isValid }) => isValid).length;
  const percent = complete.length === 0 ? "" : ` ${((100 * valid) / complete.length).toFixed(1)} %`;
  return [`${valid} of ${complete.length}${percent}`, String(answers.length - complete.length)];
}

function speed(answers: readonly Answer[]): number {
  return (1000 * sum(answers, ({ tokens }) => tokens - 1)) / sum(answers, ({ milliseconds }) => milliseconds);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function row(...cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd([9, 20, 9, 20, 9][i]!))
    .join("")
    .trimEnd();
}
