// A model's own chat template, put to a request. Templates are Jinja; the interpreter is the caller's, for example
// `(template, variables) => new Template(template).render(variables)` with the Template of @huggingface/jinja.
import type { FunctionCall } from "../chat/request/message.ts";
import type { ChatCompletionRequest } from "../chat/request/request.ts";
import { writtenCall } from "../chat/tool-calls/written-call.ts";

export type RenderTemplate = (template: string, variables: Record<string, unknown>) => string;

export interface ChatTemplate {
  readonly source: string;
  readonly render: RenderTemplate;
  /** What templates know as bos_token and eos_token. */
  readonly bosToken: string;
  readonly eosToken: string;
}

/** Request fields that a template carries out. */
export const templateFields: ReadonlySet<string> = new Set(["chat_template_kwargs"]);

/** The prompt's text, up to where the assistant's answer begins, or goes on (continue_final_message). Throws what the template throws. */
export function renderPrompt(template: ChatTemplate, request: ChatCompletionRequest): string {
  const { chat_template_kwargs: more, functions, reasoning_effort } = request;
  // Templates don't know the old spelling.
  const tools = request.tools ?? functions?.map((definition) => ({ type: "function", function: definition }));
  const messages = (request.messages as readonly unknown[] as readonly Message[]).map(withPlainContent);
  const continued = request.continue_final_message === true ? messages.pop() : undefined;
  const knows = (name: string) => template.source.includes(name);
  const written = knows("tool_calls") ? messages : messages.map(withWrittenCalls);
  const prompt = template.render(template.source, {
    messages: tools === undefined || knows("tools") ? written : withWrittenTools(written, tools),
    ...(tools && { tools }),
    ...(reasoning_effort && { reasoning_effort }),
    add_generation_prompt: true,
    bos_token: template.bosToken,
    eos_token: template.eosToken,
    ...(more as Record<string, unknown> | undefined),
  });
  return typeof continued?.["content"] === "string" ? prompt + continued["content"] : prompt;
}

type Message = Readonly<Record<string, unknown>>;

/** Most templates of models that read text only know content as a string. */
function withPlainContent(message: Message): Message {
  const { content } = message;
  if (!Array.isArray(content) || !content.every(isTextPart)) return message;
  return { ...message, content: content.map(({ text }) => text).join("") };
}

function isTextPart(part: unknown): part is { text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}

/** What is read here of an assistant's message: calls are of functions alone (`Engine.prompt`). */
interface Called {
  readonly content?: string | null;
  readonly tool_calls?: readonly { readonly function: FunctionCall }[] | null;
  readonly function_call?: FunctionCall | null;
}

/** For a template that knows no calls. */
function withWrittenCalls(message: Message): Message {
  const { content, function_call, tool_calls } = message as Called;
  const calls = [...(tool_calls ?? []).map((call) => call.function), ...(function_call ? [function_call] : [])];
  if (calls.length === 0) return message;
  return { ...message, content: [...(content ? [content] : []), ...calls.map(writtenCall)].join("\n") };
}

/** For a template that knows no tools: the system's message tells of them. */
function withWrittenTools(messages: readonly Message[], tools: readonly object[]): Message[] {
  const told = tools.map((tool) => JSON.stringify("function" in tool ? tool.function : tool));
  const text = ["You may call these tools:", ...told].join("\n");
  const [first, ...others] = messages;
  if (first?.["role"] !== "system") return [{ role: "system", content: text }, ...messages];
  return [{ ...first, content: `${String(first["content"])}\n\n${text}` }, ...others];
}
