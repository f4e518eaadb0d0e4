// grammask check: does each file compile? One line a file, or the error with its place.
import pc from "picocolors";
import { Compiler, ConstraintError } from "../index.ts";
import { byteVocabulary, readConstraint } from "./read-constraint.ts";

/** The exit code: 0 when all files are fine, 1 when one isn't. */
export function check(files: readonly string[]): number {
  const compiler = new Compiler(byteVocabulary());
  let failed = 0;
  for (const file of files) {
    try {
      compiler.compile(readConstraint(file));
      console.log(`${pc.green("ok")}    ${file}`);
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      failed++;
      console.error(`${pc.red("error")} ${describeError(file, error)}`);
    }
  }
  return failed > 0 ? 1 : 0;
}

/** `file:line:column: message (code)`, with the excerpt below it; or the JSON Pointer. */
export function describeError(file: string, error: ConstraintError): string {
  const { location } = error;
  if (location === undefined) return `${file}: ${error.message} (${error.code})`;
  if ("pointer" in location) {
    const excerpt = location.text === undefined ? "" : `\n${location.text.excerpt}`;
    return `${file}#${location.pointer}: ${error.message} (${error.code})${excerpt}`;
  }
  return `${file}:${location.line}:${location.column}: ${error.message} (${error.code})\n${location.excerpt}`;
}
