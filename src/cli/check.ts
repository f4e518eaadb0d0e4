// grammask check: does each file compile? A line a file: on stdout that it does, on stderr why it doesn't and where. All files are looked
// at, whatever is wrong with some.
import { Compiler, type Constraint } from "../index.ts";
import { type Output, Progress } from "./output.ts";
import { byteVocabulary, compileFile, readConstraint } from "./read-constraint.ts";
import { describeDropped, exitCodes, explain } from "./report.ts";

export interface CheckOptions {
  /** Schemas must be in the subset of OpenAI's Structured Outputs. */
  readonly strict: boolean;
  /** What a schema can't be held to is told on stderr, and is no failure. */
  readonly lenient: boolean;
}

/** The exit code: the highest of its files'. */
export function check(files: readonly string[], options: CheckOptions, stdout: Output, stderr: Output): number {
  const { strict, lenient } = options;
  // The files of a repository differ: there is no use in keeping what they were compiled to.
  const compiler = new Compiler(byteVocabulary(), { maxConstraints: 1 });
  const progress = new Progress(stderr, true);
  let exitCode = exitCodes.fine;
  let failed = 0;
  files.forEach((file, i) => {
    progress.show(`checking ${file} (${i + 1} of ${files.length})`);
    let assumed: readonly string[];
    let dropped: Constraint["dropped"];
    try {
      const spec = readConstraint(file);
      const compiled = compileFile(spec.type === "json_schema" ? { ...spec, strict, lenient } : spec, compiler);
      ({ assumed } = compiled);
      ({ dropped } = compiled.constraint);
    } catch (error) {
      progress.clear();
      const told = explain(file, error);
      stderr.line(told.text);
      exitCode = Math.max(exitCode, told.exitCode);
      failed++;
      return;
    }
    progress.clear();
    const condition = assumed.length === 0 ? "" : `, for a vocabulary with the special tokens ${assumed.join(" ")}`;
    for (const each of dropped) stderr.line(describeDropped(file, each));
    stdout.line(`${file}: ${stdout.colors.green("ok")}${condition}`);
  });
  if (failed > 0 && files.length > 1) stderr.line(`${failed} of ${files.length} files failed`);
  return exitCode;
}
