// The reader where no tool may be called: all that comes is content, special tokens by their names.
import type { OutputEvent, OutputReader } from "./output-events.ts";

export class ContentReader implements OutputReader {
  text(text: string): OutputEvent[] {
    return text === "" ? [] : [{ type: "content", text }];
  }

  special(name: string): OutputEvent[] {
    return this.text(name);
  }

  end(): OutputEvent[] {
    return [];
  }
}
