// The requests of workload/real-model.jsonl, one a line: a prompt and what the answer must be. The model is told it as well, in the
// constraint's own language, so that it has a fair chance without the constraint.
import { readFileSync } from "node:fs";
import type { ChatCompletionRequest } from "../../src/chat/index.ts";
import type { EbnfSpec, JsonSchemaSpec, RegexSpec } from "../../src/index.ts";

export type Kind = "schema" | "regex" | "grammar" | "tools";

/** The fields of a request that bind its answer. */
export type AnswerFields = Pick<
  ChatCompletionRequest,
  "response_format" | "regex" | "ebnf" | "tools" | "tool_choice" | "parallel_tool_calls"
>;

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
}

export interface WorkloadRequest {
  readonly kind: Kind;
  /** What the user says. */
  readonly message: string;
  readonly fields: AnswerFields;
  /** What the answer is judged by. */
  readonly spec: JsonSchemaSpec | RegexSpec | EbnfSpec;
}

type Line = { readonly kind: Kind; readonly prompt: string } & (
  | { readonly constraint: WorkloadRequest["spec"] }
  | { readonly tools: readonly Tool[] }
);

export function readWorkload(): WorkloadRequest[] {
  const text = readFileSync(new URL("../workload/real-model.jsonl", import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => toRequest(JSON.parse(line)));
}

function toRequest(line: Line): WorkloadRequest {
  const { kind, prompt } = line;
  if ("tools" in line) {
    const rule = `Answer with JSON only: {"name": …, "arguments": …}, a call of one of these tools:`;
    const tools = line.tools.map((tool) => ({ type: "function", function: tool }) as const);
    const fields = { tools, tool_choice: "required", parallel_tool_calls: false } as const;
    return { kind, message: `${prompt}\n${rule}\n${JSON.stringify(line.tools)}`, fields, spec: toolCall(line.tools) };
  }
  const { constraint } = line;
  return { kind, message: `${prompt}\n${explain(constraint)}`, fields: fieldsOf(constraint), spec: constraint };
}

function fieldsOf(spec: WorkloadRequest["spec"]): AnswerFields {
  if (spec.type === "regex") return { regex: spec.pattern };
  if (spec.type === "ebnf") return { ebnf: spec.grammar };
  const schema = spec.schema as Record<string, unknown>;
  return { response_format: { type: "json_schema", json_schema: { name: "answer", schema } } };
}

function explain(spec: WorkloadRequest["spec"]): string {
  if (spec.type === "regex") return `Answer only with a text that matches the regular expression ${spec.pattern}`;
  if (spec.type === "ebnf") return `Answer only with a text of this grammar:\n${spec.grammar}`;
  return `Answer with JSON only, valid by this JSON Schema:\n${JSON.stringify(spec.schema)}`;
}

function toolCall(tools: readonly Tool[]): JsonSchemaSpec {
  const anyOf = tools.map(({ name, parameters }) => ({
    type: "object",
    properties: { name: { const: name }, arguments: parameters },
    required: ["name", "arguments"],
    additionalProperties: false,
  }));
  return { type: "json_schema", schema: { anyOf } };
}
