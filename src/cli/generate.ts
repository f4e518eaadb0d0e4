// grammask generate: valid random samples. A random walk over the bytes that the constraint allows; once a sample is long,
// it goes the shortest way to its end that a bounded search finds.
import { Compiler, type Constraint, ConstraintError } from "../index.ts";
import { byteVocabulary, readConstraint } from "./read-constraint.ts";

export interface GenerateOptions {
  readonly seed: number;
  readonly count: number;
  readonly maxBytes: number;
}

const maxSearched = 20_000;

/** Samples, one after the other; the same for the same seed. Throws a ConstraintError where a sample finds no end in time. */
export function* samples(constraint: Constraint, options: GenerateOptions): Generator<string> {
  const random = mulberry32(options.seed);
  for (let i = 0; i < options.count; i++) yield sample(constraint, random, options.maxBytes);
}

/** Prints the samples of a file's constraint, a line each (line breaks in a sample stay as they are). */
export function generate(file: string, options: GenerateOptions): number {
  const constraint = new Compiler(byteVocabulary()).compile(readConstraint(file));
  for (const text of samples(constraint, options)) console.log(text);
  return 0;
}

function sample(constraint: Constraint, random: () => number, maxBytes: number): string {
  const { automaton } = constraint;
  const bytes: number[] = [];
  let state = automaton.start;
  while (bytes.length < maxBytes / 2) {
    const allowed = nextBytes(constraint, state);
    // The longer the text, the likelier it stops where it may.
    const stop = automaton.isAccepting(state) && random() < 0.1 + (2 * bytes.length) / maxBytes;
    if (allowed.length === 0 || stop) break;
    const plain = allowed.filter((byte) => byte > 0x20 && byte < 0x7f);
    const choices = plain.length > 0 && random() < 0.95 ? plain : allowed;
    const byte = choices[Math.floor(random() * choices.length)]!;
    bytes.push(byte);
    state = automaton.nextByte(state, byte);
  }
  bytes.push(...shortestEnd(constraint, state));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function nextBytes(constraint: Constraint, state: number): number[] {
  const mask = constraint.automaton.mask(state);
  const bytes: number[] = [];
  if (mask.kind === "sparse") for (const id of mask.ids) if (id < 256) bytes.push(id);
  if (mask.kind !== "sparse") {
    for (let id = 0; id < 256; id++) if (constraint.automaton.nextByte(state, id) !== 0) bytes.push(id);
  }
  return bytes;
}

/** Breadth first over states: the fewest bytes to an accepting one. */
function shortestEnd(constraint: Constraint, from: number): number[] {
  const { automaton } = constraint;
  const cameFrom = new Map<number, readonly [state: number, byte: number]>();
  const todo = [from];
  for (let i = 0; i < todo.length && i < maxSearched; i++) {
    const state = todo[i]!;
    if (automaton.isAccepting(state)) {
      const bytes: number[] = [];
      for (let at = state; at !== from; at = cameFrom.get(at)![0]) bytes.push(cameFrom.get(at)![1]);
      return bytes.reverse();
    }
    for (const byte of nextBytes(constraint, state)) {
      const next = automaton.nextByte(state, byte);
      if (next === from || cameFrom.has(next)) continue;
      cameFrom.set(next, [state, byte]);
      todo.push(next);
    }
  }
  throw new ConstraintError(
    "limit",
    `no end was found within ${maxSearched} states; try another --seed or a smaller --max-bytes`,
  );
}

/** A small generator of numbers in [0, 1) (Tommy Ettinger's mulberry32): samples need variety, not quality. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
