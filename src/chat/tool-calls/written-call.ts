// An earlier call as text of its message, as Hermes models write them: for prompts that know no calls.
import type { FunctionCall } from "../request/message.ts";

/** The arguments stand as the model wrote them, if that is JSON, and else as a string of it. */
export function writtenCall({ name, arguments: text }: FunctionCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${isJson(text) ? text : JSON.stringify(text)}}\n</tool_call>`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
