// What the user reads about a file that isn't right, in the form that editors and CI systems make links of:
// `file:line:column: message (code)`, the source line and a caret below it; `file#/json/pointer: message (code)` in a schema.
import { ConstraintError, type DroppedKeyword, type TextLocation } from "../index.ts";
import { UsageError } from "./read-constraint.ts";

export const exitCodes = { fine: 0, badConstraint: 1, usage: 2, internal: 70 };

/** What to do next, where the message can't know it. */
const hints: Partial<Record<ConstraintError["code"], string>> = {
  unsupported: "the README lists what is supported",
  limit: "make it smaller; in a program, a budget can be raised: new Compiler(vocabulary, { limits })",
};

function describeError(file: string, error: ConstraintError): string {
  if (error.violations.length > 0) {
    const lines = error.violations.map(({ location, rule }) => `${file}#${location.pointer}: ${rule} (${error.code})`);
    return lines.map(withoutControls).join("\n");
  }
  const { location, message, code } = error;
  let place = file;
  let text: TextLocation | undefined;
  if (location !== undefined && "pointer" in location) {
    place += `#${location.pointer}`;
    text = location.text;
  } else if (location !== undefined) {
    place += `:${location.line}:${location.column}`;
    text = location;
  }
  const lines = [`${place}: ${message} (${code})`];
  const [source = "", carets = ""] = text?.excerpt.split("\n") ?? [];
  if (source.trim() !== "") lines.push(`  ${source.trimEnd()}`, `  ${carets}`);
  if (hints[code] !== undefined) lines.push(`  ${hints[code]}`);
  return lines.map(withoutControls).join("\n");
}

export function describeDropped(file: string, { pointer, message, code }: DroppedKeyword): string {
  return withoutControls(`${file}#${pointer}: dropped: ${message} (${code})`);
}

/** What to tell of an error, and the exit code it means. An error that isn't ours to expect is told without its stack. */
export function explain(file: string, error: unknown): { text: string; exitCode: number } {
  if (error instanceof UsageError) return { text: error.message, exitCode: exitCodes.usage };
  if (error instanceof ConstraintError) return { text: describeError(file, error), exitCode: exitCodes.badConstraint };
  const message = error instanceof Error ? error.message : String(error);
  return { text: `${file}: internal error: ${message}; please report it with the file`, exitCode: exitCodes.internal };
}

/** A file may hold what a terminal would obey. */
function withoutControls(line: string): string {
  return line.replace(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd");
}
