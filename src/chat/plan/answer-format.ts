// What a request asks an answer to look like, as constraints: by itself, or as a part of a longer text.
import type { ConstraintSpec } from "../../matcher/lower-spec.ts";
import type { StructuralFormat } from "../../structural-tag/format.ts";
import type { EngineReasoning } from "../engine.ts";
import type { OutputFormat } from "../request/normalised-request.ts";

/** What is around the reasoning in the answer to one request. */
export type AnswerReasoning = EngineReasoning & { readonly isOpen: boolean };

export interface ReasoningOptions {
  /** Is this marker a special token of the vocabulary? */
  readonly isSpecial: (name: string) => boolean;
  /** See `hasGap`. */
  readonly hasGap: boolean;
  readonly maxTokens: number | undefined;
}

const gap: StructuralFormat = { type: "regex", pattern: "\\n{0,2}" };

/** A whole answer in the format; undefined for free text. */
export function answerSpec(format: OutputFormat): ConstraintSpec | undefined {
  switch (format.type) {
    case "text":
      return undefined;
    case "json_schema":
      return { type: "json_schema", schema: format.schema, strict: format.strict };
    default:
      return format;
  }
}

/** The same within a structural tag. */
export function answerFormat(format: Exclude<OutputFormat, { type: "text" }>): StructuralFormat {
  switch (format.type) {
    case "json_object":
      return { type: "json_schema", json_schema: { type: "object" } };
    case "json_schema":
      return { type: "json_schema", json_schema: format.schema, strict: format.strict };
    case "regex":
      return format;
    case "ebnf":
      return { type: "grammar", grammar: format.grammar };
    case "structural_tag":
      return format.format;
  }
}

/**
 * Models write line breaks behind their reasoning, which are no part of the answer. Where the format's own texts may begin with some, nobody
 * could tell which are which: there it mustn't.
 */
export function hasGap(format: OutputFormat): boolean {
  return format.type === "text" || format.type === "json_object" || format.type === "json_schema";
}

/** `answer` behind the model's reasoning, which is free text, of at most `maxTokens` tokens, up to its end marker. */
export function behindReasoning(
  answer: StructuralFormat,
  { begin, end, isOpen }: AnswerReasoning,
  { isSpecial, hasGap, maxTokens }: ReasoningOptions,
): StructuralFormat {
  const marker = (name: string) => (isSpecial(name) ? ({ type: "token", token: name } as const) : name);
  const text: StructuralFormat = { type: "any_text", ...(maxTokens !== undefined && { max_tokens: maxTokens }) };
  const tag: StructuralFormat = {
    type: "tag",
    begin: isOpen ? "" : marker(begin),
    content: text,
    end: marker(end),
  };
  const reasoning: StructuralFormat = hasGap ? { type: "sequence", elements: [tag, gap] } : tag;
  return { type: "sequence", elements: [isOpen ? reasoning : { type: "optional", content: reasoning }, answer] };
}
