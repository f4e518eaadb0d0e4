// The requests of workload/real-model.jsonl, one a line: a prompt, what the answer must be, and examples of both. The model is told all of
// it, the constraint in its own language and the examples as earlier turns, so that it has a fair chance without the constraint.
import { readFileSync } from "node:fs";
import type { ChatCompletionRequest } from "../../src/chat/index.ts";
import type { EbnfSpec, JsonSchemaSpec, RegexSpec } from "../../src/index.ts";

export type Kind = "schema" | "regex" | "grammar" | "tools";

/** The fields of a request that bind its answer. */
export type AnswerFields = Pick<
  ChatCompletionRequest,
  "response_format" | "regex" | "ebnf" | "tools" | "tool_choice" | "parallel_tool_calls"
>;

export interface WorkloadRequest {
  readonly kind: Kind;
  readonly prompt: string;
  readonly messages: ChatCompletionRequest["messages"];
  readonly fields: AnswerFields;
  /** The same request without what binds it. */
  readonly freeFields: AnswerFields;
  /** What the answer is judged by; of a tool call, {"name": …, "arguments": …}. */
  readonly spec: JsonSchemaSpec | RegexSpec | EbnfSpec;
  /** The answers of the examples, judged alike. */
  readonly examples: readonly string[];
}

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
}

type Example = readonly [prompt: string, answer: string];

type Line = { readonly kind: Kind; readonly prompt: string; readonly examples: readonly Example[] } & (
  | { readonly constraint: WorkloadRequest["spec"] }
  | { readonly tools: readonly Tool[] }
);

/** How the model is asked to write calls, which it wasn't taught: as the larger ones of its family do. */
export const toolDialect = "hermes";

const toolRule = `Answer with a call of a tool, {"name": …, "arguments": …} as JSON between <tool_call> and </tool_call>.`;

export function readWorkload(): WorkloadRequest[] {
  const text = readFileSync(new URL("../workload/real-model.jsonl", import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => toRequest(JSON.parse(line)));
}

function toRequest(line: Line): WorkloadRequest {
  const { kind, prompt } = line;
  const examples = line.examples.map(([, answer]) => answer);
  if ("tools" in line) {
    const tools = line.tools.map((tool) => ({ type: "function", function: tool }) as const);
    const fields = { tools, tool_choice: "required", parallel_tool_calls: false } as const;
    const messages = turns(toolRule, line, (call) => `<tool_call>\n${call}\n</tool_call>`);
    const freeFields = { tools, tool_choice: "none" } as const;
    return { kind, prompt, messages, fields, freeFields, spec: toolCall(line.tools), examples };
  }
  const { constraint } = line;
  const messages = turns(explain(constraint), line, (answer) => answer);
  return { kind, prompt, messages, fields: fieldsOf(constraint), freeFields: {}, spec: constraint, examples };
}

function turns(rule: string, { prompt, examples }: Line, write: (answer: string) => string) {
  return [
    { role: "system", content: rule },
    ...examples.flatMap(
      ([asked, answer]) =>
        [
          { role: "user", content: asked },
          { role: "assistant", content: write(answer) },
        ] as const,
    ),
    { role: "user", content: prompt },
  ] as const;
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
