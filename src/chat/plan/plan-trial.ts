// What has to be done of a request before its first forward pass, done once for trial: where that takes too long, or too much memory,
// another process has to bear it. Everything that goes there and back is plain data (the structured clone of JavaScript).
import { ConstraintError } from "../../base/errors.ts";
import { Compiler, type CompilerOptions } from "../../matcher/compiler.ts";
import { Vocabulary, type VocabularyOptions } from "../../vocabulary/vocabulary.ts";
import { RequestReader, type RequestReaderOptions } from "../request/read-request.ts";
import { RequestError, type RequestViolation } from "../request/request-error.ts";
import { DecodePlan, type PlannedEngine } from "./decode-plan.ts";

/** Of an engine and a decoder: what all trials have in common. */
export interface TrialSettings {
  readonly engine: Omit<PlannedEngine, "vocabulary" | "reasoning">;
  readonly vocabulary: VocabularyData;
  readonly options: CompilerOptions & RequestReaderOptions;
}

interface VocabularyData extends Omit<VocabularyOptions, "encode"> {
  /** The bytes of all tokens; each one's start (−1: it has none) and end. */
  readonly data: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export interface TrialRequest {
  /** The request's JSON. */
  readonly text: string;
  /** As the request's plan has it. */
  readonly reasoning: DecodePlan["engineReasoning"];
}

/** What a trial ended in; undefined: all is well. */
export type TrialError = Pick<RequestError, "code" | "message" | "location"> & {
  readonly violations: readonly RequestViolation[];
};

export function trialSettings(
  { model, fields, toolDialect, vocabulary }: PlannedEngine,
  options: CompilerOptions & RequestReaderOptions,
): TrialSettings {
  const { size, eosTokenIds, specialTokens, stripLeadingSpace, data } = vocabulary;
  const starts = Int32Array.from({ length: size }, (_, id) => vocabulary.tokenStart(id));
  const ends = Int32Array.from({ length: size }, (_, id) => vocabulary.tokenEnd(id));
  return {
    engine: { model, ...(fields && { fields }), ...(toolDialect !== undefined && { toolDialect }) },
    vocabulary: { data, starts, ends, size, eosTokenIds, specialTokens, stripLeadingSpace },
    options,
  };
}

export class PlanTrial {
  private readonly settings: TrialSettings;
  private readonly vocabulary: Vocabulary;
  private readonly compiler: Compiler;
  private readonly reader: RequestReader;

  constructor(settings: TrialSettings) {
    this.settings = settings;
    this.vocabulary = vocabularyOf(settings.vocabulary);
    // A constraint that has been tried doesn't come again.
    this.compiler = new Compiler(this.vocabulary, { ...settings.options, maxConstraints: 1 });
    this.reader = new RequestReader(settings.options);
  }

  /** Plans the request, compiles its constraint and works out its first mask. */
  run({ text, reasoning }: TrialRequest): TrialError | undefined {
    try {
      const engine = { ...this.settings.engine, vocabulary: this.vocabulary, ...(reasoning && { reasoning }) };
      new DecodePlan(this.reader.read(text), engine, this.compiler).startMatcher()?.mask();
      return undefined;
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      const { code, message, location } = error;
      return { code, message, location, violations: error instanceof RequestError ? error.violations : [] };
    }
  }
}

function vocabularyOf({ data, starts, ends, ...options }: VocabularyData): Vocabulary {
  const tokens = Array.from(starts, (start, id) => (start < 0 ? null : data.subarray(start, ends[id])));
  return Vocabulary.fromTokens(tokens, options);
}
