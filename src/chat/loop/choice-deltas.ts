// The parts of a choice's message, in OpenAI's spelling: a chunk for each event, the first of which names the role, the last the reason
// why it ended. Log-probabilities go with the next chunk.
import { newId } from "../new-id.ts";
import type { DecodePlan } from "../plan/decode-plan.ts";
import type { OutputEvent } from "../readers/output-events.ts";
import type { ChosenLogprob, ChunkChoice, Delta, Finish, FinishReason } from "../response.ts";
import { CustomInput } from "../tool-calls/custom-tool.ts";

export class ChoiceDeltas {
  private readonly index: number;
  private readonly plan: DecodePlan;
  private readonly onChunk: (chunk: ChunkChoice) => void;
  private logprobs: ChosenLogprob[] = [];
  private readonly warnings: string[] = [];
  /** Reasoning that hasn't been told yet. */
  private reasoning = "";
  private readonly callIds = new Set<string>();
  /** Of calls of custom tools, by the call's index. */
  private readonly inputs = new Map<number, CustomInput>();

  constructor(index: number, plan: DecodePlan, onChunk: (chunk: ChunkChoice) => void) {
    this.index = index;
    this.plan = plan;
    this.onChunk = onChunk;
    this.send({ role: "assistant", content: "" });
  }

  addLogprob(logprob: ChosenLogprob): void {
    this.logprobs.push(logprob);
  }

  warn(message: string): void {
    if (!this.warnings.includes(message)) this.warnings.push(message);
  }

  add(event: OutputEvent): void {
    if (event.type === "reasoning" && this.plan.separatesReasoning) {
      this.reasoning += event.text;
      if (this.plan.streamsReasoning) this.sendReasoning();
      return;
    }
    this.sendReasoning();
    switch (event.type) {
      case "reasoning":
      case "content":
        this.send({ content: event.text });
        break;
      case "tool_call":
        this.beginCall(event.index, event.name, this.callId(event.id));
        break;
      case "arguments":
        this.goOnWithCall(event.index, event.text);
        break;
    }
  }

  finish(reason: FinishReason, matched: string | number | null): void {
    this.sendReasoning();
    const called = this.plan.usesFunctionCall ? "function_call" : "tool_calls";
    this.send(
      {},
      {
        finish_reason: reason === "stop" && this.callIds.size > 0 ? called : reason,
        matched_stop: matched,
        ...(this.warnings.length > 0 && { warnings: this.warnings }),
      },
    );
  }

  private sendReasoning(): void {
    if (this.reasoning === "") return;
    this.send({ reasoning_content: this.reasoning });
    this.reasoning = "";
  }

  /** The model's own, unless another call has it already. */
  private callId(id = ""): string {
    const own = id === "" || this.callIds.has(id) ? newCallId() : id;
    this.callIds.add(own);
    return own;
  }

  private beginCall(index: number, name: string, id: string): void {
    if (this.plan.isCustomTool(name)) {
      this.inputs.set(index, new CustomInput());
      this.send({ tool_calls: [{ index, id, type: "custom", custom: { name, input: "" } }] });
    } else if (this.plan.usesFunctionCall) {
      this.send({ function_call: { name, arguments: "" } });
    } else {
      this.send({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
    }
  }

  private goOnWithCall(index: number, text: string): void {
    const custom = this.inputs.get(index);
    if (custom !== undefined) {
      const input = custom.feed(text);
      if (input !== "") this.send({ tool_calls: [{ index, custom: { input } }] });
    } else if (this.plan.usesFunctionCall) {
      this.send({ function_call: { arguments: text } });
    } else {
      this.send({ tool_calls: [{ index, function: { arguments: text } }] });
    }
  }

  private send(delta: Delta, finish: Finish | { finish_reason: null } = { finish_reason: null }): void {
    const logprobs = this.logprobs.length === 0 ? null : { content: this.logprobs, refusal: null };
    this.logprobs = [];
    this.onChunk({ index: this.index, delta, logprobs, ...finish });
  }
}

/** As long as OpenAI's; a client must only be able to tell calls apart. */
function newCallId(): string {
  return `call_${newId(24)}`;
}
