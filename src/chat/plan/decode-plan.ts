// A request as what the loop carries out. The constraint is one for the whole answer: reasoning, if the model reasons, then a text in the
// format that was asked for, or tool calls in the model's dialect.
import { ConstraintError } from "../../base/errors.ts";
import type { Compiler } from "../../matcher/compiler.ts";
import type { Constraint } from "../../matcher/constraint.ts";
import type { ConstraintSpec } from "../../matcher/lower-spec.ts";
import type { Matcher } from "../../matcher/matcher.ts";
import type { Vocabulary } from "../../vocabulary/vocabulary.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../new-id.ts";
import { ContentReader } from "../readers/content-reader.ts";
import { splitAtMarkers } from "../readers/marker-scanner.ts";
import type { OutputEvent, OutputReader } from "../readers/output-events.ts";
import { ReasoningReader } from "../readers/reasoning-reader.ts";
import type { OutputPiece } from "../readers/special-token-codes.ts";
import { fieldOf, type RequestField } from "../request/fields.ts";
import type { NormalisedRequest, ResponseSettings, StopSettings } from "../request/normalised-request.ts";
import { refusal } from "../request/refusal.ts";
import type { SamplingSettings } from "../sampler/settings.ts";
import type { ToolCallOptions, ToolDialect } from "../tool-calls/dialect.ts";
import { defaultDialect, toolDialect } from "../tool-calls/dialects.ts";
import { type AnswerReasoning, answerFormat, answerSpec, behindReasoning, hasGap } from "./answer-format.ts";
import { compileAnswer } from "./compile-answer.ts";

/** What a plan depends on beside the request. */
export type PlannedEngine = Pick<Engine, "model" | "vocabulary" | "fields" | "toolDialect" | "reasoning">;

export class DecodePlan {
  /** The request as it was checked and normalised. */
  readonly request: NormalisedRequest;
  readonly vocabulary: Vocabulary;
  readonly sampling: SamplingSettings;
  readonly specialNames: ReadonlyMap<number, string>;
  /** The text that the answer continues, perhaps none. The name of a special token that readers look for is that token in it. */
  readonly continued: readonly OutputPiece[];
  /** All tokens that end a choice: the vocabulary's, and the request's. */
  readonly stopTokens: readonly number[];
  /** Those of the request's that aren't text and that the vocabulary doesn't know as stop tokens. */
  readonly specialStops: readonly number[];
  private readonly isStop: ReadonlySet<number>;
  /** The engine's, as it is for this request. */
  readonly engineReasoning: AnswerReasoning | undefined;
  /** What is around the reasoning in front of the answer. */
  private readonly reasoning: AnswerReasoning | undefined;
  /** The constraint, not compiled; undefined: there is none. */
  readonly spec: ConstraintSpec | undefined;
  private readonly engine: PlannedEngine;
  private readonly compiler: Compiler;
  private readonly dialect: ToolDialect | undefined;
  private compiled: Constraint | undefined;
  private readonly callOptions: ToolCallOptions;
  /** Special tokens that a reader looks for. */
  private readonly markers = new Set<string>();

  /** Compiles nothing yet. Throws a RequestError for what the engine can't carry out. */
  constructor(request: NormalisedRequest, engine: PlannedEngine, compiler: Compiler) {
    const { vocabulary } = engine;
    const { format, tools, stopping } = request;
    this.request = request;
    this.engine = engine;
    this.compiler = compiler;
    this.vocabulary = vocabulary;
    this.sampling = { ...request.sampling, seed: request.sampling.seed ?? randomSeed() };
    this.specialNames = new Map([...vocabulary.specialTokens].map(([name, id]) => [id, name]));
    this.checkFields();
    this.stopTokens = [...new Set([...vocabulary.eosTokenIds, ...stopping.tokenIds])];
    this.isStop = new Set(this.stopTokens);
    this.specialStops = stopping.tokenIds.filter(
      (id) => vocabulary.tokenBytes(id) === null && !vocabulary.eosTokenIds.includes(id),
    );
    const dialect = toolDialect(engine.toolDialect ?? defaultDialect);
    this.engineReasoning = reasoningOf(engine, request);
    this.reasoning = dialect.hasReasoning ? undefined : this.engineReasoning;
    this.dialect = tools.mode !== "none" || dialect.hasReasoning ? dialect : undefined;
    this.callOptions = {
      required: tools.mode === "required" || tools.mode === "named",
      parallel: tools.parallel && tools.mode !== "named",
      text: format.type === "text" ? undefined : answerFormat(format),
      maxReasoningTokens: this.reasoningBudget,
      isSpecial: (name) => this.isMarker(name),
      newId,
      canBegin: (schema, text) => canBegin(compiler, schema, text),
    };
    for (const name of [this.reasoning?.begin, this.reasoning?.end]) if (name !== undefined) this.isMarker(name);
    this.spec = this.wholeSpec();
    this.continued = splitAtMarkers(request.continuedText ?? "", [...this.markers]);
  }

  get model(): string {
    return this.request.model;
  }

  get stopping(): StopSettings {
    return this.request.stopping;
  }

  get response(): ResponseSettings {
    return this.request.response;
  }

  /** Is reasoning apart from the content? */
  get separatesReasoning(): boolean {
    return this.request.reasoning.separate;
  }

  get streamsReasoning(): boolean {
    return this.request.reasoning.stream;
  }

  /** Does the client speak of functions, rather than of tools? */
  get usesFunctionCall(): boolean {
    return this.request.tools.spelling === "function_call";
  }

  /** Is this a custom tool, which is called with a text? */
  isCustomTool(name: string): boolean {
    return this.request.tools.custom.has(name);
  }

  /** What the answer is held to; undefined: nothing. Compiled when it is first asked for: throws as `compile`. */
  get constraint(): Constraint | undefined {
    this.compile();
    return this.compiled;
  }

  /** Does `compile` cost nothing? There is no constraint, or the compiler holds it. */
  get isCompiled(): boolean {
    return this.spec === undefined || this.compiled !== undefined || this.compiler.holds(this.spec);
  }

  /** Throws a RequestError for a constraint that doesn't compile: with the fields to blame, and the place in each. */
  compile(): void {
    if (this.spec !== undefined) this.compiled ??= compileAnswer(this.spec, this.request, this.compiler);
  }

  isStopToken(token: number): boolean {
    return this.isStop.has(token);
  }

  /** Does the reader get to see this special token? */
  isShown(name: string): boolean {
    return this.markers.has(name) || !this.response.skipSpecialTokens;
  }

  /** Behind the text that the answer continues. Throws a RequestError where that doesn't fit. */
  startMatcher(): Matcher | undefined {
    const matcher = this.constraint?.matcher();
    if (matcher === undefined) return undefined;
    const { specialTokens } = this.vocabulary;
    const fits = this.continued.every((piece) =>
      "text" in piece ? matcher.acceptBytes(piece.text) : matcher.accept(specialTokens.get(piece.special)!),
    );
    if (fits) return matcher;
    const path = ["messages", this.request.request.messages.length - 1, "content"];
    throw refusal(this.request, "invalid", [
      [path, "it isn't the beginning of an answer in the format that is asked for"],
    ]);
  }

  /** Also what of the text that the answer continues has to be told: the client has its text, but not the calls that it begins. */
  startReader(): { reader: OutputReader; begun: readonly OutputEvent[] } {
    const answer = this.dialect?.reader(this.request.tools.allowed, this.callOptions) ?? new ContentReader();
    const reader = this.withReasoning(answer);
    const events = this.continued.flatMap((piece) =>
      "text" in piece ? reader.text(piece.text) : reader.special(piece.special),
    );
    return { reader, begun: events.filter(({ type }) => type === "tool_call" || type === "arguments") };
  }

  private withReasoning(answer: OutputReader): OutputReader {
    if (this.reasoning === undefined) return answer;
    const keepsMarkers = !this.separatesReasoning;
    return new ReasoningReader(answer, {
      ...this.reasoning,
      keepsMarkers,
      hasGap: hasGap(this.request.format),
      isSpecial: this.callOptions.isSpecial,
    });
  }

  private get reasoningBudget(): number | undefined {
    return this.engineReasoning?.budgets?.[this.request.reasoning.effort ?? ""];
  }

  private wholeSpec(): ConstraintSpec | undefined {
    const { format, tools, stopping } = this.request;
    const { reasoning } = this;
    const body = this.dialect === undefined ? undefined : this.dialect.format(tools.allowed, this.callOptions);
    if (body === undefined && reasoning === undefined) return answerSpec(format);
    const budget = reasoning && this.reasoningBudget;
    // Free text behind the reasoning: only where something must know which is which.
    const isBound = budget !== undefined || stopping.strings.length > 0 || stopping.tokenIds.length > 0;
    const answer = body ?? this.callOptions.text ?? (isBound ? ({ type: "any_text" } as const) : undefined);
    if (answer === undefined) return undefined;
    if (reasoning === undefined) return { type: "structural_tag", format: answer };
    const { isSpecial } = this.callOptions;
    const options = { isSpecial, hasGap: hasGap(format), maxTokens: budget };
    return { type: "structural_tag", format: behindReasoning(answer, reasoning, options) };
  }

  private isMarker(name: string): boolean {
    const isSpecial = this.vocabulary.specialTokens.has(name);
    if (isSpecial) this.markers.add(name);
    return isSpecial;
  }

  private checkFields(): void {
    const { passThrough, sampling, stopping } = this.request;
    const { fields, model } = this.engine;
    const unknown = [...passThrough.keys()].filter(
      (name) => fields?.has(name) !== true && changesAnswer(fieldOf(name)),
    );
    if (unknown.length > 0) {
      const rule = `the engine of ${model} doesn't carry it out; leave it out`;
      throw refusal(
        this.request,
        "unsupported",
        unknown.map((name) => [[name], rule]),
      );
    }
    const { size } = this.vocabulary;
    const rule = `the vocabulary has the tokens 0 to ${size - 1}`;
    const ids = [
      ...stopping.tokenIds.map((id, i) => [["stop_token_ids", i], id] as const),
      ...[...sampling.logitBias.keys()].map((id) => [["logit_bias", String(id)], id] as const),
    ];
    const outside = ids.filter(([, id]) => id >= size);
    if (outside.length > 0)
      throw refusal(
        this.request,
        "invalid",
        outside.map(([path]) => [path, rule]),
      );
  }
}

/** Undefined where the schema by itself doesn't compile, or a budget runs out. */
function canBegin(compiler: Compiler, schema: unknown, text: string): boolean | undefined {
  try {
    return compiler.compile({ type: "json_schema", schema }).matcher().acceptBytes(text);
  } catch (error) {
    if (error instanceof ConstraintError) return undefined;
    throw error;
  }
}

/** A field that nobody knows may ask for anything. */
function changesAnswer(field: RequestField | undefined): boolean {
  return field === undefined || (field.disposition === "passed through" && field.changesAnswer);
}

function reasoningOf({ reasoning }: PlannedEngine, { request }: NormalisedRequest): AnswerReasoning | undefined {
  if (reasoning === undefined) return undefined;
  const { isOpen } = reasoning;
  return { ...reasoning, isOpen: typeof isOpen === "function" ? isOpen(request) : isOpen };
}

function randomSeed(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0]!;
}
