// A constraint from a file: its kind is told by the file's name. The vocabulary is bytes, so no model is needed.
import { readFileSync, statSync } from "node:fs";
import {
  Compiler,
  type Constraint,
  ConstraintError,
  type ConstraintSpec,
  defaultLimits,
  Vocabulary,
} from "../index.ts";

/** What the user did wrong, in one line: the command ends with exit code 2. */
export class UsageError extends Error {}

const kinds = ".ebnf, .gbnf, .regex or .schema.json";

/** A UTF-16 unit takes at most three bytes; another three for a byte order mark. */
const maxFileBytes = 3 * defaultLimits.maxSourceLength + 3;

/** Throws a UsageError for a file that can't be read, or whose kind isn't known; a ConstraintError for one that holds no text. */
export function readConstraint(file: string): ConstraintSpec {
  if (/\.(gbnf|ebnf)$/.test(file)) return { type: "ebnf", grammar: readText(file) };
  // The file's last line break isn't part of the pattern.
  if (file.endsWith(".regex")) return { type: "regex", pattern: readText(file).replace(/\r?\n$/, "") };
  if (file.endsWith(".schema.json")) return { type: "json_schema", schema: readText(file) };
  if (read(file, () => statSync(file)).isDirectory())
    throw new UsageError(`${file}: is a directory; name the files in it`);
  throw new UsageError(`${file}: what kind of constraint is it? A file's name must end in ${kinds}`);
}

function readText(file: string): string {
  const { size } = read(file, () => statSync(file));
  if (size > maxFileBytes) {
    throw new ConstraintError("limit", `the file is larger than ${maxFileBytes} bytes (maxSourceLength)`);
  }
  const bytes = read(file, () => readFileSync(file));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8(bytes);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "is a directory; name the files in it",
  EACCES: "may not be read: permission denied",
};

function read<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: ${reasons[code] ?? `can't be read: ${code || (error as Error).message}`}`);
  }
}

function notUtf8(bytes: Uint8Array): ConstraintError {
  // Where decoding had to put a replacement, encoding it again gives other bytes.
  const skipped = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const decoded = new TextDecoder().decode(bytes);
  const again = new TextEncoder().encode(decoded);
  let at = 0;
  while (again[at] === bytes[at + skipped]) at++;
  // Inside U+FFFD itself (EF BF BD) the first bytes can agree by chance: back to the character's start.
  while ((again[at]! & 0xc0) === 0x80) at--;
  const before = new TextDecoder().decode(again.subarray(0, at));
  const line = before.split("\n");
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const found = isUtf16 ? "the file is UTF-16" : "there is a byte here that isn't UTF-8";
  return new ConstraintError("syntax", `${found}; save the file as UTF-8`, {
    line: line.length,
    column: line[line.length - 1]!.length + 1,
    offset: before.length,
    excerpt: "",
  });
}

/** Every byte a token, and a stop token: constraints are checked and sampled without any model's vocabulary. */
export function byteVocabulary(): Vocabulary {
  return vocabularyOf([], 0);
}

/**
 * The constraint; and the special tokens without which it wouldn't compile, and which a model's vocabulary is assumed to have, since the
 * command knows no model.
 */
export function compileFile(
  spec: ConstraintSpec,
  compiler: Compiler,
): { constraint: Constraint; assumed: readonly string[] } {
  try {
    return { constraint: compiler.compile(spec), assumed: [] };
  } catch (error) {
    if (spec.type !== "ebnf" || !(error instanceof ConstraintError)) throw error;
    const named = namedTokens(spec.grammar);
    if (named.names.length + named.ids.length === 0) throw error;
    const constraint = new Compiler(vocabularyWith(named)).compile(spec);
    return { constraint, assumed: [...named.names, ...named.ids.map((id) => `<[${id}]>`)] };
  }
}

const maxNamedId = 1_000_000;

/** The special tokens that a grammar names, by name or by id. Of what only looks like one (in a comment) it doesn't matter. */
function namedTokens(grammar: string): { names: string[]; ids: number[] } {
  const names = new Set<string>();
  const ids = new Set<number>();
  for (const [name, id] of grammar.matchAll(/<\[(\d{1,7})\]>|<[^<>\s[\]]+>/g)) {
    if (id === undefined) names.add(name);
    else if (Number(id) <= maxNamedId) ids.add(Number(id));
  }
  for (const [, list = ""] of grammar.matchAll(/\bToken\s*\(([\d\s,]*)\)/g)) {
    for (const id of list.split(",")) if (/\d/.test(id) && Number(id) <= maxNamedId) ids.add(Number(id));
  }
  return { names: [...names], ids: [...ids] };
}

/** Bytes, and special tokens by those names and ids. */
function vocabularyWith({ names, ids }: { names: readonly string[]; ids: readonly number[] }): Vocabulary {
  return vocabularyOf(names, 1 + ids.reduce((most, id) => Math.max(most, id), -1));
}

/** Ids below `free` have no text. */
function vocabularyOf(names: readonly string[], free: number): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const tokens = [...Array.from({ length: free }, () => null), ...bytes, ...names.map(() => null), null];
  return Vocabulary.fromTokens(tokens, {
    specialTokens: new Map(names.map((name, i) => [name, free + 256 + i])),
    eosTokenIds: [tokens.length - 1],
  });
}
