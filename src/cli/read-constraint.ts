// A constraint from a file: its kind is told by the file's name.
import { readFileSync } from "node:fs";
import type { ConstraintSpec } from "../index.ts";
import { Vocabulary } from "../index.ts";

/** What the user did wrong, in one line: the command ends with exit code 2. */
export class UsageError extends Error {}

/** Throws a UsageError for a file that can't be read, or whose kind isn't known. */
export function readConstraint(file: string): ConstraintSpec {
  const text = readText(file);
  if (/\.(gbnf|ebnf)$/.test(file)) return { type: "ebnf", grammar: text };
  if (file.endsWith(".regex")) return { type: "regex", pattern: text.replace(/\r?\n$/, "") };
  if (file.endsWith(".schema.json")) return { type: "json_schema", schema: text };
  throw new UsageError(`${file}: unknown kind of file (.ebnf .gbnf .regex .schema.json)`);
}

function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const reason =
      error instanceof TypeError ? "not UTF-8 text" : ((error as NodeJS.ErrnoException).code ?? "can't be read");
    throw new UsageError(`${file}: ${reason}`);
  }
}

/** Every byte a token, and a stop token: constraints are checked and sampled without any model's vocabulary. */
export function byteVocabulary(): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  return Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] });
}
