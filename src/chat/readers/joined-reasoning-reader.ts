// For dialects that tell reasoning themselves, where the request wants it to stay in the content (`separate_reasoning: false`).
import type { OutputEvent, OutputReader } from "./output-events.ts";

export class JoinedReasoningReader implements OutputReader {
  private readonly inner: OutputReader;

  constructor(inner: OutputReader) {
    this.inner = inner;
  }

  text(text: string): OutputEvent[] {
    return this.inner.text(text).map(asContent);
  }

  special(name: string): OutputEvent[] {
    return this.inner.special(name).map(asContent);
  }

  end(): OutputEvent[] {
    return this.inner.end().map(asContent);
  }
}

function asContent(event: OutputEvent): OutputEvent {
  return event.type === "reasoning" ? { type: "content", text: event.text } : event;
}
