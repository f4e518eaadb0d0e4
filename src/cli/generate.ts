// grammask generate: valid random samples of a file's constraint, the same for the same seed. Each is checked with a matcher before it
// is shown, so the sampler isn't trusted.
import { Compiler, type Constraint, type ConstraintSpec, defaultLimits } from "../index.ts";
import { lowerSpec, SharedLanguages } from "../matcher/lower-spec.ts";
import { compileProgram } from "../term/program.ts";
import { type Output, Progress } from "./output.ts";
import { byteVocabulary, compileFile, readConstraint } from "./read-constraint.ts";
import { exitCodes } from "./report.ts";
import { Sampler } from "./sampler.ts";

export interface GenerateOptions {
  readonly seed: number;
  readonly count: number;
  readonly maxBytes: number;
  /** Each sample as a JSON string, so that one with line breaks is still one line. */
  readonly json: boolean;
}

/** A program keeps every state that a search has seen, all the keys it tried among them: after so many samples a new one is made. */
const samplesPerProgram = 100;

/** How often a JSON sample is drawn again because a number in it is beyond what a double holds. */
const maxRedraws = 20;

/** Prints the samples as they come; stops when nobody reads them. */
export async function generate(
  file: string,
  options: GenerateOptions,
  stdout: Output,
  stderr: Output,
): Promise<number> {
  const progress = new Progress(stderr, !stdout.isTerminal);
  progress.show(`reading ${file}`);
  try {
    let made = 0;
    for (const sample of samples(readConstraint(file), options)) {
      progress.clear();
      stdout.line(options.json ? JSON.stringify(sample) : sample);
      progress.show(`${++made} of ${options.count} samples`);
      // A closed pipe is known only after a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      if (stdout.isGone) break;
    }
  } finally {
    progress.clear();
  }
  return exitCodes.fine;
}

/** Samples, one after the other. Throws a ConstraintError where the constraint doesn't compile, or a sample finds no end. */
export function* samples(
  spec: ConstraintSpec,
  options: Pick<GenerateOptions, "seed" | "count" | "maxBytes">,
): Generator<string> {
  const isSchema = spec.type === "json_schema";
  // A sample for a reader, and always one line: the schema's own order, no optional whitespace.
  const written: ConstraintSpec = isSchema ? { ...spec, propertyOrder: "schema", whitespace: "compact" } : spec;
  const { constraint } = compileFile(written, new Compiler(byteVocabulary()));
  const { vocabulary } = constraint;
  const { specialTokens } = vocabulary;
  const newSampler = (): Sampler =>
    new Sampler(
      compileProgram(
        lowerSpec(written, defaultLimits, { specialTokens }, vocabulary, new SharedLanguages(defaultLimits)).term,
        defaultLimits,
      ),
    );
  let sampler = newSampler();
  const random = mulberry32(options.seed);
  const draw = (): string =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(sampler.sample(random, options.maxBytes));
  for (let i = 0; i < options.count; i++) {
    if (i > 0 && i % samplesPerProgram === 0) sampler = newSampler();
    let text = draw();
    for (let again = 0; isSchema && again < maxRedraws && !numbersFitDoubles(text); again++) text = draw();
    verify(constraint, text);
    yield text;
  }
}

function verify(constraint: Constraint, text: string): void {
  const matcher = constraint.matcher();
  if (matcher.acceptBytes(text) && matcher.isAccepting) return;
  throw new Error(`the sample ${JSON.stringify(text)} doesn't match the constraint`);
}

/** 1e999 is a JSON number, but what reads it would take it for Infinity, and 1e-999 for 0. */
function numbersFitDoubles(json: string): boolean {
  const numbers = json.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/\d[\d.]*(?:[eE][-+]?\d+)?/g) ?? [];
  return numbers.every((number) => {
    const value = Number(number);
    return value === 0 ? !/[1-9]/.test(number.split(/[eE]/)[0]!) : value < Number.POSITIVE_INFINITY;
  });
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
