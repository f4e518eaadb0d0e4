// A model's own chat template, put to a request. Templates are Jinja; the interpreter is the caller's, for example
// `(template, variables) => new Template(template).render(variables)` with the Template of @huggingface/jinja.
import type { ChatCompletionRequest } from "../chat/request/request.ts";

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
  const messages = (request.messages as readonly unknown[] as readonly Record<string, unknown>[]).map(withPlainContent);
  const continued = request.continue_final_message === true ? messages.pop() : undefined;
  const prompt = template.render(template.source, {
    messages,
    ...(tools && { tools }),
    ...(reasoning_effort && { reasoning_effort }),
    add_generation_prompt: true,
    bos_token: template.bosToken,
    eos_token: template.eosToken,
    ...(more as Record<string, unknown> | undefined),
  });
  return typeof continued?.["content"] === "string" ? prompt + continued["content"] : prompt;
}

/** Most templates of models that read text only know content as a string. */
function withPlainContent(message: Record<string, unknown>): Record<string, unknown> {
  const { content } = message;
  if (!Array.isArray(content) || !content.every(isTextPart)) return message;
  return { ...message, content: content.map(({ text }) => text).join("") };
}

function isTextPart(part: unknown): part is { text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}
