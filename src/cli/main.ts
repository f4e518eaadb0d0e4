#!/usr/bin/env node
// The command. Exit codes: 0 fine, 1 a constraint isn't, 2 wrong use, 70 a fault of ours. What was asked for goes to stdout, everything
// else to stderr. It never shows a stack trace.
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type CheckOptions, check } from "./check.ts";
import { type GenerateOptions, generate } from "./generate.ts";
import { Output } from "./output.ts";
import { exitCodes, explain } from "./report.ts";
import type { ServeOptions } from "./serve.ts";

const stdout = new Output(process.stdout, (reason) => {
  stderr.line(`the output can't be written: ${reason}`);
  process.exit(exitCodes.usage);
});
// Nobody is left to tell.
const stderr = new Output(process.stderr, () => {});

process.on("uncaughtException", failInternally);

const program = new Command("grammask")
  .description(
    "Checks constraints and makes valid samples of them. The end of a file's name tells what it is:\n" +
      "  .gbnf .ebnf    a grammar in GBNF; its root rule is `root`\n" +
      "  .regex         a JavaScript regex (flag u) that the whole text matches; a last line break isn't part of it\n" +
      "  .schema.json   a JSON Schema",
  )
  .version(readVersion())
  .exitOverride()
  .showHelpAfterError("(--help tells more)")
  .addHelpText(
    "after",
    "\nExit codes: 0 fine; 1 a constraint is wrong; 2 wrong use, or a file can't be read; 70 a fault of grammask's.",
  );

program
  .command("check")
  .summary("compile each file; errors have a place")
  .description(
    "Compiles each file and says of each whether it is fine, on stdout, or what is wrong, on stderr:\n" +
      "  file:line:column: message (code)          with the source line below it\n" +
      "  file#/json/pointer: message (code)        in a schema\n" +
      "In each file the first error is told; of --strict, each rule that a schema breaks. No model is needed; a grammar may\n" +
      "name special tokens, which are taken to exist.",
  )
  .argument("<file...>")
  .option("--strict", "schemas must be in the subset that OpenAI's Structured Outputs take", false)
  .option("--lenient", "leave out what a schema can't be held to, and say what that is", false)
  .action((files: string[], options: CheckOptions) => {
    process.exitCode = check(files, options, stdout, stderr);
  });

program
  .command("generate")
  .summary("print random texts that the file's constraint accepts")
  .description(
    "Prints random texts that the file's constraint accepts, a line each.\n" +
      "Samples of a schema are compact JSON, always one line. Those of a grammar or a regex may hold line breaks: a script\n" +
      "that must tell them apart takes --json.",
  )
  .argument("<file>")
  .option("--seed <n>", "the same seed gives the same samples", wholeNumber(0, 2 ** 32 - 1), 0)
  .option("--count <n>", "how many samples", wholeNumber(1, 1_000_000_000), 1)
  .option(
    "--max-bytes <n>",
    "how long a sample may get; longer only where the constraint asks for it",
    wholeNumber(1, 1_000_000),
    200,
  )
  .option("--json", "each sample as a JSON string on its line", false)
  .action(async (file: string, options: GenerateOptions) => {
    try {
      process.exitCode = await generate(file, options, stdout, stderr);
    } catch (error) {
      const told = explain(file, error);
      stderr.line(told.text);
      process.exitCode = told.exitCode;
    }
  });

program
  .command("serve")
  .summary("answer chat-completion requests over HTTP")
  .description(
    "Answers POST /v1/chat/completions as OpenAI's API does (JSON, or server-sent events), GET /v1/models and GET /health. Without\n" +
      "--model a stand-in babbles, under every constraint that a request brings. A signal ends it when what has begun is finished.",
  )
  .option("--host <address>", "where it listens", "127.0.0.1")
  .option("--port <n>", "0 takes any that is free", wholeNumber(0, 65_535), 8080)
  .option("--model <file>", "a GGUF file; needs the packages node-llama-cpp and @huggingface/jinja")
  .option("--name <name>", "what requests call the model")
  .option("--tool-dialect <name>", "how the model writes tool calls (hermes, llama3, qwen3_coder, …)")
  .option("--sequences <n>", "with --model: sequences that are decoded at a time", wholeNumber(1, 256), 4)
  .option("--context <n>", "with --model: tokens that they hold, each", wholeNumber(16, 1_000_000), 4096)
  .option("--threads <n>", "with --model: of llama.cpp", wholeNumber(1, 1024))
  .option("--max-body <bytes>", "longest request", wholeNumber(1, 1_000_000_000), 16 * 2 ** 20)
  .option("--max-requests <n>", "requests at a time", wholeNumber(1, 100_000), 256)
  .option("--timeout <seconds>", "longest time for a request", wholeNumber(1, 1_000_000), 600)
  .option(
    "--compile-timeout <seconds>",
    "longest time to compile a request's constraint; about so long may the others wait for it",
    wholeNumber(1, 1_000_000),
    5,
  )
  .action(async (options: ServeOptions) => {
    // Of the other commands none needs what it loads.
    const { serve } = await import("./serve.ts");
    process.exitCode = await serve(options, stdout, stderr);
  });

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,10}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

function readVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has said what is wrong, or shown the help that was asked for.
    process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  } else failInternally(error);
}

function failInternally(error: unknown): never {
  stderr.line(`internal error: ${error instanceof Error ? error.message : String(error)}; please report it`);
  process.exit(exitCodes.internal);
}
