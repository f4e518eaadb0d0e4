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
  const tokens = sum(constrained, (answer) => answer.tokens);
  const passes = sum(constrained, (answer) => answer.passes);
  const compile = outcomes.map(({ compileMilliseconds }) => compileMilliseconds).sort((a, b) => a - b);
  lines.push(
    "",
    `tokens/s behind the prompt: ${speed(constrained).toFixed(2)} constrained, ${speed(free).toFixed(2)} unconstrained (${change(speed(free), speed(constrained))} tokens/s)`,
    `passes: ${((100 * passes) / tokens).toFixed(1)} for 100 constrained tokens, since forced ones need none`,
    ...(["milliseconds", "cpuMilliseconds"] as const).map((time) => {
      const [bound, unbound] = [constrained, free].map((answers) => perPass(answers, time)) as [number, number];
      const name = time === "milliseconds" ? "ms" : "processor ms, of all threads,";
      return `${name} a pass: ${bound.toFixed(2)} constrained, ${unbound.toFixed(2)} unconstrained (${change(unbound, bound)})`;
    }),
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

function perPass(answers: readonly Answer[], time: "milliseconds" | "cpuMilliseconds"): number {
  return sum(answers, (answer) => answer[time]) / sum(answers, ({ passes }) => passes - 1);
}

/** "+2.0 %": what the second has more than the first. */
function change(from: number, to: number): string {
  const percent = 100 * (to / from - 1);
  return `${percent < 0 ? "" : "+"}${percent.toFixed(1)} %`;
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
