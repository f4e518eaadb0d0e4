#!/usr/bin/env node
// The command. Exit codes: 0 fine, 1 a constraint isn't, 2 wrong use, 70 a fault of ours. It never shows a stack trace.
import { Command, InvalidArgumentError } from "commander";
import { ConstraintError } from "../index.ts";
import { check, describeError } from "./check.ts";
import { generate } from "./generate.ts";
import { UsageError } from "./read-constraint.ts";

const program = new Command("grammask")
  .description("Checks constraints (.ebnf .gbnf .regex .schema.json), and makes valid samples of them.")
  .exitOverride();

program
  .command("check")
  .description("compile each file; exit code 1 and the place of the error where one doesn't")
  .argument("<file...>")
  .action((files: string[]) => run(files[0]!, () => check(files)));

program
  .command("generate")
  .description("print random texts that the file's constraint accepts")
  .argument("<file>")
  .option("--seed <n>", "the same seed gives the same samples", wholeNumber, 0)
  .option("--count <n>", "how many samples", wholeNumber, 1)
  .option("--max-bytes <n>", "about how long a sample may get", wholeNumber, 200)
  .action((file: string, options: { seed: number; count: number; maxBytes: number }) =>
    run(file, () => generate(file, options)),
  );

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number is needed");
  return Number(text);
}

function run(file: string, command: () => number): void {
  try {
    process.exitCode = command();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(error.message);
      process.exitCode = 2;
    } else if (error instanceof ConstraintError) {
      console.error(describeError(file, error));
      process.exitCode = 1;
    } else {
      console.error(`internal error: ${error instanceof Error ? error.message : String(error)}; please report it`);
      process.exitCode = 70;
    }
  }
}

try {
  program.parse();
} catch (error) {
  // commander has said what is wrong.
  process.exitCode = (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
}
