// Chunks put together to a whole chat.completion.
import type { ToolCall } from "../request/message.ts";
import type {
  AssistantMessage,
  ChatCompletion,
  ChatCompletionChunk,
  ChosenLogprob,
  ChunkChoice,
  Finish,
  Usage,
} from "../response.ts";

export class CompletionBuilder {
  private first: ChatCompletionChunk | undefined;
  private readonly choices = new Map<number, ChoiceParts>();

  add(chunk: ChatCompletionChunk): void {
    this.first ??= chunk;
    for (const choice of chunk.choices) {
      let parts = this.choices.get(choice.index);
      if (parts === undefined) this.choices.set(choice.index, (parts = new ChoiceParts()));
      parts.add(choice);
    }
  }

  /** Of all chunks of a request that has come to its end. */
  completion(usage: Usage): ChatCompletion {
    const { id, created, model } = this.first!;
    const choices = [...this.choices]
      .sort(([a], [b]) => a - b)
      .map(([index, parts]) => ({ index, message: parts.message(), logprobs: parts.logprobs(), ...parts.finish! }));
    return { id, object: "chat.completion", created, model, choices, usage };
  }
}

/** Texts grow by joining at the end: adding to a string is amortised constant in JavaScript engines (ropes). */
class ChoiceParts {
  finish: Finish | undefined;
  private content = "";
  private reasoning: string | undefined;
  private readonly toolCalls: { id: string; type: ToolCall["type"]; name: string; text: string }[] = [];
  private functionCall: { name: string; arguments: string } | undefined;
  private tokens: ChosenLogprob[] | undefined;

  add(choice: ChunkChoice): void {
    const { delta, logprobs } = choice;
    this.content += delta.content ?? "";
    if (delta.reasoning_content !== undefined) this.reasoning = (this.reasoning ?? "") + delta.reasoning_content;
    for (const part of delta.tool_calls ?? []) {
      const call = (this.toolCalls[part.index] ??= { id: "", type: part.type ?? "function", name: "", text: "" });
      call.id += part.id ?? "";
      const said = "custom" in part ? part.custom : part.function;
      call.name += said.name ?? "";
      call.text += ("input" in said ? said.input : "arguments" in said ? said.arguments : undefined) ?? "";
    }
    if (delta.function_call !== undefined) {
      this.functionCall ??= { name: "", arguments: "" };
      this.functionCall.name += delta.function_call.name ?? "";
      this.functionCall.arguments += delta.function_call.arguments ?? "";
    }
    if (logprobs !== null) (this.tokens ??= []).push(...logprobs.content);
    if (choice.finish_reason !== null) {
      const { finish_reason, matched_stop, warnings } = choice;
      this.finish = { finish_reason, matched_stop, ...(warnings && { warnings }) };
    }
  }

  message(): AssistantMessage {
    const calls = this.toolCalls.map(
      ({ id, type, name, text }): ToolCall =>
        type === "custom"
          ? { id, type, custom: { name, input: text } }
          : { id, type, function: { name, arguments: text } },
    );
    const hasCall = calls.length > 0 || this.functionCall !== undefined;
    return {
      role: "assistant",
      content: hasCall && this.content === "" ? null : this.content,
      refusal: null,
      ...(this.reasoning !== undefined && { reasoning_content: this.reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(this.functionCall && { function_call: this.functionCall }),
    };
  }

  logprobs() {
    return this.tokens === undefined ? null : { content: this.tokens, refusal: null };
  }
}
