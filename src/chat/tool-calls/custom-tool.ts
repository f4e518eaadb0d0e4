// Custom tools take a text where functions take an object. No family of models has a syntax of its own for them, so a model is told of a
// function whose one argument, `input`, is that text, and it calls that; the client sees the text alone.
// https://platform.openai.com/docs/guides/function-calling#custom-tools
import { PartialJson } from "../readers/partial-json.ts";
import type { CustomCall, FunctionCall, ToolCall } from "../request/message.ts";
import type { ChatCompletionRequest, CustomTool, FunctionTool } from "../request/request.ts";

/** The tool as a function. A regex binds the whole text. */
export function asFunctionTool({ custom: { name, description, format } }: CustomTool): FunctionTool {
  const pattern = format?.type === "grammar" ? { pattern: `^(?:${format.grammar.definition})$` } : {};
  const parameters = {
    type: "object",
    properties: { input: { type: "string", ...pattern } },
    required: ["input"],
    additionalProperties: false,
  };
  return { type: "function", function: { name, ...(description && { description }), parameters } };
}

/** A call of it as one of that function. */
export function asFunctionCall({ name, input }: CustomCall): FunctionCall {
  return { name, arguments: JSON.stringify({ input }) };
}

/** A request as a model's chat template is told of it: tools are functions, and so are the calls so far. */
export function withFunctionsAlone(request: ChatCompletionRequest): ChatCompletionRequest {
  const { tools, messages } = request;
  return {
    ...request,
    ...(tools && { tools: tools.map((tool) => (tool.type === "custom" ? asFunctionTool(tool) : tool)) }),
    messages: messages.map((message) =>
      message.role === "assistant" && message.tool_calls
        ? { ...message, tool_calls: message.tool_calls.map(asToolCall) }
        : message,
    ),
  };
}

function asToolCall(call: ToolCall): ToolCall {
  return call.type === "custom" ? { id: call.id, type: "function", function: asFunctionCall(call.custom) } : call;
}

/** The text out of that function's arguments, while they are written. */
export class CustomInput {
  private readonly json = new PartialJson();

  /** What `piece` adds to the text. */
  feed(piece: string): string {
    return this.json
      .feed(piece)
      .map((event) => (event.type === "string_delta" ? event.text : ""))
      .join("");
  }
}
