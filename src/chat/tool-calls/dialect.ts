// How a family of models writes tool calls: what the constraint is, and how the text is read back.
import type { StructuralFormat } from "../../structural-tag/format.ts";
import type { OutputReader } from "../readers/output-events.ts";

/** A function that may be called. */
export interface ToolFunction {
  readonly name: string;
  readonly description?: string | undefined;
  /** A JSON Schema of the arguments, which are an object: a value, or its text. Absent: any object. */
  readonly parameters?: unknown;
  /** Keys in the schema's order, and OpenAI's subset is asked for. */
  readonly strict?: boolean | undefined;
}

export interface ToolCallOptions {
  /** Must a tool be called? Otherwise the answer may be `text`, and calls may stand in it where the family allows that. */
  readonly required: boolean;
  /** More than one call in an answer. */
  readonly parallel: boolean;
  /** What an answer without a call looks like; absent: any text. Where given, an answer is either calls or this. */
  readonly text?: StructuralFormat | undefined;
  /** How many tokens the reasoning may take, where the answer holds it; absent: any number. */
  readonly maxReasoningTokens?: number | undefined;
  /** Is this marker a special token of the vocabulary? Otherwise it is written as text. */
  isSpecial(name: string): boolean;
  /** A new id for a call, of so many letters and digits, where the family asks for such and the model wrote none. Absent: calls have none then. */
  newId?(length: number): string;
  /** Can a JSON text that satisfies the schema begin with this? Absent, or undefined: readers go by the types that it names. */
  canBegin?(schema: unknown, text: string): boolean | undefined;
}

export interface ToolDialect {
  readonly name: string;
  /** Its answers hold their reasoning themselves, so that it writes and reads those without tools, too. */
  readonly hasReasoning?: boolean;
  /** The whole answer, behind the reasoning. */
  format(tools: readonly ToolFunction[], options: ToolCallOptions): StructuralFormat;
  /** Reads answers that follow `format`, and does its best on others. */
  reader(tools: readonly ToolFunction[], options: ToolCallOptions): OutputReader;
}
